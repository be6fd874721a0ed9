"""A customer's rights to what is kept of them."""

from __future__ import annotations

from actions.base import HallAction, Outcome, Turn, proceed, say
from hall import erasure


class TellPrivacy(HallAction):
    """Says what is kept of what customers write, and for how long."""

    name_ = "action_privacy"

    async def act(self, turn: Turn) -> Outcome:
        page = f"{turn.hall.public_url}/privacy"
        return proceed(say("utter_privacy", days=turn.hall.policy.retention.days, page=page))


class EraseData(HallAction):
    """Sees that what was written here is deleted: of the proved line, else of this conversation."""

    name_ = "action_erase_data"

    async def act(self, turn: Turn) -> Outcome:
        line = turn.line.msisdn if turn.line.level >= 1 else None
        erasure.ask(turn.unit, turn.hall.clock.now(), erasure.Wish(turn.conversation, line, turn.key))
        return proceed(say("utter_erasure_noted"))
