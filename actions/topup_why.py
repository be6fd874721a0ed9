"""Why a top-up is as it is: asked inside it, of an order that is under way, or of a line that can buy none."""

from __future__ import annotations

from datetime import timedelta

from actions.account_status import WhyStopped
from actions.base import HallAction, Outcome, Say, Turn, proceed, say
from actions.orders import OPEN, CheckOrder
from actions.topup_facts import TellValidity
from actions.topup_number import payer
from actions.topup_paying import REFUSED, REFUSED_OWN
from hall.topup import orders
from hall.topup.eligibility import TopupWish, refusal

OWED = "arrears"


class TellTopupWhy(HallAction):
    """Answers 为什么: with the caution, the month's end, the order that is late, or what the line is refused for."""

    name_ = "action_topup_why"

    async def act(self, turn: Turn) -> Outcome:
        if turn.slots.get("package") and _ends_today(turn):
            return await TellValidity().act(turn)  # why tomorrow is better
        line = payer(turn)
        if turn.slots.get("phone_number") or line is None:
            return proceed(say("utter_topup_why"))
        found = await orders.visible(turn.unit, turn.conversation, line)
        if found and found[0].state in OPEN:
            return await CheckOrder().act(turn)
        return await _of_line(turn, line)


async def _of_line(turn: Turn, line: str) -> Outcome:
    """What one's own line is refused for, if it is."""
    wish = TopupWish(line, None, line, "data", turn.conversation)
    refused = await refusal(turn.hall, wish)
    if refused is None:
        return proceed(say("utter_topup_why"))
    if refused.reason == OWED:
        return await WhyStopped().act(turn)
    return proceed(Say((REFUSED_OWN | REFUSED)[refused.reason], dict(refused.facts)))


def _ends_today(turn: Turn) -> bool:
    """Whether this is the last day of a month, on which buying tomorrow is advised."""
    today = turn.hall.clock.local().date()
    return (today + timedelta(days=1)).month != today.month
