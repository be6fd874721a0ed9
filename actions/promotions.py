"""What is on offer now, until when and on what conditions. Nothing is ordered here without a yes of its own."""

from __future__ import annotations

import json

from actions.base import Choice, HallAction, Outcome, Say, Turn, proceed, say
from hall import guides, promotions
from hall.policy.price_list import Promotion

MOST = 2  # that one answer tells in full


class TellPromotions(HallAction):
    """Names what is on offer to the customer; one that was chosen is told in full, with what takes it."""

    name_ = "action_promotions"

    async def act(self, turn: Turn) -> Outcome:
        found = await _on_offer(turn)
        chosen = promotions.named(found, str(turn.slots.get("promotion") or turn.text))
        if chosen is not None:
            return proceed(_whole(chosen), promotion=chosen.name)
        if not found:
            return proceed(say("utter_no_promotions"))
        choices = tuple(
            Choice("utter_choice_promotion_name", facts={"promotion": one}, payload=_payload(one)) for one in found
        )
        return proceed(Say("utter_promotions", {"promotions": list(found)}, choices))


class AnswerPromotions(HallAction):
    """Answers a question about what was told: until when, on what conditions, what it costs."""

    name_ = "action_promotion_fact"

    async def act(self, turn: Turn) -> Outcome:
        found = await _on_offer(turn)
        one = promotions.named(found, turn.text) or promotions.named(found, str(turn.slots.get("promotion") or ""))
        told = [_whole(one)] if one is not None else [say("utter_promotion", promotion=each) for each in found[:MOST]]
        return proceed(*(told or [say("utter_no_promotions")]))


def _whole(one: Promotion) -> Say:
    """One promotion in full, with what takes it."""
    takes = Choice("utter_choice_promotion", facts={"intent": one.leads_to}, payload=f"/{one.leads_to}")
    return Say("utter_promotion", {"promotion": one}, (takes,) if one.leads_to else ())


def _payload(one: Promotion) -> str:
    return "/ask_promotions" + json.dumps({"promotion": one.name}, ensure_ascii=False, separators=(",", ":"))


async def _on_offer(turn: Turn) -> tuple[Promotion, ...]:
    known = await guides.known(turn.hall, turn.line.msisdn if turn.line.level else None)
    return promotions.on_offer(turn.hall, known)
