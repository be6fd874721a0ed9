"""The desk's page of money: an order's whole life for everybody, acts for supervisors, each kept with its agent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from channels.desk import api
from hall import agent_roles, agents
from hall.books import compensation
from hall.bss.supplier.port import DeliveryState
from hall.context import Hall
from hall.payments.port import RefundState
from hall.store.tables.books import money_acts
from hall.topup import refund
from testing.chat_server import served
from testing.fake_conversations import FakeConversations
from tests.channels.test_desk import DeskClient
from tests.hall.topup.conftest import ScriptedSupplier, TopupRig, demo_shop, open_shop
from tests.hall.topup.test_states import refunds

NUMBER = "13800138000"


@pytest_asyncio.fixture
async def office(hall: Hall) -> AsyncIterator[DeskClient]:
    """The desk of a whole hall: one agent, one supervisor."""
    await agents.ensure(hall, "demo", "open sesame")
    await agents.ensure(hall, "boss", "open sesame", role=agent_roles.SUPERVISOR)
    app: Any = SimpleNamespace(hall=hall, conversations=FakeConversations(hall), settings=SimpleNamespace(oidc=None))
    async with served(app, api.blueprint) as host:
        yield DeskClient(app, host)


def shop_of(office: DeskClient, answers: list[Any] | None = None) -> TopupRig:
    """The office's hall with a shop's payments and a supplier that fails."""
    shop = demo_shop(office.app.hall)
    if answers is not None:
        shop = refunds(shop, answers)
    return open_shop(replace(shop.hall, supplier=ScriptedSupplier(queries=[DeliveryState("failed", reason="no line")])))


async def stuck(office: DeskClient, answers: list[Any]) -> tuple[TopupRig, Any]:
    """An order whose refund was refused."""
    shop = shop_of(office, answers)
    order = await shop.order(msisdn=NUMBER)
    await shop.pay(order)
    await shop.passes(seconds=3)
    assert (await shop.now(order)).state == "REFUND_STUCK"
    return shop, order


async def test_an_orders_life_is_shown_with_every_state_call_payment_and_ledger_line(office: DeskClient) -> None:
    shop, order = await stuck(office, [RefundState("failed", "account closed")])
    browser = await office.signed_in()
    answer = await browser.get(f"/api/orders/{order.order_no}")
    life = answer.json()
    assert [(step["after"], step["actor"]) for step in life["history"]] == [
        ("DRAFT", "hall"),
        ("CONFIRMED", "customer"),
        ("AWAIT_PAY", "hall"),
        ("PAID", "notice:demo"),
        ("SUBMITTING", "hall"),
        ("PROCESSING", "supplier"),
        ("FAILED", "supplier"),
        ("REFUNDING", "hall"),
        ("REFUND_STUCK", "payment:demo"),
    ]
    assert [(call["call"], call["said"]) for call in life["calls"]] == [
        ("notice", "paid"),
        ("submit", "accepted"),
        ("query", "failed"),
        ("refund", "failed"),
    ]
    assert [(line["debit"], line["credit"], line["amount"]) for line in life["ledger"]] == [
        ("payment:demo", "customer", "25.00"),
        ("customer", "refund", "25.00"),
    ]
    assert (life["order"]["paid"], life["order"]["refunded"], life["refunds"][0]["state"]) == ("25.00", "0.00", "stuck")
    assert [case["kind"] for case in life["cases"]] == ["refund_stuck"]
    assert NUMBER not in answer.text
    assert (await browser.get("/api/orders/T2026111500000")).status_code == 404
    assert shop.hall


async def test_what_waits_is_shown_to_everybody_and_done_by_a_supervisor_only(office: DeskClient) -> None:
    _, order = await stuck(office, [RefundState("failed", "account closed"), RefundState("done")])
    number = refund.refund_no(order)
    agent, boss = await office.signed_in(), await office.signed_in("boss")
    for browser, may in ((agent, False), (boss, True)):
        money = (await browser.get("/api/money")).json()
        assert money["may_act"] is may
        assert [(case["kind"], case["order_no"]) for case in money["cases"]] == [("refund_stuck", order.order_no)]
    refused = await agent.post(f"/api/refunds/{number}/resubmit", json={"id": "1"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "no_role")
    for _ in range(2):  # pressed twice
        assert (await boss.post(f"/api/refunds/{number}/resubmit", json={"id": "1"})).status_code == 200
    assert (await boss.post(f"/api/refunds/{number}/resubmit", json={"id": "2"})).json()["error"]["code"] == "not_now"
    life = (await boss.get(f"/api/orders/{order.order_no}")).json()
    assert life["order"]["state"] == "REFUNDING"
    assert [(act["agent"], act["act"]) for act in life["acts"]] == [("boss", "resubmit")]
    assert (await boss.get("/api/money")).json()["cases"] == []


async def test_a_supervisor_asks_again_pays_by_hand_and_closes_with_a_note(office: DeskClient) -> None:
    shop, order = await stuck(office, [RefundState("failed", "account closed")])
    boss, path = await office.signed_in("boss"), f"/api/orders/{order.order_no}"
    assert (await boss.post(f"{path}/query", json={"id": "q"})).status_code == 200
    await shop.passes(seconds=1)
    assert [c["call"] for c in (await boss.get(path)).json()["calls"]][-2:] != []
    number = refund.refund_no(order)
    assert (await boss.post(f"/api/refunds/{number}/paid_by_hand", json={"id": "p"})).status_code == 400
    done = await boss.post(f"/api/refunds/{number}/paid_by_hand", json={"id": "p", "note": "transfer 4711"})
    assert done.status_code == 200
    assert (await boss.get(path)).json()["order"]["state"] == "REFUNDED"
    acts = await office.app.hall.store.all(select(money_acts.c.agent, money_acts.c.act, money_acts.c.note))
    assert sorted(tuple(row) for row in acts) == [
        ("boss", "paid_by_hand", "transfer 4711"),
        ("boss", "query_again", None),
    ]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/orders/T1/query", {"id": "1"}, 404),
        ("/api/orders/T1/query", {}, 400),
        ("/api/orders/T1/record_outcome", {"id": "1", "outcome": "lost", "note": "x"}, 400),
        ("/api/orders/T1/record_outcome", {"id": "1", "outcome": "partial", "delivered_fen": 1.5, "note": "x"}, 400),
        ("/api/orders/T1/record_outcome", {"id": "1", "outcome": "failed", "note": "x"}, 404),
        ("/api/refunds/R1/resubmit", {"id": "1"}, 404),
        ("/api/receipts/demo/P1/return_payment", {"id": "1"}, 404),
        ("/api/cases/c1/close", {"id": "1", "note": "x"}, 404),
        ("/api/cases/c1/close", {"id": "1"}, 400),
        ("/api/compensations/k1/decide", {"approve": "yes"}, 400),
        ("/api/compensations/k1/decide", {"approve": True}, 404),
    ],
)
async def test_a_bad_act_is_told_and_changes_nothing(office: DeskClient, path: str, body: Any, status: int) -> None:
    boss = await office.signed_in("boss")
    assert (await boss.post(path, json=body)).status_code == status
    assert await office.app.hall.store.all(select(money_acts)) == []


async def test_a_compensation_above_its_limit_waits_for_somebody_else(office: DeskClient) -> None:
    hall, boss = office.app.hall, await office.signed_in("boss")
    unit = hall.store.unit()
    claim = compensation.Claim("k1", "web:a:b", NUMBER, 9000, "unwanted_service", asked_by="agent:ben")
    assert await compensation.grant(hall, unit, claim) == "waiting"
    await unit.commit()
    [case] = (await boss.get("/api/money")).json()["cases"]
    assert (case["kind"], case["facts"]["amount_fen"]) == ("compensation", "90.00")
    assert (await boss.post("/api/compensations/k1/decide", json={"approve": True})).status_code == 200
    found = await compensation.get(hall.store, "k1")
    assert found is not None
    assert (found.state, found.decided_by) == ("granted", "agent:boss")
