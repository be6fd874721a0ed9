"""Who can be topped up: the rules of topup.yml in the operator's policy, checked in the order of that file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from hall import msisdn as numbers
from hall.bss.balance import Balances
from hall.bss.subscriber import Subscribers
from hall.bss.topup import Topups
from hall.policy.topup import WITHOUT_RECORD, Product
from hall.topup import orders

if TYPE_CHECKING:
    from hall.bss.subscriber import Subscriber
    from hall.context import Hall
    from hall.policy import Rule


@dataclass(frozen=True, slots=True)
class TopupWish:
    """What a customer wants: `msisdn` as digits, `sku` None while no package is chosen.

    `payer` is the line that the customer has proved; None: the `conversation` is all that is known of them.
    """

    msisdn: str
    sku: str | None = None
    payer: str | None = None
    product: Product = "data"
    conversation: str = ""

    @property
    def own(self) -> bool:
        """Whether the line to be topped up is the customer's own, proved line."""
        return self.payer is not None and self.payer == self.msisdn


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: the reason's name in the policy, and facts for its response.

    The facts hold amounts for the customer's own line only. `landline` is a finer name for `invalid_number`.
    """

    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def number_refusal(hall: Hall, msisdn: str) -> Refusal | None:
    """The refusal that follows from the number alone, without the operator's records; None when there is none."""
    kind = numbers.kind(msisdn)
    asked = {rule.reason for rule in hall.policy.topup.rules}
    if kind == "virtual":
        return Refusal("virtual_number", {"number": msisdn}) if "virtual_number" in asked else None
    if kind == "landline":
        return Refusal("landline", {"number": msisdn})
    return Refusal("invalid_number", {"number": msisdn}) if kind == "invalid" else None


async def refusal(hall: Hall, wish: TopupWish) -> Refusal | None:
    """The first reason of the policy for which this wish cannot be served, or None.

    Raises Unavailable when the operator's systems do not answer in time; the caller must not take that for eligible.
    """
    if refused := number_refusal(hall, wish.msisdn):
        return refused
    subscriber = await hall.bss[Subscribers].of(wish.msisdn)
    rules = hall.policy.topup.for_product(wish.product)
    if subscriber is None:
        rules = tuple(rule for rule in rules if rule.reason in WITHOUT_RECORD)
    for rule in rules:
        facts = await CHECKS[rule.reason](hall, wish, subscriber, rule)
        if facts is not None:
            return Refusal(rule.reason, {"number": wish.msisdn} | facts)
    return None


Facts = dict[str, Any] | None
Check = Callable[
    ["Hall", TopupWish, Any, "Rule"], Awaitable[Facts]
]  # the Subscriber; None for the rules of WITHOUT_RECORD


async def _number(_hall: Hall, _wish: TopupWish, _subscriber: Subscriber, _rule: Rule) -> Facts:
    return None  # checked by number_refusal, before the records were asked


async def _virtual(_hall: Hall, _wish: TopupWish, subscriber: Subscriber, _rule: Rule) -> Facts:
    return {} if "mvno" in subscriber.flags else None


async def _unknown(_hall: Hall, _wish: TopupWish, subscriber: Subscriber | None, _rule: Rule) -> Facts:
    return {} if subscriber is None else None


async def _arrears(hall: Hall, wish: TopupWish, _subscriber: Subscriber, _rule: Rule) -> Facts:
    balance = await hall.bss[Balances].of(wish.msisdn)
    if balance.arrears_fen <= 0:
        return None
    return {"arrears_fen": balance.arrears_fen} if wish.own else {}


async def _not_registered(_hall: Hall, _wish: TopupWish, subscriber: Subscriber, _rule: Rule) -> Facts:
    return None if subscriber.real_name else {}


async def _blacklisted(_hall: Hall, _wish: TopupWish, subscriber: Subscriber, _rule: Rule) -> Facts:
    return {} if "blacklisted" in subscriber.flags else None


async def _excluded(_hall: Hall, wish: TopupWish, subscriber: Subscriber, _rule: Rule) -> Facts:
    if not subscriber.excludes_data_packages:
        return None
    return {"plan": subscriber.plan} if wish.own else {}


async def _too_many(hall: Hall, wish: TopupWish, subscriber: Subscriber, rule: Rule) -> Facts:
    if subscriber.carrier != rule.carrier or wish.sku is None or rule.per_month is None:
        return None  # the carrier of the records counts, because numbers are ported between operators
    month = hall.clock.local().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    done = await hall.bss[Topups].count(wish.msisdn, wish.sku, f"{month:%Y-%m}")
    under_way = await orders.running(hall.store, wish.msisdn, wish.sku, month.astimezone(timezone.utc))
    return {"limit": rule.per_month} if done + under_way >= rule.per_month else None


async def _number_today(hall: Hall, wish: TopupWish, _subscriber: object, rule: Rule) -> Facts:
    placed = await orders.placed_for(hall.store, wish.msisdn, _midnight(hall))
    return {"limit": rule.per_day} if rule.per_day is not None and placed >= rule.per_day else None


async def _payer_today(hall: Hall, wish: TopupWish, _subscriber: object, rule: Rule) -> Facts:
    placed = await orders.placed_by(hall.store, wish.conversation, wish.payer, _midnight(hall))
    return {"limit": rule.per_day} if rule.per_day is not None and placed >= rule.per_day else None


def _midnight(hall: Hall) -> datetime:
    return hall.clock.local().replace(hour=0, minute=0, second=0, microsecond=0).astimezone(timezone.utc)


CHECKS: Mapping[str, Check] = {
    "invalid_number": _number,
    "virtual_number": _virtual,
    "unknown": _unknown,
    "arrears": _arrears,
    "not_registered": _not_registered,
    "blacklisted": _blacklisted,
    "excluded": _excluded,
    "too_many": _too_many,
    "number_today": _number_today,
    "payer_today": _payer_today,
}
