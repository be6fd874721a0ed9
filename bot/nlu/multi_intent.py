"""Splits a message with several wishes, at written separators only.

A separator only makes a split possible. Each part must be understood surely on its own and be another
wish. A story with its wish at the end, a reason, a condition or a correction is never split. Nearly all
messages have no separator and cost one regular expression.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

Parse = dict[str, Any]
Understand = Callable[[str], Awaitable[Parse]]
Name = Callable[[Parse, bool], str]  # the wish that a part surely (or beyond doubt) is, or ""

LEAST, MOST = 3, 5  # wishes of a message that all its separators divide; that are heard at all
PLACES = 4  # split points that are tried
LONGEST = 160  # characters; a longer message counts as a story
LONGEST_LIST = 30
LONGEST_ITEM = 8

_MARK = r"[\s,，.。;；!！?？~、:：]"
_ADDED = (
    r"顺便|顺带|顺道|捎带|另外(?!一?[个张部台]|的)|此外|除此之外|同时|并且|以及|外加|再有就是"
    r"|还[要想得](?!多久|多长)|还有(?=就是|个|一[个件]|再|也|[帮给替查看问充开办退转取想要我]|[,，])"
)
_NEXT = r"然后|接着|接下来|(?<![用花耗打充办做])完了|再(?![见说三也不没次等过加贵])"
_MERELY_LEFT = r"多少|多久|几|没|剩|余|钱|效|[吗些啥得好两三四五六七八九十半]|什么|\d"  # 还有 (still has) these
_LISTED = rf"、|[和跟与](?![你您他她]|我(?![的这]))|及|外带|还有(?!{_MERELY_LEFT})"
_CUT = re.compile(
    rf"(?P<added>{_MARK}*(?:{_NEXT}|还有|就是)*(?:{_ADDED})(?:{_ADDED}|{_NEXT}|{_MARK})*)"
    rf"|(?P<next>{_MARK}*(?:{_NEXT})(?:{_NEXT}|{_MARK})*)"
    rf"|(?P<listed>{_MARK}*(?:{_LISTED}){_MARK}*)"
    rf"|(?P<mark>{_MARK}+)"
)
# tells what happened, not what is wanted; with a question after it, it is a wish
_STORY = re.compile(
    r"了(?!多少|几|吗|没|啥|什么|解)|过(?![几])|昨[天晚日]|前[天几]|上次|刚[才刚]|已经|因为|由于|发现|一直|老是|总是"
    r"|结果|(?<!有)没[有法办]?|丢|不[够足了见能会动清懂出到上]|半天|冇|莫得|没得|快用完|用完|被"
)
_ASKS = re.compile(
    r"[帮给替][我俺咱]|帮忙|[我俺想]要|想|请|麻烦|查|看[看下一]|问|充|交|缴|办|开[通个]|取消|退|转|挂失|停|改|换|补|报"
    r"|来[一两几个点\d]|多少|几|[吗么不没]$|有没有|是不是|能不能|怎么|咋|哪|啥|什么|人工|[?？]"
)
_REASON = re.compile(
    r"^(?:再不|跟我说|说|乱|[老总]|天天|每个?月|突然|莫名|但是?|可是?|不过|所以|因为|结果|为什么|为啥|怎么(?:还|又|就|会|这么)|咋(?:还|又|就)|却|还是|都|就|又|也没|也不"
    r"|我?不(?:知道|会|懂|行|能|用|够)|没|要是|如果|万一|不行|不然|实在|够的?话|行的?话|有的话|能的?话|的话|谢谢|多谢|急|快点?$)"
)
_DETAIL = re.compile(r"(?:的|那种|这种|那个|这个)[。.]?$")  # a detail of the wish before, not a wish of its own
_CLAUSE = re.compile(
    r"(?:之前|以前|之后|以后|时候?|的话|因为|由于|如果|要是|但是?|可是?|不过|所以|就是|不是|不要|我说|除了|关于|比如)[我你]?$"
)
_CORRECTED = re.compile(r"不是|不对|错了|说错|搞错|改成|改为|而是|应该是|我是说|算了|不要|别|不用|不急|先不")
_EMPTY = re.compile(
    rf"[帮给替][我俺咱]们?|麻烦|请|一下|下|查|看|问|我|你|您|们|想|要|能|可以|这个|那个|的|了|吧|吗|呢|啊|呗|啦|呀|也"
    rf"|谢谢|好?多少?钱?|[一每][年月天]|怎么|什么|有|没|多|剩|还|不|是|都|就|先|再|把|快|点|些|{_MARK}"
)
_PREDICATE = re.compile(r"(?:都?还?[剩有余]|一?共?是?多少|各?是?什么|怎么|咋).*$|查[一下查]*$")
_DOING_AWAY = re.compile(r"(?:[把将]|[给帮替][我俺]).*了$")  # 把彩铃取消了 is an order, no story
_VERB = re.compile(r"^.{0,8}?(?:查询?|看|充值?|开通?|办理?|取消|退订?|交|缴|问|要|开|还?[有剩]多少)(?:一下|下|个|点)?")
_THING = "话费|余额|流量|账单|套餐|积分"  # what is looked up
_ROW = re.compile(  # … by names in a row, and no other word but those around them
    rf"(?:你好|您好|帮|给|替|我|俺|的|想|要|把|麻烦|请|查看?|看看?|问|一?下|[,，。 ])*((?:{_THING}){{2,}})"
    r"(?:都|一起|全|给|帮|我|查|看|问|告诉|报|说|发|一?下|一?遍|出来|来|吧|呗|哈|谢谢|[,，。! ])*"
)
_ONE = frozenset({"话费余额", "话费账单", "流量套餐", "套餐流量", "套餐话费", "流量余额", "套餐余额", "余额话费"})
_GOES_ON = frozenset({"cancel", "inform"})  # intents that answer an open question
_CONFIRMS = frozenset({"确认", "确定"})  # "好的，帮我查…" is no consent: 好的 only leads over


class Link(Enum):
    """Kinds of separators, the surest first."""

    ADDED = "added"  # 顺便, 另外
    NEXT = "next"  # 再, 然后: also how a story goes on
    LISTED = "listed"  # 和, 、
    MARK = "mark"  # punctuation or a blank


@dataclass(frozen=True, slots=True)
class Cut:
    """A possible split: `first` before the separator, `rest` behind it."""

    link: Link
    first: str
    rest: str


def cuts(text: str, *, answering: bool = False) -> list[Cut]:
    """Possible splits, in the order of the text. `answering`: the beginning may answer an open question."""
    if len(text) > LONGEST:
        return []
    found: list[Cut] = []
    for match in _CUT.finditer(text):
        if _within_number(text, match):  # 134 0013 4009
            continue
        if match[0].isspace() and text.isascii():
            continue  # between words of English
        cut = Cut(Link(match.lastgroup), text[: match.start()].strip(), text[match.end() :].strip())
        if _possible(cut, text) or (answering and _answers(cut)):
            found.append(cut)
    return found[:PLACES]


def _answers(cut: Cut) -> bool:
    return cut.link is not Link.LISTED and 0 < len(cut.first) <= 14 and len(_EMPTY.sub("", cut.rest)) >= 2


def _possible(cut: Cut, text: str) -> bool:
    if len(_EMPTY.sub("", cut.first)) < 2 or len(_EMPTY.sub("", cut.rest)) < 2:
        return False
    if _CLAUSE.search(cut.first) or _REASON.match(cut.rest):
        return False
    if cut.link is Link.ADDED:
        return True
    if _CORRECTED.search(text) or not _is_wish_like(cut.first) or _REASON.match(cut.first):
        return False
    if cut.link is Link.NEXT:
        return True
    if cut.link is Link.LISTED or len(cut.first) <= LONGEST_ITEM:
        return len(text) <= LONGEST_LIST and _is_wish_like(cut.rest) and not _DETAIL.search(cut.rest)
    return bool(_ASKS.search(cut.first)) and _is_wish_like(cut.rest) and bool(_ASKS.search(cut.rest))


def _is_wish_like(part: str) -> bool:
    """Whether a part tells no story, or asks something after it."""
    told = [] if _DOING_AWAY.search(part) else list(_STORY.finditer(part))
    return not told or bool(_ASKS.search(part, told[-1].end()))


async def separate(text: str, understand: Understand, wish: Name, *, answering: bool = False) -> list[Parse]:
    """The parse data of each of the wishes of a message, in its order; [] when it has only one.

    `understand` gives the parse data of a text; `wish` names what a part surely asks for, or "": beyond
    doubt where the cut is not written out by a word like 顺便. With `answering`, the first part may also
    be a value, a stop or an unmistakable consent.
    """
    if len(text) <= LONGEST_LIST and ("都" in text or "一起" in text) and (row := _in_a_row(text)):
        return await _named(row, understand, wish)
    if len(text) > LONGEST or _CUT.search(text) is None:  # nearly all messages
        return []
    if all_named := await _in_one(text, understand, wish):
        return all_named
    parts: list[Parse] = []
    rest = text
    while len(parts) < MOST:
        pair = await _split(rest, understand, wish, answering=answering and not parts)
        if pair is None:
            break
        first, second, rest = pair
        parts = [*parts[:-1], first, second]
    named = {wish(part, False) or str(place): part for place, part in enumerate(parts)}
    return (
        [_as_wish(part, name) if not name.isdecimal() else part for name, part in named.items()]
        if len(named) > 1
        else []
    )


async def _in_one(text: str, understand: Understand, wish: Name) -> list[Parse]:
    """The parts between all separators, where there are three and each surely is another wish: 查话费，充50，看流量."""
    if _CORRECTED.search(text):
        return []
    marks = [m for m in _CUT.finditer(text) if m.start() and m.end() < len(text) and not _within_number(text, m)]
    if not LEAST <= len(marks) + 1 <= MOST:
        return []
    edges = [0, *(edge for mark in marks for edge in mark.span()), len(text)]
    written = [text[start:end].strip() for start, end in zip(edges[::2], edges[1::2], strict=True)]
    if any(_REASON.match(part) or not _is_wish_like(part) for part in written[1:]):
        return []
    first = _VERB.match(written[0])
    parts = [await understand(written[0])]
    for part in written[1:]:
        bare = first is not None and len(part) <= LONGEST_ITEM // 2 and not _VERB.match(part)
        parts.append(await understand(f"{first[0]}{part}" if first is not None and bare else part))
    names = [wish(part, False) for part in parts]
    return [*map(_as_wish, parts, names)] if all(names) and len(set(names)) == len(names) else []


def _in_a_row(text: str) -> list[str]:
    """What is asked for by its names alone, one after the other: 话费流量套餐都查一下."""
    row = _ROW.fullmatch(text)
    things = re.findall(_THING, row[1]) if row else []
    one = len(things) == 2 and "".join(things) in _ONE  # 话费余额 is one thing
    return [] if one or len(set(things)) < len(things) else [f"查{thing}" for thing in things]


async def _named(texts: list[str], understand: Understand, wish: Name) -> list[Parse]:
    parts = [await understand(text) for text in texts]
    names = [wish(part, False) for part in parts]
    return [*map(_as_wish, parts, names)] if all(names) and len(set(names)) == len(names) > 1 else []


def _as_wish(part: Parse, name: str) -> Parse:
    """The parse data of a part, as the wish that it surely is: 充50 only names a value by itself."""
    return part if part["intent"]["name"] == name else part | {"intent": {"name": name, "confidence": 1.0}}


def _within_number(text: str, mark: re.Match[str]) -> bool:
    return text[: mark.start()][-1:].isdigit() and text[mark.end() :][:1].isdigit()


async def _split(text: str, understand: Understand, wish: Name, *, answering: bool) -> tuple[Parse, Parse, str] | None:
    for cut in cuts(text, answering=answering):
        first = await understand(_whole_first(cut))
        clear = cut.link is not Link.ADDED
        name = wish(first, clear)
        if not name and not (answering and _is_answer(cut, first)):
            continue
        for rest in _readings(cut):
            second = await understand(rest)
            if wish(second, clear and bool(name)) not in ("", name):
                return first, second, rest
    return None


def _is_answer(cut: Cut, first: Parse) -> bool:
    if not _answers(cut):
        return False
    return cut.first in _CONFIRMS or first["intent"]["name"] in _GOES_ON


def _whole_first(cut: Cut) -> str:
    """The first part, with what a list says of both only at its end: 话费(和流量)还剩多少."""
    said_of_both = cut.link is Link.LISTED and not _ASKS.search(cut.first) and _PREDICATE.search(cut.rest)
    return cut.first + said_of_both[0] if said_of_both else cut.first


def _readings(cut: Cut) -> Iterator[str]:
    """The second part as it stands, or with the verb that a list does not say again."""
    short = cut.link in (Link.LISTED, Link.MARK) and len(cut.rest) <= LONGEST_ITEM
    if short and not _VERB.match(cut.rest) and (verb := _VERB.match(cut.first)):
        yield verb[0] + cut.rest
    yield cut.rest
