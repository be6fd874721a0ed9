"""Replies as SMS texts: choices as numbers, at most eight parts a text, links left whole.

The numbers count the buttons of one turn from 1, across its replies, in the order in which they
were offered: the dialogue resolves a typed number in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import smsutil

from bot.messages import Reply

if TYPE_CHECKING:
    from bot.app import App

LONGEST = 500  # UTF-16 units: what Chinese platforms take; always within the 8 parts of Kannel's max-messages
PART = 67  # UTF-16 units in each part of a text of several
LAST_CHOICE = 8  # with more, 9 is a choice and the hint would lie

_SENTENCE_END = re.compile(r"[。！？!?；;…]+[”’）)]*\s*|\.\s+|\n+")
_PAUSE = re.compile(r"[，、,：:\s]+")
_LINK = re.compile(r"https?://[!-~]+")
_JOINERS = "\u200d\ufe0e\ufe0f"  # what glues emoji together: no cut beside them


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
    """How many SMS the text is on air (GSM-7 or UCS-2)."""
    return len(smsutil.split(text).parts) if text else 0


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
    """Whether a cut before the character at `at` goes through no link and no joined emoji."""
    if at < len(text) and (text[at] in _JOINERS or text[at - 1] == _JOINERS[0]):
        return False
    return not any(link.start() < at < link.end() for link in _LINK.finditer(text))


def _shielded(text: str) -> str:
    """The text with a space before each surrogate pair that would lie across the border of two parts.

    Kannel cuts parts by units and would send half a character in each.
    """
    if units(text) <= PART + 3:
        return text
    out, used = [], 0
    for char in text:
        if char > "\uffff" and used % PART == PART - 1:
            out.append(" ")
            used += 1
        out.append(char)
        used += units(char)
    return "".join(out)
