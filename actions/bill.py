"""The bill of a month or of several, of the customer's own line."""

from __future__ import annotations

from actions.balance import others_line
from actions.base import HallAction, Outcome, Say, Turn, end, proceed, say
from hall import bill, months
from hall.bill import Refused, Totals


class DefaultMonth(HallAction):
    """Stands where a month would be asked for: who names none means the last closed one.

    A year, a quarter or a month that does not exist is none, either, and must not pass for it.
    """

    name_ = "action_default_month"

    async def act(self, turn: Turn) -> Outcome:
        if "other_time" in turn.cues:
            return end(_refusal(turn, Refused("unclear", "")))
        return proceed(month=_last_closed(turn))


class TellBill(HallAction):
    """Says the total, the items and what changed; for several months their totals."""

    name_ = "action_bill"

    async def act(self, turn: Turn) -> Outcome:
        if refusal := others_line(turn):
            return end(refusal)
        found = await bill.statement(turn.hall, turn.line.proved, turn.slots.get("month"))
        if isinstance(found, Refused):
            return end(_refusal(turn, found))
        return proceed(say("utter_bill_totals" if isinstance(found, Totals) else "utter_bill", found=found))


def _refusal(turn: Turn, refused: Refused) -> Say:
    if refused.reason == "unknown":
        return say("utter_unknown_line", number=turn.line.proved)
    return say("utter_bill_refused", refused=refused, last=_last_closed(turn))


def _last_closed(turn: Turn) -> str:
    return months.shift(months.of(turn.hall.clock.now()), -1)
