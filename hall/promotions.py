"""What is on offer to a customer now. Nothing is told that is not in catalogue/promotions.yml, or not for him."""

from __future__ import annotations

from collections.abc import Sequence

from hall import months
from hall.context import Hall
from hall.guides import Records
from hall.policy.price_list import Promotion


def on_offer(hall: Hall, found: Records | None) -> tuple[Promotion, ...]:
    """What runs today and fits the line, what ends first first; without a line, what is for everybody."""
    today = hall.clock.local().date()
    running = (one for one in hall.policy.promotions if one.since <= today <= one.until)
    return tuple(sorted((one for one in running if _fits(hall, one, found)), key=lambda one: one.until))


def named(found: Sequence[Promotion], said: str) -> Promotion | None:
    """The promotion whose name the words have."""
    return next((one for one in found if one.name in said), None)


def _fits(hall: Hall, one: Promotion, found: Records | None) -> bool:
    if found is None:
        return not (one.tiers or one.carriers or one.months)
    subscriber, since = found.subscriber, found.plan.since if found.plan else None
    return (
        (not one.carriers or subscriber.carrier in one.carriers)
        and (not one.tiers or subscriber.tier in one.tiers)
        and (
            not one.months or (since is not None and months.distance(since, months.of(hall.clock.now())) >= one.months)
        )
    )
