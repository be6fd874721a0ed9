"""Corrects domain words written with other characters of the same or nearly the same sound.

From a pinyin keyboard or a speech recogniser, 话费 arrives as 花费 and 身份证 as 生份证. A span that sounds like a
domain word is replaced in contexts in which the sentences of data/nlu have that word (`sentences`). It stays if it is
a common word itself (`common_words`) or cuts through one. The looser the match, the stronger the evidence required:
the same sound but for the tone; sounds that many speakers do not distinguish (zh/z, ch/c, sh/s, n/l, ng/n); one
character with another sound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from pypinyin import Style, lazy_pinyin
from rapidfuzz import fuzz

from bot.nlu import common_words, sentences, vocabulary

K = TypeVar("K")
V = TypeVar("V")
Sound = tuple[str, ...]
Candidate = tuple[int, int, str, bool]  # start, end, domain word, whether the sound is the same

LONGEST = 6
LONG = 4  # characters from which a word may match nearly
NEAR = 60  # per cent: the lowest similarity of the sounds
NEAR_LONG = 85  # the same for words of more than two characters
WRITTEN = 6  # occurrences from which two characters are taken as meant …
RARELY = 0.04  # … if they also reach this share of the similar word's occurrences
SEEN = 0.002  # share of a word's occurrences beside a character from which it is expected there
_HAN = re.compile(r"[\u4e00-\u9fff]{2,}")
_NUMERALS = frozenset("零一二两三四五六七八九十百千万半")
_MERGED = ((re.compile(r"^([zcs])h"), r"\1"), (re.compile(r"^l"), "n"), (re.compile(r"ng$"), "n"))


@lru_cache(maxsize=8192)
def syllable(char: str) -> str:
    """The pinyin of a character without its tone."""
    return str(lazy_pinyin(char, style=Style.NORMAL)[0])


@lru_cache(maxsize=8192)
def merged(char: str) -> str:
    """The syllable, with sounds merged that many speakers do not distinguish."""
    sound = syllable(char)
    for pattern, plain in _MERGED:
        sound = pattern.sub(plain, sound)
    return sound


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The domain words by their sound."""

    exact: dict[Sound, str]
    loose: dict[Sound, str]
    lengths: dict[str, tuple[int, ...]]  # merged first syllable → lengths of the words that begin with it
    long: dict[tuple[str, int], tuple[str, ...]]  # the words of three and more, by that syllable and their length
    tails: dict[Sound, str]  # the sound of such a word without its first character → the word
    short: dict[tuple[int, str], tuple[str, ...]]  # position, character → words of two characters with it there
    sides: dict[str, sentences.Sides]
    known: dict[str, tuple[str, ...]]  # first character → domain words, which stay as they are


@dataclass(frozen=True, slots=True)
class Run:
    """A run of Chinese characters with its sounds and its context."""

    text: str
    plain: tuple[str, ...]
    loose: tuple[str, ...]
    before: str
    after: str


@vocabulary.derived
@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """From the list of short words and the domain's longer ones."""
    short = [row[0] for row in vocabulary.rows("homophones.tsv")]
    known = vocabulary.dictionary() | set(short)
    words = short + sorted(w for w in known if 3 <= len(w) <= LONGEST and _HAN.fullmatch(w) and w not in short)
    words = [w for w in words if _NUMERALS.isdisjoint(w)]
    loose = {tuple(map(merged, w)): w for w in reversed(words)}
    long = {sound: word for sound, word in loose.items() if len(word) > 2}
    return Lexicon(
        exact={tuple(map(syllable, w)): w for w in reversed(words)},
        loose=loose,
        lengths=_grouped((sound[0], len(sound)) for sound in sorted(loose, key=len, reverse=True)),
        long=_grouped(((sound[0], len(word)), word) for sound, word in long.items()),
        tails={sound[1:]: word for sound, word in long.items()},
        short=_grouped(((place, word[place]), word) for word in words if len(word) == 2 for place in (0, 1)),
        sides=sentences.sides(words),
        known=_grouped((w[0], w) for w in sorted(known, key=len, reverse=True)),
    )


def _grouped[K, V](items: Iterable[tuple[K, V]]) -> dict[K, tuple[V, ...]]:
    """Key → its values, each once."""
    found: dict[K, dict[V, None]] = {}
    for key, value in items:
        found.setdefault(key, {})[value] = None
    return {key: tuple(values) for key, values in found.items()}


_A_NOT_A = re.compile(r"(.)[不没]\1")


def restore(text: str) -> str:
    """The text with misheard or mistyped domain words corrected; the length stays the same."""
    for run in _HAN.finditer(text):
        put_right = _restore_run(run.group(), text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1])
        text = text[: run.start()] + put_right + text[run.end() :]
    return text


@vocabulary.derived
@lru_cache(maxsize=4096)
def _restore_run(text: str, before: str, after: str) -> str:
    taken = _known(text)
    if all(taken):
        return text
    run = Run(text, tuple(map(syllable, text)), tuple(map(merged, text)), before, after)
    chars = list(text)
    for start, end, word, alike in sorted((*_alike(run), *_near(run, taken)), key=_longest_first):
        span = text[start:end]
        if word == span or (any(taken[start:end]) and not _keeps(taken[start:end], span, word)):
            continue
        if _is_meant(run, start, end, word, alike):
            chars[start:end] = word
            taken[start:end] = [True] * len(word)
    return "".join(chars)


