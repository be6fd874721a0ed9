"""The choices that are open: a button's payload, a typed number (numbered.py) or a typed title picks one.

Payloads are accepted only while they are on offer; an old button may still start a task, but fills
and confirms nothing. A text that merely looks like a payload is a text.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from rapidfuzz import fuzz, process

from bot.dialogue import numbered

PAYLOAD = re.compile(r"^/([a-z_]+)(\{.*\})?$", re.DOTALL)
STARTS_TASK = re.compile(r"^/(?!affirm$|deny$|inform$)[a-z_]+$")
TITLE_ALIKE = 88  # RapidFuzz ratio above which a typed title is that choice


def choose(text: str, payload: str | None, offers: list[dict[str, str]], plain: str = "") -> dict[str, Any] | None:
    """The parse data of the choice that was made, or None when the text is none of them.

    `plain` is the text as normalised for understanding; numbers are read from it.
    """
    known = {offer["payload"] for offer in offers}
    if payload and (payload in known or STARTS_TASK.match(payload)):
        return parse_payload(payload, text)
    if text.strip() in known:
        return parse_payload(text.strip(), text)
    if not offers:
        return None
    titles = [offer["title"] for offer in offers]
    written = unicodedata.normalize("NFKC", text).strip()
    if (index := numbered.chosen(plain or written, titles)) is None:
        index = _titled(written, titles, offers)
    return parse_payload(offers[index]["payload"], text) if index is not None else None


def among(indices: list[int], offers: list[dict[str, str]], text: str) -> dict[str, Any] | None:
    """The parse data of the one choice that was meant; of several, what asks which of them."""
    if len(indices) == 1:
        return parse_payload(offers[indices[0]]["payload"], text)
    if not indices:
        return None
    choices = [(offers[index]["title"], offers[index]["payload"]) for index in indices]
    event = {"response": "utter_which_of_these", "choices": choices}
    return {"text": text, "intent": {"name": None, "confidence": 0.0}, "entities": [], "event": event}


def _titled(plain: str, titles: list[str], offers: list[dict[str, str]]) -> int | None:
    """The choice whose title was typed, nearly or in part."""
    if plain.isdecimal():
        return None
    best = process.extractOne(plain, titles, scorer=fuzz.ratio, score_cutoff=TITLE_ALIKE) if len(plain) >= 2 else None
    return best[2] if best else _named_in_part(plain, offers)


def _named_in_part(plain: str, offers: list[dict[str, str]]) -> int | None:
    """The only choice whose title begins with the text or, if it gives a value, ends with it: 本机, 1G, 25元.

    Digits alone name nothing: they may be the beginning of a number.
    """
    part = plain.casefold()
    if len(part) < 2 or part.isdecimal():
        return None
    found = [
        index
        for index, offer in enumerate(offers)
        if (title := offer["title"].casefold()).startswith(part)
        or (offer["payload"].startswith("/inform") and title.endswith(part))
    ]
    ends = [index for index, offer in enumerate(offers) if _ends_with(offer["title"].casefold(), part)]
    found = found or ends  # 话费 means 充话费, where only that is on offer
    return found[0] if len(found) == 1 else None


def _ends_with(title: str, part: str) -> bool:
    """Whether a title ends with a text that is not the end of a refusal: 办了 is not 不办了."""
    return title.endswith(part) and not title[: -len(part)].endswith(("不", "没", "别"))


def parse_payload(payload: str, text: str = "") -> dict[str, Any] | None:
    """Parse data of `/intent{"slot": value}`; None when it is not of that form."""
    match = PAYLOAD.match(payload)
    if not match:
        return None
    try:
        fills = json.loads(match.group(2) or "{}")
    except ValueError:
        return None
    if not isinstance(fills, dict):
        return None
    return {
        "text": text or payload,
        "intent": {"name": match.group(1), "confidence": 1.0},
        "entities": [],
        "fills": fills,
        "chosen": True,
    }
