"""Alipay, by the library `python-alipay-sdk`; see docs/decisions for what is ours and why.

The library signs requests and verifies the signatures of responses and notices. The calls are made here,
because those of the library block, use GET and have no limit for the whole call. Ours are also the kinds of
error, and the checks that a notice is fresh and for us.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

import httpx
from alipay import AliPay
from alipay.exceptions import AliPayException, AliPayValidationError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from hall.clock import SHANGHAI, Clock
from hall.errors import OutcomeUnknown, Unavailable
from hall.money import fen, yuan
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

MAX_NOTICE_AGE = timedelta(minutes=15)  # an undelivered notice is sent again unchanged after 4 and 14 minutes
CONNECT_TIMEOUT, READ_TIMEOUT, CALL_TIMEOUT = 3.0, 6.0, 8.0  # seconds
PAID = ("TRADE_SUCCESS", "TRADE_FINISHED")
UNPAID = ("WAIT_BUYER_PAY", "TRADE_CLOSED")  # closed: never paid, or paid back in full
CODE_DONE, CODE_REFUSED = "10000", "40004"  # 40004: this call is refused; any other code leaves its outcome unknown
# refusals whose outcome is unknown
UNSURE_CODES = ("ACQ.SYSTEM_ERROR", "SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR")
SIGN_TYPE = "RSA2"
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
# raised by reading a body of another shape, by the library as well
SHAPE_ERRORS = (ValueError, KeyError, TypeError, AttributeError, binascii.Error)


@dataclass(frozen=True, slots=True)
class AlipayAccount:
    """The application at Alipay. Keys are PEM texts; `public_key` is Alipay's, `private_key` ours."""

    app_id: str
    seller_id: str
    private_key: str = field(repr=False)
    public_key: str = field(repr=False)
    url: str = "https://openapi.alipay.com/gateway.do"


