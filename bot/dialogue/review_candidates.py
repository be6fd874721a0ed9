"""Which messages were not, or wrongly, understood: for review, and from there into the training.

A message is doubted that fell back, that had to be clarified, that ended with a person for want of
understanding, or whose author takes back at once what came of it. What the customer then chooses is
kept beside it. Texts are masked here; nothing is kept of a message that may hold a code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.dialogue.state import State
from hall import privacy, review
from hall.review import Candidate
from hall.store.unit import Unit

SHOWN = 3  # likely intents that are kept, and messages whose meaning may yet be told
CERTAIN = 0.9  # confidence from which on only plain words take a message back
STOP, NO, OFF_TOPIC = "cancel", "deny", "out_of_scope"
_TAKES_BACK = re.compile(
    r"^[我你]?(?:不是|不对|错了|搞错|弄错|没问你?|没让你|谁让你|[我俺][是要]?[说问讲]的?是|我是[说问要])"
)


@dataclass(frozen=True, slots=True)
class Noted:
    """What a turn says of how well its message and those before it were understood."""

    doubt: Candidate | None = None
    settled: tuple[str, ...] = ()  # earlier doubts …
    chosen: str = ""  # … and the intent that the customer chose then


def note(before: State, after: State, parse: dict[str, Any], key: str, *, secret: bool) -> Noted:
    """Look at a turn that is done; `key` names its message. Changes what `after` remembers for the next."""
    noted = _note(before, after, parse, key, secret=secret)
    after.doubt = after.took = ""
    return noted


def _note(before: State, after: State, parse: dict[str, Any], key: str, *, secret: bool) -> Noted:
    after.said, after.doubted = {}, []
    if parse.get("event") is not None:
        after.said, after.doubted = before.said, before.doubted
        return Noted()
    if secret or privacy.MARK in str(parse.get("text")):
        return Noted()
    typed = not (parse.get("chosen") or parse.get("command") or parse.get("sms_code"))
    doubt = _own(before, after, parse, key) if typed and after.doubt else _taken_back(before, after, parse)
    if typed and not after.doubt and not parse.get("wishes"):
        after.said = _said(before, after, parse, key)
    if after.took:
        settled = (*before.doubted, *([doubt.id] if doubt else []))
        return Noted(doubt, settled, after.took if settled else "")
    if after.doubt:
        after.doubted = [*before.doubted, *([doubt.id] if doubt else [])][-SHOWN:]
    return Noted(doubt)


def keep_for_review(unit: Unit, now: datetime, conversation: str, noted: Noted) -> None:
    """Stage what a turn says of earlier messages and its own."""
    if noted.doubt is not None:
        review.keep(unit, now, conversation, noted.doubt)
    if noted.settled:
        review.chose(unit, conversation, noted.settled, noted.chosen)


def _own(before: State, after: State, parse: dict[str, Any], key: str) -> Candidate:
    task = before.stack[-1].flow if before.stack else ""
    return Candidate(key, _masked(parse), after.doubt, *_meaning(parse), task=task)


def _taken_back(before: State, after: State, parse: dict[str, Any]) -> Candidate | None:
    """The message before this one, when this one wishes something else and takes it back."""
    said = before.said
    if not said or after.took in ("", said["intent"]):
        return None
    left = (said.get("stopped") or said["intent"] == OFF_TOPIC) and said["confidence"] < CERTAIN
    if not (left or _TAKES_BACK.match(str(parse["text"]))):
        return None
    ranking = tuple((name, share) for name, share in said["ranking"])
    return Candidate(said["key"], said["text"], "corrected", said["intent"], said["confidence"], ranking)


def _said(before: State, after: State, parse: dict[str, Any], key: str) -> dict[str, Any]:
    """What was understood, while it may still be taken back: until the next message, a stop or no between them."""
    intent = str(parse["intent"].get("name") or "")
    if before.said and intent in (STOP, NO) and not after.took:
        return before.said | {"stopped": True}
    if not after.took and intent != OFF_TOPIC:
        return {}
    name, confidence, ranking = _meaning(parse)
    ours = after.took or name
    return {"key": key, "text": _masked(parse), "intent": ours, "confidence": confidence, "ranking": ranking}


def _masked(parse: dict[str, Any]) -> str:
    return privacy.for_review(str(parse["text"])).strip()


def _meaning(parse: dict[str, Any]) -> tuple[str, float, tuple[tuple[str, float], ...]]:
    intent = parse["intent"]
    first = (parse.get("intent_ranking") or ())[:SHOWN]
    ranking = tuple((one["name"], round(one["confidence"], 4)) for one in first)
    return str(intent.get("name") or OFF_TOPIC), round(float(intent.get("confidence") or 0.0), 4), ranking
