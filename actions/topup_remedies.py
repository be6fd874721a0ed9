"""What is offered with a refusal of one's own line: the way on, where the hall has one."""

from __future__ import annotations

import json
from typing import Any

from actions.base import Choice, Outcome, Say, Turn, end
from hall.topup.eligibility import Refusal

WAY_ON = {"not_registered": "register_real_name"}  # of a refusal: the flow of which 要带什么 is asked then
PERSON = Choice("utter_choice_person", payload="/talk_to_human")


def refused_own(turn: Turn, response: str, refused: Refusal) -> Outcome:
    """The refusal with its remedies. Arrears can be paid here, so that the task waits for them."""
    if refused.reason == "arrears":
        told = Say(response, dict(refused.facts), pay_arrears(turn, refused.facts["arrears_fen"]))
        return Outcome("blocked", (told,), explained("arrears"))
    remedies = {
        "not_registered": (Choice("utter_choice_papers", payload="/register_real_name"),),
        "excluded": (Choice("utter_choice_credit_instead", payload=_credit(None)), PERSON),
    }
    return end(Say(response, dict(refused.facts), remedies.get(refused.reason, ())), **explained(refused.reason))


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
    return "/topup_credit" + json.dumps(values, separators=(",", ":"))