class Alipay:
    """See the port."""

    provider = "alipay"
    acknowledgement = "success"

    def __init__(self, account: AlipayAccount, clock: Clock, notify_url: str, *, limit: float = CALL_TIMEOUT) -> None:
        self._account, self._clock, self._notify_url, self._limit = account, clock, notify_url, limit
        key = load_pem_public_key(account.public_key.encode())
        if not isinstance(key, RSAPublicKey):
            raise ValueError("Alipay's public key is not of RSA")
        self._public_key = key
        self._signer: Any = AliPay(
            appid=account.app_id,
            app_private_key_string=account.private_key,
            alipay_public_key_string=account.public_key,
        )

    async def create(self, charge: Charge) -> PaymentLink:
        """A link into Alipay for the phone that opened our page, or a code for another phone to scan."""
        request = {
            "out_trade_no": charge.payment_no,
            "total_amount": yuan(charge.amount_fen),
            "subject": charge.subject,
            "time_expire": charge.expires_at.astimezone(SHANGHAI).strftime(TIME_FORMAT),
        }
        if charge.payer_ip is not None:
            page = self._signed("alipay.trade.wap.pay", request | {"product_code": "QUICK_WAP_WAY"})
            return PaymentLink(f"{self._account.url}?{page}", charge.expires_at)
        content = await self._call("alipay.trade.precreate", request, changes=True)
        if content.get("code") != CODE_DONE:
            raise PaymentRefused(_why(content))
        return PaymentLink(None, charge.expires_at, qr=str(content["qr_code"]))

    def verify_notice(self, _headers: Mapping[str, str], body: bytes) -> Notice | None:
        """See the port. The signature of Alipay is a field of the form."""
        content = self._opened(body)
        try:
            if abs(self._clock.now() - _moment(content["notify_time"])) > MAX_NOTICE_AGE:
                raise BadNotice("stale", f"sent at {content['notify_time']}")
            if (content["app_id"], content["seller_id"]) != (self._account.app_id, self._account.seller_id):
                raise BadNotice("foreign", "for another application or seller")
            if content["trade_status"] not in PAID or content.get("gmt_refund"):
                return None  # not paid yet, or of a refund
            return self._notice(content["notify_id"], content, content["gmt_payment"])
        except SHAPE_ERRORS as error:
            raise BadNotice("malformed", f"{type(error).__name__}: {error}") from error

    async def query(self, payment_no: str) -> PaymentState:
        """See the port. A trade that Alipay does not know is unpaid: nobody has scanned its code."""
        content = await self._call("alipay.trade.query", {"out_trade_no": payment_no}, changes=False)
        if content.get("sub_code") == "ACQ.TRADE_NOT_EXIST" or content.get("trade_status") in UNPAID:
            return PaymentState("unpaid")
        if content.get("code") != CODE_DONE or content.get("trade_status") not in PAID:
            raise Unavailable("payment", f"alipay answered {_why(content)}")
        try:
            notice = self._notice(f"query:{content['trade_no']}", content, content["send_pay_date"])
        except SHAPE_ERRORS as error:
            raise Unavailable("payment", f"alipay answered with another payment: {error}") from error
        if notice.payment_no != payment_no:
            raise Unavailable("payment", "alipay answered with another payment")
        return PaymentState("paid", notice)

    async def refund(self, refund: Refund) -> RefundState:
        """See the port. Done only when this call moved the money; otherwise the refund is queried."""
        request = {
            "trade_no": refund.provider_no,
            "refund_amount": yuan(refund.amount_fen),
            "out_request_no": refund.refund_no,
        }
        content = await self._call("alipay.trade.refund", request, changes=True)
        if content.get("code") == CODE_DONE:
            return RefundState("done") if content.get("fund_change") == "Y" else RefundState("processing", "no_change")
        return RefundState("failed", _why(content))

    async def query_refund(self, refund: Refund) -> RefundState:
        """See the port. Alipay names a refund's state only once it has succeeded."""
        request = {"trade_no": refund.provider_no, "out_request_no": refund.refund_no}
        content = await self._call("alipay.trade.fastpay.refund.query", request, changes=False)
        done = content.get("code") == CODE_DONE and content.get("refund_status") == "REFUND_SUCCESS"
        return RefundState("done") if done else RefundState("processing", _why(content))

    async def _call(self, method: str, request: Mapping[str, Any], *, changes: bool) -> dict[str, Any]:
        """The signed response, whether it agrees or refuses.

        Raises Unavailable when nothing was done or a query has no answer, OutcomeUnknown when something may have been
        done; a response without a signature that fits proves nothing.
        """
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
        try:
            async with httpx.AsyncClient(timeout=httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)) as client:
                asked = client.post(self._account.url, content=self._signed(method, request), headers=headers)
                answer = await asyncio.wait_for(asked, self._limit)
            content = self._verified(answer.text, method)
        except httpx.ConnectError as error:
            raise Unavailable("payment", f"alipay: {type(error).__name__}") from error
        except (httpx.HTTPError, TimeoutError, AliPayException, AliPayValidationError, *SHAPE_ERRORS) as error:
            raise _lost(changes, type(error).__name__) from error
        if content.get("code") not in (CODE_DONE, CODE_REFUSED) or content.get("sub_code") in UNSURE_CODES:
            raise _lost(changes, f"answered {_why(content)}")
        return content

    def _signed(self, method: str, request: Mapping[str, Any]) -> str:
        """The form of a request. Its time is that of China, which the library would take from this machine."""
        now = self._clock.local().strftime(TIME_FORMAT)
        signed: str = self._signer.client_api(method, dict(request), notify_url=self._notify_url, timestamp=now)
        return signed

    def _verified(self, text: str, method: str) -> dict[str, Any]:
        read = self._signer._verify_and_return_sync_response  # the library's public calls send the request as well
        content: dict[str, Any] = read(text, f"{method.replace('.', '_')}_response")
        content["code"] = str(content["code"])
        return content

    def _opened(self, body: bytes) -> dict[str, str]:
        """The form of a notice, verified over its bytes and only then read as text; raises BadNotice."""
        try:  # each byte is one character of latin-1, so nothing is lost before the signature is checked
            pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, encoding="latin-1")
            content = dict(pairs)
            if len(content) < len(pairs):
                raise ValueError("a field is there twice")
            signature, kind = content.pop("sign"), content.get("sign_type", SIGN_TYPE)
        except SHAPE_ERRORS as error:
            raise BadNotice("malformed", f"{type(error).__name__}: {error}") from error
        signed = "&".join(f"{name}={value}" for name, value in sorted(content.items()) if name != "sign_type")
        try:
            if kind != SIGN_TYPE:
                raise ValueError(f"not {SIGN_TYPE}")
            given = base64.b64decode(signature, validate=True)
            self._public_key.verify(given, signed.encode("latin-1"), PKCS1v15(), SHA256())
        except (InvalidSignature, *SHAPE_ERRORS) as error:
            raise BadNotice("bad_signature", type(error).__name__) from error
        return _read_as(content, content.get("charset", "utf-8"))

    def _notice(self, notice_id: str, paid: Mapping[str, Any], paid_at: str) -> Notice:
        amount, texts = fen(paid["total_amount"]), (paid["out_trade_no"], paid["trade_no"])
        if amount < 1 or not notice_id or not all(isinstance(text, str) and 0 < len(text) <= 64 for text in texts):
            raise ValueError("notify_id, amount and numbers must be there")
        return Notice(self.provider, _short(notice_id), texts[0], amount, texts[1], _moment(paid_at))


def _read_as(content: Mapping[str, str], charset: str) -> dict[str, str]:
    """The fields as text of the character set that the notice declares; raises BadNotice."""
    codec = "gb18030" if charset.lower().startswith("gb") else "utf-8"
    try:
        return {name: value.encode("latin-1").decode(codec) for name, value in content.items()}
    except UnicodeDecodeError:
        raise BadNotice("malformed", f"not {codec}") from None


def _short(notice_id: str) -> str:
    """A notice's number in the 64 characters of its column; Alipay's may have 128."""
    return notice_id if len(notice_id) <= 64 else hashlib.sha256(notice_id.encode()).hexdigest()


def _moment(text: str) -> datetime:
    """A time of Alipay in UTC; it is written in China's time, without an offset."""
    return datetime.strptime(text, TIME_FORMAT).replace(tzinfo=SHANGHAI).astimezone(timezone.utc)


def _why(content: Mapping[str, Any]) -> str:
    words = ("sub_code", "code", "trade_status")
    return " ".join(str(content[word]) for word in words if content.get(word)) or "nothing"


def _lost(changes: bool, why: str) -> OutcomeUnknown | Unavailable:
    return OutcomeUnknown(f"alipay: {why}") if changes else Unavailable("payment", f"alipay: {why}")
