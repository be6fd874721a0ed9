"""Balance and arrears of the customer's own line."""

from __future__ import annotations

from actions.base import Turn
from actions.look_up import LookUp
from hall import balance
from hall.balance import Account


class TellBalance(LookUp):
    """Says what is on the line, what is owed, and this month's bill up to now."""

    name_ = "action_balance"
    tells = {Account: "utter_balance"}

    async def read(self, turn: Turn) -> Account | None:
        return await balance.account(turn.hall, turn.line.proved)
