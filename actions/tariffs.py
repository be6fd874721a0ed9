"""Tariffs: what a plan, a service or an item of a bill costs, by the month or otherwise, and what it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, proceed, say
from hall import tariffs

MOST = 2  # plans or items that one answer tells
PERSON = Choice("utter_choice_guide_next", facts={"intent": "talk_to_human"}, payload="/talk_to_human")


class TellTariff(HallAction):
    """Says price, period and conditions of what was named; of nothing that is known, says so."""

    name_ = "action_tariff"

    async def act(self, turn: Turn) -> Outcome:
        asked: dict[str, Any] = turn.slots.get("asked") or {}
        told = list(_told(turn, asked))[:MOST]
        if told:
            return proceed(*told, tariff_last=_names(turn, asked) or turn.slots.get("tariff_last"))
        return proceed(Say("utter_tariff_unknown", choices=(PERSON,)))


def _names(turn: Turn, asked: dict[str, Any]) -> list[str]:
    """What the message names, as the understanding or the price list knows it."""
    named = [str(one) for kind in ("plan_name", "service_name") for one in asked.get(kind, ())]
    return named or [one.name for one in tariffs.items(turn.hall, turn.text)]


def _told(turn: Turn, asked: dict[str, Any]) -> Iterator[Say]:
    names = _names(turn, asked) or list(turn.slots.get("tariff_last") or ())
    for plan in tariffs.plans(turn.hall, names):
        yield say("utter_tariff_plan", plan=plan, rules=turn.hall.policy.plan_rules)
    items = dict.fromkeys(one for name in names if (one := tariffs.item(turn.hall, name)) is not None)
    for one in items or (tariffs.items(turn.hall, turn.text) if not tariffs.plans(turn.hall, names) else ()):
        yield say("utter_tariff_item", item=one)
