"""The state of the customer's own line: number, holder (masked), registration, arrears, plan."""

from __future__ import annotations

from actions.base import Turn
from actions.look_up import LookUp
from hall.bss.subscriber import Subscriber, Subscribers


class TellAccountStatus(LookUp):
    """Says whose line it is and whether anything is wrong with it."""

    name_ = "action_account_status"
    tells = {Subscriber: "utter_account_status"}

    async def read(self, turn: Turn) -> Subscriber | None:
        return await turn.hall.bss[Subscribers].of(turn.line.proved)
