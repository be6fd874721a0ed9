"""What is offered with a refusal of one's own line: the way on, where the hall has one."""

from __future__ import annotations

import json
from typing import Any

from actions.base import Choice, Outcome, Say, Turn, end
from hall.money import short_yuan
from hall.policy import Package
from hall.topup.eligibility import Refusal
from hall.topup.notifications import size

WAY_ON = {"not_registered": "register_real_name"}  # of a refusal: the flow of which 要带什么 is asked then
PERSON = Choice("utter_choice_person", payload="/talk_to_human")


def refused_own(turn: Turn, response: str, refused: Refusal) -> Outcome:
    """The refusal with its remedies. Arrears can be paid here, so that the task waits for them."""
    if refused.reason == "arrears":
        told = Say(response, dict(refused.facts), pay_arrears(turn, refused.facts["arrears_fen"]))
        return Outcome("blocked", (told,), explained("arrears"))
    others = _other_sizes(turn) if refused.reason == "too_many" else []
    remedies = {
        "not_registered": (Choice("utter_choice_papers", payload="/register_real_name"),),
        "too_many": tuple(map(_instead, others)),
        "excluded": (Choice("utter_choice_credit_instead", payload=_credit(None)), PERSON),
    }
    return end(
        Say(response, dict(refused.facts), remedies.get(refused.reason, ())), **_explained(refused.reason, others)
    )


def _explained(reason: str, others: list[Package]) -> dict[str, Any]:
    """The same with the sizes that are next to a refused one: 那最接近的是哪个."""
    told = explained(reason)
    if others:
        near = [f"{size(p.data_mb)} {short_yuan(p.price_fen)}元" for p in others]
        told["why"] |= {"then": "utter_topup_near", "facts": {"reason": reason, "near": near}}
    return told


def _other_sizes(turn: Turn) -> list[Package]:
    """The next smaller and the next larger size of the scope than the one that is refused."""
    scope, data_mb = turn.slots.get("scope"), turn.slots.get("package")
    if not scope or not isinstance(data_mb, int):
        return []
    offered = sorted(turn.hall.policy.offered(scope), key=lambda p: p.data_mb)
    return [p for p in offered if p.data_mb < data_mb][-1:] + [p for p in offered if p.data_mb > data_mb][:1]


def _instead(package: Package) -> Choice:
    """The choice of another size for one's own line."""
    values = {"phone_number": "own", "scope": package.scope, "package": package.data_mb}
    return Choice("utter_choice_package", facts={"package": package}, payload=_payload("topup_data", values))


def explained(reason: str) -> dict[str, Any]:
    """The slot that answers 为什么 and 那怎么办 after a refusal, and names the flow that knows the way on."""
    answers = {"response": "utter_topup_why_refused", "then": "utter_topup_way_on"}
    return {"why": answers | {"facts": {"reason": reason}, "about": WAY_ON.get(reason, "")}}


def pay_arrears(turn: Turn, owed_fen: int) -> tuple[Choice, ...]:
    """Choices that pay what is owed, or another amount."""
    enough = [p for p in turn.hall.policy.topup.credit() if p.face_fen >= owed_fen][:1]
    other = Choice("utter_choice_other_amount", payload=_credit(None))
    paid = (Choice("utter_choice_pay_arrears", facts={"package": p}, payload=_credit(p.face_fen)) for p in enough)
    return (*paid, other)


def _credit(face_fen: int | None) -> str:
    """The payload that begins a credit top-up of one's own line."""
    values = {"phone_number": "own"} | ({"credit": face_fen} if face_fen else {})
    return _payload("topup_credit", values)


def _payload(intent: str, values: dict[str, Any]) -> str:
    return f"/{intent}" + json.dumps(values, separators=(",", ":"))
