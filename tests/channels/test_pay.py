"""The payment page of the demonstration and the notices: what moves an order, and what does not."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sanic import Sanic
from sqlalchemy import select

from bot.conversations.pubsub import PubSub
from channels import pay
from channels.http import install_errors
from channels.pay.templates import Pages
from hall.context import Hall
from hall.payments import demo_notices
from hall.payments.demo import DemoPayments
from hall.payments.links import pay_url, qr_url
from hall.payments.port import BadNotice
from hall.store.tables import topup as tables
from hall.topup import orders, payment, states
from tests.hall.topup.conftest import TopupRig, demo_shop

BASE = "http://127.0.0.1:8000"


@pytest.fixture
def shop(hall: Hall) -> TopupRig:
    """The demonstration's shop."""
    return demo_shop(hall)


@pytest.fixture
def app(shop: TopupRig) -> Iterator[Any]:
    """The application with nothing but the payment routes."""
    Sanic.test_mode = True
    app: Sanic[Any, Any] = Sanic(f"pay-{uuid.uuid4().hex}", configure_logging=False)
    install_errors(app)
    app.blueprint(pay.blueprint(SimpleNamespace(hall=shop.hall, conversations=SimpleNamespace(pubsub=PubSub()))))  # type: ignore[arg-type]
    client = app.asgi_client

    class Loop(httpx.AsyncBaseTransport):
        """The network between provider and hall: straight into the application."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            body, headers = await request.aread(), dict(request.headers)
            _, answer = await client.post(request.url.path, content=body, headers=headers)
            return httpx.Response(answer.status, content=answer.body)

    demo_notices.register(shop.dispatcher, shop.hall, transport=Loop())
    yield client
    Sanic._app_registry.clear()


def path(url: str) -> str:
    return url.removeprefix(BASE)


async def press(app: Any, shop: TopupRig, order: Any, **form: str) -> Any:
    """Send the page's form."""
    _, answer = await app.post(path(pay_url(shop.hall, order.way, order.order_no)), data=form, follow_redirects=False)
    return answer


def content(order: Any, **changes: Any) -> dict[str, Any]:
    return {
        "app_id": "yingting-demo", "notice_id": "N1", "payment_no": order.order_no, "amount_fen": order.price_fen,
        "provider_no": "X", "paid_at": 1_794_000_000,
    } | changes  # fmt: skip


async def notify(app: Any, demo: Any, body: dict[str, Any], **headers: str) -> Any:
    signed, raw = demo.sign(body)
    _, answer = await app.post("/pay/demo/notify", content=raw, headers=signed | headers)
    return answer


def no_trace(rows: Any) -> bool:
    return list(rows) == []


async def test_the_page_says_what_is_paid_and_that_it_is_a_demonstration(app: Any, shop: TopupRig) -> None:
    order = await shop.order(way="alipay", sku="P5G")
    _, answer = await app.get(path(pay_url(shop.hall, order.way, order.order_no)))
    assert answer.status == 200
    for text in ("演示", "40.00", "138 0013 8000", "5GB", "收款方", "不能退款", "10:30", order.order_no, "支付宝"):
        assert text in answer.text
    assert re.findall(r"<script[^>]*>", answer.text) == ['<script src="/pay/static/pay.js" defer>']
    assert "http-equiv" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_a_part_is_told_as_a_part(app: Any, shop: TopupRig) -> None:
    order = await shop.order(sku="C50")
    await press(app, shop, order, act="pay", supplier="part")
    for _ in range(3):
        await shop.passes(seconds=3)
    _, answer = await app.get(path(pay_url(shop.hall, order.way, order.order_no)))
    assert "只充上了一部分" in answer.text
    assert "25.00" in answer.text


async def test_the_page_says_how_much_credit_is_bought(app: Any, shop: TopupRig) -> None:
    order = await shop.order(sku="C50")
    _, answer = await app.get(path(pay_url(shop.hall, order.way, order.order_no)))
    assert "话费" in answer.text
    assert "50 元" in answer.text
    assert "流量" not in answer.text


