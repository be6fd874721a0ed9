"""WeChat Pay's API v3 as its documentation describes it: signed requests, answers and notices."""

from __future__ import annotations

import base64
import json
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from sanic import HTTPResponse, Request, Sanic
from sanic.response import raw

from hall.clock import Clock
from hall.payments.wechat import WechatAccount
from testing.providers.local import failing, pem_pair

MCHID, APPID, SERIAL, APIV3 = (
    "1900000109",
    "wxd678efh567hg6787",
    "444F4864EA9B34415",
    "0123456789abcdef0123456789abcdef",
)
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000001092026111500"
PRIVATE, _, MERCHANT = pem_pair()
_, PUBLIC, PLATFORM = pem_pair()
AUTHORIZATION = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="(?P<mchid>\d+)",nonce_str="(?P<nonce>\w+)",signature="(?P<signature>[^"]+)",'
    r'timestamp="(?P<stamp>\d+)",serial_no="(?P<serial>\w+)"'
)


def account(url: str, **changes: str) -> WechatAccount:
    """The merchant of the tests."""
    values = {
        "mchid": MCHID, "appid": APPID, "serial_no": SERIAL, "private_key": PRIVATE, "apiv3_key": APIV3,
        "public_key": PUBLIC, "public_key_id": PUBLIC_KEY_ID, "url": url,
    }  # fmt: skip
    return WechatAccount(**(values | changes))


