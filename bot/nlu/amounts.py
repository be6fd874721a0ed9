"""Money as people write it. Pure functions on normalised text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from bot.nlu.numerals import NUMERAL, SPOKEN, number
from bot.nlu.values import Found

MOST = 10_000_000  # fen; a larger number is not an amount a customer asks for
_COINS = {"毛": 10, "角": 10, "分": 1}
_ONE = r"[\d一二两三四五六七八九]"
# 30元1G, 5元8分钟, 十块八块: the digit after the unit belongs to the next value
_OTHER_UNIT = r"(?![\d.十百千gGmM兆吉个条次张天年月点元块号折]|分钟|\s*[gG])"
_TOGETHER = r"(?:去|来|走|玩|办|用|吃|看|弄|给|交|充|说|算)"  # 一块去
_MONEY = re.compile(
    rf"(?<![\d.\-几])(?P<n>{NUMERAL})(?:多|来)?\s*(?:个)?"
    rf"(?:(?P<unit>块大洋|大洋|块钱|(?<!一)块(?![地屏板砖表肉]|电池|手机)|(?<=一)块(?!去|儿|{_TOGETHER}|[地屏板砖表肉])"
    r"|元(?![旦素宵气件老二]|次方)|圆|蚊|人民币|\s*(?:rmb|RMB|yuan|Yuan|kuai)\b|[¥￥]|快(?=钱|话费|的|$))"
    rf"(?:(?P<cents>\d\d){_OTHER_UNIT}|零?(?P<jiao>{_ONE})(?:(?P<u>毛|角|分(?!钟))(?:(?P<fen>{_ONE})(?:分(?!钟))?{_OTHER_UNIT})?|{_OTHER_UNIT}))?"
    rf"|(?P<coin>毛钱?|角(?!度|色|落)|分钱)(?:(?P<half>{_ONE})(?:分(?!钟))?{_OTHER_UNIT})?)钱?"
)
_PREFIXED = re.compile(r"(?:[¥￥]|rmb|RMB|人民币)\s*(\d+(?:\.\d{1,2})?)(?![\d.])")
_PLAN_BEHIND = re.compile(r"\s*的?(?:那个|这个)?(?:月租)?套餐")
_FILLING = r"(?:我|你|给|个|了|上|进|值|(?:话费|电话费|手机费|钱)[吧呗]?[,，]?|一下|一[个笔份]|点|\s)*"
_BARE_NUMBER = r"(?P<n>\d{1,4}(?:0(?!\d))?(?:\.\d{1,2})?|\d?[百千]\d?|[一二两三四五六七八九十百千零]{1,6})"
_NO_MONEY = (  # units of other things; in 充139这个号 the digits begin a phone number
    r"(?![\d.gGmMkKtT兆吉%个年月日号个分天点折张次秒条岁台位期人小星半百千十]|\s*[gGmM](?![a-z])|\s*兆|块|元|\s*(?:这|那)个?号|的号|开头|段|来个|几)"
)
_SPENT = re.compile(
    r"(?:[Tt]op[ -]?up|[Rr]echarge|[Cc]redit"
    r"|充值?|冲值?|交费?|缴费?|存|付|扣费?|收费?|退|欠费?|花|送|返|补|话费|每人|每个号?|各|打(?=\S{1,4}(?:话费|进来)))"
    rf"{_FILLING}{_BARE_NUMBER}{_NO_MONEY}"
)
_CHOSEN = re.compile(
    rf"(?:就|来|要|改成?|换成?|不是(?=\S{{2,4}}[,，]\s*(?:是|要))|(?<=[,，])\s*是)(?:一?个|一?[份笔]|充)?{_BARE_NUMBER}{_NO_MONEY}(?:的|吧|元|就行|$|[,，。!])"
)
_OF_CREDIT = re.compile(r"(?<![\d.])(?P<n>\d{2,3}|[一二两三四五六七八九十百]{2,5})的?(?:话费|电话费)")
_WITH_PHONE = re.compile(
    r"(?<=\d{11})[\s,，]+(?P<n>\d{2,3})$|^(?P<m>\d{2,3})[\s,，]+(?=1[3-9]\d{9})"  # 13800138000 50
)
_WHOLE = re.compile(
    r"(?:那就?|就|要|充|改成?|换成?)?(?P<n>\d{2,3}|\d[百千]\d?|[一二两三四五六七八九]?[百十千][零]?[一二三四五六七八九]?十?"
    r"|[一两二三四五六七八九][百千][一二三四五六七八九])(?:的|吧|整|就行|的吧|的?也(?:行|可以|好|成)吧?)?"
)
SIZES = frozenset({"512", "1024", "2048", "5120"})  # megabytes: nobody pays so much
_IDIOM = "二百五"
_EMERGENCY = frozenset(("110", "120"))  # emergency numbers


def find(text: str) -> Iterator[Found]:
    """Money as integer fen: 50元, 五十块, 20块5, 一百二, 充50. 10086 and 二百五 (a fool) are none."""
    taken: set[int] = set()
    for match in _MONEY.finditer(text):
        taken.update(range(*match.span()))
        value = _plain(match["n"])
        if value is not None and not _PLAN_BEHIND.match(text, match.end()):
            fen, none = _with_coins(value, match), match.start() and text[match.start() - 1] in "充交存"
            if fen == 0 and none:  # 充0元: who takes an amount says that it is none
                yield Found("amount_fen", 0, match.start(), match.end())
            yield from _money(fen, match.start(), match.end())
    for match in _PREFIXED.finditer(text):
        if taken.isdisjoint(range(*match.span())):
            yield from _money(Decimal(match[1]) * 100, match.start(), match.end())
    for numeral, (start, end) in _bare(text):
        value = _plain(numeral)
        if value is not None and taken.isdisjoint(range(start, end)):
            taken.update(range(start, end))
            yield from _money(value * 100, start, end)


def _plain(numeral: str) -> Decimal | None:
    """The value, or None. 三五块 means three to five yuan, not 35."""
    if len(numeral) == 2 and all(c in SPOKEN for c in numeral):
        return None
    return number(numeral)


def _with_coins(value: Decimal, match: re.Match[str]) -> Decimal:
    """Fen of 三块八毛五, 20块5, 一毛五."""
    if match["coin"]:
        return value * _COINS[match["coin"][0]] + (number(match["half"] or "0") or 0)
    if match["cents"]:
        return value * 100 + int(match["cents"])
    tail = number(match["jiao"] or "0") or Decimal(0)
    return value * 100 + tail * (1 if match["u"] == "分" else 10) + (number(match["fen"] or "0") or 0)


def _bare(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Numbers without a unit that are money by their context, with their spans."""
    if whole := _WHOLE.fullmatch(text):
        value = number(whole["n"])
        if value and text != _IDIOM and whole["n"] not in _EMERGENCY and 10 <= value <= 5000 and value % 10 == 0:
            yield whole["n"], whole.span()
            return
        if whole.start("n") == 0:
            return
    for match in _SPENT.finditer(text):
        if match["n"] in SIZES:
            continue
        if match["n"].isascii() or len(match["n"]) > 1 or match["n"] == "十":
            yield match["n"], match.span("n")
    for pattern in (_CHOSEN, _OF_CREDIT):
        for match in pattern.finditer(text):
            if match["n"] not in SIZES and (value := number(match["n"])) and value >= 10 and value % 5 == 0:
                yield match["n"], match.span("n")
    for match in _WITH_PHONE.finditer(text):
        group = "n" if match["n"] else "m"
        if int(match[group]) % 5 == 0:
            yield match[group], match.span(group)


def _money(fen: Decimal, start: int, end: int) -> Iterator[Found]:
    if 0 < fen <= MOST and fen == fen.to_integral_value():
        yield Found("amount_fen", int(fen), start, end)
