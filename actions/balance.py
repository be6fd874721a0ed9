"""Balance and arrears of the customer's own line."""

from __future__ import annotations

from dataclasses import replace

from actions.base import Outcome, Turn
from actions.look_up import LookUp
from actions.topup_remedies import pay_arrears
from hall import balance
from hall.balance import Account


class TellBalance(LookUp):
    """Says what is on the line, what is owed, which can be paid here at once, and this month's bill up to now."""

    name_ = "action_balance"
    tells = {Account: "utter_balance"}

    async def read(self, turn: Turn) -> Account | None:
        return await balance.account(turn.hall, turn.line.proved)

    async def act(self, turn: Turn) -> Outcome:
        found = await super().act(turn)
        account = found.says[-1].facts.get("account") if found.says else None
        if not isinstance(account, Account) or not account.arrears_fen:
            return found
        told = found.says[-1]
        return replace(found, says=(replace(told, choices=pay_arrears(turn, account.arrears_fen)),))
