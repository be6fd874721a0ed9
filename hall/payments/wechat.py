"""WeChat Pay, API v3, by the library `wechatpayv3`; see docs/decisions for what is ours and why.

The library signs requests, verifies the signatures of responses and notices, and decrypts the notices. Ours are
the time limits, the kinds of error, and the checks that a notice is fresh and for us. Merchants with WeChat's
public key are served; platform certificates, the older way, are not.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
from wechatpayv3.async_ import AsyncWeChatPay, WeChatPayType

from hall.clock import SHANGHAI, Clock, moment
from hall.errors import OutcomeUnknown, Unavailable
from hall.payments.port import (
    BadNotice,
    Charge,
    Notice,
    PaymentLink,
    PaymentRefused,
    PaymentState,
    Refund,
    RefundState,
)

MAX_NOTICE_AGE = timedelta(seconds=300)
CONNECT_TIMEOUT, READ_TIMEOUT, CALL_TIMEOUT = 3.0, 6.0, 8.0  # seconds
UNPAID = ("NOTPAY", "CLOSED", "REVOKED", "PAYERROR", "REFUND")  # REFUND: the payment went back already
REFUND_STATES = {"SUCCESS": "done", "PROCESSING": "processing", "CLOSED": "failed", "ABNORMAL": "failed"}
SHAPE_ERRORS = (ValueError, KeyError, TypeError, AttributeError)  # raised by reading a body of another shape

Ask = Callable[[Any], Awaitable[tuple[int, Any]]]


@dataclass(frozen=True, slots=True)
class WechatAccount:
    """The merchant at WeChat. Keys are PEM texts; `public_key` is WeChat's, `private_key` ours."""

    mchid: str
    appid: str
    serial_no: str  # of our certificate
    private_key: str = field(repr=False)
    apiv3_key: str = field(repr=False)
    public_key: str = field(repr=False)
    public_key_id: str = ""
    url: str = "https://api.mch.weixin.qq.com"


