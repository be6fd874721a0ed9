"""Plans for what the customer says that he uses: no record is looked at."""

from __future__ import annotations

import re

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, proceed, say
from hall import plan_match
from hall.spoken_numbers import SPOKEN, whole

_PHONE = re.compile(r"\d{5}")  # so many digits are a number to call, no allowance
_DECIMAL = re.compile(r"\d{1,5}\.\d")
_LITTLE = re.compile(r"不(?:怎么|太|大)?(?:用|打|上网)|很少|没有|几乎|基本不|少")
_MUCH = re.compile(r"很多|不限|特别多|超多|天天")
_GB = re.compile(r"(?P<n>\d{1,4}|[一二两三四五六七八九十百]{1,4})\s*个?[gG]")
_MINUTES = re.compile(r"(?P<n>\d{1,4}|[一二两三四五六七八九十百]{1,5})\s*个?分钟")
MB_PER_GB = 1024
LITTLE_MB, MUCH_MB = 1024, 40 * 1024
LITTLE_MINUTES, MUCH_MINUTES = 30, 500


class AssumeUse(HallAction):
    """Takes both from one sentence: 一个月打300分钟、用20个G."""

    name_ = "action_assume_use"

    async def act(self, turn: Turn) -> Outcome:
        data, minutes = _GB.search(turn.text), _MINUTES.search(turn.text)
        kept: dict[str, int] = {}
        if data:
            kept["use_data"] = whole(data["n"]) * MB_PER_GB
        if minutes:
            kept["use_minutes"] = whole(minutes["n"])
        return proceed(**kept)


class CheckUseData(HallAction):
    """Takes how much data a month: 10G, 十来个G, 很少."""

    name_ = "action_check_use_data"

    async def act(self, turn: Turn) -> Outcome:
        given = turn.slots["use_data"]
        if isinstance(given, int):
            return proceed()
        found = _said(str(given), MB_PER_GB, LITTLE_MB, MUCH_MB)
        return again(say("utter_use_unclear")) if found is None else proceed(use_data=found)


class CheckUseMinutes(HallAction):
    """Takes how many minutes a month: 100分钟, 两小时, 基本不打."""

    name_ = "action_check_use_minutes"

    async def act(self, turn: Turn) -> Outcome:
        given = turn.slots["use_minutes"]
        if isinstance(given, int):
            return proceed()
        unit = 60 if "小时" in str(given) else 1
        found = _said(str(given), unit, LITTLE_MINUTES, MUCH_MINUTES)
        return again(say("utter_use_unclear")) if found is None else proceed(use_minutes=found)


class RecommendTold(HallAction):
    """Tells the plans that cost least for that use."""

    name_ = "action_recommend_told"

    async def act(self, turn: Turn) -> Outcome:
        data_mb, minutes = int(turn.slots["use_data"]), int(turn.slots["use_minutes"])
        best = plan_match.for_use(turn.hall, turn.line.msisdn, data_mb, minutes)
        choices = (Choice("utter_choice_match", facts={"plan": one}, payload=_change(one.name)) for one in best)
        facts = {"best": list(best), "data_mb": data_mb, "minutes": minutes}
        return proceed(Say("utter_match_told", facts, tuple(choices)))


def _change(name: str) -> str:
    return f'/change_plan{{"new_plan":"{name}"}}'


def _said(text: str, unit: int, little: int, much: int) -> int | None:
    if _PHONE.search(text):
        return None
    if decimal := _DECIMAL.search(text):
        return int(float(decimal.group()) * unit)
    if text.startswith("半个"):
        return unit // 2
    if number := SPOKEN.search(text):
        return whole(number.group()) * unit
    if _LITTLE.search(text):
        return little
    return much if _MUCH.search(text) else None
