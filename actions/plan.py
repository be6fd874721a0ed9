"""The plan of the customer's own line."""

from __future__ import annotations

from actions.base import Turn
from actions.look_up import LookUp
from hall import plan
from hall.bss.plan import Plan


class TellPlan(LookUp):
    """Says what it is called and costs, what is included, since when it runs and until when the contract."""

    name_ = "action_plan"
    tells = {Plan: "utter_plan"}

    async def read(self, turn: Turn) -> Plan | None:
        return await plan.current(turn.hall, turn.line.proved)
