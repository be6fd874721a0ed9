"""What a customer does with an order that he placed: is it real, the link again, away with it, another way to pay."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, proceed, say
from actions.orders import check_paid, told_of
from actions.topup_facts import TellValidity
from actions.topup_number import payer
from actions.topup_paying import to_pay
from actions.unpaid import unpaid_of, which
from hall.change import Change
from hall.topup import choosing, orders, payment, states
from hall.topup.notifications import order_facts
from hall.topup.orders import Order, Placing

RECENT = timedelta(hours=24)  # how long an order that nobody paid may still be meant
ALL, NONE = "all", "none"  # values of the slot beside numbers of orders


class AskOrderChoice(HallAction):
    """Which of the unpaid orders is meant: not asked where there is one, or where the message says it."""

    name_ = "action_ask_order_choice"

    async def act(self, turn: Turn) -> Outcome:
        unpaid = await unpaid_of(turn)
        chosen = unpaid if len(unpaid) == 1 else choosing.meant(turn.text, unpaid, turn.hall.clock.local().date())
        if not unpaid:
            return proceed(order_choice=NONE)
        if chosen:
            return proceed(order_choice=_numbers(chosen))
        return proceed(which(turn, unpaid, "utter_which_order"))


class CheckOrderChoice(HallAction):
    """Takes what names unpaid orders: their numbers, or words."""

    name_ = "action_check_order_choice"

    async def act(self, turn: Turn) -> Outcome:
        unpaid, given = await unpaid_of(turn), str(turn.slots["order_choice"])
        if given == NONE or not unpaid:
            return proceed(order_choice=NONE)
        chosen = unpaid if given == ALL else choosing.meant(given, unpaid)
        return proceed(order_choice=_numbers(chosen)) if chosen else again(say("utter_order_choice_unclear"))


class CancelOrders(HallAction):
    """Cancels the unpaid orders that were chosen; what is paid goes on, which is said."""

    name_ = "action_cancel_orders"

    async def act(self, turn: Turn) -> Outcome:
        chosen = await _chosen(turn)
        if not chosen:
            return proceed(*await _nothing_unpaid(turn, "utter_cancel_none"))
        change = Change.begin(turn.hall, turn.unit, "customer")
        for order in chosen:
            payment.cancelled(change, order, tell=False)
        facts = order_facts(turn.hall, chosen[0])
        if len(chosen) == 1:
            return proceed(say("utter_order_cancelled", order=facts))
        return proceed(say("utter_orders_cancelled", count=len(chosen)))


class SendLink(HallAction):
    """Sends the link of an unpaid order again; of one that expired it says so and offers the same anew."""

    name_ = "action_send_link"

    async def act(self, turn: Turn) -> Outcome:
        chosen = await _chosen(turn)
        for order in chosen:
            check_paid(turn, order)
        if chosen:
            return proceed(*(to_pay(turn, order, "utter_order_link") for order in chosen))
        newest = await _newest(turn)
        if newest is not None and newest.state in (states.EXPIRED, states.CANCELLED):
            return proceed(_offered_again(turn, newest))
        return proceed(*await _nothing_unpaid(turn, "utter_link_none"))


class ChangeWay(HallAction):
    """Another way to pay: the unpaid order ends, the same is ordered to be paid otherwise."""

    name_ = "action_change_way"

    async def act(self, turn: Turn) -> Outcome:
        chosen = await _chosen(turn)
        if not chosen:
            return proceed(*await _nothing_unpaid(turn, "utter_link_none"))
        old, way = chosen[0], _way(turn, chosen[0])
        package = turn.hall.policy.package(old.sku)
        if way is None or way == old.way or package is None or package.price_fen != old.price_fen:
            return proceed(to_pay(turn, old, "utter_order_link"))
        payment.cancelled(Change.begin(turn.hall, turn.unit, "customer"), old, tell=False)
        wish = Placing(f"{turn.conversation}|{turn.key}|{way}", turn.conversation, old.payer, old.msisdn, package, way)
        placed = await orders.place(turn.hall, turn.unit, wish)
        return proceed(to_pay(turn, placed, "utter_order_way_changed"), pay_method=placed.way)


class PayUntil(HallAction):
    """Until when the order may be paid; without one, for how long a link is good."""

    name_ = "action_pay_until"

    async def act(self, turn: Turn) -> Outcome:
        unpaid = await unpaid_of(turn)
        if unpaid:
            return proceed(say("utter_pay_until", order=order_facts(turn.hall, unpaid[0])))
        newest = await _newest(turn)
        if newest is not None and newest.paid_fen and newest.product == "data":  # the package, then, not the link
            return await TellValidity().act(turn)
        gone = newest is not None and newest.state in (states.EXPIRED, states.CANCELLED)
        return proceed(
            say("utter_pay_minutes", minutes=int(turn.hall.policy.topup.expires.total_seconds() // 60), gone=gone)
        )


class OrderIsReal(HallAction):
    """Whether a link or text is the hall's: what was ordered when, and who is paid; without an order, how to tell."""

    name_ = "action_order_is_real"

    async def act(self, turn: Turn) -> Outcome:
        newest = await _newest(turn)
        host = urlsplit(turn.hall.public_url).netloc
        if newest is None:
            return proceed(say("utter_real_in_general", host=host))
        response = "utter_order_is_real" if newest.state == states.AWAIT_PAY else "utter_order_was_real"
        return proceed(say(response, order=order_facts(turn.hall, newest), host=host))


async def _chosen(turn: Turn) -> list[Order]:
    numbers = str(turn.slots.get("order_choice") or "").split(",")
    return [order for order in await unpaid_of(turn) if order.order_no in numbers]


async def _newest(turn: Turn) -> Order | None:
    """The order that is spoken of: the newest of these hours, an unpaid one first."""
    found = await orders.visible(turn.unit, turn.conversation, payer(turn))
    since = turn.hall.clock.now() - RECENT
    recent = [order for order in found if order.created_at >= since]
    return next((order for order in recent if order.state == states.AWAIT_PAY), next(iter(recent), None))


async def _nothing_unpaid(turn: Turn, otherwise: str) -> list[Say]:
    """How the newest order stands, when it is paid; else that nothing waits for a payment."""
    newest = await _newest(turn)
    if newest is not None and newest.paid_fen:
        return await told_of(turn, newest)
    return [say(otherwise)]


def _offered_again(turn: Turn, order: Order) -> Say:
    values: dict[str, Any] = {"phone_number": order.msisdn, "pay_method": order.way}
    if order.product == "data":
        intent, values = "topup_data", values | {"scope": order.scope, "package": order.data_mb}
    else:
        intent, values = "topup_credit", values | {"credit": order.face_fen}
    payload = f"/{intent}{json.dumps(values, separators=(',', ':'))}"
    choices = (Choice("utter_choice_order_again", payload=payload), Choice("utter_choice_none_of_it", payload="/deny"))
    return replace(say("utter_order_again", order=order_facts(turn.hall, order)), choices=choices)


def _way(turn: Turn, order: Order) -> str | None:
    """The way to pay that the message names last; where it names none, the only other one there is."""
    ways = [way for way in turn.hall.policy.topup.ways if way in turn.hall.payments]
    places = {turn.text.rfind(turn.render("utter_choice_way", way=way)): way for way in ways}
    if (last := max(places, default=-1)) >= 0:
        return places[last]
    others = [way for way in ways if way != order.way]
    return others[0] if len(others) == 1 else None


def _numbers(found: list[Order]) -> str:
    return ",".join(order.order_no for order in found)
