"""Data top-up: number, scope, package, way to pay; what becomes of an order."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from rapidfuzz import fuzz

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from hall import msisdn as numbers
from hall.money import short_yuan
from hall.payments.links import pay_url, qr_url
from hall.policy import Package
from hall.topup import orders, packages, saga
from hall.topup.eligibility import TopupWish, number_refusal, refusal
from hall.topup.orders import Order, Placing
from hall.topup.telling import order_facts, size

ORDER_NO = re.compile(r"T\d{13}(?!\d)")
WAY_ALIKE = 60  # partial ratio above which a text names a way to pay
OWN = "own"  # the value of slot phone_number for "my own number"


class AskPhoneNumber(HallAction):
    """Asks for the number, with one's own proved line as a choice; not asked when that line was meant."""

    name_ = "action_ask_phone_number"

    async def act(self, turn: Turn) -> Outcome:
        line = _payer(turn)
        if line is None:
            return proceed(say("utter_ask_phone_number"))
        if re.search(turn.phrase("utter_part_own_words"), turn.text):
            return proceed(**_number(line, "no"))
        own = Choice("utter_choice_own_number", {"phone_number": line}, {"number": numbers.spaced(line)})
        return proceed(Say("utter_ask_phone_number", choices=(own,)))


class CheckPhoneNumber(HallAction):
    """Refuses what is not a mobile number that can be served; asks to type somebody else's twice."""

    name_ = "action_check_phone_number"

    async def act(self, turn: Turn) -> Outcome:
        given, line = str(turn.slots["phone_number"]), _payer(turn)
        if given == OWN and line is None:
            return again(say("utter_topup_own_unknown"))
        msisdn = line if given == OWN else numbers.normalise(given)
        if refused := number_refusal(turn.hall, msisdn or given):
            return again(say(f"utter_topup_{refused.reason}"))
        return proceed(**_number(msisdn, "no" if msisdn == line else "needed"))


class AskPhoneNumberAgain(HallAction):
    """Asks for the number a second time, or for its last four digits, as the policy says."""

    name_ = "action_ask_phone_number_again"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(say(f"utter_ask_phone_number_{turn.hall.policy.topup.number_check}"))


class CheckPhoneNumberAgain(HallAction):
    """Compares; too many mismatches end the order, unpaid."""

    name_ = "action_check_phone_number_again"

    async def act(self, turn: Turn) -> Outcome:
        rules, wanted = turn.hall.policy.topup, turn.slots["phone_number"]
        given = str(turn.slots["phone_number_again"])
        given = numbers.normalise(given) or given
        if given == wanted or (rules.number_check == "last4" and given == wanted[-4:]):
            return proceed(number_twice="done", phone_number_again=None)
        misses = (turn.slots.get("number_misses") or 0) + 1
        if misses >= rules.mismatches:
            return end(say("utter_topup_mismatch_end"))
        return again(say("utter_topup_mismatch"), number_misses=misses)


class AskPackage(HallAction):
    """Offers the packages of the scope."""

    name_ = "action_ask_package"

    async def act(self, turn: Turn) -> Outcome:
        offered = turn.hall.policy.offered(turn.slots["scope"])
        choices = (Choice("utter_choice_package", {"package": p.data_mb}, _package_facts(p)) for p in offered)
        return proceed(Say("utter_ask_package", choices=tuple(choices)))


class CheckPackage(HallAction):
    """Takes a size that is sold; otherwise names the nearest."""

    name_ = "action_check_package"

    async def act(self, turn: Turn) -> Outcome:
        data_mb, scope = _data_mb(turn.slots["package"]), turn.slots["scope"]
        if data_mb is None:
            return again(say("utter_topup_package_unclear"))
        package = packages.wanted(turn.hall.policy, scope, data_mb)
        if package is None:
            return again(_no_such(turn, scope, data_mb))
        return proceed(package=package.data_mb)  # the size: it stays when the scope is corrected


class CheckTopup(HallAction):
    """Refuses a top-up that cannot succeed, before the customer confirms it."""

    name_ = "action_check_topup"

    async def act(self, turn: Turn) -> Outcome:
        slots, line = turn.slots, _payer(turn)
        package = packages.wanted(turn.hall.policy, slots["scope"], slots["package"])
        if package is None:
            return Outcome("again", (_no_such(turn, slots["scope"], slots["package"]),), {"package": None})
        wish = TopupWish(slots["phone_number"], package.sku, line)
        if refused := await refusal(turn.hall, wish):
            own = "_own" if wish.own and f"utter_topup_{refused.reason}_own" in turn.domain["responses"] else ""
            return end(say(f"utter_topup_{refused.reason}{own}", **refused.facts))
        return proceed(
            confirmation=f"{turn.conversation}|{turn.key}|{wish.msisdn}|{package.sku}",
            topup_number=numbers.spaced(wish.msisdn),
            topup_scope=turn.phrase(f"utter_part_scope_{package.scope}"),
            topup_size=size(package.data_mb),
            topup_price=short_yuan(package.price_fen),
            arrival=_arrival(turn),
        )


class AskPayMethod(HallAction):
    """Offers the ways to pay that this hall has."""

    name_ = "action_ask_pay_method"

    async def act(self, turn: Turn) -> Outcome:
        choices = (Choice(f"utter_choice_pay_{way}", {"pay_method": way}) for way in _ways(turn))
        return proceed(Say("utter_ask_pay_method", choices=tuple(choices)))


