"""The supplier's callback over HTTP: what it moves, and what leaves the order untouched."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from sanic import Sanic

from channels import supplier as room
from channels.http import install_errors
from hall.bss.supplier.demo import DemoSupplier
from hall.bss.supplier.zhichong import Zhichong
from hall.context import Hall
from hall.payments.demo import demo_payments
from hall.topup.orders import Order
from testing.providers import zhichong
from testing.providers.local import serving
from testing.providers.zhichong import ZhichongServer
from tests.hall.topup.conftest import TopupRig, open_shop


@dataclass
class SupplierServer:
    """A shop whose supplier speaks 直充, and the hall's route for its callbacks."""

    shop: TopupRig
    client: Any
    server: ZhichongServer

    async def paid(self) -> Order:
        """An order that the supplier has accepted."""
        order = await self.shop.order()
        await self.shop.pay(order)
        await self.shop.dispatcher.settle()
        assert (await self.shop.now(order)).state == "PROCESSING"
        return order

    async def call(self, body: bytes) -> Any:
        _, answer = await self.client.post("/supplier/zhichong/notify", content=body)
        return answer


@pytest_asyncio.fixture
async def depot(hall: Hall) -> AsyncIterator[SupplierServer]:
    Sanic.test_mode = True
    server = ZhichongServer()
    async with serving(server.routes) as url:
        table = hall.policy.suppliers["standard"]
        supplier = Zhichong(zhichong.account(url), table, hall.clock, "http://hall/supplier/zhichong/notify", limit=0.5)
        payments = demo_payments(hall.store, hall.clock, hall.secret, hall.public_url)
        shop = open_shop(replace(hall, payments=payments, supplier=supplier))
        app: Sanic[Any, Any] = Sanic(f"depot-{uuid.uuid4().hex}", configure_logging=False)
        app.config.TOUCHUP = False
        install_errors(app)
        app.blueprint(room.blueprint(SimpleNamespace(hall=shop.hall)))  # type: ignore[arg-type]
        yield SupplierServer(shop, app.asgi_client, server)
        Sanic._app_registry.clear()


@pytest.mark.parametrize(("state", "end"), [("2", "SUCCEEDED"), ("3", "REFUNDED")])
async def test_a_callback_ends_the_order_and_is_answered_success(depot: SupplierServer, state: str, end: str) -> None:
    order = await depot.paid()
    for _ in range(3):  # they call until they read it
        answer = await depot.call(depot.server.callback(order.order_no, state))
        assert (answer.status, answer.text) == (200, "success")
    await depot.shop.passes(seconds=30)
    assert (await depot.shop.now(order)).state == end


async def test_a_part_is_refunded_by_its_difference(depot: SupplierServer) -> None:
    order = await depot.paid()
    await depot.call(depot.server.callback(order.order_no, "4", successamount="20.00"))
    await depot.shop.passes(seconds=30)
    now = await depot.shop.now(order)
    assert (now.state, now.delivered_fen, now.refunded_fen) == ("REFUNDED", 2000, 500)


async def test_an_unknown_state_moves_nothing_and_the_query_finds_the_end(depot: SupplierServer) -> None:
    order = await depot.paid()
    assert (await depot.call(depot.server.callback(order.order_no, "55"))).text == "success"
    await depot.shop.passes(seconds=10)
    assert (await depot.shop.now(order)).state == "PROCESSING"
    depot.server.state = "2"
    await depot.shop.passes(minutes=2)
    assert (await depot.shop.now(order)).state == "SUCCEEDED"


async def test_an_order_whose_answer_was_lost_is_delivered_once(depot: SupplierServer) -> None:
    order = await depot.shop.order()
    depot.server.fault, depot.server.after = "drop", True
    await depot.shop.pay(order)
    await depot.shop.dispatcher.settle()
    assert (await depot.shop.now(order)).state == "PROCESSING"
    depot.server.fault, depot.server.state = None, "2"
    await depot.shop.passes(minutes=2)
    assert (await depot.shop.now(order)).state == "SUCCEEDED"
    assert len(depot.server.orders) == 1


async def test_a_refusal_refunds(depot: SupplierServer) -> None:
    order = await depot.shop.order()
    depot.server.code = "1003"
    await depot.shop.pay(order)
    await depot.shop.passes(seconds=30)
    assert (await depot.shop.now(order)).state == "REFUNDED"
    assert depot.server.orders == {}


def counted(code: str) -> float:
    return REGISTRY.get_sample_value("yingting_callbacks_refused_total", {"code": code}) or 0.0


@pytest.mark.parametrize(
    ("forge", "status", "code"),
    [
        (lambda body: body.replace(b"status=2", b"status=3"), 401, "bad_signature"),
        (lambda body: b"hello", 400, "malformed"),
    ],
)
async def test_a_bad_callback_is_refused_counted_and_leaves_the_order_untouched(
    depot: SupplierServer, forge: Any, status: int, code: str
) -> None:
    order, before = await depot.paid(), counted(code)
    version = (await depot.shop.now(order)).version
    answer = await depot.call(forge(depot.server.callback(order.order_no, "2")))
    assert (answer.status, answer.json["error"]["code"], counted(code)) == (status, code, before + 1)
    assert (await depot.shop.now(order)).version == version


async def test_a_callback_for_no_order_is_refused(depot: SupplierServer) -> None:
    answer = await depot.call(depot.server.callback("T2026111599999", "2"))
    assert (answer.status, answer.json["error"]["code"]) == (404, "unknown_order")


async def test_a_supplier_that_does_not_call_back_has_no_route(depot: SupplierServer) -> None:
    hall = depot.shop.hall
    demo = replace(hall, supplier=DemoSupplier(hall.store, hall.clock, hall.bss))
    assert not room.blueprint(SimpleNamespace(hall=demo))._future_routes  # type: ignore[arg-type]
