"""Allowances of the customer's own line: what is left or was used, how long it lasts, what is paid beyond it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from actions.base import HallAction, Outcome, Turn, proceed, say
from actions.guides import AnswerBesides, by_words
from actions.look_up import LookUp
from hall import months, usage
from hall.bss.usage import Bucket
from hall.usage import Allowance, Left, Pace, Used

_LEFT = re.compile(r"还有|剩|没用|余")
KINDS: dict[str, Bucket] = {"usage_data": "data_mb", "usage_minutes": "minutes", "usage_sms": "sms"}  # by cue

NAMES = ("省内", "抖音", "视频", "定向", "国内")  # what allowances are called by


class NoRecord:
    """Nothing is known of the months that were asked for."""


class TellUsage(LookUp):
    """Says what is left of what was asked for, or what was used in a month that was named."""

    name_ = "action_usage"
    tells = {Left: "utter_usage", Used: "utter_usage_months", NoRecord: "utter_usage_no_record"}

    async def act(self, turn: Turn) -> Outcome:
        if not turn.slots.get("usage_month") and (told := await _followed(turn)) is not None:
            return told
        if "usage_pace" in turn.cues and not turn.slots.get("usage_month"):
            return await TellPace().act(turn)
        return await super().act(turn)

    async def read(self, turn: Turn) -> Left | Used | NoRecord | None:
        month = turn.slots.get("usage_month")
        if month and not (month == months.of(turn.hall.clock.now()) and _LEFT.search(turn.text)):  # 这个月还剩多少
            return await usage.used(turn.hall, turn.line.proved, month) or NoRecord()
        return await usage.left(turn.hall, turn.line.proved, [KINDS[cue] for cue in KINDS if cue in turn.cues])

    def facts(self, turn: Turn, found: Any) -> dict[str, Any]:
        if not isinstance(found, Left):
            return {"used": found} if isinstance(found, Used) else {}
        named = replace(
            found,
            allowances=tuple(_named(turn, one) for one in found.allowances),
            everything=tuple(_named(turn, one) for one in found.everything),
        )
        return {"number": turn.line.proved, "found": named, "by_day": "usage_day" in turn.cues}


async def _followed(turn: Turn) -> Outcome | None:
    """What is asked right after what is left was told: what it is for, for whom, and what comes then."""
    cues = set((turn.slots.get("follow_up") or {}).get("cues", ()))
    if "usage_empty" in cues:
        return await TellRates().act(turn)
    if "usage_give" in cues:
        return proceed(say("utter_usage_give"))
    if "usage_scope" not in cues:
        return None
    found = await usage.left(turn.hall, turn.line.proved)
    data = [_named(turn, one) for one in found.everything if one.unit == "mb"] if found else []
    return proceed(say("utter_usage_scope", targeted=[one for one in data if one.scope == "targeted"]))


class TellPace(LookUp):
    """Says how much data a day is used, and how long the rest lasts at that."""

    name_ = "action_usage_pace"
    tells = {Pace: "utter_usage_pace"}

    async def act(self, turn: Turn) -> Outcome:
        if told := await by_words(turn, "check_usage"):  # 定向的只能看抖音吗
            return told
        return await super().act(turn) if turn.line.msisdn else proceed(say("utter_usage_prove"))

    async def read(self, turn: Turn) -> Pace | None:
        return await usage.pace(turn.hall, turn.line.proved)


class TellUsageEnds(LookUp):
    """Says when what is left ends, and that it is not carried over."""

    name_ = "action_usage_ends"
    tells = {Left: "utter_usage_ends"}

    async def act(self, turn: Turn) -> Outcome:
        return await super().act(turn) if turn.line.msisdn else proceed(say("utter_usage_prove"))

    async def read(self, turn: Turn) -> Left | None:
        return await usage.left(turn.hall, turn.line.proved, [KINDS[cue] for cue in KINDS if cue in turn.cues])

    def facts(self, turn: Turn, found: Any) -> dict[str, Any]:
        named = tuple(_named(turn, one) for one in found.allowances)
        word = next((one for one in NAMES if one in turn.text), "")
        meant = tuple(one for one in named if word in one.name)
        return {"ends": list(meant or named), "lacks": word if word and not meant else None}


class TellRates(HallAction):
    """Says what is paid beyond the allowances."""

    name_ = "action_usage_rates"

    async def act(self, turn: Turn) -> Outcome:
        if turn.line.msisdn is None:
            return proceed(say("utter_usage_prove"))
        month = next(iter((turn.slots.get("asked") or {}).get("month") or ()), None)
        if month and (found := await usage.used(turn.hall, turn.line.proved, str(month))):  # 上个月用了几个G
            return proceed(say("utter_usage_months", used=found))
        return proceed(say("utter_usage_rates", rates=list(await usage.rates(turn.hall, turn.line.proved))))


class AnswerUsage(AnswerBesides):
    """Answers what else is asked about allowances, else what is left of them."""

    name_ = "action_usage_fact"
    guide = "check_usage"
    told = TellUsage


def _named(turn: Turn, allowance: Allowance) -> Allowance:
    """A bought package has a number and no name of its own: it is called by what it is good for."""
    package = turn.hall.policy.package(allowance.name) if allowance.scope == "bought" else None
    return replace(allowance, name=turn.render("utter_usage_bought", scope=package.scope)) if package else allowance