@dataclass
class WechatServer:
    """What WeChat knows. `fault` is how it fails from now on, before (or, `after`, behind) doing what was asked."""

    clock: Clock
    trades: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    refund_status: str = "SUCCESS"
    refuse: str | None = None  # an error code for the next orders and refunds
    fault: str | None = None
    after: bool = False
    bad_requests: list[str] = field(default_factory=list)

    def pay(self, payment_no: str, **changes: Any) -> dict[str, Any]:
        """The customer pays: what WeChat writes in notices and answers."""
        self.trades.setdefault(payment_no, {"amount": {"total": 2500, "currency": "CNY"}})
        self.trades[payment_no] |= {
            "mchid": MCHID, "appid": APPID, "out_trade_no": payment_no, "transaction_id": f"42000{payment_no}",
            "trade_state": "SUCCESS", "trade_type": "NATIVE", "success_time": _time(self.clock),
            "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        } | changes  # fmt: skip
        return self.trades[payment_no]

    def notice(
        self, content: dict[str, Any], *, event: str = "TRANSACTION.SUCCESS", seal: str = APIV3, **headers: str
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of a notice, sealed and signed now."""
        nonce, extra = secrets.token_hex(6), "transaction"
        sealed = AESGCM(seal.encode()).encrypt(nonce.encode(), json.dumps(content).encode(), extra.encode())
        resource = {
            "original_type": "transaction", "algorithm": "AEAD_AES_256_GCM", "associated_data": extra,
            "ciphertext": base64.b64encode(sealed).decode(), "nonce": nonce,
        }  # fmt: skip
        body = json.dumps({
            "id": f"EV-{content.get('out_trade_no')}", "create_time": _time(self.clock), "event_type": event,
            "resource_type": "encrypt-resource", "summary": "支付成功", "resource": resource,
        }).encode()  # fmt: skip
        return self.signed(body) | headers, body

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers by which WeChat signs a body, in lower case as the hall hands them on."""
        stamp, nonce = str(int(self.clock.now().timestamp())), secrets.token_hex(16)
        signature = PLATFORM.sign(f"{stamp}\n{nonce}\n".encode() + body + b"\n", PKCS1v15(), SHA256())
        return {
            "wechatpay-timestamp": stamp, "wechatpay-nonce": nonce, "wechatpay-serial": PUBLIC_KEY_ID,
            "wechatpay-signature": base64.b64encode(signature).decode(),
            "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
        }  # fmt: skip

    def routes(self, app: Sanic[Any, Any]) -> None:
        """The API."""

        @app.post("/v3/pay/transactions/<kind:str>")
        async def order(request: Request[Any, Any], kind: str) -> HTTPResponse:
            return await self._answer(request, lambda told: self._order(kind, told))

        @app.get("/v3/pay/transactions/out-trade-no/<number:str>")
        async def query(request: Request[Any, Any], number: str) -> HTTPResponse:
            return await self._answer(request, lambda _: self._trade(number))

        @app.post("/v3/refund/domestic/refunds")
        async def refund(request: Request[Any, Any]) -> HTTPResponse:
            return await self._answer(request, self._refund)

        @app.get("/v3/refund/domestic/refunds/<number:str>")
        async def query_refund(request: Request[Any, Any], number: str) -> HTTPResponse:
            known = self.refunds.get(number)
            return await self._answer(
                request, lambda _: (200, known) if known else (404, {"code": "RESOURCE_NOT_EXISTS"})
            )

    async def _answer(self, request: Request[Any, Any], act: Any) -> HTTPResponse:
        if wrong := self._wrong(request):
            self.bad_requests.append(wrong)
            return raw(b'{"code":"SIGN_ERROR"}', status=401, content_type="application/json")
        if not self.after and (failed := await failing(self.fault, request)):
            return failed
        status, content = act(request.json if request.body else {})
        if self.after and (failed := await failing(self.fault, request)):
            return failed
        body = json.dumps(content).encode()
        headers = self.signed(body if self.fault != "unsigned" else b"another")
        return raw(body, status=status, headers=headers, content_type="application/json")

    def _wrong(self, request: Request[Any, Any]) -> str | None:
        given = AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        if given is None or (given["mchid"], given["serial"]) != (MCHID, SERIAL):
            return "authorization"
        path = request.path + (f"?{request.query_string}" if request.query_string else "")
        signed = f"{request.method}\n{path}\n{given['stamp']}\n{given['nonce']}\n".encode() + request.body + b"\n"
        try:
            MERCHANT.public_key().verify(base64.b64decode(given["signature"]), signed, PKCS1v15(), SHA256())
        except InvalidSignature:
            return "signature"
        return None

    def _order(self, kind: str, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        number = told["out_trade_no"]
        if (told["appid"], told["mchid"]) != (APPID, MCHID) or not told["notify_url"].startswith("http"):
            return 400, {"code": "PARAM_ERROR"}
        known = self.trades.setdefault(number, told | {"kind": kind, "trade_state": "NOTPAY"})
        if self.refuse or known["amount"] != told["amount"] or known.get("kind", kind) != kind:
            return 400, {"code": self.refuse or "INVALID_REQUEST", "message": "201 商户订单号重复"}
        if known["trade_state"] == "SUCCESS":
            return 400, {"code": "ORDERPAID"}
        if kind == "h5":
            assert told["scene_info"]["payer_client_ip"]
            return 200, {"h5_url": f"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={number}&package=1"}
        return 200, {"code_url": f"weixin://wxpay/bizpayurl?pr={number}"}

    def _trade(self, number: str) -> tuple[int, dict[str, Any]]:
        known = self.trades.get(number)
        return (200, known) if known else (404, {"code": "ORDER_NOT_EXIST"})

    def _refund(self, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.refuse:
            return 403, {"code": self.refuse}
        paid = [t for t in self.trades.values() if t.get("transaction_id") == told["transaction_id"]]
        if not paid:
            return 404, {"code": "RESOURCE_NOT_EXISTS"}
        amount = told["amount"]
        if amount["total"] != paid[0]["amount"]["total"] or amount["refund"] > amount["total"]:
            return 400, {"code": "PARAM_ERROR"}
        number = told["out_refund_no"]
        self.refunds.setdefault(number, {"out_refund_no": number, "status": self.refund_status, "amount": amount})
        return 200, self.refunds[number]


def _time(clock: Clock) -> str:
    now: datetime = clock.local()
    return now.isoformat(timespec="seconds")
