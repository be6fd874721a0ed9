"""Tariffs: what a plan, a service or an item of a bill costs, by the month or otherwise, and what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, proceed, say
from hall import plan as plans
from hall import plan_match, tariffs
from hall.bss.subscriber import Subscribers
from hall.catalogue import Plan

_BESIDE_MINE = re.compile(r"(?:我|现在|目前)的?[^,。]{0,4}比|比我")  # 和我现在的比呢
_FAMILY = re.compile(r"(?P<stem>[\u4e00-\u9fff]{2,4})\d{2,3}元?")
_FEE = re.compile(r"(?<!\d)\d{2,3}(?!\d|[.gGmM分条月号日])")
MOST_LISTED = 6
MOST = 2  # plans or items that one answer tells
PERSON = Choice("utter_choice_guide_next", facts={"intent": "talk_to_human"}, payload="/talk_to_human")


class TellTariff(HallAction):
    """Says price, period and conditions of what was named; of nothing that is known, says so."""

    name_ = "action_tariff"

    async def act(self, turn: Turn) -> Outcome:
        asked: dict[str, Any] = turn.slots.get("asked") or {}
        if "tariff_how" in turn.cues:
            return proceed(say("utter_tariff_how"))
        names = _names(turn, asked)
        told = list(_told(turn, asked))[:MOST]
        family = () if told else await _family(turn, names)
        if len(family) == 1:
            told = [say("utter_tariff_plan", plan=family[0], rules=turn.hall.policy.plan_rules)]
        elif family:
            return proceed(say("utter_tariff_family", plans=list(family)), tariff_last=[one.name for one in family])
        if not told:
            return proceed(Say("utter_tariff_unknown", choices=(PERSON,)))
        told += await _mine(turn)
        last = [one.name for one in family] or names or turn.slots.get("tariff_last")
        return proceed(*told, tariff_last=last, charge=None)


async def _mine(turn: Turn) -> list[Say]:
    """One's own plan, where the other is to be compared with it: 和我现在的比呢."""
    if not _BESIDE_MINE.search(turn.text) or not turn.line.level:
        return []
    mine = await plans.current(turn.hall, turn.line.proved)
    return [say("utter_plan", number=turn.line.proved, plan=mine)] if mine else []


async def _family(turn: Turn, names: list[str]) -> tuple[Plan, ...]:
    """The plans whose names begin as one that was said; for plans in general those that the line may have."""
    if (found := tariffs.family(turn.hall, names)) or "套餐" not in turn.text:
        return found
    line = turn.line.msisdn if turn.line.level else None
    who = await turn.hall.bss[Subscribers].of(line) if line else None
    return tuple(sorted(plan_match.open_to(turn.hall, who), key=lambda one: one.fee_fen)[:MOST_LISTED])


def _names(turn: Turn, asked: dict[str, Any]) -> list[str]:
    """What the message names, as the understanding or the price list knows it."""
    named = [str(one) for kind in ("plan_name", "service_name") for one in asked.get(kind, ())]
    named += _siblings(turn, named or list(turn.slots.get("tariff_last") or ()), named)
    return named or [one.name for one in tariffs.items(turn.hall, turn.text)]


def _siblings(turn: Turn, known: list[str], named: list[str]) -> list[str]:
    """冰激凌99和59, 59的呢: plans of the family that is spoken of, by their price alone."""
    stem = next((found["stem"] for one in known if (found := _FAMILY.match(one))), "")
    fees = {int(number) * 100 for number in _FEE.findall(turn.text)} if stem else set()
    others = (plan for plan in turn.hall.catalogue.plans if plan.name.startswith(stem) and plan.fee_fen in fees)
    return [plan.name for plan in others if plan.name not in named]


def _told(turn: Turn, asked: dict[str, Any]) -> Iterator[Say]:
    names = _names(turn, asked) or list(turn.slots.get("tariff_last") or ())
    for plan in tariffs.plans(turn.hall, names):
        yield say("utter_tariff_plan", plan=plan, rules=turn.hall.policy.plan_rules)
    items = dict.fromkeys(one for name in names if (one := tariffs.item(turn.hall, name)) is not None)
    for one in items or (tariffs.items(turn.hall, turn.text) if not tariffs.plans(turn.hall, names) else ()):
        yield say("utter_tariff_item", item=one)
