"""Jobs: what a stored message means, whichever version stored it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import select

from hall.bss.supplier.port import DeliveryState
from hall.change import Change
from hall.payments.port import RefundState
from hall.store.outbox import NewMessage, OutboxMessage, enqueue
from hall.store.tables.core import outbox
from hall.topup import orders, refund
from hall.topup.job import Job
from tests.hall.topup.conftest import ScriptedSupplier, with_supplier
from tests.hall.topup.test_states import failed_order, refunds

OLD_WISH = 1_763_200_000  # seconds since 1970, as a version without `occasion` stored a person's wish


def stored(kind: str, **body: Any) -> OutboxMessage:
    return OutboxMessage("c", "k", kind, body, 0, datetime(2026, 11, 15, tzinfo=timezone.utc))


@pytest.mark.parametrize(
    "job", [Job("topup.query"), Job("topup.query", 7), Job("money.query_refund", 0, "agent-1763200000")]
)
def test_a_job_is_read_as_it_was_stored(job: Job) -> None:
    assert Job.of(stored(job.kind, **job.body(order_no="T1"))) == job


@pytest.mark.parametrize(
    ("step", "job"),
    [
        (0, Job("topup.query")),
        (4319, Job("topup.query", 4319)),
        (1_000_000, Job("topup.query", 0, "1000000")),
        (OLD_WISH, Job("topup.query", 0, str(OLD_WISH))),
    ],
)
def test_a_job_that_an_older_version_stored_keeps_its_meaning(step: int, job: Job) -> None:
    assert Job.of(stored("topup.query", order_no="T1", step=step)) == job


def test_a_chain_has_the_keys_of_older_versions_so_that_no_step_is_asked_by_both() -> None:
    assert Job("topup.query", 3).key("T1") == "topup.query:T1:3"
    assert Job("money.refund").key("R1:2") == "money.refund:R1:2:0"


def test_an_older_version_reads_a_job_as_a_step_of_the_chain() -> None:
    """It knows `step` only: one question more of a chain that has the same keys, never an error."""
    assert int(Job("topup.query", occasion="agent-1").body(order_no="T1")["step"]) == 0


def test_each_occasion_is_one_question_beside_the_chain() -> None:
    jobs = [
        Job("topup.query"),
        Job("topup.query", 1),
        Job("topup.query", 0, "watch-0"),
        Job("topup.query", 0, "watch-1"),
    ]
    assert len({job.key("T1") for job in jobs}) == 4


async def queries_of(shop: Any, order: Any) -> list[str]:
    rows = await shop.hall.store.all(select(outbox.c.key).where(outbox.c.kind == "topup.query"))
    return sorted(row.key for row in rows if order.order_no in row.key)


@pytest.mark.parametrize("body", [{"step": OLD_WISH}, {"step": 0, "occasion": "agent-1"}])
async def test_a_question_beside_the_chain_leaves_no_other(shop: Any, body: dict[str, Any]) -> None:
    """An order under way is asked for once more; the chain goes on alone."""
    shop = with_supplier(shop, ScriptedSupplier(queries=[DeliveryState("processing")]))
    order = await shop.order()
    await shop.pay(order)
    await shop.dispatcher.settle()
    before = await queries_of(shop, order)
    unit = shop.hall.store.unit()
    key = f"topup.query:{order.order_no}:wish"
    whole = {"order_no": order.order_no, **body}
    message = NewMessage(key=key, kind="topup.query", body=whole, conversation=order.conversation)
    enqueue(unit, shop.hall.clock.now(), message)
    await unit.commit()
    await shop.dispatcher.settle()
    assert await queries_of(shop, order) == sorted([*before, key])


@pytest.mark.parametrize("body", [{"step": OLD_WISH}, {"step": 0, "occasion": "agent-1"}])
async def test_a_stuck_refund_is_asked_for_by_a_wish_only(shop: Any, body: dict[str, Any]) -> None:
    shop = refunds(shop, [RefundState("failed", "account closed"), RefundState("done")])
    order = await failed_order(shop)
    number = refund.refund_no(order)
    assert (await shop.now(order)).state == "REFUND_STUCK"
    for asked, state in (({"step": 5}, "REFUND_STUCK"), (body, "REFUNDED")):
        unit = shop.hall.store.unit()
        whole = {"refund_no": number, **asked}
        where = {"key": f"wish:{state}", "kind": refund.QUERY, "conversation": order.conversation}
        enqueue(unit, shop.hall.clock.now(), NewMessage(body=whole, **where))
        await unit.commit()
        await shop.dispatcher.settle()
        assert (await shop.now(order)).state == state


async def test_the_same_job_again_stages_nothing(shop: Any) -> None:
    order = await shop.order()
    for _ in range(2):
        change = Change.begin(shop.hall, shop.hall.store.unit(), "customer")
        orders.enqueue_job(change, order, Job("topup.query_payment", occasion="customer-1"))
        await change.unit.commit()
    rows = await shop.hall.store.all(select(outbox.c.key).where(outbox.c.kind == "topup.query_payment"))
    assert [row.key for row in rows] == [f"topup.query_payment:{order.order_no}:customer-1:0"]
