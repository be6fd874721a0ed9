"""Plans for what the customer says that he uses: no record is looked at."""

from __future__ import annotations

import re

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, proceed, say
from actions.tariffs import TellTariff
from hall import plan as plans
from hall import plan_match
from hall.bss.services import Services
from hall.plan_match import Match
from hall.spoken_numbers import SPOKEN, whole

_PHONE = re.compile(r"\d{5}")  # so many digits are a number to call, no allowance
_DATA = re.compile(
    r"(?P<n>\d{1,5}(?:\.\d)?|半|[一二两三四五六七八九十百]{1,4})(?:多|来)?个?(?P<unit>[gG]|兆|[mM][bB]?)"
)
_TALK = re.compile(r"(?P<n>\d{1,5}|[一二两三四五六七八九十百]{1,5})(?:多|来)?个?(?P<unit>分钟?|小时)")
_HOME = re.compile(r"宽带|网线|电视")
_DECIMAL = re.compile(r"\d{1,5}\.\d")
_LITTLE = re.compile(r"不(?:怎么|太|大)?(?:用|打|上网)|很少|没有|几乎|基本不|少")
_MUCH = re.compile(r"很多|不限|特别多|超多|天天")
MB_PER_GB = 1024
BROADBAND = "BROADBAND"  # the code of that service
LITTLE_MB, MUCH_MB = 1024, 40 * 1024
LITTLE_MINUTES, MUCH_MINUTES = 30, 500


class AssumeUse(HallAction):
    """Takes what the wish itself tells: 一个月打300分钟、用20个G."""

    name_ = "action_assume_use"

    async def act(self, turn: Turn) -> Outcome:
        data, minutes = _data_of(turn.text), _minutes_of(turn.text)
        told = {"use_data": data, "use_minutes": minutes}
        return proceed(**{slot: value for slot, value in told.items() if value is not None})


class CheckUseData(HallAction):
    """Takes how much data a month: 10G, 十来个G, 很少."""

    name_ = "action_check_use_data"

    async def act(self, turn: Turn) -> Outcome:
        given = turn.slots["use_data"]
        minutes = _minutes_of(turn.text)
        more = {"use_minutes": minutes} if minutes is not None else {}
        if isinstance(given, int):
            return proceed(**more)
        named = _data_of(str(given))
        if named is None and more:  # only the calls were told
            return again(use_data=None, **more)
        found = _said(str(given), MB_PER_GB, LITTLE_MB, MUCH_MB) if named is None else named
        return again(say("utter_use_unclear")) if found is None else proceed(use_data=found, **more)


class CheckUseMinutes(HallAction):
    """Takes how many minutes a month: 100分钟, 两小时, 基本不打."""

    name_ = "action_check_use_minutes"

    async def act(self, turn: Turn) -> Outcome:
        given = turn.slots["use_minutes"]
        if isinstance(given, int):
            return proceed()
        unit, data = 60 if "小时" in str(given) else 1, _data_of(str(given))
        named = _minutes_of(str(given))
        found = _said(str(given), unit, LITTLE_MINUTES, MUCH_MINUTES) if named is None else named
        more = {"use_data": data} if data is not None else {}
        return again(say("utter_use_unclear")) if found is None else proceed(use_minutes=found, **more)


class RecommendTold(HallAction):
    """Tells the plans that cost least for that use."""

    name_ = "action_recommend_told"

    async def act(self, turn: Turn) -> Outcome:
        data_mb, minutes = int(turn.slots["use_data"]), int(turn.slots["use_minutes"])
        best = plan_match.for_use(turn.hall, turn.line.msisdn, data_mb, minutes)
        choices = (Choice("utter_choice_match", facts={"plan": one}, payload=_change(one.name)) for one in best)
        facts = {"best": list(best), "data_mb": data_mb, "minutes": minutes, "present": await _present(turn)}
        offered = [one.name for one in best]
        kept = {"told_offered": offered, "told_mb": data_mb, "told_minutes": minutes}
        return proceed(Say("utter_match_told", facts, tuple(choices)), **kept, plan_offered=offered)


class ToldSum(HallAction):
    """What the plans that were told cost less or more than the present one, for the same use."""

    name_ = "action_told_sum"

    async def act(self, turn: Turn) -> Outcome:
        if (turn.slots.get("asked") or {}).get("plan_name"):
            return await TellTariff().act(turn)
        present, use = await _present(turn), _use(turn)
        if present is None or use is None:
            return proceed(say("utter_match_sum"))
        best = plan_match.for_use(turn.hall, turn.line.msisdn, *use)
        return proceed(say("utter_told_sum", best=list(best), present=present))


class ToldFact(HallAction):
    """What is wondered of such a change: whether broadband is touched, else that it is asked before."""

    name_ = "action_told_fact"

    async def act(self, turn: Turn) -> Outcome:
        if _HOME.search(turn.text):
            return await TellBroadband().act(turn)
        return proceed(say("utter_plan_lose_rule"))


class TellBroadband(HallAction):
    """Whether a change of plan touches the broadband of the line."""

    name_ = "action_plan_broadband"

    async def act(self, turn: Turn) -> Outcome:
        line = turn.line.msisdn if turn.line.level else None
        found = await turn.hall.bss[Services].of(line) if line else ()
        fee = next((one.fee_fen for one in found if one.code == BROADBAND), 0)
        return proceed(say("utter_plan_broadband", has=bool(fee), fee_fen=fee))


async def _present(turn: Turn) -> Match | None:
    """The present plan for the use that was told; None where no line is proved."""
    line, use = turn.line.msisdn if turn.line.level else None, _use(turn)
    old = await plans.current(turn.hall, line) if line else None
    return plan_match.present_for(turn.hall, old, *use) if old is not None and use is not None else None


def _use(turn: Turn) -> tuple[int, int] | None:
    """Data and minutes that were told, now or before the plans were; None where not both were."""
    slots = turn.slots
    for mb, minutes in (("use_data", "use_minutes"), ("told_mb", "told_minutes")):
        if isinstance(slots.get(mb), int) and isinstance(slots.get(minutes), int):
            return slots[mb], slots[minutes]
    return None


def _data_of(text: str) -> int | None:
    """Megabytes that a text names: 20个G, 半个G, 500兆."""
    said = _DATA.search(text)
    if said is None:
        return None
    unit = MB_PER_GB if said["unit"] in "gG" else 1
    return unit // 2 if said["n"] == "半" else int(_number(said["n"]) * unit)


def _minutes_of(text: str) -> int | None:
    """Minutes that a text names: 300分钟, 两小时."""
    said = _TALK.search(text)
    return None if said is None else int(_number(said["n"]) * (60 if said["unit"] == "小时" else 1))


def _number(text: str) -> float:
    return float(text) if text[0].isdigit() else float(whole(text))


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
