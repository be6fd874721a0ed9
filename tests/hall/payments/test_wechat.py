"""WeChat Pay's adapter against a server that behaves as WeChat's documentation says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from hall.clock import SHANGHAI
from hall.errors import OutcomeUnknown, Unavailable
from hall.payments.port import BadNotice, Charge, PaymentRefused, Refund
from hall.payments.wechat import WechatPay
from testing.providers import wechat
from testing.providers.local import limit_of, serving
from testing.providers.wechat import WechatServer
from tests.conftest import StillClock

NUMBER = "T2026111500001"
NOTIFY = "https://hall.example/pay/wechat/notify"
REFUND = Refund("R2026111500001", NUMBER, f"42000{NUMBER}", 2500, 2500)


@pytest.fixture
def server(clock: StillClock) -> WechatServer:
    return WechatServer(clock)


@pytest_asyncio.fixture
async def pay(server: WechatServer, clock: StillClock, request: pytest.FixtureRequest) -> AsyncIterator[WechatPay]:
    async with serving(server.routes) as url:
        yield WechatPay(wechat.account(url), clock, NOTIFY, limit=limit_of(request))


@pytest.fixture
def charge(clock: StillClock) -> Charge:
    return Charge(NUMBER, "wechat", 2500, "N1G", clock.now() + timedelta(minutes=30))


async def test_a_payment_is_a_code_for_another_phone(pay: WechatPay, server: WechatServer, charge: Charge) -> None:
    link = await pay.create(charge)
    assert (link.url, link.qr) == (None, f"weixin://wxpay/bizpayurl?pr={NUMBER}")
    assert await pay.create(charge) == link
    told = server.trades[NUMBER]
    assert told["amount"] == {"total": 2500, "currency": "CNY"}
    assert (told["time_expire"], told["notify_url"]) == ("2026-11-15T10:30:00+08:00", NOTIFY)
    assert server.bad_requests == []


async def test_a_payment_is_a_link_on_the_phone_itself(pay: WechatPay, charge: Charge) -> None:
    link = await pay.create(replace(charge, payer_ip="203.0.113.9"))
    assert link.qr is None
    assert str(link.url).startswith("https://wx.tenpay.com/")


async def test_a_number_that_was_used_otherwise_is_refused(pay: WechatPay, charge: Charge) -> None:
    await pay.create(charge)
    with pytest.raises(PaymentRefused, match="INVALID_REQUEST"):
        await pay.create(replace(charge, amount_fen=2400))


async def test_a_query_tells_what_was_paid(pay: WechatPay, server: WechatServer, charge: Charge) -> None:
    assert (await pay.query(NUMBER)).status == "unpaid"  # its page was never opened
    await pay.create(charge)
    assert (await pay.query(NUMBER)).status == "unpaid"
    server.pay(NUMBER)
    paid = (await pay.query(NUMBER)).paid
    assert paid is not None
    assert (paid.payment_no, paid.amount_fen, paid.provider_no) == (NUMBER, 2500, f"42000{NUMBER}")
    assert paid.paid_at == datetime(2026, 11, 15, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize("state", ["CLOSED", "REVOKED", "PAYERROR", "REFUND"])
async def test_what_was_not_paid_or_went_back_is_unpaid(pay: WechatPay, server: WechatServer, state: str) -> None:
    server.pay(NUMBER, trade_state=state)
    assert (await pay.query(NUMBER)).status == "unpaid"


@pytest.mark.parametrize(
    "changes",
    [
        {"trade_state": "USERPAYING"},
        {"trade_state": "NEW_WORD"},
        {"out_trade_no": "T2026111500002"},
        {"mchid": "1"},
        {"appid": "wx1"},
        {"amount": {"total": 25.0}},
        {"amount": {"total": 2500, "currency": "USD"}},
        {"success_time": "yesterday"},
        {"transaction_id": ""},
    ],
)
async def test_an_answer_that_cannot_be_read_is_none(
    pay: WechatPay, server: WechatServer, changes: dict[str, Any]
) -> None:
    server.pay(NUMBER)
    server.trades[NUMBER] |= changes
    with pytest.raises(Unavailable):
        await pay.query(NUMBER)


@pytest.mark.parametrize("fault", ["hang", "drop", "garbage", "error", "unsigned", "busy"])
async def test_a_question_without_an_answer_is_unavailable(
    pay: WechatPay, server: WechatServer, charge: Charge, fault: str
) -> None:
    server.pay(NUMBER)
    server.fault = fault
    for asked in (pay.query(NUMBER), pay.query_refund(REFUND)):
        if fault == "unsigned" and asked.cr_code.co_name == "query_refund":  # a refusal is not signed
            server.refunds[REFUND.refund_no] = {"status": "SUCCESS"}
        with pytest.raises(Unavailable) as caught:
            await asked
        assert caught.value.part == "payment"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("fault", ["hang", "drop", "garbage", "error", "unsigned"])
async def test_a_lost_answer_to_a_change_is_its_own_outcome(
    pay: WechatPay, server: WechatServer, charge: Charge, fault: str, after: bool
) -> None:
    server.pay(NUMBER)
    server.fault, server.after = fault, after
    with pytest.raises(OutcomeUnknown):
        await pay.refund(REFUND)
    server.fault = None
    assert (await pay.refund(REFUND)).status == "done"  # the same number again
    assert len(server.refunds) == 1
    server.fault = fault
    with pytest.raises(OutcomeUnknown):
        await pay.create(replace(charge, payment_no="T2026111500009"))


async def test_nothing_was_done_where_nobody_listens_or_the_calls_are_too_many(
    pay: WechatPay, server: WechatServer, clock: StillClock
) -> None:
    server.fault = "busy"
    with pytest.raises(Unavailable):
        await pay.refund(REFUND)
    away = WechatPay(wechat.account("http://127.0.0.1:9"), clock, NOTIFY)
    with pytest.raises(Unavailable):
        await away.refund(REFUND)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("SUCCESS", "done"),
        ("PROCESSING", "processing"),
        ("ABNORMAL", "failed"),
        ("CLOSED", "failed"),
        ("NEW", "processing"),
    ],
)
async def test_the_words_of_a_refund(pay: WechatPay, server: WechatServer, word: str, status: str) -> None:
    server.pay(NUMBER)
    server.refund_status = word
    assert (await pay.refund(REFUND)).status == status
    assert (await pay.query_refund(REFUND)).status == status


async def test_a_refund_that_is_refused_needs_a_person(pay: WechatPay, server: WechatServer) -> None:
    server.pay(NUMBER)
    server.refuse = "NOT_ENOUGH"
    refused = await pay.refund(REFUND)
    assert (refused.status, refused.why) == ("failed", "NOT_ENOUGH")


async def test_a_refund_that_is_not_found_is_in_transit(pay: WechatPay) -> None:
    assert (await pay.query_refund(REFUND)).status == "processing"


async def test_a_notice_is_read(pay: WechatPay, server: WechatServer) -> None:
    notice = pay.verify_notice(*server.notice(server.pay(NUMBER)))
    assert notice is not None
    assert (notice.notice_id, notice.payment_no, notice.amount_fen) == (f"EV-{NUMBER}", NUMBER, 2500)
    assert notice.provider_no == (await pay.query(NUMBER)).paid.provider_no  # type: ignore[union-attr]


async def test_a_notice_of_a_refund_tells_of_no_payment(pay: WechatPay, server: WechatServer) -> None:
    assert pay.verify_notice(*server.notice({"out_refund_no": "R1"}, event="REFUND.SUCCESS")) is None


@pytest.mark.parametrize("minutes", [-60, -6, 6])
async def test_a_notice_signed_at_another_time_is_stale(
    pay: WechatPay, server: WechatServer, clock: StillClock, minutes: int
) -> None:
    headers, body = server.notice(server.pay(NUMBER))
    clock.advance(timedelta(minutes=-minutes))
    with pytest.raises(BadNotice) as caught:
        pay.verify_notice(headers, body)
    assert caught.value.code == "stale"


@pytest.mark.parametrize(
    "headers",
    [
        {"wechatpay-signature": "AAAA"},
        {"wechatpay-signature": "é"},
        {"wechatpay-signature": ""},
        {"wechatpay-nonce": "another"},
        {"wechatpay-serial": "PUB_KEY_ID_other"},
        {"wechatpay-serial": "4F"},
        {"wechatpay-timestamp": "1763172000"},
        {"wechatpay-timestamp": ""},
        {"wechatpay-signature-type": "MD5"},
    ],
)
async def test_a_forged_notice_is_refused(pay: WechatPay, server: WechatServer, headers: dict[str, str]) -> None:
    given, body = server.notice(server.pay(NUMBER), **headers)
    with pytest.raises(BadNotice) as caught:
        pay.verify_notice(given, body)
    assert caught.value.code == "bad_signature"


async def test_a_notice_whose_body_was_changed_is_refused(pay: WechatPay, server: WechatServer) -> None:
    headers, body = server.notice(server.pay(NUMBER))
    for changed in (body.replace(b"SUCCESS", b"FAILURE"), body + b" ", b"", b"{}", b"\xff", body[:-9]):
        with pytest.raises(BadNotice):
            pay.verify_notice(headers, changed)


async def test_a_notice_sealed_with_another_key_is_refused(pay: WechatPay, server: WechatServer) -> None:
    with pytest.raises(BadNotice) as caught:
        pay.verify_notice(*server.notice(server.pay(NUMBER), seal="f" * 32))
    assert caught.value.code == "bad_signature"


@pytest.mark.parametrize("changes", [{"mchid": "1900000110"}, {"appid": "wx0000000000000000"}])
async def test_a_notice_for_others_is_foreign(pay: WechatPay, server: WechatServer, changes: dict[str, str]) -> None:
    with pytest.raises(BadNotice) as caught:
        pay.verify_notice(*server.notice(server.pay(NUMBER, **changes)))
    assert caught.value.code == "foreign"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": {"total": "2500"}},
        {"amount": {"total": 0}},
        {"amount": {}},
        {"amount": None},
        {"trade_state": "NOTPAY"},
        {"transaction_id": None},
        {"success_time": "noon"},
        {"amount": {"total": True}},
    ],
)
async def test_a_signed_notice_without_sense_is_malformed(
    pay: WechatPay, server: WechatServer, changes: dict[str, Any]
) -> None:
    with pytest.raises(BadNotice) as caught:
        pay.verify_notice(*server.notice(server.pay(NUMBER, **changes)))
    assert caught.value.code == "malformed"
