"""Real-name registration: the state of one's own line, and what to bring where, by case.

Guidance only: nobody is registered by chat, and no identity number is asked for, taken or kept. The
rules are data (guides/real_name.yml of the operator); this module gives keys, bot/domain has the words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hall.bss.subscriber import Subscribers
from hall.context import Hall
from hall.policy import Policy, PolicyError

FILE = "guides/real_name.yml"
_CHILD = re.compile(r"(?<!\d)(?:\d|1[0-7])岁")


@dataclass(frozen=True, slots=True)
class Registration:
    """The state of a line. `case` is the guidance that fits when it is not registered, else None."""

    registered: bool
    name: str  # masked
    case: str | None


@dataclass(frozen=True, slots=True)
class Guidance:
    """What a case needs: keys of documents, of the place and of notes, and how long it takes.

    Exactly one of `minutes` and `days` is set. The `barred_…_days` are None where there is no deadline.
    """

    case: str
    documents: tuple[str, ...]
    where: str
    notes: tuple[str, ...]
    minutes: int | None
    days: int | None
    barred_out_days: int | None
    barred_all_days: int | None
    card_limit: int


async def registration(hall: Hall, msisdn: str) -> Registration | None:
    """Whether a line is registered; None for an unknown line. Raises Unavailable("subscriber")."""
    subscriber = await hall.bss[Subscribers].of(msisdn)
    if subscriber is None:
        return None
    away = "far_from_home" if "far_from_home" in subscriber.flags else "own_line"
    return Registration(subscriber.real_name, subscriber.name, None if subscriber.real_name else away)


def cases(policy: Policy) -> tuple[str, ...]:
    """The cases that there is guidance for, as they are offered."""
    return tuple(_rules(policy, "cases"))


def case_of(policy: Policy, said: str) -> str | None:
    """The case that a customer's words or document name, or None. A case's own key is one, too."""
    if said in _rules(policy, "cases"):
        return said
    if said in _rules(policy, "document_types"):
        return str(policy.real_name["document_types"][said])
    if _CHILD.search(said):
        return "minor"
    told = _rules(policy, "said_as").items()
    return next((case for case, words in told if any(word in said for word in words)), None)


def guidance(policy: Policy, case: str) -> Guidance:
    """What `case` needs. Raises PolicyError when the rules do not say."""
    rule = _rules(policy, "cases").get(case)
    if not isinstance(rule, Mapping):
        raise PolicyError(FILE, f"cases.{case}", "is missing")
    try:
        deadline = _rules(policy, "deadline") if rule.get("deadline") else {}
        return Guidance(
            case=case, documents=tuple(rule["documents"]), where=rule["where"], notes=tuple(rule["notes"]),
            minutes=rule["takes"].get("minutes"), days=rule["takes"].get("days"),
            barred_out_days=deadline.get("barred_out_days"), barred_all_days=deadline.get("barred_all_days"),
            card_limit=int(policy.real_name["card_limit"]),
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise PolicyError(FILE, f"cases.{case}", f"{type(error).__name__}: {error}") from error


def answer(policy: Policy, topic: str, case: str) -> str:
    """The key of the words that answer what was asked about a case. Raises PolicyError when there is none."""
    told = _rules(policy, "questions").get(topic)
    if not isinstance(told, Mapping) or "default" not in told:
        raise PolicyError(FILE, f"questions.{topic}", "has no default")
    return str(told.get(case, told["default"]))


def asked(policy: Policy, said: str) -> str | None:
    """The question of the guide that the words ask, beside the topics that all capabilities know."""
    return next((key for key, words in _rules(policy, "asks").items() if any(word in said for word in words)), None)


def is_free(policy: Policy) -> bool:
    """Whether registering costs nothing."""
    return int(policy.real_name.get("fee_fen", 0)) == 0


def _rules(policy: Policy, key: str) -> Mapping[str, Any]:
    found = policy.real_name.get(key)
    if not isinstance(found, Mapping):
        raise PolicyError(FILE, key, "must be a mapping")
    return found
