"""Messages in pinyin: cha huafei, chahuafei, wo yao chong liu liang, hua4 fei4.

A message without Chinese characters is segmented into domain words and a few function words. It is converted only if
it consists of these, numbers and common English words, with at least one domain word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.nlu import vocabulary
from bot.nlu.homophones import syllable

LONGEST = 120  # characters; longer Latin text is not pinyin
_LETTER = re.compile("[A-Za-z]")
_STAYS = re.compile(r"(?i:wifi|e?sim|puk|pin|volte|app|vip|iptv|wlan)(?![a-zA-Z])|\d+(?:\.\d+)?[a-zA-Z]*|[^\w\s']+")
_LATIN = re.compile(r"[a-zA-Z']+(?:[1-5](?![\d.]|[gGmM](?![a-zA-Z])))?")
_ABBREVIATED = {
    "ll": "流量", "rg": "人工", "zrg": "转人工", "kf": "客服", "tc": "套餐", "zd": "账单",
    "chf": "查话费", "cye": "查余额", "cll": "查流量", "ctc": "查套餐", "czd": "查账单", "kd": "宽带",
}  # fmt: skip


@vocabulary.derived
@lru_cache(maxsize=1)
def _words() -> tuple[dict[str, str], frozenset[str], int]:
    """Spelling → word, the words of the domain among these, the length of the longest spelling."""
    domain = [*(row[0] for row in vocabulary.rows("homophones.tsv")), *sorted(vocabulary.dictionary())]
    domain = [w for w in domain if all("\u4e00" <= c <= "\u9fff" for c in w)]
    spelled: dict[str, str] = {}
    for word in (*(row[0] for row in vocabulary.rows("function_words.tsv")), *domain):
        spelled.setdefault("".join(map(syllable, word)), word)
    return spelled, frozenset(domain), max(map(len, spelled))


def restore(text: str, origin: list[int]) -> tuple[str, list[int]]:
    """The message in Chinese characters with their positions, or unchanged if it is not pinyin of the domain."""
    if not text or len(text) > LONGEST or not text.isascii() or not _LETTER.search(text):
        return text, origin
    if short := _ABBREVIATED.get(text.strip(".!? ").lower()):
        return short, [origin[min(i, len(origin) - 1)] for i in range(len(short))]
    chars, places, of_domain = "", list[int](), False
    for kept, letters, starts in _pieces(text):
        words = [letters] if kept else _cut(letters)
        if words is None:
            return text, origin
        of_domain = of_domain or (not kept and any(len(w) > 1 and w in _words()[1] for w in words))
        at = 0
        for char in "".join(words):
            chars += char
            places.append(origin[starts[at]])
            at += 1 if kept else len(syllable(char))
    return (chars, places) if of_domain else (text, origin)


def _pieces(text: str) -> Iterator[tuple[bool, str, list[int]]]:
    """Kept parts and spelled parts, in lower case without blanks and tones, with the position of each character."""
    letters, starts, at = "", list[int](), 0
    while at < len(text):
        kept = _STAYS.match(text, at)
        match = kept or _LATIN.match(text, at)
        if match is None:
            at += 1  # a blank, or an underscore
            continue
        if kept:
            if letters:
                yield False, letters, starts
            yield True, kept.group(), list(range(*kept.span()))
            letters, starts = "", []
        else:
            for place, char in enumerate(match.group(), start=at):
                if char.isalpha():
                    letters += char.lower()
                    starts.append(place)
        at = match.end()
    if letters:
        yield False, letters, starts


def _cut(letters: str) -> list[str] | None:
    """The shortest segmentation of the letters; among equals, the one with a domain word."""
    spelled, domain, longest = _words()
    best: list[tuple[int, int, list[str]] | None] = [None] * (len(letters) + 1)
    best[0] = (0, 0, [])
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - longest), end):
            before, word = best[start], spelled.get(letters[start:end])
            if before is None or word is None:
                continue
            cost = (before[0] + 1, before[1] - (word in domain))
            known = best[end]
            if known is None or cost < known[:2]:
                best[end] = (*cost, [*before[2], word])
    last = best[-1]
    return last[2] if last else None
