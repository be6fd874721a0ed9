"""Balance and arrears of the customer's own line."""

from __future__ import annotations

from actions.base import HallAction, Outcome, Say, Turn, end, proceed, say
from hall import balance
from hall.balance import Account
from hall.money import yuan
from hall.msisdn import normalise, spaced


class TellBalance(HallAction):
    """Says what is on the line, what is owed, and this month's bill up to now."""

    name_ = "action_balance"

    async def act(self, turn: Turn) -> Outcome:
        if refusal := others_line(turn):
            return end(refusal)
        account = await balance.account(turn.hall, turn.line.proved)
        if account is None:
            return end(say("utter_unknown_line", number=spaced(turn.line.proved)))
        return proceed(_told(account, spaced(turn.line.proved)))


def _told(account: Account, number: str) -> Say:
    if account.arrears_fen:
        return say("utter_balance_arrears", number=number, arrears=yuan(account.arrears_fen))
    if account.so_far_fen is None:
        return say("utter_balance_without_bill", number=number, balance=yuan(account.balance_fen))
    return say("utter_balance", number=number, balance=yuan(account.balance_fen), so_far=yuan(account.so_far_fen))


def others_line(turn: Turn) -> Say | None:
    """The refusal when the message names another line than the proved one: its records are not shown."""
    named = normalise(str(turn.slots.get("mentioned_number") or ""))
    return say("utter_not_your_line") if named and named != turn.line.proved else None
