"""A question about the customer's own line that one read answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from actions.base import HallAction, Outcome, Turn, end, proceed, say
from hall.msisdn import normalise


class LookUp(HallAction):
    """Base of look-ups: `read` asks the hall, `tells` names the answer to what comes of it, by its type.

    The answer gets the line as `number`, and what was found under the name of its type: a `Plan` as `plan`. Somebody
    else's line, an unknown one (`read` finds None) and a system that is down are answered here, for all look-ups.
    """

    tells: ClassVar[Mapping[type, str]]
    refusals: ClassVar[tuple[type, ...]] = ()  # what ends the task

    async def read(self, turn: Turn) -> Any:
        """What the hall knows of the proved line; None when it does not know the line."""
        raise NotImplementedError

    async def act(self, turn: Turn) -> Outcome:
        """Look it up and say so."""
        if is_others(turn):
            return Outcome("others", (say("utter_not_your_line"),))
        found = await self.read(turn)
        if found is None:
            return end(say("utter_unknown_line", number=turn.line.proved))
        told = say(self.tells[type(found)], **self.facts(turn, found))
        return end(told) if isinstance(found, self.refusals) else proceed(told)

    def facts(self, turn: Turn, found: Any) -> dict[str, Any]:
        """What the answer gets."""
        return {"number": turn.line.proved, type(found).__name__.lower(): found}


def is_others(turn: Turn) -> bool:
    """Whether the message is about another line than the proved one: its records are not shown."""
    named = normalise(str(turn.slots.get("mentioned_number") or ""))
    return "other_line" in turn.cues if named is None else named != turn.line.proved
