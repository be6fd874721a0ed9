"""Words of the domain that were written with other characters of the same or nearly the same sound.

Typed with a pinyin keyboard or heard by a speech recogniser, 话费 arrives as 花费 and 身份证 as 生份证. A
span is replaced when it sounds like a word of data/nlu/homophones.tsv and is not a word of the domain itself. In
words of three characters and more, sounds that many speakers do not tell apart (zh/z, ch/c, sh/s, n/l, ng/n) count
as one; shorter ones must sound the same but for the tone.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from rapidfuzz import fuzz

from bot.nlu import vocabulary

LONG = 4  # characters of a word that may also be nearly right
NEAR = 88  # per cent of a long word's sound that must agree
_HAN = re.compile(r"[\u4e00-\u9fff]{2,}")
_NUMERALS = frozenset("零一二两三四五六七八九十百千万半")
_MERGED = ((re.compile(r"^([zcs])h"), r"\1"), (re.compile(r"^l"), "n"), (re.compile(r"ng$"), "n"))


@lru_cache(maxsize=8192)
def syllable(char: str) -> str:
    """The pinyin of a character without its tone."""
    return str(lazy_pinyin(char, style=Style.NORMAL)[0])


@lru_cache(maxsize=8192)
def merged(char: str) -> str:
    """The syllable with the sounds merged that many speakers merge."""
    sound = syllable(char)
    for pattern, plain in _MERGED:
        sound = pattern.sub(plain, sound)
    return sound


def sounds(span: str) -> tuple[str, ...]:
    """What a span sounds like; the longer, the more loosely."""
    return tuple(map(syllable if len(span) < 3 else merged, span))


@lru_cache(maxsize=1)
def _heard() -> dict[tuple[str, ...], str]:
    """Sound → word, for the words that may be restored."""
    return {sounds(row[0]): row[0] for row in vocabulary.rows("homophones.tsv")}


@lru_cache(maxsize=1)
def _protected() -> frozenset[str]:
    """Words that sound like one of the domain and mean something else."""
    return frozenset(word for row in vocabulary.rows("homophones.tsv") for word in row[1].split(",") if word != "-")


def restore(text: str) -> str:
    """The text with misheard or mistyped words of the domain put right; its length does not change."""
    for run in _HAN.finditer(text):
        text = text[: run.start()] + _restore_run(run.group()) + text[run.end() :]
    return text


@lru_cache(maxsize=4096)
def _restore_run(run: str) -> str:
    chars, heard, words = list(run), _heard(), vocabulary.dictionary()
    taken = _known(run, words)
    for length in (5, 4, 3, 2):
        for start in range(len(run) - length + 1):
            span = run[start : start + length]
            if any(taken[start : start + length]) or not _NUMERALS.isdisjoint(span):
                continue
            word = heard.get(sounds(span)) or _near(span, length)
            if word:
                chars[start : start + length] = word
                taken[start : start + length] = [True] * length
    return "".join(chars)


def _known(run: str, words: frozenset[str]) -> list[bool]:
    """Which characters belong to a word that is right as it is."""
    taken = [False] * len(run)
    protected = _protected()
    for start in range(len(run)):
        for length in (6, 5, 4, 3, 2):
            span = run[start : start + length]
            if len(span) == length and (span in words or span in protected):
                taken[start : start + length] = [True] * length
                break
    return taken


@lru_cache(maxsize=1)
def _holding() -> dict[str, list[str]]:
    """Character → the long words that hold it, each in one list for every one of its characters."""
    found: dict[str, list[str]] = {}
    for word in _heard().values():
        for char in set(word) if len(word) >= LONG else ():
            found.setdefault(char, []).append(word)
    return found


def _near(span: str, length: int) -> str | None:
    """A long word of which the span shares half of the characters and nearly all of the sound."""
    if length < LONG:
        return None
    alike = Counter(word for char in span for word in _holding().get(char, ()) if len(word) == length)
    for word, shared in alike.items():
        if shared * 2 >= length and fuzz.ratio("".join(sounds(span)), "".join(sounds(word))) >= NEAR:
            return word
    return None
