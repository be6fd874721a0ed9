"""The demonstration's payment provider: records of its own, signed notices, no money.

It stands for a system outside: what it knows of a payment is in `demo_payments`, and it reports to the hall only by
notices over HTTP (demo_notices.py) and by answers to queries.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import Row, select, update

from hall.clock import Clock
from hall.payments.links import signed_url
from hall.payments.port import BadNotice, Charge, Notice, PaymentLink, Payments, PaymentState, Refund, RefundState
from hall.store.tables import topup as tables
from hall.store.unit import Store, Unit

APP_ID = "yingting-demo"
MAX_NOTICE_AGE = timedelta(seconds=300)


WAYS = ("wechat", "alipay")


def demo_payments(store: Store, clock: Clock, secret: bytes, public_url: str) -> Mapping[str, Payments]:
    """The ways to pay of a demonstration; all lead to one provider."""
    return dict.fromkeys(WAYS, DemoPayments(store, clock, secret, public_url))


class DemoPayments:
    """Adapter and provider in one. `secret` signs its notices, `public_url` is where its page is."""

    provider = "demo"
    acknowledgement = None

    def __init__(self, store: Store, clock: Clock, secret: bytes, public_url: str, *, app_id: str = APP_ID) -> None:
        self._store, self._clock, self._app_id = store, clock, app_id
        self._secret, self._public_url = secret, public_url
        self._key = hmac.new(secret, b"demo payment notices", hashlib.sha256).digest()

    async def create(self, charge: Charge) -> PaymentLink:
        """Store the payment as open."""
        unit = self._store.unit()
        unit.insert_once(
            tables.demo_payments,
            payment_no=charge.payment_no,
            way=charge.way,
            amount_fen=charge.amount_fen,
            state="open",
            expires_at=charge.expires_at,
        )
        await unit.commit()
        url = signed_url(self._public_url, self.provider, self._secret, charge.payment_no)
        return PaymentLink(url, charge.expires_at)

    async def pay(self, payment_no: str, unit: Unit) -> dict[str, Any] | None:
        """Stage a payment, as the button of the payment page does; returns the notice to send.

        None when there is no such payment or it is paid already. A payment after its expiry is accepted, as it
        can happen at a real provider in the last second.
        """
        row = await self._payment(payment_no)
        if row is None or row.state == "paid":
            return None
        now = self._clock.now()
        unit.stage(
            update(tables.demo_payments)
            .where(tables.demo_payments.c.payment_no == payment_no, tables.demo_payments.c.state == "open")
            .values(state="paid", paid_at=now, provider_no=_provider_no(payment_no)),
            expect=1,
        )
        return self._content(payment_no, row.amount_fen, now)

    def sign(self, content: Mapping[str, Any]) -> tuple[dict[str, str], bytes]:
        """Headers and body of a notice, signed now."""
        body = json.dumps(content, separators=(",", ":")).encode()
        stamp = str(int(self._clock.now().timestamp()))
        return {"X-Timestamp": stamp, "X-Signature": f"sha256={self._signature(stamp, body)}"}, body

    def verify_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """See the port."""
        stamp = headers.get("x-timestamp", "")
        given = headers.get("x-signature", "").removeprefix("sha256=")
        if not hmac.compare_digest(self._signature(stamp, body).encode(), given.encode("utf-8", "replace")):
            raise BadNotice("bad_signature", "the signature does not fit")
        if not stamp.isdecimal() or abs(self._clock.now() - _moment(int(stamp))) > MAX_NOTICE_AGE:
            raise BadNotice("stale", f"signed at {stamp}")
        return self._read(body)

    async def query(self, payment_no: str) -> PaymentState:
        """See the port. A payment whose page was never opened is unpaid."""
        row = await self._payment(payment_no)
        if row is None or row.state != "paid":
            return PaymentState("unpaid")
        return PaymentState("paid", self._notice(self._content(payment_no, row.amount_fen, row.paid_at)))

    async def refund(self, refund: Refund) -> RefundState:
        """See the port. Never more than was paid."""
        row = await self._payment(refund.payment_no)
        if row is None or row.state != "paid" or refund.amount_fen > row.amount_fen:
            return RefundState("failed", "not paid, or not so much")
        unit = self._store.unit()
        unit.insert_once(
            tables.demo_refunds,
            refund_no=refund.refund_no,
            payment_no=refund.payment_no,
            amount_fen=refund.amount_fen,
            at=self._clock.now(),
        )
        await unit.commit()
        return await self.query_refund(refund)

    async def query_refund(self, refund: Refund) -> RefundState:
        """See the port."""
        table = tables.demo_refunds
        row = await self._store.one(select(table).where(table.c.refund_no == refund.refund_no))
        return RefundState("done") if row else RefundState("failed", "no such refund")

    async def _payment(self, payment_no: str) -> Row[Any] | None:
        table = tables.demo_payments
        return await self._store.one(select(table).where(table.c.payment_no == payment_no))

    def _content(self, payment_no: str, amount_fen: int, paid_at: datetime) -> dict[str, Any]:
        return {
            "app_id": self._app_id,
            "notice_id": f"N{payment_no}",
            "payment_no": payment_no,
            "amount_fen": amount_fen,
            "provider_no": _provider_no(payment_no),
            "paid_at": int(paid_at.timestamp()),
        }

    def _signature(self, stamp: str, body: bytes) -> str:
        return hmac.new(self._key, stamp.encode("utf-8", "replace") + b"." + body, hashlib.sha256).hexdigest()

    def _read(self, body: bytes) -> Notice:
        try:
            content = json.loads(body)
            if content["app_id"] != self._app_id:
                raise BadNotice("foreign", f"for {content['app_id']!r}")
            return self._notice(content)
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise BadNotice("malformed", f"{type(error).__name__}: {error}") from error

    def _notice(self, content: Mapping[str, Any]) -> Notice:
        amount = content["amount_fen"]
        if type(amount) is not int or amount < 1:
            raise ValueError("amount_fen must be a whole number above 0")
        texts = [content[key] for key in ("notice_id", "payment_no", "provider_no")]
        if not all(isinstance(text, str) and 0 < len(text) <= 64 for text in texts):
            raise ValueError("notice_id, payment_no and provider_no must be texts of at most 64 characters")
        return Notice(self.provider, texts[0], texts[1], amount, texts[2], _moment(content["paid_at"]))


def _provider_no(payment_no: str) -> str:
    return f"DEMO{payment_no}"


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)
