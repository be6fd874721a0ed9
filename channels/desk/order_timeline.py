"""An order's life as the desk shows it: every state and who moved it, calls, payments, refunds, ledger, cases, acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select

from hall.books import cases, ledger
from hall.context import Hall
from hall.errors import NotFound
from hall.money import yuan
from hall.privacy import mask
from hall.store.tables.books import money_acts
from hall.topup import delivery, orders, receipts, refund
from hall.topup.orders import Order


async def queue(hall: Hall) -> list[dict[str, Any]]:
    """What waits for a person, the oldest first."""
    return [_case(hall, case) for case in await cases.queue(hall.store)]


async def of_order(hall: Hall, order_no: str) -> dict[str, Any]:
    """Everything about an order, or about a payment under a number that is no order's. Raises NotFound."""
    order = await orders.find(hall.store, order_no)
    paid = await receipts.about(hall.store, order_no)
    if order is None and not paid:
        raise NotFound(f"no order {order_no}")
    back = await refund.about(hall.store, order_no)
    about = [case for subject in _subjects(order_no, back) for case in await cases.about(hall.store, subject)]
    return {
        "order_no": order_no,
        "order": _order(order) if order else None,
        "history": [_row(row, "version", "before", "after", "cause", "actor", "note", "at") for row in
                    await orders.history(hall.store, order_no)],
        "calls": [_row(row, "call", "party", "said", "note", "at") for row in await orders.calls(hall.store, order_no)],
        "receipts": [_receipt(receipt) for receipt in paid],
        "refunds": [_refund(found) for found in back],
        "ledger": [_line(line) for line in await ledger.lines(hall.store, order_no)],
        "cases": [_case(hall, case) for case in about],
        "acts": await _acts(hall, order_no, paid, back, about),
    }  # fmt: skip


def _subjects(order_no: str, back: Sequence[refund.Refunding]) -> list[str]:
    return [order_no, *(found.refund_no for found in back)]


async def _acts(
    hall: Hall, order_no: str, paid: Sequence[receipts.Receipt], back: Sequence[refund.Refunding],
    about: Sequence[cases.Case],
) -> list[dict[str, Any]]:  # fmt: skip
    payments = [f"{receipt.provider} {receipt.provider_no}"[:80] for receipt in paid]
    subjects = [*_subjects(order_no, back), *payments, *(case.id for case in about)]
    query = select(money_acts).where(money_acts.c.subject.in_(subjects)).order_by(money_acts.c.at)
    return [_row(row, "agent", "act", "note", "at") for row in await hall.store.all(query)]


def _order(order: Order) -> dict[str, Any]:
    facts = orders.case_facts(order)
    money = {name: yuan(facts.pop(f"{name}_fen")) for name in ("price", "paid", "delivered", "refunded")}
    may_conclude = order.state in delivery.ASKED and order.stuck is not None
    return facts | money | {"stuck": order.stuck, "may_conclude": may_conclude, "at": order.created_at.isoformat()}


def _receipt(receipt: receipts.Receipt) -> dict[str, Any]:
    shown = _plain(asdict(receipt), "provider", "provider_no", "purpose", "paid_at")
    return shown | {"amount": yuan(receipt.amount_fen), "held": receipt.purpose in receipts.HELD}


def _refund(found: refund.Refunding) -> dict[str, Any]:
    shown = _plain(asdict(found), "refund_no", "cause", "state", "asked_at", "tries")
    return shown | {"amount": yuan(found.amount_fen)}


def _line(line: ledger.Line) -> dict[str, Any]:
    return _plain(asdict(line), "entry", "debit", "credit", "at") | {"amount": yuan(line.amount_fen)}


def _case(hall: Hall, case: cases.Case) -> dict[str, Any]:
    shown = _plain(asdict(case), "id", "kind", "subject", "state", "opened_at", "agent", "note")
    facts = {key: yuan(value) if key.endswith("_fen") and isinstance(value, int) else value
             for key, value in case.facts.items()}  # fmt: skip
    waited = int((hall.clock.now() - case.opened_at).total_seconds())
    return shown | {"facts": facts, "order_no": case.facts.get("order_no"), "waited": waited}


def _row(row: Any, *names: str) -> dict[str, Any]:
    return _plain(row._mapping, *names)


def _plain(values: Any, *names: str) -> dict[str, Any]:
    """The named values as JSON takes them; notes masked, in case somebody wrote a number into one."""
    found = {name: values[name] for name in names}
    if found.get("note"):
        found["note"] = mask(found["note"])
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in found.items()}