@pytest.mark.parametrize("token", ["", "?t=", "?t=wrong", "?t=%ff"])
async def test_the_page_needs_its_key(app: Any, shop: TopupRig, token: str) -> None:
    order = await shop.order()
    for method in (app.get, app.post):
        _, answer = await method(f"/pay/demo/{order.order_no}{token}")
        assert answer.status == 404
        assert "138" not in answer.text
    for leaf in ("qr.svg", "events"):
        _, answer = await app.get(f"/pay/demo/{order.order_no}/{leaf}{token}")
        assert answer.status == 404


async def test_an_open_page_hears_how_its_order_ends(app: Any, shop: TopupRig) -> None:
    order = await shop.order()
    await press(app, shop, order, act="cancel")
    page = path(pay_url(shop.hall, order.way, order.order_no))
    _, heard = await app.get(page.replace("?", "/events?"))
    assert heard.headers["content-type"].startswith("text/event-stream")
    assert heard.text == "data: cancelled\n\n"
    _, answer = await app.get(page)
    assert 'data-stands="cancelled" data-final="1"' in answer.text
    assert shop.hall.brand.name in answer.text
    assert order.msisdn[3:7] not in answer.text.replace(order.order_no, ""), "nobody has to check it any more"


async def test_the_code_for_scanning_is_a_picture_of_the_link(app: Any, shop: TopupRig) -> None:
    order = await shop.order()
    _, answer = await app.get(path(qr_url(shop.hall, order.way, order.order_no)))
    assert answer.content_type == "image/svg+xml"
    assert b"<svg" in answer.body


@pytest.mark.parametrize("copies", ["once", "twice"])
async def test_paying_moves_the_order_by_the_signed_notice_only(app: Any, shop: TopupRig, copies: str) -> None:
    order = await shop.order()
    answer = await press(app, shop, order, act="pay", notice=copies)
    assert answer.status == 303
    assert (await shop.now(order)).state == "AWAIT_PAY"
    await shop.passes(seconds=3)
    assert (await shop.moves(order))[-5:] == ["AWAIT_PAY", "PAID", "SUBMITTING", "PROCESSING", "SUCCEEDED"]
    assert not await shop.dead()
    _, page = await app.get(path(pay_url(shop.hall, order.way, order.order_no)))
    assert "充值成功" in page.text


async def test_a_late_notice_is_waited_for(app: Any, shop: TopupRig) -> None:
    order = await shop.order()
    await press(app, shop, order, act="pay", notice="late")
    await shop.passes(seconds=50)
    assert (await shop.now(order)).state == "AWAIT_PAY"
    await shop.passes(seconds=15)
    await shop.passes(seconds=3)
    assert (await shop.now(order)).state == "SUCCEEDED"


async def test_paying_twice_and_in_two_tabs_pays_once(app: Any, shop: TopupRig) -> None:
    order = await shop.order()
    for _ in range(3):
        assert (await press(app, shop, order, act="pay")).status == 303
    await shop.passes(seconds=3)
    assert len(await shop.hall.store.all(select(tables.notices))) == 1
    assert (await shop.now(order)).state == "SUCCEEDED"


async def test_a_delivery_that_fails_is_refunded_as_chosen_on_the_page(app: Any, shop: TopupRig) -> None:
    order = await shop.order()
    await press(app, shop, order, act="pay", supplier="fail")
    await shop.passes(seconds=3)
    assert (await shop.now(order)).state == "REFUNDED"


async def test_giving_up_cancels_and_says_so(app: Any, shop: TopupRig) -> None:
    order = await shop.order()
    await press(app, shop, order, act="cancel")
    assert (await shop.now(order)).state == "CANCELLED"
    assert await shop.told() == ["utter_topup_cancelled"]


async def test_paying_after_expiry_goes_back(app: Any, shop: TopupRig) -> None:
    order = await shop.order()
    await shop.passes(minutes=31)
    await press(app, shop, order, act="pay")
    await shop.passes(seconds=3)
    assert (await shop.now(order)).state == "REFUNDED"


@pytest.mark.parametrize("form", [{}, {"act": "steal"}, {"act": "pay", "supplier": "x"}, {"act": "pay", "notice": "x"}])
async def test_a_form_that_the_page_did_not_make_is_refused(app: Any, shop: TopupRig, form: dict[str, str]) -> None:
    order = await shop.order()
    assert (await press(app, shop, order, **form)).status == 400
    assert no_trace(await shop.hall.store.all(select(tables.demo_payments)))


