"""The bill of a month or of several, of the customer's own line."""

from __future__ import annotations

import re

from actions.balance import others_line
from actions.base import HallAction, Outcome, Say, Turn, end, proceed, say
from hall import bill, months
from hall.bill import Change, Refused, Statement, Totals
from hall.bss.bill import BillItem
from hall.money import short_yuan, yuan
from hall.msisdn import spaced

COUNTED = ("calls", "sms", "data")  # categories whose items tell a quantity
SMS_ITEMS, SMS_CHANGES = 4, 3  # what four short lines hold


class DefaultMonth(HallAction):
    """Stands where a month would be asked for: who names none means the last closed one.

    A year, a quarter or a month that does not exist is none, either, and must not pass for it.
    """

    name_ = "action_default_month"

    async def act(self, turn: Turn) -> Outcome:
        if re.search(turn.phrase("utter_part_other_time"), turn.text):
            return end(say("utter_bill_unclear"))
        return proceed(month=months.shift(months.of(turn.hall.clock.now()), -1))


class TellBill(HallAction):
    """Says the total, the items and what changed; for several months their totals."""

    name_ = "action_bill"

    async def act(self, turn: Turn) -> Outcome:
        if refusal := others_line(turn):
            return end(refusal)
        found = await bill.statement(turn.hall, turn.line.proved, turn.slots.get("month"))
        if isinstance(found, Refused):
            return end(_refusal(turn, found))
        return proceed(_totals(turn, found) if isinstance(found, Totals) else _statement(turn, found))


def _refusal(turn: Turn, refused: Refused) -> Say:
    if refused.reason == "unknown":
        return say("utter_unknown_line", number=spaced(turn.line.proved))
    if refused.reason == "unclear":
        return say("utter_bill_unclear")
    last = months.shift(months.of(turn.hall.clock.now()), -1)
    first = refused.first or last
    return say(
        f"utter_bill_{refused.reason}",
        month=_month(turn, refused.month), first=_month(turn, first), last=_month(turn, last),
    )  # fmt: skip


def _statement(turn: Turn, found: Statement) -> Say:
    facts = {
        "month": _month(turn, found.bill.month),
        "total": yuan(found.bill.total_fen),
        "items": _items(turn, found.bill.items),
    }
    if found.bill.open:
        return say("utter_bill_running", **facts)
    if found.before is None:
        return say("utter_bill_first", **facts)
    before = _month(turn, found.before.month)
    if not found.changes:
        return say("utter_bill_same", **facts, before=before)
    return say("utter_bill", **facts, compare=_compare(turn, found, before), changes=_changes(turn, found.changes))


def _totals(turn: Turn, found: Totals) -> Say:
    lines = [
        turn.phrase("utter_part_bill_total", month=_month(turn, bill.month), total=yuan(bill.total_fen))
        for bill in found.bills
    ]
    facts = {
        "first": _month(turn, found.bills[0].month), "last": _month(turn, found.bills[-1].month),
        "total": yuan(found.total_fen), "items": _joined(turn, lines),
    }  # fmt: skip
    if found.missing:
        return say("utter_bill_totals_short", **facts)
    return say("utter_bill_totals", **facts)


def _compare(turn: Turn, found: Statement, before: str) -> str:
    more = found.more_fen or 0
    word = "more" if more > 0 else "less" if more < 0 else "equal"
    return turn.phrase(f"utter_part_bill_{word}", before=before, by=yuan(abs(more)))


def _items(turn: Turn, items: tuple[BillItem, ...]) -> str:
    shown = _largest(items) if turn.channel == "sms" else items
    lines = [_item(turn, item) for item in shown]
    if len(shown) < len(items):
        rest = sum(item.amount_fen for item in items) - sum(item.amount_fen for item in shown)
        lines.append(turn.phrase("utter_part_bill_rest", amount=short_yuan(rest)))
    return _joined(turn, lines)


def _largest(items: tuple[BillItem, ...]) -> tuple[BillItem, ...]:
    if len(items) <= SMS_ITEMS:
        return items
    return tuple(sorted(items, key=lambda item: -abs(item.amount_fen)))[: SMS_ITEMS - 1]


def _item(turn: Turn, item: BillItem) -> str:
    told_apart = item.category == "plan" or (item.quantity and item.category in COUNTED)
    kind = item.category if told_apart else "plain"
    amount = short_yuan(item.amount_fen)
    return turn.phrase(f"utter_part_bill_item_{kind}", name=item.name, amount=amount, quantity=item.quantity)


def _changes(turn: Turn, changes: tuple[Change, ...]) -> str:
    shown = changes[:SMS_CHANGES] if turn.channel == "sms" else changes
    return _joined(turn, [_change(turn, change) for change in shown])


def _change(turn: Turn, change: Change) -> str:
    key = change.why if change.why not in ("more_use", "less_use") else f"{change.why}_{change.item.category}"
    return turn.phrase(
        f"utter_part_bill_change_{key}",
        name=change.item.name, by=short_yuan(abs(change.by_fen)), quantity=abs(change.by_quantity), was=change.was,
        sign=turn.phrase("utter_part_sign_more" if change.by_fen >= 0 else "utter_part_sign_less"),
    )  # fmt: skip


def _month(turn: Turn, month: str) -> str:
    """A month in words; the year only when it is not this one."""
    year, number = month.split("-")
    own = year == months.of(turn.hall.clock.now())[:4]
    return turn.phrase("utter_part_month" if own else "utter_part_month_of_year", year=year, number=int(number))


def _joined(turn: Turn, lines: list[str]) -> str:
    return turn.phrase("utter_part_joint").join(lines)
