"""What the hall may write of its own accord is stopped, by kind, and begun again."""

from __future__ import annotations

from actions.base import HallAction, Outcome, Say, Turn, proceed, say
from hall import guides, notices
from hall.policy.notices import KINDS

PAYING = "ask_payment_methods"  # the guide that tells how to have it paid by itself
CUE = "notice_"  # cues of data/nlu/cues.tsv: which kind is meant


class NoticesOff(HallAction):
    """Nothing more of the kinds that are named, or of any; results of what the customer asks for still come."""

    name_ = "action_notices_off"

    async def act(self, turn: Turn) -> Outcome:
        kinds = _kinds(turn)
        if turn.line.level < 1:
            return proceed(say("utter_opt_out_where"))
        await notices.say(turn.hall, turn.line.proved, agreed=False, kinds=kinds)
        return proceed(say("utter_opted_out", kinds=list(kinds)))


class NoticesOn(HallAction):
    """Notices again; offers where they are named."""

    name_ = "action_notices_on"

    async def act(self, turn: Turn) -> Outcome:
        meant = await notices.say(turn.hall, turn.line.proved, agreed=True, kinds=_kinds(turn))
        told = say("utter_notices_on", kinds=list(meant), most=turn.hall.policy.notices.most_a_day)
        return proceed(told, *_paying_by_itself(turn))


class NoticesQuiet(HallAction):
    """When nothing is written of the hall's own accord."""

    name_ = "action_notices_quiet"

    async def act(self, turn: Turn) -> Outcome:
        hours = turn.hall.policy.contact.results
        facts = {"since": hours.end.hour, "until": hours.start.hour, "hour": turn.hall.policy.notices.hour}
        return proceed(say("utter_notices_quiet", **facts))


class TellNotices(HallAction):
    """Which notices come, and which do not."""

    name_ = "action_notices"

    async def act(self, turn: Turn) -> Outcome:
        agreed = await notices.agreed(turn.hall, turn.line.proved)
        comes = [kind for kind in KINDS if agreed[kind]]
        stopped, most = [kind for kind in KINDS if kind not in comes], turn.hall.policy.notices.most_a_day
        return proceed(say("utter_notices", comes=comes, stopped=stopped, most=most))


def _paying_by_itself(turn: Turn) -> tuple[Say, ...]:
    """怎么自动充值, asked in the same breath: how it is set up."""
    guide = turn.hall.policy.guides[PAYING]
    if "auto" not in guides.asked(guide, turn.text):
        return ()
    told = guide.fact("auto", guides.fits(None, ""), guides.rules(turn.hall))
    return (Say("utter_guide", {"told": [told]}),) if told else ()


def _kinds(turn: Turn) -> tuple[str, ...]:
    return tuple(kind for kind in KINDS if f"{CUE}{kind}" in turn.cues)
