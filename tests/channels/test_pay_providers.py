"""The notices and pages of the real providers: what moves an order, what leaves it untouched."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from sanic import Sanic
from sqlalchemy import select

from channels import pay
from channels.http import install_errors
from hall.bss.supplier.demo import DemoSupplier
from hall.context import Hall
from hall.payments.alipay import Alipay
from hall.payments.links import pay_url, qr_url
from hall.payments.wechat import WechatPay
from hall.store.tables import topup as tables
from hall.topup.orders import Order
from testing.providers import alipay, wechat
from testing.providers.alipay import AlipayServer
from testing.providers.local import serving
from testing.providers.wechat import WechatServer
from tests.hall.topup.conftest import TopupRig, open_shop

BASE = "http://127.0.0.1:8000"
DESKTOP = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"}
IN_WECHAT = {"User-Agent": PHONE["User-Agent"] + " MicroMessenger/8.0"}


@dataclass
class PaymentServer:
    """The hall's payment routes, the two providers behind them, and a shop on the same hall."""

    shop: TopupRig
    client: Any
    wechat: WechatServer
    alipay: AlipayServer

    async def tell(self, way: str, order: Order, *, fen: int = 0, **forge: Any) -> Any:
        """The customer has paid; the provider's notice arrives. `fen` is paid too much."""
        amount = order.price_fen + fen
        if way == "wechat":
            trade = self.wechat.pay(order.order_no, amount={"total": amount, "currency": "CNY"})
            headers, body = self.wechat.notice(trade | forge.get("content", {}))
        else:
            trade = self.alipay.pay(order.order_no, total_amount=f"{amount // 100}.{amount % 100:02d}")
            headers = {"content-type": "application/x-www-form-urlencoded"}
            body = self.alipay.notice(trade, **forge.get("content", {}))
        return await self.send(way, headers, forge.get("change", lambda b: b)(body))

    async def send(self, way: str, headers: dict[str, str], body: bytes) -> Any:
        _, answer = await self.client.post(f"/pay/{way}/notify", content=body, headers=headers)
        return answer

    async def get(self, url: str, headers: dict[str, str]) -> Any:
        _, answer = await self.client.get(url.removeprefix(BASE), headers=headers)
        return answer


@pytest_asyncio.fixture
async def till(hall: Hall) -> AsyncIterator[PaymentServer]:
    """Everything on ports of this machine."""
    Sanic.test_mode = True
    at_wechat, at_alipay = WechatServer(hall.clock), AlipayServer(hall.clock)
    async with AsyncExitStack() as stack:
        w, a = [await stack.enter_async_context(serving(s.routes)) for s in (at_wechat, at_alipay)]
        payments = {
            "wechat": WechatPay(wechat.account(w), hall.clock, f"{BASE}/pay/wechat/notify", limit=0.5),
            "alipay": Alipay(alipay.account(a), hall.clock, f"{BASE}/pay/alipay/notify", limit=0.5),
        }
        supplier = DemoSupplier(hall.store, hall.clock, hall.bss)
        shop = open_shop(replace(hall, payments=payments, supplier=supplier, public_url=BASE))
        app: Sanic[Any, Any] = Sanic(f"till-{uuid.uuid4().hex}", configure_logging=False)
        app.config.TOUCHUP = False
        install_errors(app)
        app.blueprint(pay.blueprint(SimpleNamespace(hall=shop.hall)))  # type: ignore[arg-type]
        yield PaymentServer(shop, app.asgi_client, at_wechat, at_alipay)
        Sanic._app_registry.clear()


def refused(way: str, code: str) -> float:
    """How often a notice of that provider was refused for that reason."""
    return REGISTRY.get_sample_value("yingting_notices_refused_total", {"provider": way, "code": code}) or 0.0


WAYS = pytest.mark.parametrize("way", ["wechat", "alipay"])


@WAYS
async def test_a_notice_moves_the_order_once(till: PaymentServer, way: str) -> None:
    order = await till.shop.order(way=way)
    for _ in range(3):  # repeats are acknowledged, too
        answer = await till.tell(way, order)
        assert answer.status == 200
        assert answer.text == ("success" if way == "alipay" else answer.text)
    await till.shop.passes(seconds=3)
    assert (await till.shop.moves(order))[-4:] == ["PAID", "SUBMITTING", "PROCESSING", "SUCCEEDED"]


