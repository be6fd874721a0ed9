"""The dialogues held with both servers, and the reply each message must get. A different reply ends the run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.client import Answer, Sender

LINE = "13800138000"  # the customer's line; the top-up is for another number
NOW = "2026-11-15T10:00"  # a day on which top-ups arrive in half an hour
NUMBER = r"T\d{13}"


@dataclass(frozen=True, slots=True)
class Line:
    """One message and the pattern that its replies must match."""

    message: str
    reply: re.Pattern[str]


class WrongReply(AssertionError):
    """A server gave a reply that does not match."""


def _line(message: str, reply: str, **gaps: str) -> Line:
    pattern = re.escape(reply)
    for name, shape in gaps.items():
        pattern = pattern.replace(re.escape("{" + name + "}"), shape)
    return Line(message, re.compile(pattern))


_BALANCE = "您的号码 138 0013 8000 话费余额 88.50 元，本月到现在消费 61.25 元。想看明细，可以说“上个月账单”。"
BALANCE = (_line("查话费", _BALANCE),)
SENTENCE = (_line("麻烦帮我查一下话费还剩多少", _BALANCE),)  # too long for the cache of bot/engine/parse_cache.py
ECHO = r"(?:[^\n]*(?:充|核对)[^\n]*\n)?"  # ours says back what it has understood, or checked
_NUMBER = "请问给哪个手机号充值？可以直接发给我11位号码。"
_SCOPE = "要国内流量还是省内流量？国内流量全国都能用，省内流量只在号码归属省内用，价格低一些。"
WISH = Line("充流量", re.compile(f"{re.escape(_NUMBER)}|{ECHO}{re.escape(_SCOPE)}"))  # ours assumes one's own line
FOR_OTHERS = _line("给别人充流量", _NUMBER)


def _echoed(message: str, reply: str) -> Line:
    return Line(message, re.compile(ECHO + re.escape(reply)))


def named(number: str) -> Line:
    """The number to top up."""
    return _echoed(number, "充值成功后不能退，请您再输一次这个号码，核对一下。")


def topup(number: str) -> tuple[Line, ...]:
    """A top-up of another number, up to the payment link."""
    spaced = f"{number[:3]} {number[3:7]} {number[7:]}"
    return (
        WISH,
        named(number),
        _echoed(number, _SCOPE),
        _echoed("国内流量", "请选择流量包："),
        _echoed("1G", "请选择支付方式："),
        _line(
            "微信支付",
            f"请核对：\n号码：{spaced}\n流量包：1GB 国内流量\n价格：25元，微信支付\n到账：通常30分钟内到账\n"
            "流量充值成功后不能退款。确认下单吗？",
        ),
        _line(
            "确认",
            "订单{number}已生成{what}，请在30分钟内支付25元：{url}\n支付后自动充值，到账会告诉您。{warning}",
            number=NUMBER,
            what="[^，]*",  # ours says more than stock's
            url=r"http://127\.0\.0\.1:\d+/(?:p/\w{10}|pay/\w+/T\d{13}\?t=[\w-]+)",
            warning=".*",
        ),
    )


NAMED = named("13400134009")
TOPUP = topup("13400134009")


def check(line: Line, answer: Answer) -> None:
    """Raise WrongReply unless the answer matches."""
    if answer.status != 200 or not line.reply.fullmatch(answer.text):
        raise WrongReply(f"{line.message!r} was answered {answer.status} {answer.text!r}, not {line.reply.pattern!r}")


async def hold(sender: Sender, dialogue: Sequence[Line]) -> list[float]:
    """Hold a dialogue. Returns the seconds of each turn."""
    times = []
    for line in dialogue:
        answer = await sender.say(line.message)
        check(line, answer)
        times.append(answer.seconds)
    return times
