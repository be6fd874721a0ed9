"""The state of the customer's own line: number, holder (masked), registration, arrears, plan."""

from __future__ import annotations

from actions.balance import others_line
from actions.base import HallAction, Outcome, Turn, end, proceed, say
from hall.bss.subscriber import Subscribers


class TellAccountStatus(HallAction):
    """Says whose line it is and whether anything is wrong with it."""

    name_ = "action_account_status"

    async def act(self, turn: Turn) -> Outcome:
        if refusal := others_line(turn):
            return end(refusal)
        line = await turn.hall.bss[Subscribers].of(turn.line.proved)
        if line is None:
            return end(say("utter_unknown_line", number=turn.line.proved))
        return proceed(say("utter_account_status", number=turn.line.proved, line=line))
