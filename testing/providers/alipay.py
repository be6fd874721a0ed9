"""Alipay's gateway as its documentation describes it: signed forms in, signed JSON out, notices as forms."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from sanic import HTTPResponse, Request, Sanic
from sanic.response import raw

from hall.clock import Clock
from hall.payments.alipay import AlipayAccount
from testing.providers.local import failing, pem_pair

APP_ID, SELLER = "2021000122600001", "2088101117955611"
PRIVATE, _, MERCHANT = pem_pair()
_, PUBLIC, PLATFORM = pem_pair()


def account(url: str, **changes: str) -> AlipayAccount:
    """The application of the tests."""
    values = {
        "app_id": APP_ID, "seller_id": SELLER, "private_key": PRIVATE, "public_key": PUBLIC, "url": f"{url}/gateway.do",
    }  # fmt: skip
    return AlipayAccount(**(values | changes))


@dataclass
class AlipayServer:
    """What Alipay knows. `fault` is how it fails from now on, before (or, `after`, behind) doing what was asked."""

    clock: Clock
    trades: dict[str, dict[str, str]] = field(default_factory=dict)
    refunds: dict[str, dict[str, str]] = field(default_factory=dict)
    refuse: str | None = None  # a sub_code for the next orders and refunds
    slow_refunds: bool = False
    fault: str | None = None
    after: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    bad_requests: list[str] = field(default_factory=list)

    def pay(self, payment_no: str, **changes: str) -> dict[str, str]:
        """The customer pays."""
        trade = self.trades.setdefault(payment_no, {"out_trade_no": payment_no, "total_amount": "25.00"})
        trade |= {
            "trade_no": f"20261115220014{payment_no}", "trade_status": "TRADE_SUCCESS", "send_pay_date": self._time(),
        } | changes  # fmt: skip
        return trade

    def notice(self, trade: dict[str, str], *, key: rsa.RSAPrivateKey = PLATFORM, **changes: str) -> bytes:
        """The body of a notice, signed now."""
        content = {
            "notify_time": self._time(), "notify_type": "trade_status_sync",
            "notify_id": f"ac05{trade['out_trade_no']}", "app_id": APP_ID, "charset": "utf-8",
            "version": "1.0", "auth_app_id": APP_ID, "seller_id": SELLER,
            "gmt_create": self._time(), "gmt_payment": self._time(), "subject": "流量充值", "sign_type": "RSA2",
        } | {k: v for k, v in trade.items() if k != "send_pay_date"} | changes  # fmt: skip
        signed = "&".join(f"{k}={v}" for k, v in sorted(content.items()) if k != "sign_type")
        codec = content["charset"]
        return urlencode(content | {"sign": _signature(key, signed, codec)}, encoding=codec).encode()

    def routes(self, app: Sanic[Any, Any]) -> None:
        """The one address of everything."""

        @app.post("/gateway.do")
        async def gateway(request: Request[Any, Any]) -> HTTPResponse:
            form = {key: values[0] for key, values in (request.form or {}).items()}
            self.asked.append(form)
            name = f"{form['method'].replace('.', '_')}_response"
            if wrong := self._wrong(form):
                self.bad_requests.append(wrong)
                return _json({name: {"code": "40002", "sub_code": wrong}})
            if not self.after and (failed := await failing(self.fault, request)):
                return failed
            content = self._done(form["method"], json.loads(form["biz_content"]))
            if self.after and (failed := await failing(self.fault, request)):
                return failed
            text = json.dumps(content, ensure_ascii=False)
            sign = _signature(PLATFORM, text if self.fault != "unsigned" else "another")
            return raw(f'{{"{name}":{text},"sign":"{sign}"}}', content_type="text/html;charset=utf-8")

    def _wrong(self, form: dict[str, str]) -> str | None:
        """By the documentation: application, time of China within a day, and the signature over all that is there."""
        if form.get("app_id") != APP_ID or form.get("charset") != "utf-8":
            return "isv.invalid-app-id"
        if form.get("timestamp", "")[:13] != self._time()[:13]:
            return "isv.invalid-timestamp"
        signed = "&".join(f"{k}={v}" for k, v in sorted(form.items()) if k != "sign" and v)
        try:
            MERCHANT.public_key().verify(base64.b64decode(form["sign"]), signed.encode(), PKCS1v15(), SHA256())
        except (KeyError, InvalidSignature):
            return "isv.invalid-signature"
        return None

    def _done(self, method: str, told: dict[str, str]) -> dict[str, str]:
        known = {
            "alipay.trade.precreate": self._precreate, "alipay.trade.query": self._query,
            "alipay.trade.refund": self._refund, "alipay.trade.fastpay.refund.query": self._query_refund,
        }  # fmt: skip
        return known[method](told)

    def _precreate(self, told: dict[str, str]) -> dict[str, str]:
        if self.refuse:
            return _refused(self.refuse)
        trade = self.trades.get(told["out_trade_no"])
        if trade is not None and trade.get("trade_status") == "TRADE_SUCCESS":
            return _refused("ACQ.TRADE_HAS_SUCCESS")
        return _fine(out_trade_no=told["out_trade_no"], qr_code=f"https://qr.alipay.com/{told['out_trade_no']}")

    def _query(self, told: dict[str, str]) -> dict[str, str]:
        trade = self.trades.get(told["out_trade_no"])
        return _fine(**trade) if trade else _refused("ACQ.TRADE_NOT_EXIST")

    def _refund(self, told: dict[str, str]) -> dict[str, str]:
        trade = next((t for t in self.trades.values() if t["trade_no"] == told["trade_no"]), None)
        if self.refuse or trade is None:
            return _refused(self.refuse or "ACQ.TRADE_NOT_EXIST")
        if float(told["refund_amount"]) > float(trade["total_amount"]):
            return _refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
        again = told["out_request_no"] in self.refunds
        self.refunds[told["out_request_no"]] = told
        moved = "N" if again or self.slow_refunds else "Y"
        return _fine(trade_no=told["trade_no"], refund_fee=told["refund_amount"], fund_change=moved)

    def _query_refund(self, told: dict[str, str]) -> dict[str, str]:
        known = self.refunds.get(told["out_request_no"])
        if known is None or self.slow_refunds:
            return _fine()  # says nothing of a refund that has not succeeded
        return _fine(refund_status="REFUND_SUCCESS", refund_amount=known["refund_amount"])

    def _time(self) -> str:
        return self.clock.local().strftime("%Y-%m-%d %H:%M:%S")


def _signature(key: rsa.RSAPrivateKey, text: str, codec: str = "utf-8") -> str:
    return base64.b64encode(key.sign(text.encode(codec), PKCS1v15(), SHA256())).decode()


def _fine(**content: str) -> dict[str, str]:
    return {"code": "10000", "msg": "Success"} | content


def _refused(sub_code: str) -> dict[str, str]:
    return {"code": "40004", "msg": "Business Failed", "sub_code": sub_code, "sub_msg": "不行 {原因}"}


def _json(content: Any) -> HTTPResponse:
    return raw(json.dumps(content), content_type="text/html;charset=utf-8")
