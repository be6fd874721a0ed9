"""Replies as SMS texts: choices as numbers, at most eight parts a text, links left whole.

The numbers count the buttons of one turn from 1, across its replies, in the order in which they
were offered: the dialogue resolves a typed number in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.messages import Reply
from hall.text import LONGEST_CLUSTER, clusters

if TYPE_CHECKING:
    from bot.app import App

LONGEST = 500  # UTF-16 units: what Chinese platforms take; always within the 8 parts of Kannel's max-messages
WHOLE = 70  # UTF-16 units of a text of one part
PART = 67  # UTF-16 units in each part of a text of several
LAST_CHOICE = 8  # with more, 9 is a choice and the hint would lie

_SENTENCE_END = re.compile(r"[。！？!?；;…]+[”’）)]*\s*|\.\s+|\n+")
_PAUSE = re.compile(r"[，、,：:\s]+")
_LINK = re.compile(r"https?://[!-~]+")


@dataclass(frozen=True, slots=True)
class Words:
    """What is said around choices: `lead` before the first number, `hint` about 0 and 9 after the last.

    `signature` stands before every text, "" where the gateway puts it there.
    """

    lead: str = ""
    hint: str = ""
    signature: str = ""

    @classmethod
    def of(cls, app: App) -> Words:
        """The words of bot/domain/sms.yml."""
        text = app.engine.answers.text
        signature = app.hall.brand.sms_signature
        return cls(text("utter_sms_choice_lead", "sms"), text("utter_sms_hint", "sms"), signature)


def render(replies: Sequence[Reply], words: Words = Words()) -> list[str]:
    """The texts that carry the replies of one turn, in order; none for no replies.

    Each is at most `LONGEST` UTF-16 units, cut at the end of a sentence where there is one.
    """
    whole, room = "\n".join(_lines(replies, words.lead)), LONGEST - units(words.signature)
    choices = sum(len(reply.buttons) for reply in replies)
    if words.hint and 0 < choices <= LAST_CHOICE:
        hinted = f"{whole}\n{words.hint}"
        fits = units(hinted) <= room and parts(words.signature + hinted) == parts(words.signature + whole)
        whole = hinted if fits else whole
    return [_shielded(words.signature + text) for text in _cut(whole.strip(), room)]


def parts(text: str) -> int:
    """How many SMS the text is on air, where every text goes as UCS-2, cut into texts as it is sent."""
    return sum(_parts_of(_shielded(piece)) for piece in _cut(text.strip(), LONGEST))


def _parts_of(text: str) -> int:
    size = units(text)
    return 1 if size <= WHOLE else -(-size // PART)


def units(text: str) -> int:
    """The length in UTF-16 units, as networks count it."""
    return len(text) + sum(char > "\uffff" for char in text)


def _lines(replies: Sequence[Reply], lead: str) -> Iterator[str]:
    number = 0
    for reply in replies:
        if text := reply.text.strip():
            yield text
        if reply.image and reply.image.startswith(("https://", "http://")) and reply.image not in reply.text:
            yield reply.image
        for button in reply.buttons:
            number += 1
            yield f"{lead if number == 1 else ''}{number} {button.title}"


def _cut(text: str, room: int) -> Iterator[str]:
    while units(text) > room:
        at = _cutting_point(text, room)
        yield text[:at].rstrip()
        text = text[at:].lstrip()
    if text:
        yield text


def _cutting_point(text: str, room: int) -> int:
    """Where the first text ends: after its last sentence, else a pause, else between two characters."""
    end = _within(text, room)
    for pattern in (_SENTENCE_END, _PAUSE):
        ends = [match.end() for match in pattern.finditer(text, 0, end) if _whole(text, match.end())]
        if ends and ends[-1] > end // 3 and text[: ends[-1]].strip():
            return ends[-1]
    return next((at for at in range(end, 0, -1) if _whole(text, at)), end)


def _within(text: str, most: int) -> int:
    """How many characters from the start fit in `most` UTF-16 units."""
    count = 0
    for index, char in enumerate(text):
        count += units(char)
        if count > most:
            return index
    return len(text)


def _whole(text: str, at: int) -> bool:
    """Whether a cut before the character at `at` goes through no link and through nothing that is one character."""
    if any(link.start() < at < link.end() for link in _LINK.finditer(text)):
        return False
    start = max(0, at - LONGEST_CLUSTER)
    while start > 0 and not text[start - 1].isspace() and not "\u4e00" <= text[start] <= "\u9fff":
        start -= 1
    ends = start
    for cluster in clusters(text[start : at + LONGEST_CLUSTER]):
        if ends >= at:
            break
        ends += len(cluster)
    return ends == at or at >= len(text)


def _shielded(text: str) -> str:
    """The text with spaces before each character that would lie across the border of two parts.

    Kannel cuts parts by units: the handset would show two halves of an emoji, a flag as letters.
    """
    if units(text) <= WHOLE:
        return text
    out, used = list[str](), 0
    for cluster in clusters(text):
        size = units(cluster)
        left = PART - used % PART
        if left < size <= PART:
            out.append(" " * left)
            used += left
        out.append(cluster)
        used += size
    return "".join(out)