FORGERIES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("wechat", "tampered", "bad_signature", {"change": lambda body: body.replace(b"EV-", b"EV_")}),
    ("wechat", "foreign", "foreign", {"content": {"appid": "wx0000000000000000"}}),
    ("wechat", "another merchant's", "foreign", {"content": {"mchid": "1900000110"}}),
    ("alipay", "tampered", "bad_signature", {"change": lambda body: body.replace(b"25.00", b"25.10")}),
    ("alipay", "foreign", "foreign", {"content": {"app_id": "2021000122600002"}}),
    ("alipay", "another seller's", "foreign", {"content": {"seller_id": "2088101117955612"}}),
]


@pytest.mark.parametrize(("way", "_what", "code", "forge"), FORGERIES, ids=[f"{w} {n}" for w, n, *_ in FORGERIES])
async def test_a_bad_notice_is_refused_counted_and_leaves_the_order_untouched(
    till: PaymentServer, way: str, _what: str, code: str, forge: dict[str, Any]
) -> None:
    order, before = await till.shop.order(way=way), refused(way, code)
    answer = await till.tell(way, order, **forge)
    assert (answer.status, answer.json["error"]["code"]) == (401, code)
    assert refused(way, code) == before + 1
    await untouched(till, order)


@WAYS
async def test_an_hour_old_notice_is_refused(till: PaymentServer, way: str) -> None:
    order = await till.shop.order(way=way)
    if way == "wechat":
        headers, body = till.wechat.notice(till.wechat.pay(order.order_no))
    else:
        headers, body = {}, till.alipay.notice(till.alipay.pay(order.order_no))
    till.shop.hall.clock.advance(timedelta(hours=1))
    answer = await till.send(way, headers, body)
    assert (answer.status, answer.json["error"]["code"]) == (401, "stale")
    await untouched(till, order)


@WAYS
@pytest.mark.parametrize("fen", [-1, 1])
async def test_one_fen_more_or_less_is_refused_and_a_person_is_told(till: PaymentServer, way: str, fen: int) -> None:
    order = await till.shop.order(way=way)
    answer = await till.tell(way, order, fen=fen)
    assert (answer.status, answer.json["error"]["code"]) == (400, "amount_differs")
    now = await till.shop.now(order)
    assert (now.state, now.paid_fen, now.stuck) == ("AWAIT_PAY", 0, "amount_differs")


@WAYS
async def test_a_lost_notice_is_made_good_by_the_query_at_the_end(till: PaymentServer, way: str) -> None:
    order = await till.shop.order(way=way)
    server: Any = till.wechat if way == "wechat" else till.alipay
    server.pay(order.order_no)
    await till.shop.passes(minutes=31)
    await till.shop.passes(seconds=3)
    assert (await till.shop.now(order)).state == "SUCCEEDED"


@WAYS
@pytest.mark.parametrize("opened", ["page", "code"])
async def test_a_lost_notice_is_made_good_soon_after_the_page_or_its_code_was_opened(
    till: PaymentServer, way: str, opened: str
) -> None:
    order = await till.shop.order(way=way)
    for _ in range(2):
        await till.get((pay_url if opened == "page" else qr_url)(till.shop.hall, way, order.order_no), DESKTOP)
    server: Any = till.wechat if way == "wechat" else till.alipay
    server.pay(order.order_no)
    await till.shop.passes(seconds=61)
    await till.shop.passes(seconds=3)
    assert (await till.shop.now(order)).state == "SUCCEEDED"


@WAYS
async def test_a_failed_delivery_is_paid_back_by_the_provider(till: PaymentServer, way: str) -> None:
    order = await till.shop.order(way=way)
    supplier: Any = till.shop.hall.supplier
    unit = till.shop.hall.store.unit()
    supplier.choose(unit, order.order_no, "fail")
    await unit.commit()
    await till.tell(way, order)
    await till.shop.passes(seconds=5)
    await till.shop.passes(seconds=5)
    now = await till.shop.now(order)
    assert (now.state, now.refunded_fen) == ("REFUNDED", order.price_fen)
    server: Any = till.wechat if way == "wechat" else till.alipay
    assert len(server.refunds) == 1


