"""Alipay's adapter against a server that behaves as Alipay's documentation says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from hall.clock import SHANGHAI
from hall.errors import OutcomeUnknown, Unavailable
from hall.payments.alipay import Alipay
from hall.payments.port import BadNotice, Charge, PaymentRefused, Refund
from testing.providers import alipay
from testing.providers.alipay import AlipayServer
from testing.providers.local import limit_of, pem_pair, serving
from tests.conftest import StillClock

NUMBER = "T2026111500001"
NOTIFY = "https://hall.example/pay/alipay/notify"
TRADE = f"20261115220014{NUMBER}"
REFUND = Refund("R2026111500001", NUMBER, TRADE, 2500, 2500)


@pytest.fixture
def server(clock: StillClock) -> AlipayServer:
    return AlipayServer(clock)


@pytest_asyncio.fixture
async def pay(server: AlipayServer, clock: StillClock, request: pytest.FixtureRequest) -> AsyncIterator[Alipay]:
    async with serving(server.routes) as url:
        yield Alipay(alipay.account(url), clock, NOTIFY, limit=limit_of(request))


@pytest.fixture
def charge(clock: StillClock) -> Charge:
    return Charge(NUMBER, "alipay", 2500, "N1G", clock.now() + timedelta(minutes=30))


async def test_a_payment_is_a_code_for_another_phone(pay: Alipay, server: AlipayServer, charge: Charge) -> None:
    link = await pay.create(charge)
    assert (link.url, link.qr) == (None, f"https://qr.alipay.com/{NUMBER}")
    assert await pay.create(charge) == link
    assert server.bad_requests == []
    told = server.asked[0]
    assert told["notify_url"] == NOTIFY
    assert told["timestamp"] == "2026-11-15 10:00:00"  # China's
    assert '"total_amount":"25.00"' in told["biz_content"]
    assert '"time_expire":"2026-11-15 10:30:00"' in told["biz_content"]


async def test_a_payment_is_a_signed_link_on_the_phone_itself(
    pay: Alipay, server: AlipayServer, charge: Charge
) -> None:
    link = await pay.create(replace(charge, payer_ip="203.0.113.9"))
    form = {key: values[0] for key, values in parse_qs(urlsplit(str(link.url)).query).items()}
    assert server._wrong(form) is None
    assert (form["method"], link.qr) == ("alipay.trade.wap.pay", None)
    assert NUMBER in form["biz_content"]


async def test_a_payment_that_is_refused(pay: Alipay, server: AlipayServer, charge: Charge) -> None:
    server.refuse = "ACQ.TOTAL_FEE_EXCEED"
    with pytest.raises(PaymentRefused, match=r"ACQ\.TOTAL_FEE_EXCEED"):
        await pay.create(charge)


async def test_a_query_tells_what_was_paid(pay: Alipay, server: AlipayServer) -> None:
    assert (await pay.query(NUMBER)).status == "unpaid"  # nobody has scanned the code
    server.pay(NUMBER, trade_status="WAIT_BUYER_PAY")
    assert (await pay.query(NUMBER)).status == "unpaid"
    server.pay(NUMBER)
    paid = (await pay.query(NUMBER)).paid
    assert paid is not None
    assert (paid.provider, paid.payment_no, paid.amount_fen, paid.provider_no) == ("alipay", NUMBER, 2500, TRADE)
    assert paid.paid_at == datetime(2026, 11, 15, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "changes",
    [
        {"trade_status": "NEW_WORD"},
        {"out_trade_no": "T2026111500002"},
        {"total_amount": "25.001"},
        {"total_amount": "NaN"},
        {"total_amount": ""},
        {"send_pay_date": "noon"},
        {"trade_no": ""},
    ],
)
async def test_an_answer_that_cannot_be_read_is_none(
    pay: Alipay, server: AlipayServer, changes: dict[str, str]
) -> None:
    server.pay(NUMBER, **changes)
    with pytest.raises(Unavailable):
        await pay.query(NUMBER)


@pytest.mark.parametrize("fault", ["hang", "drop", "garbage", "error", "unsigned", "busy"])
async def test_a_question_without_an_answer_is_unavailable(pay: Alipay, server: AlipayServer, fault: str) -> None:
    server.pay(NUMBER)
    server.fault = fault
    for asked in (pay.query(NUMBER), pay.query_refund(REFUND)):
        with pytest.raises(Unavailable) as caught:
            await asked
        assert caught.value.part == "payment"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("fault", ["hang", "drop", "garbage", "error", "unsigned"])
async def test_a_lost_answer_to_a_change_is_its_own_outcome(
    pay: Alipay, server: AlipayServer, charge: Charge, fault: str, after: bool
) -> None:
    server.pay(NUMBER)
    server.fault, server.after = fault, after
    for changing in (pay.refund(REFUND), pay.create(replace(charge, payment_no="T2026111500009"))):
        with pytest.raises(OutcomeUnknown):
            await changing
    server.fault = None
    first = await pay.refund(REFUND)
    done_before = after or fault == "unsigned"
    assert first.status == ("processing" if done_before else "done")  # no money moves a second time
    assert (await pay.query_refund(REFUND)).status == "done"
    assert len(server.refunds) == 1


@pytest.mark.parametrize("sub_code", ["ACQ.SYSTEM_ERROR", "SYSTEM_ERROR"])
async def test_a_refusal_that_is_none_is_an_unknown_outcome(pay: Alipay, server: AlipayServer, sub_code: str) -> None:
    server.pay(NUMBER)
    server.refuse = sub_code
    with pytest.raises(OutcomeUnknown):
        await pay.refund(REFUND)


async def test_nothing_was_done_where_nobody_listens(clock: StillClock) -> None:
    away = Alipay(alipay.account("http://127.0.0.1:9"), clock, NOTIFY)
    with pytest.raises(Unavailable):
        await away.refund(REFUND)


async def test_an_application_that_alipay_does_not_know_learns_nothing(clock: StillClock, server: AlipayServer) -> None:
    async with serving(server.routes) as url:
        other = Alipay(alipay.account(url, app_id="1"), clock, NOTIFY)
        with pytest.raises(OutcomeUnknown):
            await other.refund(REFUND)
        with pytest.raises(Unavailable):
            await other.query(NUMBER)


async def test_a_refund_is_done_when_the_money_moved(pay: Alipay, server: AlipayServer) -> None:
    server.pay(NUMBER)
    assert (await pay.refund(REFUND)).status == "done"


async def test_a_refund_that_takes_its_time_is_asked_after(pay: Alipay, server: AlipayServer) -> None:
    server.pay(NUMBER)
    server.slow_refunds = True
    assert (await pay.refund(REFUND)).status == "processing"
    assert (await pay.query_refund(REFUND)).status == "processing"
    server.slow_refunds = False
    assert (await pay.query_refund(REFUND)).status == "done"


async def test_a_refund_that_is_refused_needs_a_person(pay: Alipay, server: AlipayServer) -> None:
    server.pay(NUMBER)
    server.refuse = "ACQ.SELLER_BALANCE_NOT_ENOUGH"
    refused = await pay.refund(REFUND)
    assert refused.status == "failed"
    assert "ACQ.SELLER_BALANCE_NOT_ENOUGH" in refused.why


async def test_a_notice_is_read(pay: Alipay, server: AlipayServer) -> None:
    notice = pay.verify_notice({}, server.notice(server.pay(NUMBER)))
    assert notice is not None
    assert (notice.notice_id, notice.payment_no, notice.amount_fen) == (f"ac05{NUMBER}", NUMBER, 2500)
    assert notice.provider_no == (await pay.query(NUMBER)).paid.provider_no  # type: ignore[union-attr]


@pytest.mark.parametrize("charset", ["GBK", "gb2312", "UTF-8"])
async def test_a_notice_is_read_in_the_character_set_that_it_declares(
    pay: Alipay, server: AlipayServer, charset: str
) -> None:
    notice = pay.verify_notice({}, server.notice(server.pay(NUMBER), charset=charset))
    assert notice is not None
    assert notice.amount_fen == 2500


async def test_a_long_notice_number_is_kept_as_its_hash(pay: Alipay, server: AlipayServer) -> None:
    notice = pay.verify_notice({}, server.notice(server.pay(NUMBER), notify_id="a" * 128))
    assert notice is not None
    assert len(notice.notice_id) == 64


@pytest.mark.parametrize(
    "changes",
    [{"trade_status": "WAIT_BUYER_PAY"}, {"trade_status": "TRADE_CLOSED"}, {"gmt_refund": "2026-11-15 10:00:00.1"}],
)
async def test_a_notice_of_something_else_tells_of_no_payment(
    pay: Alipay, server: AlipayServer, changes: dict[str, str]
) -> None:
    assert pay.verify_notice({}, server.notice(server.pay(NUMBER), **changes)) is None


@pytest.mark.parametrize("minutes", [-16, 16, 60])
async def test_a_notice_sent_at_another_time_is_stale(
    pay: Alipay, server: AlipayServer, clock: StillClock, minutes: int
) -> None:
    body = server.notice(server.pay(NUMBER))
    clock.advance(timedelta(minutes=minutes))
    with pytest.raises(BadNotice) as caught:
        pay.verify_notice({}, body)
    assert caught.value.code == "stale"


async def test_a_forged_notice_is_refused(pay: Alipay, server: AlipayServer) -> None:
    whole = server.notice(server.pay(NUMBER))
    forged = [
        server.notice(server.pay(NUMBER), key=pem_pair()[2]),
        whole.replace(b"25.00", b"26.00"),
        whole.replace(NUMBER.encode(), b"T2026111500002"),
        whole.replace(b"RSA2", b"RSA"),
        whole + b"&more=1",
        whole.split(b"&sign=")[0] + b"&sign=AAAA",
        whole.split(b"&sign=")[0] + b"&sign=%E9",
        whole.split(b"&sign=")[0] + b"&sign=",
    ]
    for body in forged:
        with pytest.raises(BadNotice) as caught:
            pay.verify_notice({}, body)
        assert caught.value.code == "bad_signature"


@pytest.mark.parametrize("body", [b"", b"\xff", b"hello", b"a=1", b"sign=x&sign=y", b"&&&", b"{}"])
async def test_what_is_no_notice_is_malformed(pay: Alipay, body: bytes) -> None:
    with pytest.raises(BadNotice) as caught:
        pay.verify_notice({}, body)
    assert caught.value.code == "malformed"


@pytest.mark.parametrize("changes", [{"app_id": "2021000122600002"}, {"seller_id": "2088101117955612"}])
async def test_a_notice_for_others_is_foreign(pay: Alipay, server: AlipayServer, changes: dict[str, str]) -> None:
    with pytest.raises(BadNotice) as caught:
        pay.verify_notice({}, server.notice(server.pay(NUMBER), **changes))
    assert caught.value.code == "foreign"


@pytest.mark.parametrize(
    "changes",
    [
        {"total_amount": "25"},
        {"total_amount": "25.0"},  # whole fen, too
        {"total_amount": "0.00"},
        {"total_amount": "25.005"},
        {"total_amount": "2e3"},
        {"gmt_payment": ""},
        {"notify_time": "now"},
        {"notify_id": ""},
        {"trade_no": ""},
    ],
)
async def test_a_signed_notice_without_sense_is_malformed(
    pay: Alipay, server: AlipayServer, changes: dict[str, str]
) -> None:
    body = server.notice(server.pay(NUMBER), **changes)
    if changes.get("total_amount") in ("25", "25.0"):
        assert pay.verify_notice({}, body).amount_fen == 2500  # type: ignore[union-attr]
        return
    with pytest.raises(BadNotice) as caught:
        pay.verify_notice({}, body)
    assert caught.value.code == "malformed"