@pytest.mark.parametrize("demo", [True, False])
async def test_every_state_has_its_page(shop: TopupRig, demo: bool) -> None:
    order = replace(await shop.order(), scope="<x>")
    told = {*states.TOLD.values(), *states.TOLD_PARTLY.values()} - {"await_pay"}
    for what in (*told, "noticed", "refused", "down"):
        shown = Pages(shop.hall.brand, demo=demo).page(what, order)
        assert "<x>" not in shown
        assert 'role="status"' in shown
        assert ("演示" in shown) is demo


async def test_the_pages_name_the_operator(shop: TopupRig) -> None:
    pages = Pages(replace(shop.hall.brand, name="云桥<通信>"), demo=False)
    shown = pages.page("noticed", await shop.order())
    assert "支付 · 云桥&lt;通信&gt;" in shown
    assert "正在通知云桥&lt;通信&gt;" in shown
    assert shop.hall.brand.name not in shown


async def test_a_forged_notice_leaves_no_trace(app: Any, shop: TopupRig) -> None:
    order = await shop.order()
    forger = DemoPayments(shop.hall.store, shop.hall.clock, b"another secret", BASE)
    answer = await notify(app, forger, content(order))
    assert (answer.status, answer.json["error"]["code"]) == (401, "bad_signature")
    for headers in ({"X-Signature": "sha256="}, {"X-Signature": "sha256=0"}, {"X-Timestamp": ""}):
        assert (await notify(app, shop.hall.payments["wechat"], content(order), **headers)).status == 401
    assert no_trace(await shop.hall.store.all(select(tables.notices)))
    assert (await shop.now(order)).version == order.version


async def test_a_notice_whose_body_was_changed_is_refused(app: Any, shop: TopupRig) -> None:
    order = await shop.order()
    headers, raw = shop.hall.payments["wechat"].sign(content(order))  # type: ignore[attr-defined]
    _, answer = await app.post("/pay/demo/notify", content=raw.replace(b"2500", b"2501"), headers=headers)
    assert answer.status == 401


async def test_headers_that_are_no_text_are_a_bad_signature(shop: TopupRig) -> None:
    """Bytes above 127 come from the server as halves of surrogate pairs."""
    for headers in ({"x-timestamp": "\udcff"}, {"x-signature": "\udcff"}):
        with pytest.raises(BadNotice) as refused:
            shop.hall.payments["wechat"].verify_notice(headers, b"{}")
        assert refused.value.code == "bad_signature"


@pytest.mark.parametrize("seconds", [-301, 301, 3600])
async def test_a_stale_notice_is_refused(app: Any, shop: TopupRig, seconds: int) -> None:
    order = await shop.order()
    headers, raw = shop.hall.payments["wechat"].sign(content(order))  # type: ignore[attr-defined]
    shop.hall.clock.advance(timedelta(seconds=seconds))
    _, answer = await app.post("/pay/demo/notify", content=raw, headers=headers)
    assert (answer.status, answer.json["error"]["code"]) == (401, "stale")
    assert no_trace(await shop.hall.store.all(select(tables.notices)))


async def test_a_notice_of_another_app_is_refused(app: Any, shop: TopupRig) -> None:
    order = await shop.order()
    answer = await notify(app, shop.hall.payments["wechat"], content(order, app_id="another"))
    assert (answer.status, answer.json["error"]["code"]) == (401, "foreign")
    assert (await shop.now(order)).state == "AWAIT_PAY"