@WAYS
async def test_an_unpaid_order_ends_after_the_provider_was_asked(till: PaymentServer, way: str) -> None:
    order = await till.shop.order(way=way)
    await till.shop.passes(minutes=31)
    assert (await till.shop.now(order)).state == "EXPIRED"
    answer = await till.tell(way, order)  # too late: it goes back
    assert answer.status == 200
    await till.shop.passes(seconds=30)
    assert (await till.shop.now(order)).state == "REFUNDED"


@WAYS
async def test_the_page_has_a_code_on_a_desk_and_a_link_on_a_phone(till: PaymentServer, way: str) -> None:
    desk, phone = [await till.shop.order(way=way, confirmation=c) for c in ("c1", "c2")]
    page = await till.get(pay_url(till.shop.hall, way, desk.order_no), DESKTOP)
    assert page.status == 200
    assert "<svg" in page.text
    if way == "wechat":
        assert till.wechat.trades[desk.order_no]["description"] == "流量充值"
    assert desk.msisdn not in page.text
    assert "演示" not in page.text
    page = await till.get(pay_url(till.shop.hall, way, phone.order_no), PHONE)
    assert "去支付" in page.text
    assert 'href="http' in page.text


async def test_inside_wechat_and_after_a_code_was_made_the_page_has_a_code(till: PaymentServer) -> None:
    order = await till.shop.order(way="wechat")
    url = pay_url(till.shop.hall, "wechat", order.order_no)
    for headers in (IN_WECHAT, PHONE):
        assert "<svg" in (await till.get(url, headers)).text


@WAYS
async def test_the_picture_holds_the_payment_itself_but_on_a_phone_the_page(till: PaymentServer, way: str) -> None:
    order = await till.shop.order(way=way)
    url = qr_url(till.shop.hall, way, order.order_no)
    on_phone, on_desk = (await till.get(url, PHONE)).body, (await till.get(url, DESKTOP)).body
    assert b"<svg" in on_phone
    assert b"<svg" in on_desk
    assert on_phone != on_desk


@WAYS
async def test_a_provider_that_is_down_is_said_on_the_page(till: PaymentServer, way: str) -> None:
    order = await till.shop.order(way=way)
    server: Any = till.wechat if way == "wechat" else till.alipay
    server.fault = "error"
    page = await till.get(pay_url(till.shop.hall, way, order.order_no), DESKTOP)
    assert page.status == 503
    assert "没有产生费用" in page.text
    picture = await till.get(qr_url(till.shop.hall, way, order.order_no), DESKTOP)
    assert b"<svg" in picture.body
    await untouched(till, order)


@WAYS
async def test_the_page_needs_its_key_and_tells_an_end(till: PaymentServer, way: str) -> None:
    order = await till.shop.order(way=way)
    for leaf in ("", "/qr.svg"):
        assert (await till.get(f"/pay/{way}/{order.order_no}{leaf}?t=wrong", DESKTOP)).status == 404
    await till.tell(way, order)
    await till.shop.passes(seconds=3)
    page = await till.get(pay_url(till.shop.hall, way, order.order_no), DESKTOP)
    assert "充值成功" in page.text


async def test_the_page_of_another_provider_is_none(till: PaymentServer) -> None:
    order = await till.shop.order(way="wechat")
    url = pay_url(till.shop.hall, "wechat", order.order_no)
    for leaf in ("", "/qr.svg"):
        path, _, key = url.replace("/pay/wechat/", "/pay/alipay/").partition("?")
        assert (await till.get(f"{path}{leaf}?{key}", DESKTOP)).status == 404
    assert order.order_no not in till.alipay.trades


async def test_looking_again_asks_nobody(till: PaymentServer) -> None:
    order = await till.shop.order(way="wechat")
    url = pay_url(till.shop.hall, "wechat", order.order_no)
    first = await till.get(url, DESKTOP)
    till.wechat.fault = "error"
    again = await till.get(url, DESKTOP)
    assert again.status == 200
    assert again.text == first.text


async def test_a_notice_of_one_provider_for_anothers_order_is_refused(till: PaymentServer) -> None:
    order = await till.shop.order(way="alipay")
    answer = await till.tell("wechat", order)
    assert (answer.status, answer.json["error"]["code"]) == (404, "unknown_order")
    assert (await till.shop.now(order)).state == "AWAIT_PAY"


async def untouched(till: PaymentServer, order: Order) -> None:
    """Nothing was booked and nothing noted."""
    assert (await till.shop.now(order)).version == order.version
    assert list(await till.shop.hall.store.all(select(tables.notices))) == []
