"""Short addresses of payment pages, and the text that tells one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from sanic import Sanic
from sqlalchemy import select

from bot.engine.domain import answers
from channels import pay
from channels.http import install_errors
from hall.context import Hall
from hall.payments.links import ALPHABET, pay_url, payment_of, short_code, short_url
from hall.store.tables import topup as tables
from hall.topup.notifications import order_facts
from hall.topup.orders import Order
from tests.hall.topup.conftest import TopupRig, demo_shop


@pytest.fixture
def shop(hall: Hall) -> TopupRig:
    """The demonstration's shop."""
    return demo_shop(hall)


@pytest.fixture
def app(shop: TopupRig) -> Iterator[Any]:
    """The application with nothing but the payment routes."""
    Sanic.test_mode = True
    app: Sanic[Any, Any] = Sanic(f"links-{uuid.uuid4().hex}", configure_logging=False)
    install_errors(app)
    app.blueprint(pay.blueprint(SimpleNamespace(hall=shop.hall)))  # type: ignore[arg-type]
    yield app.asgi_client
    Sanic._app_registry.clear()


async def told(shop: TopupRig, order: Order) -> str:
    """The path of the address that a customer is told."""
    unit = shop.hall.store.unit()
    url = short_url(shop.hall, unit, order.order_no)
    await unit.commit()
    return url.removeprefix(shop.hall.public_url)


async def test_a_short_address_leads_to_the_page_and_both_stay_valid(app: Any, shop: TopupRig) -> None:
    order = await shop.order()
    path = await told(shop, order)
    assert len(path) <= 13
    _, answer = await app.get(path, follow_redirects=False)
    assert (answer.status, answer.headers["location"]) == (302, pay_url(shop.hall, order.way, order.order_no))
    assert answer.headers["referrer-policy"] == "no-referrer"
    _, answer = await app.post(path, data={"act": "pay"}, follow_redirects=False)
    assert answer.status == 307
    _, page = await app.get(pay_url(shop.hall, order.way, order.order_no).removeprefix(shop.hall.public_url))
    assert "138 0013 8000" in page.text


async def test_another_address_leads_nowhere(app: Any, shop: TopupRig) -> None:
    path = await told(shop, await shop.order())
    other = "2" if path[-1] != "2" else "3"
    for wrong in (path[:-1] + other, path[:-1], path + "x", "/p/%ff", "/p/x"):
        _, answer = await app.get(wrong, follow_redirects=False)
        assert answer.status == 404
        assert "138" not in answer.text


async def test_a_code_that_was_never_told_is_not_an_address(shop: TopupRig) -> None:
    order = await shop.order()
    assert await payment_of(shop.hall.store, short_code(shop.hall.secret, order.order_no)) is None


async def test_an_address_is_the_same_each_time_it_is_told(shop: TopupRig) -> None:
    order = await shop.order()
    assert await told(shop, order) == await told(shop, order)
    assert len(await shop.hall.store.all(select(tables.pay_links))) == 1


def test_only_the_hall_can_make_a_code() -> None:
    codes = {short_code(secret, f"T261115{number:07d}") for secret in (b"a", b"b") for number in range(500)}
    assert len(codes) == 1000
    assert all(len(code) == 10 and set(code) <= set(ALPHABET) for code in codes)


@pytest.mark.parametrize("base", ["http://127.0.0.1:8103", "https://hall.example.com", "https://pay.example.cn"])
async def test_a_text_to_pay_tells_what_whom_until_when_and_warns_in_one_part(shop: TopupRig, base: str) -> None:
    phrases = answers()
    for package in (*shop.hall.policy.packages, *shop.hall.policy.topup.credit()):
        facts = order_facts(shop.hall, await shop.order(sku=package.sku, confirmation=package.sku))
        said = phrases.text("utter_topup_pay", "sms", {"order": facts, "url": f"{base}/p/8F3K2AbcdE"})
        assert len(said) <= 70, said
        assert "138****8000" in said
        assert f"{(package.face_fen or package.price_fen) // 100}元" in said
        assert "30分内付" in said
        assert "勿付" in said
        assert said.endswith(f"{base}/p/8F3K2AbcdE")
