"""Who is old by the operator's records is offered a person early, and told so in few words."""

from __future__ import annotations

from actions.base import HallAction, Outcome, Turn, proceed, say
from hall.bss.subscriber import Subscribers
from hall.errors import Unavailable


class LookAfter(HallAction):
    """After the first misunderstanding of a conversation: offers a person to a proved line of an old customer."""

    name_ = "action_look_after"

    async def act(self, turn: Turn) -> Outcome:
        if turn.line.level < 1:
            return proceed()
        try:
            subscriber = await turn.hall.bss[Subscribers].of(turn.line.proved)
        except Unavailable:  # a word of care is not worth an apology
            return proceed()
        old = subscriber is not None and (subscriber.age or 0) >= turn.hall.policy.desk.senior_age
        return proceed(*[say("utter_frail")] if old else [])
