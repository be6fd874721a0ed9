"""What the hall may write of its own accord is stopped, and begun again."""

from __future__ import annotations

from actions.base import HallAction, Outcome, Turn, proceed, say
from hall import notices


class NoticesOff(HallAction):
    """Nothing more of its own accord; results of what the customer asks for still come."""

    name_ = "action_notices_off"

    async def act(self, turn: Turn) -> Outcome:
        if turn.line.level >= 1:
            await notices.say(turn.hall, turn.line.proved, agreed=False)
        return proceed(say("utter_opted_out"))


class NoticesOn(HallAction):
    """Notices again; offers where they are named."""

    name_ = "action_notices_on"

    async def act(self, turn: Turn) -> Outcome:
        offers = any(word in turn.text for word in ("优惠", "推广", "活动", "营销"))
        await notices.say(turn.hall, turn.line.proved, agreed=True, offers=offers)
        return proceed(say("utter_notices_on", offers=offers))
