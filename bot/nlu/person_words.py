"""Whole messages about a person at the desk: no, I do not want one; I wait no more; how long yet; how it was.

Each is a command to the dialogue (bot/dialogue/person.py), which says what it means at this moment; the intent stays
as the model has it. The words are in data/nlu/person.tsv.
"""

from __future__ import annotations

import re
from functools import cache

from bot.nlu import vocabulary

LONGEST = 24  # characters of such a message
ASKS = "ASKS"
_PART = re.compile(r"<([A-Z]+)>")
REFUSALS = ("no_person", "no_wait")
NOT_IN_A_QUESTION = (*REFUSALS, "rates_")
_FIRST = re.compile(r"\s*([^，,。;；!！\s]{2,24})[，,。;；!！\s]+(.*[^，,。;；!！\s].*)", re.DOTALL)


def read(text: str) -> str | None:
    """What a normalised message says of a person: no_person, no_wait, urges, about_person, rates_…; else None."""
    plain = text.strip()
    if len(plain) > LONGEST:
        return None
    asks, patterns = _patterns()
    question = asks.search(plain) is not None
    for said, pattern in patterns:
        if pattern.fullmatch(plain) and not (question and said.startswith(NOT_IN_A_QUESTION)):
            return said
    return None


def leading(text: str) -> tuple[str, str]:
    """The refusal of a person with which a message begins, and the rest: 不要人工，查话费 → no_person, 查话费."""
    found = _FIRST.fullmatch(text)
    said = read(found[1]) if found else None
    return (said, found[2]) if found and said in REFUSALS else ("", text)


@cache
def _patterns() -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    """What marks a question, and the patterns by what they say, in order."""
    parts: dict[str, str] = {}
    said: list[tuple[str, re.Pattern[str]]] = []
    for name, written in vocabulary.rows("person.tsv"):
        pattern = _PART.sub(lambda part: f"(?:{parts[part[1]]})", written)
        if name.isupper():
            parts[name] = pattern
        else:
            said.append((name, re.compile(pattern, re.DOTALL)))
    return re.compile(parts[ASKS]), tuple(said)
