"""The adapter of the 直充 contract against a server that speaks it, with its failures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio

from hall.bss.supplier.port import BadCallback, CallsBack, Delivery, DeliveryState
from hall.bss.supplier.zhichong import Zhichong
from hall.errors import OutcomeUnknown, Unavailable
from hall.policy import Policy
from testing.providers import zhichong
from testing.providers.local import limit_of, serving
from testing.providers.zhichong import ZhichongServer
from tests.conftest import StillClock

NUMBER = "T2026111500001"
NOTIFY = "https://hall.example/supplier/zhichong/notify"
DATA = Delivery(NUMBER, "13800138000", "N1G", 1024, "calendar month")
CREDIT = Delivery(NUMBER, "13800138000", "C50", 0, "", "credit", 5000)
TABLES = Policy.load().suppliers


@pytest.fixture
def server() -> ZhichongServer:
    return ZhichongServer()


@pytest_asyncio.fixture
async def url(server: ZhichongServer) -> AsyncIterator[str]:
    async with serving(server.routes) as address:
        yield address


@pytest.fixture
def supplier(url: str, clock: StillClock, request: pytest.FixtureRequest) -> Zhichong:
    return Zhichong(zhichong.account(url), TABLES["standard"], clock, NOTIFY, limit=limit_of(request))


async def test_an_order_is_a_signed_form_and_accepted_is_not_done(supplier: Zhichong, server: ZhichongServer) -> None:
    assert await supplier.submit(DATA) == DeliveryState("accepted", f"Z{NUMBER}")
    told = server.orders[NUMBER]
    assert server.bad_requests == []
    assert (told["mobile"], told["product"], told["notifyurl"]) == ("13800138000", "N1G", NOTIFY)
    assert told["timestamp"] == "20261115100000"
    assert "amount" not in told
    assert isinstance(supplier, CallsBack)


@pytest.mark.parametrize(("money", "amount"), [("yuan", "50"), ("fen", "5000")])
async def test_credit_is_sent_in_the_suppliers_unit(
    url: str, server: ZhichongServer, clock: StillClock, money: str, amount: str
) -> None:
    supplier = Zhichong(zhichong.account(url), replace(TABLES["standard"], money=money), clock, NOTIFY)
    await supplier.submit(CREDIT)
    assert server.orders[NUMBER]["amount"] == amount


@pytest.mark.parametrize(("delivery", "product"), [(DATA, "80017"), (CREDIT, "C50")])
async def test_their_product_number_is_used_where_the_table_has_one(
    url: str, server: ZhichongServer, clock: StillClock, delivery: Delivery, product: str
) -> None:
    table = replace(TABLES["standard"], products={"N1G": "80017"})
    await Zhichong(zhichong.account(url), table, clock, NOTIFY).submit(delivery)
    assert server.orders[NUMBER]["product"] == product


async def test_the_same_number_again_is_under_way_never_failed(supplier: Zhichong, server: ZhichongServer) -> None:
    await supplier.submit(DATA)
    assert (await supplier.submit(DATA)).status == "processing"
    assert (len(server.orders), server.submits) == (1, 2)


@pytest.mark.parametrize(
    ("code", "status"),
    [("1001", "failed"), ("1003", "failed"), ("1005", "failed"), ("9999", "processing"), ("", "processing")],
)
async def test_only_a_clear_refusal_fails(supplier: Zhichong, server: ZhichongServer, code: str, status: str) -> None:
    server.code = code
    answer = await supplier.submit(DATA)
    assert answer.status == status
    assert answer.reason == ("号码不支持" if status == "failed" else None)


@pytest.mark.parametrize(
    ("state", "extra", "answer"),
    [
        ("0", {}, DeliveryState("processing", f"Z{NUMBER}")),
        ("2", {}, DeliveryState("succeeded", f"Z{NUMBER}")),
        ("3", {"msg": "号码停机"}, DeliveryState("failed", f"Z{NUMBER}", "号码停机")),
        ("3", {"msg": "长" * 99}, DeliveryState("failed", f"Z{NUMBER}", "长" * 64)),
        ("4", {"successamount": "20.00"}, DeliveryState("partial", f"Z{NUMBER}", None, 2000)),
        ("4", {"successamount": 20.5}, DeliveryState("partial", f"Z{NUMBER}", None, 2050)),
        ("4", {}, DeliveryState("partial", f"Z{NUMBER}", None, 0)),  # unclear: the hall asks a person
        ("4", {"successamount": "most"}, DeliveryState("partial", f"Z{NUMBER}", None, 0)),
        ("7", {}, DeliveryState("processing", f"Z{NUMBER}")),  # a word of no manual
        ("", {}, DeliveryState("processing", f"Z{NUMBER}")),
    ],
)
async def test_their_states_are_ours_by_the_table(
    supplier: Zhichong, server: ZhichongServer, state: str, extra: dict[str, Any], answer: DeliveryState
) -> None:
    await supplier.submit(DATA)
    server.state, server.extra = state, extra
    assert await supplier.query(NUMBER) == answer


async def test_the_same_number_means_different_things_to_two_suppliers(
    supplier: Zhichong, server: ZhichongServer, clock: StillClock
) -> None:
    table = TABLES["flow_first"]
    other = Zhichong(zhichong.account("http://x"), table, clock, NOTIFY)
    report = {table.read["order_no"]: NUMBER, table.read["state"]: "2", table.read["delivered"]: "1200"}
    signed = report | {table.send["sign"]: zhichong.signature(report, after=table.secret_after)}
    assert supplier.read_callback(server.callback(NUMBER, "2"))[1].status == "succeeded"
    assert other.read_callback(urlencode(signed).encode()) == (NUMBER, DeliveryState("partial", None, None, 1200))


async def test_not_found_is_in_transit(supplier: Zhichong) -> None:
    assert await supplier.query(NUMBER) == DeliveryState("not_found")


async def test_a_code_of_no_manual_is_under_way(supplier: Zhichong, server: ZhichongServer) -> None:
    await supplier.submit(DATA)
    server.code, server.state = "5000", "3"
    assert (await supplier.query(NUMBER)).status == "processing"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("fault", ["hang", "drop", "garbage", "error", "busy"])
async def test_a_lost_answer_is_its_own_outcome_and_the_same_number_delivers_once(
    supplier: Zhichong, server: ZhichongServer, fault: str, after: bool
) -> None:
    server.fault, server.after = fault, after
    with pytest.raises(OutcomeUnknown):
        await supplier.submit(DATA)
    with pytest.raises(Unavailable) as caught:
        await supplier.query(NUMBER)
    assert caught.value.part == "supplier"
    server.fault = None
    assert (await supplier.submit(DATA)).status in ("accepted", "processing")
    assert len(server.orders) == 1


async def test_an_answer_about_another_order_is_none(supplier: Zhichong, server: ZhichongServer) -> None:
    server.extra = {"orderno": "T2026111500002"}
    with pytest.raises(OutcomeUnknown):
        await supplier.submit(DATA)
    with pytest.raises(Unavailable):
        await supplier.query(NUMBER)


async def test_nothing_was_done_where_nobody_listens(clock: StillClock) -> None:
    away = Zhichong(zhichong.account("http://127.0.0.1:9"), TABLES["standard"], clock, NOTIFY)
    with pytest.raises(Unavailable):
        await away.submit(DATA)


async def test_a_callback_is_read_whatever_else_it_carries(supplier: Zhichong, server: ZhichongServer) -> None:
    told = supplier.read_callback(server.callback(NUMBER, "2"))
    assert told == (NUMBER, DeliveryState("succeeded", f"Z{NUMBER}"))
    body = server.callback(NUMBER, "4", successamount="20", bonus="中文 & more")
    assert supplier.read_callback(body)[1] == DeliveryState("partial", f"Z{NUMBER}", None, 2000)
    assert supplier.read_callback(server.callback(NUMBER, "77"))[1].status == "processing"


@pytest.mark.parametrize(
    "fields", [{"note": "1&status=3"}, {"a&status": "3"}, {"note=1&status": "3"}], ids=["value", "name", "both"]
)
async def test_fields_that_one_signature_could_stand_for_are_refused(
    supplier: Zhichong, server: ZhichongServer, fields: dict[str, str]
) -> None:
    with pytest.raises(BadCallback) as caught:
        supplier.read_callback(server.callback(NUMBER, "2", **fields))
    assert caught.value.code == "malformed"


async def test_a_forged_callback_is_refused(supplier: Zhichong, server: ZhichongServer) -> None:
    whole = server.callback(NUMBER, "2")
    forged = [
        whole.replace(b"status=2", b"status=3"),
        whole.replace(b"ledgerid=77", b"ledgerid=78"),
        whole + b"&more=1",
        server.callback(NUMBER, "2", secret="guessed"),
        whole.split(b"&sign=")[0] + b"&sign=",
        whole.split(b"&sign=")[0] + "&sign=中".encode(),
    ]
    for body in forged:
        with pytest.raises(BadCallback) as caught:
            supplier.read_callback(body)
        assert caught.value.code == "bad_signature"


async def test_a_callback_for_another_account_is_foreign(supplier: Zhichong, server: ZhichongServer) -> None:
    with pytest.raises(BadCallback) as caught:
        supplier.read_callback(server.callback(NUMBER, "2", userid="u1002"))
    assert caught.value.code == "foreign"


@pytest.mark.parametrize("body", [b"", b"\xff", b"hello", b"a=1", b"sign=x&sign=y", b"{}"])
async def test_what_is_no_callback_is_malformed(supplier: Zhichong, body: bytes) -> None:
    with pytest.raises(BadCallback) as caught:
        supplier.read_callback(body)
    assert caught.value.code == "malformed"


async def test_a_signed_callback_without_an_order_is_malformed(supplier: Zhichong) -> None:
    for fields in ({"userid": zhichong.USER, "status": "2"}, {"userid": zhichong.USER, "orderno": NUMBER}):
        body = urlencode(fields | {"sign": zhichong.signature(fields)}).encode()
        with pytest.raises(BadCallback) as caught:
            supplier.read_callback(body)
        assert caught.value.code == "malformed"