@pytest.mark.parametrize(
    "change",
    [
        {"amount_fen": 25.0},
        {"amount_fen": "2500"},
        {"amount_fen": True},
        {"amount_fen": -1},
        {"payment_no": 7},
        {"payment_no": ""},
        {"notice_id": "n" * 65},
        {"paid_at": "now"},
        {"paid_at": 10**30},
        {"notice_id": None},
    ],
)
async def test_a_malformed_notice_is_refused_with_400(app: Any, shop: TopupRig, change: dict[str, Any]) -> None:
    order = await shop.order()
    answer = await notify(app, shop.hall.payments["wechat"], content(order, **change))
    assert (answer.status, answer.json["error"]["code"]) == (400, "malformed")
    assert no_trace(await shop.hall.store.all(select(tables.notices)))


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff\xfe", b"{", json.dumps({"app_id": "yingting-demo"}).encode()])
async def test_a_signed_body_that_is_no_notice_is_refused_with_400(app: Any, shop: TopupRig, raw: bytes) -> None:
    demo: Any = shop.hall.payments["wechat"]
    stamp = str(int(shop.hall.clock.now().timestamp()))
    headers = {"X-Timestamp": stamp, "X-Signature": f"sha256={demo._signature(stamp, raw)}"}
    _, answer = await app.post("/pay/demo/notify", content=raw, headers=headers)
    assert answer.status == 400


async def test_an_oversized_notice_is_refused(app: Any) -> None:
    _, answer = await app.post("/pay/demo/notify", content=b"x" * (pay.LONGEST_NOTICE + 1))
    assert answer.status == 413


@pytest.mark.parametrize("difference", [-1, 1])
async def test_an_amount_that_differs_by_one_fen_is_refused(app: Any, shop: TopupRig, difference: int) -> None:
    order = await shop.order()
    answer = await notify(app, shop.hall.payments["wechat"], content(order, amount_fen=order.price_fen + difference))
    assert (answer.status, answer.json["error"]["code"]) == (400, "amount_differs")
    assert (await shop.now(order)).state == "AWAIT_PAY"


async def test_a_repeated_notice_is_answered_as_before_and_does_nothing(app: Any, shop: TopupRig) -> None:
    order = await shop.order()
    answers = [await notify(app, shop.hall.payments["wechat"], content(order)) for _ in range(2)]
    assert [a.status for a in answers] == [200, 200]
    assert [a.json["result"] for a in answers] == ["paid", "repeat"]


async def test_a_notice_for_an_unknown_order_or_provider_is_not_found(app: Any, shop: TopupRig) -> None:
    order = await shop.order()
    answer = await notify(app, shop.hall.payments["wechat"], content(order, payment_no="T2026111599999"))
    assert answer.status == 404
    _, answer = await app.post("/pay/nobody/notify", content=b"{}")
    assert (answer.status, answer.json["error"]["code"]) == (404, "unknown_provider")


async def test_a_notice_that_finds_the_hall_busy_is_to_be_sent_again(
    app: Any, shop: TopupRig, monkeypatch: Any
) -> None:
    from hall.errors import Conflict

    async def busy(*_args: Any, **_kwargs: Any) -> str:
        raise Conflict("moved")

    monkeypatch.setattr(payment, "record", busy)
    order = await shop.order()
    answer = await notify(app, shop.hall.payments["wechat"], content(order))
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


async def test_outside_a_demonstration_there_is_no_page(shop: TopupRig) -> None:
    hall = replace(shop.hall, demonstration=False)
    bp = pay.blueprint(SimpleNamespace(hall=hall))  # type: ignore[arg-type]
    found = {route.uri for route in bp._future_routes} - {"/pay/static/<name:str>", "/p/<code:str>"}
    assert found == {"/pay/demo/notify", "/pay/<provider:str>/notify"}


async def test_the_notice_goes_over_http_again_until_it_is_taken(shop: TopupRig) -> None:
    calls: list[str] = []

    def network(request: httpx.Request) -> httpx.Response:
        calls.append(str(request.url))
        if len(calls) == 1:
            raise httpx.ConnectTimeout("no answer")
        return httpx.Response(503 if len(calls) == 2 else 200)

    demo_notices.register(shop.dispatcher, shop.hall, transport=httpx.MockTransport(network))
    order = await shop.order()
    unit, now = shop.hall.store.unit(), shop.hall.clock.now()
    demo_notices.send(unit, content(order), now=now, at=now)
    await unit.commit()
    for _ in range(4):
        await shop.passes(seconds=5)
    assert calls == [f"{BASE}/pay/demo/notify"] * 3
    assert await orders.find(shop.hall.store, order.order_no) == order
