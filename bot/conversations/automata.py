"""Machines that answer our answers: another bot, an auto-reply, a delivery note. They are left alone, and counted.

Two bots that answer each other never end, each text costs money, and a third miss would offer the machine a person.
What was heard and said is kept in the dialogue's state as sums with the hall's secret, from which nothing can be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2s
from typing import Any

from bot.engine.memory import Memory
from bot.messages import Reply

HEARD = "heard"  # of bot.dialogue.state.State
HOUR = 3600  # seconds
SAME = 10  # identical texts within the hour that are answered
AUTOMATIC = 1  # texts that sound like a machine's, within the hour, that are answered
ECHOES = 1  # texts that repeat ours, within the hour, that are answered
TEXTS = 16  # distinct texts that are remembered
WINDOW = 16  # letters by which our own text is known again
_LETTERS = re.compile(r"[\W_]+")
_MACHINE = re.compile(
    r"自动回复|自动应答|自动答复|系统自动|auto[\s-]?(?:matic)?[\s-]?(?:reply|response)|out of (?:the )?office"
    r"|(?:正在|在)(?:开车|驾驶|开会|忙|休息|通话)[^?]{0,8}(?:稍后|稍候|一会儿?|回头|晚点|之后|再)[^?]{0,4}(?:回|联系|复)"
    r"|(?:您|你)(?:的|发送的)?(?:短信|信息|消息|来信|留言)(?:我们?)?已(?:经)?(?:收到|送达|转达|阅读)"
    r"|未送达|无法送达|发送失败|送达(?:成功|回执|报告)|已读回执"
    r"|delivery (?:report|receipt|status|failed|failure)|undeliver|message (?:was )?(?:not )?(?:delivered|received)"
    r"|(?:请勿|无需|不要|勿)(?:直接)?(?:回复|回信|答复)(?:本|此|这)|本(?:短信|邮箱|号码)(?:由系统|无人|不接收)",
    re.I,
)


@dataclass
class _Heard:
    """`texts`: sum → [second of the first, how many] of the last hour; `said`: sums of our last texts' beginnings."""

    texts: dict[str, list[int]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, memory: Memory, now: int) -> _Heard:
        kept = memory.dialogue.get(HEARD) or {}
        fresh = {text: seen for text, seen in (kept.get("texts") or {}).items() if now - seen[0] < HOUR}
        return cls(dict(list(fresh.items())[-TEXTS:]), list(kept.get("said") or ()))

    def count(self, key: str, now: int) -> int:
        """How often it came within the hour, this time included."""
        first, times = self.texts.get(key, [now, 0])
        self.texts = {k: v for k, v in self.texts.items() if k != key} | {key: [first, times + 1]}
        return times + 1

    def into(self, memory: Memory) -> Memory:
        return replace(memory, dialogue={**memory.dialogue, HEARD: {"texts": self.texts, "said": self.said}})


class Automata:
    """Tells machines from customers."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret[: blake2s.MAX_KEY_SIZE]

    def listen(self, memory: Memory, text: str, now: datetime) -> tuple[Memory, bool]:
        """The memory with the text counted, and whether a machine wrote it that is not answered any more."""
        second = int(now.timestamp())
        heard = _Heard.of(memory, second)
        plain = _LETTERS.sub("", text)
        alone = heard.count(self._sum(plain), second) > SAME
        if self._echoes(plain, heard.said):
            alone = heard.count("echo", second) > ECHOES or alone
        elif _MACHINE.search(text):
            alone = heard.count("machine", second) > AUTOMATIC or alone
        return heard.into(memory), alone

    def said(self, before: Memory, after: Memory, replies: tuple[Reply, ...]) -> Memory:
        """The memory after a turn, with what was counted before it and what was said in it."""
        heard = before.dialogue.get(HEARD) or {}
        letters = (_LETTERS.sub("", reply.text)[:WINDOW] for reply in replies)
        sums = [self._sum(text) for text in letters if len(text) == WINDOW]
        kept: dict[str, Any] = {"texts": heard.get("texts") or {}, "said": sums}
        return replace(after, dialogue={**after.dialogue, HEARD: kept})

    def _echoes(self, plain: str, known: list[str]) -> bool:
        if not known or len(plain) < WINDOW:
            return False
        return any(self._sum(plain[at : at + WINDOW]) in known for at in range(len(plain) - WINDOW + 1))

    def _sum(self, text: str) -> str:
        return blake2s(text.encode(), digest_size=6, key=self._secret).hexdigest()