class CheckPayMethod(HallAction):
    """Takes a way to pay by its choice or by its name, typed as people do."""

    name_ = "action_check_pay_method"

    async def act(self, turn: Turn) -> Outcome:
        given = str(turn.slots["pay_method"]).strip()
        titles = {way: turn.phrase(f"utter_choice_pay_{way}") for way in _ways(turn)}
        way = given if given in titles else max(titles, key=lambda w: fuzz.partial_ratio(titles[w], given))
        if way != given and (len(given) < 2 or fuzz.partial_ratio(titles[way], given) < WAY_ALIKE):
            return again(say("utter_topup_pay_method_unclear"))
        return proceed(pay_method=way, topup_way=titles[way])


class PlaceTopup(HallAction):
    """Places the order that was confirmed, and says where to pay it."""

    name_ = "action_place_topup"

    async def act(self, turn: Turn) -> Outcome:
        slots = turn.slots
        package = packages.wanted(turn.hall.policy, slots["scope"], slots["package"])
        if package is None or not slots.get("confirmation"):
            return end(say("utter_topup_start_again"))
        order = await orders.place(
            turn.hall,
            turn.unit,
            Placing(
                slots["confirmation"],
                turn.conversation,
                _payer(turn),
                slots["phone_number"],
                package,
                slots["pay_method"],
            ),
        )
        return proceed(_pay(turn, order, "utter_topup_pay"), confirmation=None)


class CheckOrder(HallAction):
    """Says how far the customer's newest orders are, or the one whose number he typed."""

    name_ = "action_check_order"

    async def act(self, turn: Turn) -> Outcome:
        named, found = await _orders(turn)
        if not found:
            return proceed(say("utter_order_unknown" if named else "utter_order_none"))
        shown = [found[0], *(o for o in found[1:] if o.state in (saga.AWAIT_PAY, *saga.RUNNING, saga.REFUNDING))]
        for order in shown:
            if order.state == saga.AWAIT_PAY:  # he may have paid, and the notice been lost
                orders.post_for(turn.unit, order, "topup.query_payment", now=turn.hall.clock.now(), step=_step(turn))
        return proceed(*(_order_answer(turn, order) for order in shown))


class AskRefund(HallAction):
    """Whether money comes back: from the order's state and the rules."""

    name_ = "action_ask_refund"

    async def act(self, turn: Turn) -> Outcome:
        named, found = await _orders(turn)
        if not found:
            return proceed(say("utter_order_unknown" if named else "utter_refund_rule"))
        order = found[0]
        return proceed(say(f"utter_refund_{_word(order)}", **order_facts(turn.hall, order)))


def _number(msisdn: str | None, twice: str) -> dict[str, Any]:
    return {"phone_number": msisdn, "phone_number_again": None, "number_twice": twice, "number_misses": 0}


def _payer(turn: Turn) -> str | None:
    return turn.line.msisdn if turn.line.level >= 1 else None


def _ways(turn: Turn) -> list[str]:
    return [way for way in turn.hall.policy.topup.ways if way in turn.hall.payments]


def _package_facts(package: Package) -> dict[str, Any]:
    return {"size": size(package.data_mb), "price": short_yuan(package.price_fen)}


def _data_mb(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) or str(value).isdecimal() else None


def _no_such(turn: Turn, scope: str, data_mb: int) -> Say:
    near = packages.nearest(turn.hall.policy, scope, data_mb)[:2]
    named = [turn.phrase("utter_choice_package", **_package_facts(p)) for p in sorted(near, key=lambda p: p.data_mb)]
    joined = turn.phrase("utter_part_or").join(named)
    return say("utter_topup_no_such_package", size=size(data_mb), nearest=joined)


def _arrival(turn: Turn) -> str:
    rules = turn.hall.policy.topup
    if rules.is_peak(turn.hall.clock.local().date()):
        return turn.phrase("utter_part_arrival_peak", low=rules.peak_hours[0], high=rules.peak_hours[1])
    return turn.phrase("utter_part_arrival_usual", minutes=rules.usual_minutes)


def _pay(turn: Turn, order: Order, response: str) -> Say:
    image = qr_url(turn.hall, order.way, order.order_no) if turn.channel == "web" else None
    facts = order_facts(turn.hall, order) | {"url": pay_url(turn.hall, order.way, order.order_no)}
    return Say(response, facts, image=image)


async def _orders(turn: Turn) -> tuple[bool, list[Order]]:
    """Whether an order number was typed, and the orders meant that this customer may see, newest first."""
    typed = ORDER_NO.search(unicodedata.normalize("NFKC", turn.text).upper())
    found = await orders.visible(turn.unit, turn.conversation, _payer(turn), limit=50 if typed else 3)
    return bool(typed), [o for o in found if o.order_no == typed.group()] if typed else found


def _order_answer(turn: Turn, order: Order) -> Say:
    if order.state == saga.AWAIT_PAY:
        return _pay(turn, order, "utter_order_await_pay")
    return say(f"utter_order_{_word(order)}", **order_facts(turn.hall, order))


def _word(order: Order) -> str:
    """The state as a customer is told: what runs inside the hall is one to him."""
    if order.stuck and order.state == saga.PROCESSING:
        return "stuck"
    running = dict.fromkeys(saga.RUNNING, "processing")
    return {**running, saga.FAILED: "refunding", saga.PARTIAL: "refunding"}.get(order.state, order.state.lower())


def _step(turn: Turn) -> int:
    """One query a minute and order: the same minute's question asks once."""
    return int(turn.hall.clock.now().timestamp() // 60)
