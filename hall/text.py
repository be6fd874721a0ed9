"""Text that people can read: what every way in lets through, whatever the channel.

Some characters are seen by nobody: controls, marks of direction, zero-width ones, fillers that look blank, halves of
surrogate pairs. They make one message another, and the files and terminals that meet them later do not take them all.
They are a class of Unicode, not a list, so a new one is dropped with the rest.
"""

from __future__ import annotations

import re

import regex

LONGEST_CLUSTER = 12  # code points that one character on the screen may be made of; a family of four has eleven
MOST_MARKS = 4  # accents above or below one letter

# What nobody sees, but for line ends and tabs. Blank fillers of Hangul are of the class; Braille's blank is not.
UNSEEN = regex.compile(
    r"[[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u2800]--[\n\t]]+", regex.V1
)
# … and what of it belongs to an emoji: joined ones, presentation, keycaps, flags of regions
_KEPT_OR_UNSEEN = regex.compile(
    r"(?P<kept>\U0001F3F4[\U000E0020-\U000E007E]{1,8}\U000E007F"
    r"|\p{Emoji}\ufe0f\u20e3"
    r"|\p{Extended_Pictographic}[\ufe0e\ufe0f]?\p{EMod}?(?:\u200d\p{Extended_Pictographic}[\ufe0e\ufe0f]?\p{EMod}?){0,4})"
    rf"|{UNSEEN.pattern}",
    regex.V1,
)
_LINE_END = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_MARKS = regex.compile(rf"(\p{{M}}{{{MOST_MARKS}}})\p{{M}}+")
_CLUSTER = regex.compile(r"\X")
# nothing else is in nearly every message: ASCII, ideographs, kana and full-width forms without their marks and fillers
_PLAIN = re.compile("[\n\t\\x20-\\x7e\u2010-\u2027\u3000-\u3029\u3030-\u3098\u309b-\u3130\u3400-\u9fff\uff01-\uff5e]*")


def readable(text: str) -> str:
    """`text` without what nobody sees; every line end is a line feed, no letter has more accents than any language's.

    Emoji stay as they are. Applied again it changes nothing.
    """
    if _PLAIN.fullmatch(text):
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    seen: str = _KEPT_OR_UNSEEN.sub(lambda match: match["kept"] or "", _LINE_END.sub("\n", whole))
    while (shorter := _shorter(seen)) != seen:  # what is cut out may bring together what is one character then
        seen = shorter
    return seen


def is_name(text: str) -> bool:
    """Whether a text may be a name or an id: one line of characters that are seen, as `readable` leaves them."""
    return text.isprintable() and readable(text) == text


def clusters(text: str) -> list[str]:
    """The characters as a reader sees them: grapheme clusters of UAX 29."""
    if text.isascii() and "\r" not in text:
        return list(text)
    found: list[str] = _CLUSTER.findall(text)
    return found


def _shorter(text: str) -> str:
    shorter: str = _MARKS.sub(r"\1", text)
    if len(shorter) > LONGEST_CLUSTER:
        shorter = _CLUSTER.sub(lambda match: match[0][:LONGEST_CLUSTER].rstrip("\u200d"), shorter)
    return shorter


_HAN, _LATIN = re.compile("[\u3400-\u9fff]"), re.compile("[A-Za-z]{2,}")
_CANTONESE = re.compile("[嘅咗喺冇啲嗰咁佢睇揾嚟]|唔[該好係知使得識]|乜嘢|點解|邊個|幾時")


def language_of(text: str) -> str:
    """The language that somebody writes in: `en`, `yue`, else `zh`. A guess for who serves him, nothing more."""
    if _CANTONESE.search(text):
        return "yue"
    return "en" if not _HAN.search(text) and len(_LATIN.findall(text)) >= 2 else "zh"
