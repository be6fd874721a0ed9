"""Balance and arrears of the customer's own line."""

from __future__ import annotations

from actions.base import HallAction, Outcome, Say, Turn, end, proceed, say
from hall import balance
from hall.msisdn import normalise


class TellBalance(HallAction):
    """Says what is on the line, what is owed, and this month's bill up to now."""

    name_ = "action_balance"

    async def act(self, turn: Turn) -> Outcome:
        if refusal := others_line(turn):
            return end(refusal)
        number = turn.line.proved
        account = await balance.account(turn.hall, number)
        if account is None:
            return end(say("utter_unknown_line", number=number))
        return proceed(say("utter_balance", number=number, account=account))


def others_line(turn: Turn) -> Say | None:
    """The refusal when the message names another line than the proved one: its records are not shown."""
    named = normalise(str(turn.slots.get("mentioned_number") or ""))
    return say("utter_not_your_line") if named and named != turn.line.proved else None
