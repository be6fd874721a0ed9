"""Refusing, confirming and paying a top-up, whatever is bought."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any

from rapidfuzz import fuzz

from actions import topup_number
from actions.base import HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.topup_number import payer
from actions.topup_remedies import explained, refused_own
from hall.change import Change
from hall.limiter import Limit, full
from hall.payments.links import qr_url, short_url
from hall.policy import Package
from hall.topup import orders, packages, payment, states
from hall.topup.eligibility import TopupWish, number_refusal, refusal
from hall.topup.notifications import order_facts
from hall.topup.orders import Order, Placing

# what the confirmation needs and nothing after it
CONFIRMED = ("confirmation", "arrival", "topup_price")
PLACED = Limit("orders", 12, timedelta(hours=1))  # of a conversation, paid or not
PLACED_THERE = Limit("orders_there", 40, timedelta(hours=1))  # of an address
WAY_ALIKE = 60  # partial ratio above which a text names a way to pay …
WAY_AHEAD = 10  # … and by so much better than any other: 支付 names none
SHORTEST_WAY = 2  # characters
REFUSED_OWN = {  # to the proved line itself
    "unknown": "utter_topup_unknown_own",
    "arrears": "utter_topup_arrears_own",
    "not_registered": "utter_topup_not_registered_own",
    "blacklisted": "utter_topup_blacklisted_own",
    "excluded": "utter_topup_excluded_own",
    "too_many": "utter_topup_too_many_own",
    "number_today": "utter_topup_number_today_own",
}
REFUSED = topup_number.REFUSED | {"payer_today": "utter_topup_payer_today"}  # what the digits or his own orders say
REFUSED_STRANGER = "utter_topup_not_here"  # whatever the operator's records hold against it, or nothing at all


class CheckLine(HallAction):
    """Refuses what the number's line alone rules out, as soon as the number is known."""

    name_ = "action_check_line"

    async def act(self, turn: Turn) -> Outcome:
        wish = TopupWish(turn.slots["phone_number"], _sku(turn), payer(turn), turn.slots["sold"], turn.conversation)
        return await refused_wish(turn, wish) or proceed()


def _sku(turn: Turn) -> str | None:
    """The package that is chosen already, so that what it rules out is said before the number is typed again."""
    scope, data_mb = turn.slots.get("scope"), turn.slots.get("package")
    if turn.slots["sold"] != "data" or not scope or not isinstance(data_mb, int):
        return None
    found = packages.wanted(turn.hall.policy, scope, data_mb)
    return found.sku if found else None


class CheckPayMethod(HallAction):
    """Takes a way to pay by its choice or by its name, typed as people do."""

    name_ = "action_check_pay_method"

    async def act(self, turn: Turn) -> Outcome:
        given = str(turn.slots["pay_method"]).strip()
        titles = {way: turn.render("utter_choice_pay", way=way) for way in ways(turn)}
        alike = {way: fuzz.partial_ratio(title, given) for way, title in titles.items()}
        way = given if given in titles else max(titles, key=alike.__getitem__)
        rivals = [share for other, share in alike.items() if other != way]
        clear = (
            len(given) >= SHORTEST_WAY and alike[way] >= WAY_ALIKE and alike[way] - max(rivals, default=0) >= WAY_AHEAD
        )
        if way != given and not clear:
            return again(say("utter_topup_pay_method_unclear"))
        return proceed(pay_method=way)


async def checked(turn: Turn, package: Package) -> Outcome:
    """The refusal of that package for the number, or what the confirmation says of it."""
    if not ways(turn):
        return end(say("utter_no_way_to_pay"))
    line = payer(turn)
    wish = TopupWish(turn.slots["phone_number"], package.sku, line, package.product, turn.conversation)
    if refused := await refused_wish(turn, wish):
        return refused
    told = turn.hall.policy.topup.consent == "way" and wish.own  # the question for the way to pay says everything
    facts = {"topup_price": package.price_fen, "arrival": arrival(turn)}
    return proceed(confirmation=_key(turn, wish), consenting=told or None, **facts)


async def refused_wish(turn: Turn, wish: TopupWish) -> Outcome | None:
    """Why a wish cannot be served, as the customer is told; None when it can.

    What the operator's records hold of a line is told to that line alone: anybody can type a number.
    """
    refused = await refusal(turn.hall, wish)
    if refused is None:
        return None
    if refused.reason == "payer_today" or number_refusal(turn.hall, wish.msisdn):
        return end(say(REFUSED[refused.reason], **refused.facts), **explained(refused.reason))
    if wish.own:
        return refused_own(turn, (REFUSED_OWN | REFUSED)[refused.reason], refused)
    return end(say(REFUSED_STRANGER), **explained("stranger"))


async def placed(turn: Turn, package: Package | None) -> Outcome:
    """Place the order that was confirmed, and say where to pay it."""
    slots = turn.slots
    if package is None or not slots.get("confirmation"):
        return end(say("utter_topup_start_again"))
    if await full(turn.unit, turn.hall.clock.now(), [(PLACED, turn.conversation), (PLACED_THERE, turn.origin)]):
        return end(say("utter_topup_too_many"))
    wish = Placing(
        slots["confirmation"], turn.conversation, payer(turn), slots["phone_number"], package, slots["pay_method"]
    )
    order = await orders.place(turn.hall, turn.unit, wish)
    replaced = await _replaced(turn, order) if slots.get("instead") else []
    return proceed(to_pay(turn, order, "utter_topup_pay"), *replaced, **dict.fromkeys((*CONFIRMED, "number_typed")))


async def _replaced(turn: Turn, order: Order) -> list[Say]:
    """Cancel the unpaid order in whose place this one comes, and say so."""
    seen = await orders.visible(turn.unit, turn.conversation, payer(turn))
    former = next((one for one in seen if one.product == order.product and one.order_no != order.order_no), None)
    if former is None or former.state != states.AWAIT_PAY:
        return []
    payment.cancelled(Change.begin(turn.hall, turn.unit, "customer"), former, tell=False)
    return [say("utter_order_replaced", order=order_facts(turn.hall, former))]


def to_pay(turn: Turn, order: Order, response: str) -> Say:
    """The response with the order's facts and where to pay it; on the web with a code to scan."""
    image = qr_url(turn.hall, order.way, order.order_no) if turn.channel == "web" else None
    url = short_url(turn.hall, turn.unit, order.order_no)
    return Say(response, {"order": order_facts(turn.hall, order), "url": url}, image=image)


def _key(turn: Turn, wish: TopupWish) -> str:
    """Names what is about to be confirmed, in this turn; the number cannot be read from it."""
    told = f"{wish.msisdn}|{wish.sku}".encode()
    return f"{turn.conversation}|{turn.key}|{hmac.new(turn.hall.secret, told, hashlib.sha256).hexdigest()[:16]}"


def ways(turn: Turn) -> list[str]:
    """The ways to pay that this hall has."""
    return [way for way in turn.hall.policy.topup.ways if way in turn.hall.payments]


def arrival(turn: Turn) -> dict[str, Any]:
    """When it will be there, as the confirmation says it: a key of the table `arrival`, and its numbers."""
    rules = turn.hall.policy.topup
    if rules.is_peak(turn.hall.clock.local().date()):
        return {"when": "peak", "low": rules.peak_hours[0], "high": rules.peak_hours[1]}
    return {"when": "usual", "minutes": rules.usual_minutes}
