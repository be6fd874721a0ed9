"""A supplier of the common Chinese 直充 contract: forms signed with MD5; accepted is not done.

The words of each supplier are a table of the operator's policy/suppliers.yml. Answers to our calls are not
signed by these suppliers and are trusted as far as the connection is; callbacks are signed over every
parameter that they carry, those of no manual included.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx

from hall.bss.supplier.port import BadCallback, Delivery, DeliveryState
from hall.bss.supplier.table import SupplierTable
from hall.clock import Clock
from hall.errors import OutcomeUnknown, Unavailable
from hall.money import fen, short_yuan

log = logging.getLogger(__name__)

CONNECT_TIMEOUT, READ_TIMEOUT, CALL_TIMEOUT = 3.0, 8.0, 10.0  # seconds
ENDS = ("succeeded", "failed", "partial")
MAX_WORD_LENGTH = 64  # characters of a supplier's word that are stored
# their signature is over `name=value&name=value`, so fields that look alike there must not differ here
_NO_NAME, _HIDES_A_FIELD = re.compile(r"[&=]"), re.compile(r"&[^&]*=")


@dataclass(frozen=True, slots=True)
class ZhichongAccount:
    """Our account at a supplier; `table` names its words in the operator's policy/suppliers.yml."""

    url: str
    user: str
    secret: str = field(repr=False)
    table: str = "standard"


