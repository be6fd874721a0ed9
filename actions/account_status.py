"""The state of the customer's own line: number, holder (masked), registration, arrears, plan."""

from __future__ import annotations

from actions.balance import others_line
from actions.base import HallAction, Outcome, Turn, end, proceed, say
from hall.bss.subscriber import Subscribers
from hall.msisdn import spaced


class TellAccountStatus(HallAction):
    """Says whose line it is and whether anything is wrong with it."""

    name_ = "action_account_status"

    async def act(self, turn: Turn) -> Outcome:
        if refusal := others_line(turn):
            return end(refusal)
        number = spaced(turn.line.proved)
        line = await turn.hall.bss[Subscribers].of(turn.line.proved)
        if line is None:
            return end(say("utter_unknown_line", number=number))
        registered = turn.phrase("utter_part_registered" if line.real_name else "utter_part_not_registered")
        state = turn.phrase("utter_part_line_arrears" if "arrears" in line.flags else "utter_part_line_fine")
        facts = {"name": line.name, "plan": line.plan, "registered": registered, "state": state}
        return proceed(say("utter_account_status", number=number, **facts))
