"""The bill of a month or of several, of the customer's own line, and what follows it: why, on average, compared."""

from __future__ import annotations

from typing import Any

from actions.base import HallAction, Outcome, Turn, end, proceed, say
from actions.look_up import LookUp
from hall import bill, months
from hall.bill import Average, Comparison, Extremes, Refused, Statement, Totals

FEWEST = 2  # bills that can be told apart
Found = Statement | Comparison | Totals | Refused
SUMS = {"bill_average": Average, "bill_extreme": Extremes, "bill_pair": Extremes}


class DefaultMonth(HallAction):
    """Stands where a month would be asked for: who names none means the last closed one.

    A year, a quarter or a month that does not exist is none, either, and must not pass for it.
    """

    name_ = "action_default_month"

    async def act(self, turn: Turn) -> Outcome:
        if "other_time" in turn.cues and not _asked(turn):
            return end(say("utter_bill_refused", refused=Refused("unclear", ""), last=_last_closed(turn)))
        return proceed(month=_last_closed(turn))


class TellBill(LookUp):
    """Says the total, the items and what changed; for several months their totals, or what was asked of them."""

    name_ = "action_bill"
    tells = {
        Statement: "utter_bill",
        Totals: "utter_bill_totals",
        Refused: "utter_bill_refused",
        Comparison: "utter_bill_changes",
        Average: "utter_bill_average",
        Extremes: "utter_bill_extremes",
    }
    refusals = (Refused,)

    async def read(self, turn: Turn) -> Found | None:
        found = await _followed(turn) or await bill.statement(turn.hall, turn.line.proved, turn.slots.get("month"))
        return None if isinstance(found, Refused) and found.reason == "unknown" else found

    def facts(self, turn: Turn, found: Any) -> dict[str, Any]:
        """A refusal names the last month that there is, too."""
        return {"refused": found, "last": _last_closed(turn)} if isinstance(found, Refused) else {"found": found}


async def _followed(turn: Turn) -> Found | None:
    """What a question about bills asks for; None when it asks for a bill."""
    asked, line, month = _asked(turn), turn.line.proved, str(turn.slots["month"])
    named = [m for m in (turn.slots.get("follow_up") or {}).get("months", ()) if "/" not in m]
    others = [m for m in named if m != month]
    if "bill_pair" in asked and "/" not in month:
        return await bill.compared(turn.hall, line, month, next(iter(others), None))
    if "bill_compare" in asked and others:
        return await bill.compared(turn.hall, line, _last_closed(turn) if "/" in month else month, others[0])
    if "/" in month and {"bill_compare", "why_more"} & asked:  # 差在哪, of two months: the last and the first
        first, last = month.split("/")
        return await bill.compared(turn.hall, line, last, first)
    if kind := next((SUMS[cue] for cue in SUMS if cue in asked), None):
        found = await bill.closed(turn.hall, line, month if "/" in month else None)
        if isinstance(found, Totals) and len(found.bills) < FEWEST:  # of one month nothing is the most: of all then
            found = await bill.closed(turn.hall, line)
        return kind(found.bills, found.missing) if isinstance(found, Totals) else found
    if "bill_sum" in asked and "/" not in month and not named:
        return await bill.closed(turn.hall, line)
    if "why_more" in asked and "/" not in month:
        return await bill.compared(turn.hall, line, month)
    return None


def _asked(turn: Turn) -> frozenset[str]:
    return frozenset((turn.slots.get("follow_up") or {}).get("cues", ()))


def _last_closed(turn: Turn) -> str:
    return months.shift(months.of(turn.hall.clock.now()), -1)
