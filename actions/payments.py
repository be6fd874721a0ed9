"""Payments onto the customer's own line: which there were, whether one arrived, and credit that was ordered here."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, proceed, say
from actions.guides import AnswerBesides
from actions.look_up import LookUp
from actions.orders import OPEN, check_paid, told_of
from actions.topup_number import payer
from hall import days, line_payments, months
from hall.days import Days
from hall.line_payments import Arrived, Missing, Payments, Wish
from hall.topup import choosing, orders
from hall.topup.orders import Order

RECENT = timedelta(days=7)
_LATELY = re.compile(r"最近|近期|近来|这阵|这段时间")
PERSON = Choice("utter_choice_person", payload="/talk_to_human")


class CheckPayments(LookUp):
    """Whether what was paid arrived: credit ordered here as its order stands, all else as the line's payments say."""

    name_ = "action_check_payments"
    tells = {Payments: "utter_payments", Arrived: "utter_payment_arrived", Missing: "utter_payment_missing"}

    async def read(self, turn: Turn) -> Payments | Arrived | Missing:
        when = None if _LATELY.search(turn.text) else _days(turn)
        if "history" in turn.cues or (_month(turn) is not None and when is None):
            return await line_payments.history(turn.hall, turn.line.proved, when or _month(turn))
        wish = Wish(turn.slots.get("order_fen"), when)
        return await line_payments.arrived(turn.hall, turn.line.proved, wish)

    async def act(self, turn: Turn) -> Outcome:
        if "paid_proof" in turn.cues:
            return proceed(Say("utter_payment_proof", choices=(PERSON,)))
        if "history" not in turn.cues and (order := await _ordered(turn)):
            check_paid(turn, order)
            return proceed(*await told_of(turn, order))
        outcome = await super().act(turn)
        lost = any(isinstance(one.facts.get("found"), Missing) for one in outcome.says)
        says = tuple(Say(one.response, one.facts, (PERSON,) if lost else ()) for one in outcome.says)
        return Outcome(outcome.result, says, outcome.slots)

    def facts(self, turn: Turn, found: Any) -> dict[str, Any]:
        return {"number": turn.line.proved, "found": found}


class TellPaymentRule(HallAction):
    """How long a payment may take."""

    name_ = "action_payment_rule"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(say("utter_payment_rule", rules=turn.hall.policy.accounts.payments))


class TellPaymentNext(HallAction):
    """What to do about a payment that is not there."""

    name_ = "action_payment_next"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(Say("utter_payment_next", {"rules": turn.hall.policy.accounts.payments}, (PERSON,)))


class AnswerPayments(AnswerBesides):
    """Answers what else is asked about payments, else which there were."""

    name_ = "action_payment_fact"
    guide = "check_payments"
    told = CheckPayments


async def _ordered(turn: Turn) -> Order | None:
    """The newest credit ordered here that may be meant and of which the line's payments do not tell yet."""
    found = await orders.visible(turn.unit, turn.conversation, payer(turn), limit=20)
    since = turn.hall.clock.now() - RECENT
    told = {"credit"} | ({"data"} if "充" in turn.text and not turn.slots.get("order_fen") else set())  # 昨天充的到没到
    credit = [order for order in found if order.product in told and order.created_at >= since]
    if amount := turn.slots.get("order_fen"):
        return next(iter(choosing.worth(amount, credit)), None)
    return next((order for order in credit if order.state in OPEN or _days(turn) is None), None)


def _days(turn: Turn) -> Days | None:
    return days.read(turn.text, turn.hall.clock.local().date())


def _month(turn: Turn) -> Days | None:
    """All days of the month, or the months, that are named."""
    followed = (turn.slots.get("follow_up") or {}).get("months") or [""]
    ends = sorted(str(turn.slots.get("paid_month") or followed[0]).split("/"))
    if not all(map(months.valid, ends)):
        return None
    return Days(months.first_day(ends[0]), months.last_day(ends[-1]))
