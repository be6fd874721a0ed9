"""Ending the proof of a line before its time, as on a computer that others use too."""

from __future__ import annotations

from actions.base import HallAction, Outcome, Turn, proceed, say


class SignOut(HallAction):
    """Forgets the line and what was spoken of. A phone is its own proof: there nothing can be ended."""

    name_ = "action_sign_out"

    async def act(self, turn: Turn) -> Outcome:
        if turn.channel == "sms":
            return proceed(say("utter_sign_out_sms"))
        if turn.line.level < 1:
            return proceed(say("utter_signed_out_already"))
        turn.signed_out = True
        return proceed(say("utter_signed_out"), proved_line=None)
