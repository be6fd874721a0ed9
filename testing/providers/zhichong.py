"""A supplier of the common 直充 contract: forms signed with MD5 over sorted parameters, callbacks the same way."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sanic import HTTPResponse, Request, Sanic
from sanic.response import raw

from hall.bss.supplier.zhichong import ZhichongAccount
from testing.providers.local import failing

USER, SECRET = "u1001", "a supplier's secret"


def account(url: str, **changes: str) -> ZhichongAccount:
    """Our account in the tests."""
    return ZhichongAccount(**({"url": url, "user": USER, "secret": SECRET} | changes))


def signature(fields: dict[str, str], *, secret: str = SECRET, after: str = "") -> str:
    """By the manual: every field but `sign` and the empty ones, sorted, then the secret."""
    joined = "&".join(f"{k}={fields[k]}" for k in sorted(fields) if k != "sign" and fields[k] != "")
    return hashlib.md5(f"{joined}{after}{secret}".encode()).hexdigest().upper()


@dataclass
class ZhichongServer:
    """Speaks the words of the table `standard`. It looks at the order number before anything else."""

    orders: dict[str, dict[str, str]] = field(default_factory=dict)
    state: str = "1"  # of orders, until they are told otherwise
    states: dict[str, str] = field(default_factory=dict)  # of some, by their number
    code: str = "0"  # of the next answers
    fault: str | None = None
    after: bool = False
    extra: dict[str, Any] = field(default_factory=dict)  # in every answer's envelope
    submits: int = 0
    bad_requests: list[str] = field(default_factory=list)

    def callback(self, order_no: str, state: str, *, secret: str = SECRET, **more: str) -> bytes:
        """The body of a callback. `ledgerid` is in no manual, and signed."""
        fields = {
            "userid": USER, "orderno": order_no, "systemno": f"Z{order_no}", "status": state, "ledgerid": "77",
            "note": "",
        } | more  # fmt: skip
        return urlencode(fields | {"sign": signature(fields, secret=secret)}).encode()

    def routes(self, app: Sanic[Any, Any]) -> None:
        """Order and query."""

        @app.post("/recharge/order")
        async def order(request: Request[Any, Any]) -> HTTPResponse:
            return await self._answer(request, self._order)

        @app.post("/recharge/query")
        async def query(request: Request[Any, Any]) -> HTTPResponse:
            return await self._answer(request, self._query)

    async def _answer(self, request: Request[Any, Any], act: Any) -> HTTPResponse:
        told = {key: values[0] for key, values in (request.form or {}).items()}
        if told.get("sign") != signature(told) or told.get("userid") != USER or not told.get("timestamp"):
            self.bad_requests.append("sign")
            return _json({"code": "1001", "msg": "sign error"})
        if not self.after and (failed := await failing(self.fault, request)):
            return failed
        answer = act(told)
        if self.after and (failed := await failing(self.fault, request)):
            return failed
        return _json(answer)

    def _order(self, told: dict[str, str]) -> dict[str, Any]:
        self.submits += 1
        number = told["orderno"]
        if number in self.orders:
            return {"code": "1004", "msg": "重复订单"}
        if self.code != "0":
            return {"code": self.code, "msg": "号码不支持"}
        self.orders[number] = told
        inner = {"orderno": number, "systemno": f"Z{number}", "status": "2"}  # "succeeded": not to be believed
        return {"code": "0", "msg": "ok", "data": inner | self.extra}

    def _query(self, told: dict[str, str]) -> dict[str, Any]:
        number = told["orderno"]
        if number not in self.orders:
            return {"code": "2001", "msg": "订单不存在"}
        inner = {
            "orderno": number,
            "systemno": f"Z{number}",
            "status": self.states.get(number, self.state),
        } | self.extra
        return {"code": self.code, "msg": "ok", "data": inner}


def _json(content: Any) -> HTTPResponse:
    return raw(json.dumps(content), content_type="application/json")
