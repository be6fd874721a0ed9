"""An order's history as the desk shows it: moves with their actors, calls, payments, refunds, ledger, cases, acts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from hall import desk_search
from hall.books import cases, ledger
from hall.context import Hall
from hall.errors import NotFound
from hall.money import yuan
from hall.privacy import mask
from hall.topup import back_office, delivery, orders, receipts, refund
from hall.topup.orders import Order


async def queue(hall: Hall) -> list[dict[str, Any]]:
    """The open cases, oldest first."""
    return [_case(hall, case) for case in await cases.queue(hall.store)]


async def of_order(hall: Hall, order_no: str) -> dict[str, Any]:
    """Everything about an order, or about payments under a number of no order. Raises NotFound."""
    order = await orders.find(hall.store, order_no)
    paid = await receipts.about(hall.store, order_no)
    if order is None and not paid:
        raise NotFound(f"no order {order_no}")
    back = await refund.about(hall.store, order_no)
    numbers = [order_no, *(found.refund_no for found in back)]
    about = [case for number in numbers for case in await cases.about(hall.store, number)]
    payments = [back_office.payment_subject(receipt.provider, receipt.provider_no) for receipt in paid]
    acts = await back_office.acts_about(hall.store, [*numbers, *payments, *(case.id for case in about)])
    history, calls = await orders.history(hall.store, order_no), await orders.calls(hall.store, order_no)
    return {
        "order_no": order_no,
        "order": _order(order) if order else None,
        "talk": await desk_search.newest_of(hall, order.conversation) if order else None,
        "history": [_row(row, "version", "before", "after", "cause", "actor", "note", "at") for row in history],
        "calls": [_row(row, "call", "party", "said", "note", "at") for row in calls],
        "receipts": [_receipt(receipt) for receipt in paid],
        "refunds": [_refund(found) for found in back],
        "ledger": [_posting(posting) for posting in await ledger.postings(hall.store, order_no)],
        "cases": [_case(hall, case) for case in about],
        "acts": [_row(row, "agent", "act", "note", "at") for row in acts],
    }


def _order(order: Order) -> dict[str, Any]:
    facts = orders.case_facts(order)
    money = {name: yuan(facts.pop(f"{name}_fen")) for name in ("price", "paid", "delivered", "refunded")}
    may_record_outcome = order.state in delivery.WITH_SUPPLIER and order.stuck is not None
    more = {"stuck": order.stuck, "may_record_outcome": may_record_outcome, "scope": order.scope}
    more |= {"face": yuan(order.face_fen), "channel": order.conversation.partition(":")[0]}
    times = {"at": order.created_at.isoformat(), "expires_at": order.expires_at.isoformat()}
    return facts | money | more | times


def _receipt(receipt: receipts.Receipt) -> dict[str, Any]:
    shown = _plain(asdict(receipt), "provider", "provider_no", "purpose", "paid_at")
    return shown | {"amount": yuan(receipt.amount_fen), "held": receipt.purpose in receipts.HELD}


def _refund(found: refund.Refunding) -> dict[str, Any]:
    shown = _plain(asdict(found), "refund_no", "cause", "state", "asked_at", "tries")
    return shown | {"amount": yuan(found.amount_fen)}


def _posting(posting: ledger.Posting) -> dict[str, Any]:
    return _plain(asdict(posting), "entry", "debit", "credit", "at") | {"amount": yuan(posting.amount_fen)}


def _case(hall: Hall, case: cases.Case) -> dict[str, Any]:
    shown = _plain(asdict(case), "id", "kind", "subject", "state", "opened_at", "agent", "note")
    facts = {
        key: yuan(value) if key.endswith("_fen") and isinstance(value, int) else value
        for key, value in case.facts.items()
    }
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
