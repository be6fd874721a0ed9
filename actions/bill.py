"""The bill of a month or of several, of the customer's own line."""

from __future__ import annotations

from typing import Any

from actions.base import HallAction, Outcome, Turn, end, proceed, say
from actions.look_up import LookUp
from hall import bill, months
from hall.bill import Refused, Statement, Totals


class DefaultMonth(HallAction):
    """Stands where a month would be asked for: who names none means the last closed one.

    A year, a quarter or a month that does not exist is none, either, and must not pass for it.
    """

    name_ = "action_default_month"

    async def act(self, turn: Turn) -> Outcome:
        if "other_time" in turn.cues:
            return end(say("utter_bill_refused", refused=Refused("unclear", ""), last=_last_closed(turn)))
        return proceed(month=_last_closed(turn))


class TellBill(LookUp):
    """Says the total, the items and what changed; for several months their totals."""

    name_ = "action_bill"
    tells = {Statement: "utter_bill", Totals: "utter_bill_totals", Refused: "utter_bill_refused"}
    refusals = (Refused,)

    async def read(self, turn: Turn) -> Statement | Totals | Refused | None:
        found = await bill.statement(turn.hall, turn.line.proved, turn.slots.get("month"))
        return None if isinstance(found, Refused) and found.reason == "unknown" else found

    def facts(self, turn: Turn, found: Any) -> dict[str, Any]:
        """A refusal names the last month that there is, too."""
        return {"refused": found, "last": _last_closed(turn)} if isinstance(found, Refused) else {"found": found}


def _last_closed(turn: Turn) -> str:
    return months.shift(months.of(turn.hall.clock.now()), -1)