def _longest_first(found: Candidate) -> tuple[int, bool, int]:
    return found[0] - found[1], not found[3], found[0]


def _known(run: str) -> list[bool]:
    """Which characters belong to a correct domain word."""
    taken, known = [False] * len(run), lexicon().known
    for found in _A_NOT_A.finditer(run):  # 微信好不好 is no 微信号
        taken[found.start() : found.end()] = [True] * 3
    for start, char in enumerate(run):
        for word in known.get(char, ()):
            if run.startswith(word, start):
                taken[start : start + len(word)] = [True] * len(word)
                break
    return taken


def _keeps(taken: list[bool], span: str, word: str) -> bool:
    """Whether a span keeps its correct characters and has a wrong one."""
    return not all(taken) and all(a == b for held, a, b in zip(taken, span, word, strict=True) if held)


def _alike(run: Run) -> Iterator[Candidate]:
    """Spans that sound like a word."""
    lex, size = lexicon(), len(run.text)
    for start in range(size - 1):
        for length in lex.lengths.get(run.loose[start], ()):
            end = start + length
            if end <= size and (word := lex.loose.get(run.loose[start:end])):
                yield start, end, lex.exact.get(run.plain[start:end]) or word, True


def _near(run: Run, taken: list[bool]) -> Iterator[Candidate]:
    """Spans of which one character has another sound; in a short word with the same beginning."""
    lex, size, text = lexicon(), len(run.text), run.text
    for start in range(size - 1):
        if not (taken[start] or taken[start + 1]):
            for place in (0, 1):
                for word in lex.short.get((place, text[start + place]), ()):
                    other = 1 - place
                    if run.loose[start + other][0] == merged(word[other])[0] and _similar(run, start, word):
                        yield start, start + 2, word, False
        for length in lex.lengths.get(run.loose[start], ()):
            if start + length <= size and not any(taken[start : start + length]):
                for word in lex.long.get((run.loose[start], length), ()):
                    if _similar(run, start, word):
                        yield start, start + length, word, False
        for length in range(3, min(LONGEST, size - start) + 1):
            word = lex.tails.get(run.loose[start + 1 : start + length], "")
            if word and not any(taken[start : start + length]) and _similar(run, start, word):
                yield start, start + length, word, False


def _similar(run: Run, start: int, word: str) -> bool:
    """Whether one character has a slightly different sound and does not fit its context."""
    span, loose = run.text[start : start + len(word)], run.loose[start : start + len(word)]
    strange = [place for place, char in enumerate(word) if merged(char) != loose[place]]
    if len(strange) != 1 or sum(a == b for a, b in zip(span, word, strict=True)) * 2 < len(word):
        return False
    pairs = (span[i : i + 2] for i in (strange[0] - 1, strange[0]) if i >= 0)
    if len(word) > 2 and any(map(common_words.is_pair, pairs)):
        return False
    return fuzz.ratio("".join(loose), "".join(map(merged, word))) >= (NEAR if len(word) == 2 else NEAR_LONG)


def _is_meant(run: Run, start: int, end: int, word: str, alike: bool) -> bool:
    """Whether a span is a slip for a word: the looser the match, the stronger the evidence required."""
    span, expected = run.text[start:end], _expected(run, start, end, word)
    if not _NUMERALS.isdisjoint(span):
        return False
    exact = word == lexicon().exact.get(run.plain[start:end])
    if _is_ordinary(span, word):
        return alike and expected == 2 and (exact or len(span) > 2) and not _is_spoken(span, word)
    free = not _cuts(run.text, start, end)
    if not alike:
        return free and expected == 2
    if len(span) == 2:
        free = free and exact
    elif len(span) < LONG:
        free = free and sum(a != b for a, b in zip(span, word, strict=True)) > 1
    return free or expected >= (1 if exact or len(span) > 2 else 2)


def _expected(run: Run, start: int, end: int, word: str) -> int:
    """How well the word fits the context: 0 not, 1 beside these characters, 2 beside two of them on one side."""
    known = lexicon().sides[word]
    left = sentences.framed(run.before + run.text[:start])[:-1][-2:]
    right = sentences.framed(run.text[end:] + run.after)[1:][:2]
    least = max(1, known.count * SEEN)
    if known.before[left[-1]] < least or known.after[right[0]] < least:
        return 0
    wider = (len(left) == 2 and known.before[left]) or (len(right) == 2 and known.after[right])
    return 2 if wider else 1


def _is_ordinary(span: str, word: str) -> bool:
    """Whether the span is a common word, is frequent, or has a very frequent character where it differs."""
    if span in common_words.words():
        return True
    if len(span) >= LONG:
        return False
    often = max(WRITTEN, sentences.pairs()[word] * RARELY)
    return _has_common(span, word) or (len(span) == 2 and sentences.pairs()[span] >= often)


def _has_common(span: str, word: str) -> bool:
    return any(a in sentences.common() for a, b in zip(span, word, strict=True) if a != b)


def _is_spoken(span: str, word: str) -> bool:
    """Whether the span is a common phrase, like 号吗, and not a slip for 号码."""
    return (
        len(span) == 2 and _has_common(span, word) and common_words.is_pair(span) and span not in common_words.words()
    )


def _cuts(text: str, start: int, end: int) -> bool:
    """Whether the span would cut through a common word: 想单|独."""
    edges = (text[start - 1 : start + 1] if start else "", text[end - 1 : end + 1] if end < len(text) else "")
    return any(map(common_words.is_pair, edges))