class WechatPay:
    """See the port."""

    provider = "wechat"
    acknowledgement = None

    def __init__(self, account: WechatAccount, clock: Clock, notify_url: str, *, limit: float = CALL_TIMEOUT) -> None:
        self._account, self._clock, self._notify_url, self._limit = account, clock, notify_url, limit
        self._reader = self._client()

    async def create(self, charge: Charge) -> PaymentLink:
        """A link into WeChat for the phone that opened our page, or a code for another phone to scan."""
        request = {
            "description": charge.subject,
            "out_trade_no": charge.payment_no,
            "amount": {"total": charge.amount_fen, "currency": "CNY"},
            "time_expire": charge.expires_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "notify_url": self._notify_url,  # given here and not to the client: refunds are queried, not notified
        }
        if charge.payer_ip is not None:
            scene = {"payer_client_ip": charge.payer_ip, "h5_info": {"type": "Wap"}}
            content = await self._make(lambda c: c.pay(**request, scene_info=scene, pay_type=WeChatPayType.H5))
            return PaymentLink(_text(content, "h5_url"), charge.expires_at)
        content = await self._make(lambda c: c.pay(**request, pay_type=WeChatPayType.NATIVE))
        return PaymentLink(None, charge.expires_at, qr=_text(content, "code_url"))

    def verify_notice(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """See the port."""
        content = self._opened(headers, body)
        stamp = headers.get("wechatpay-timestamp", "")
        if not stamp.isdecimal() or abs(self._clock.now() - _moment(int(stamp))) > MAX_NOTICE_AGE:
            raise BadNotice("stale", f"signed at {stamp[:20]}")
        if content.get("event_type") != "TRANSACTION.SUCCESS":
            return None
        try:
            return self._notice(str(content["id"]), content["resource"])
        except SHAPE_ERRORS as error:
            raise BadNotice("malformed", f"{type(error).__name__}: {error}") from error

    async def query(self, payment_no: str) -> PaymentState:
        """See the port. A payment that WeChat does not know is unpaid: its page was never opened."""
        status, content = await self._call(lambda c: c.query(out_trade_no=payment_no), changes=False)
        if status == 404:
            return PaymentState("unpaid")
        state = content.get("trade_state")
        if status != 200 or state not in ("SUCCESS", *UNPAID):  # USERPAYING as well: the customer is paying now
            raise Unavailable("payment", f"wechat answered {status} {state or content.get('code')}")
        if state in UNPAID:
            return PaymentState("unpaid")
        try:
            notice = self._notice(f"query:{content['transaction_id']}", content)
        except (*SHAPE_ERRORS, BadNotice) as error:
            raise Unavailable("payment", f"wechat answered with another payment: {error}") from error
        if notice.payment_no != payment_no:
            raise Unavailable("payment", "wechat answered with another payment")
        return PaymentState("paid", notice)

    async def refund(self, refund: Refund) -> RefundState:
        """See the port."""
        request = {
            "out_refund_no": refund.refund_no,
            "transaction_id": refund.provider_no,
            "amount": {"refund": refund.amount_fen, "total": refund.paid_fen, "currency": "CNY"},
        }
        status, content = await self._call(lambda c: c.refund(**request), changes=True)
        if status >= 400:
            return RefundState("failed", str(content.get("code", status)))
        return _refund(content)

    async def query_refund(self, refund: Refund) -> RefundState:
        """See the port. "No such refund" means that it is in transit."""
        status, content = await self._call(lambda c: c.query_refund(out_refund_no=refund.refund_no), changes=False)
        if status == 404:
            return RefundState("processing", "not_found")
        if status >= 400:
            raise Unavailable("payment", f"wechat answered {status} {content.get('code')}")
        return _refund(content)

    async def _make(self, ask: Ask) -> dict[str, Any]:
        status, content = await self._call(ask, changes=True)
        if status >= 400:
            raise PaymentRefused(str(content.get("code", status)))
        return content

    async def _call(self, ask: Ask, *, changes: bool) -> tuple[int, dict[str, Any]]:
        """Status and JSON of a response below 500 that WeChat signed, or that refuses.

        Raises Unavailable when nothing was done or a query has no answer, OutcomeUnknown when something may
        have been done.
        """
        try:
            async with self._client() as client:
                status, text = await asyncio.wait_for(ask(client), self._limit)
            content = json.loads(text) if text else {}
        except httpx.ConnectError as error:
            raise Unavailable("payment", f"wechat: {type(error).__name__}") from error
        except (TimeoutError, httpx.HTTPError, ValueError) as error:
            raise _lost(changes, type(error).__name__) from error
        except Exception as error:
            if type(error) is not Exception:  # the library's error for a signature that does not fit
                raise
            raise _lost(changes, str(error)) from error
        if status == 429:
            raise Unavailable("payment", "wechat: too many calls")
        if status >= 500 or not isinstance(content, dict):
            raise _lost(changes, f"answered {status}")
        return status, content

    def _client(self) -> Any:
        account = self._account
        client = AsyncWeChatPay(
            WeChatPayType.NATIVE,
            mchid=account.mchid,
            appid=account.appid,
            private_key=account.private_key,
            cert_serial_no=account.serial_no,
            apiv3_key=account.apiv3_key,
            public_key=account.public_key,
            public_key_id=account.public_key_id,
            timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
        )
        client._core._gate_way = account.url.rstrip("/")  # the library has no parameter for it
        return client

    def _opened(self, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """The content of a notice, verified and decrypted; raises BadNotice."""
        try:
            content = self._reader.callback(headers, body)
        except SHAPE_ERRORS as error:
            raise BadNotice("malformed", f"{type(error).__name__}: {error}") from error
        except Exception as error:
            if type(error) is not Exception:  # see above
                raise
            raise BadNotice("bad_signature", str(error)) from error
        if not isinstance(content, dict):
            raise BadNotice("bad_signature", "the signature does not fit, or the seal")
        return content

    def _notice(self, notice_id: str, paid: Mapping[str, Any]) -> Notice:
        """A payment as notices and responses describe it; raises BadNotice when it is another merchant's."""
        if (paid["mchid"], paid["appid"]) != (self._account.mchid, self._account.appid):
            raise BadNotice("foreign", "for another merchant or application")
        amount = paid["amount"]["total"]
        if type(amount) is not int or amount < 1 or paid["amount"].get("currency", "CNY") != "CNY":
            raise ValueError("amount must be a whole number of fen above 0")
        if paid["trade_state"] != "SUCCESS" or not 0 < len(notice_id) <= 64:
            raise ValueError("not a payment that was made")
        number, provider_no = _text(paid, "out_trade_no"), _text(paid, "transaction_id")
        if (paid_at := moment(_text(paid, "success_time"))) is None:
            raise ValueError("success_time is no time")
        return Notice(self.provider, notice_id, number, amount, provider_no, paid_at)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def _text(content: Mapping[str, Any], key: str) -> str:
    value = content[key]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} must be a text")
    return value


def _refund(content: Mapping[str, Any]) -> RefundState:
    """The state of a refund; a word that is not in the table means that it is under way."""
    word = str(content.get("status"))
    status: Any = REFUND_STATES.get(word, "processing")
    return RefundState(status, "" if status == "done" else word)


def _lost(changes: bool, why: str) -> OutcomeUnknown | Unavailable:
    return OutcomeUnknown(f"wechat: {why}") if changes else Unavailable("payment", f"wechat: {why}")