class Zhichong:
    """See the port."""

    acknowledgement = "success"

    def __init__(
        self,
        account: ZhichongAccount,
        table: SupplierTable,
        clock: Clock,
        notify_url: str,
        *,
        limit: float = CALL_TIMEOUT,
    ) -> None:
        self._account, self._table, self._clock = account, table, clock
        self._notify_url, self._limit = notify_url, limit

    async def submit(self, delivery: Delivery) -> DeliveryState:
        """See the port. Only a clear refusal is an end; every other answer is under way."""
        answer = await self._call("order", self._request(delivery), delivery.order_no, changes=True)
        kind = self._kind(answer)
        if kind == "refused":
            return DeliveryState("failed", reason=self._reason(answer))
        if kind == "accepted":
            return DeliveryState("accepted", self._word(answer, "supplier_no"))
        if kind != "duplicate":
            log.warning("supplier %s: order answered with code %s", self._table.name, self._word(answer, "code"))
        return DeliveryState("processing", self._word(answer, "supplier_no"))

    async def query(self, order_no: str) -> DeliveryState:
        """See the port."""
        answer = await self._call("query", {"order_no": order_no}, order_no, changes=False)
        kind = self._kind(answer)
        if kind == "not_found":
            return DeliveryState("not_found")
        return self._state(answer) if kind == "accepted" else DeliveryState("processing")

    def read_callback(self, body: bytes) -> tuple[str, DeliveryState]:
        """See the port."""
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
        except ValueError as error:
            raise BadCallback("malformed", f"{type(error).__name__}") from error
        fields, sign = dict(pairs), self._table.send["sign"]
        if len(fields) < len(pairs) or sign not in fields:
            raise BadCallback("malformed", "a field is there twice, or the signature is missing")
        if any(_NO_NAME.search(name) or _HIDES_A_FIELD.search(value) for name, value in pairs):
            raise BadCallback("malformed", "a name or a value that could be read as another field")
        given = fields.pop(sign)
        if not hmac.compare_digest(self._signature(fields).encode(), given.encode("utf-8", "replace")):
            raise BadCallback("bad_signature", "the signature does not fit")
        if fields.get(self._table.send["user"], self._account.user) != self._account.user:
            raise BadCallback("foreign", "for another account")
        order_no = fields.get(self._table.read["order_no"], "")
        if not order_no or self._table.read["state"] not in fields:
            raise BadCallback("malformed", "names no order, or no state")
        return order_no, self._state(fields)

    def _request(self, delivery: Delivery) -> dict[str, str]:
        """The fields of an order, by our names."""
        fields = {
            "order_no": delivery.order_no,
            "msisdn": delivery.msisdn,
            "product": self._table.products.get(delivery.sku, delivery.sku),
            "notify": self._notify_url,
        }
        if delivery.product == "credit":
            fields["face"] = str(delivery.face_fen) if self._table.money == "fen" else short_yuan(delivery.face_fen)
        return fields

    async def _call(self, path: str, request: Mapping[str, str], order_no: str, *, changes: bool) -> dict[str, Any]:
        """The fields of the response.

        Raises Unavailable when nothing was done or a query has no answer, OutcomeUnknown when something may have been
        done.
        """
        url = self._account.url.rstrip("/") + self._table.paths[path]
        try:
            async with httpx.AsyncClient(
                timeout=httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT), trust_env=False
            ) as client:
                answer = await asyncio.wait_for(client.post(url, data=self._form(request)), self._limit)
            answer.raise_for_status()
            content = self._opened(answer.json())
        except httpx.ConnectError as error:
            raise Unavailable("supplier", type(error).__name__) from error
        except (TimeoutError, httpx.HTTPError, ValueError) as error:
            raise _lost(changes, type(error).__name__) from error
        if self._word(content, "order_no") not in (None, order_no):
            raise _lost(changes, "answered about another order")
        return content

    def _form(self, request: Mapping[str, str]) -> dict[str, str]:
        """The form that is sent, by their names, signed."""
        now = self._clock.local().strftime("%Y%m%d%H%M%S")
        ours = {"user": self._account.user, "time": now, **request}
        theirs = {self._table.send[name]: value for name, value in ours.items()}
        return theirs | {self._table.send["sign"]: self._signature(theirs)}

    def _signature(self, fields: Mapping[str, str]) -> str:
        """The signature over every field that is not empty, in the order of their names."""
        joined = "&".join(f"{name}={value}" for name, value in sorted(fields.items()) if value)
        whole = f"{joined}{self._table.secret_after}{self._account.secret}"
        return hashlib.md5(whole.encode("utf-8", "replace"), usedforsecurity=False).hexdigest().upper()

    def _opened(self, content: Any) -> dict[str, Any]:
        """The fields of a response; those of its envelope replace outer ones, except the code."""
        if not isinstance(content, dict):
            raise ValueError("not an object")
        inner, code = content.get(self._table.envelope or ""), self._table.read["code"]
        return {**content, **(inner if isinstance(inner, dict) else {}), code: content.get(code)}

    def _kind(self, answer: Mapping[str, Any]) -> str | None:
        code = self._word(answer, "code")
        return next((kind for kind, codes in self._table.codes.items() if code in codes), None)

    def _state(self, fields: Mapping[str, Any]) -> DeliveryState:
        """Their state as ours; a partial delivery without a readable worth gets 0, which is no end."""
        status = self._table.states.get(self._word(fields, "state") or "", "processing")
        supplier_no = self._word(fields, "supplier_no")
        if status not in ENDS:
            return DeliveryState(status, supplier_no)
        reason = self._reason(fields) if status == "failed" else None
        return DeliveryState(status, supplier_no, reason, self._worth(fields) if status == "partial" else 0)

    def _worth(self, fields: Mapping[str, Any]) -> int:
        """Fen that were delivered; 0 where they do not say, which the hall takes for unclear."""
        word = self._word(fields, "delivered") or ""
        try:
            return int(word) if self._table.money == "fen" and word.isdecimal() else fen(word)
        except ValueError:
            log.warning("supplier %s: a part was delivered without its worth", self._table.name)
            return 0

    def _reason(self, fields: Mapping[str, Any]) -> str:
        return (self._word(fields, "reason") or self._word(fields, "code") or "refused")[:MAX_WORD_LENGTH]

    def _word(self, fields: Mapping[str, Any], ours: str) -> str | None:
        """One of their fields by our name, as text; None when it is absent or empty."""
        value = fields.get(self._table.read.get(ours, ""))
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and str(value) != "":
            return str(value)
        return None


def _lost(changes: bool, why: str) -> OutcomeUnknown | Unavailable:
    return OutcomeUnknown(f"supplier: {why}") if changes else Unavailable("supplier", why)
