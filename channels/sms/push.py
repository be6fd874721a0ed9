"""Texts that are sent rather than answered: Kannel's sendsms, and what the network reports of them."""

from __future__ import annotations

import json
import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
from prometheus_client import Counter

from bot.messages import Reply
from channels.doors import both
from channels.sms import quiet_hours
from channels.sms.rendering import Words, render
from hall.errors import StoreUnavailable
from hall.store.dispatcher import LEASE, Dispatcher, Done, Failed, Result, Retry
from hall.store.outbox import OutboxMessage, Report, record_progress, record_report, reported_texts
from hall.store.unit import in_unit

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger(__name__)
logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, and ours carry texts and a password

SENT = Counter("yingting_sms_sent", "Texts given to the gateway, by its answer", ["outcome"])
REPORTED = Counter("yingting_sms_reported", "Delivery reports, by what they say", ["report"])

TIME_LIMIT = 10.0  # seconds for one sendsms
STALE = timedelta(minutes=10)  # a one-time code that comes later than this only confuses
MOST_TEXTS = 30  # of one message: far more than any answer has; `receipt` holds 32 reports
NO_ROAD = "no road to push a text: YINGTING_SMS_KANNEL_SENDSMS_URL is not set"

NOT_GIVEN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)  # nothing was said to the gateway

Deliver = Callable[[str, str], Awaitable[None]]  # (msisdn, text) to the demonstration phone


def register(dispatcher: Dispatcher, app: App, phone: Deliver | None = None) -> None:
    """Let the dispatcher push SMS replies and texts. `phone` takes what no gateway can, in the demonstration."""
    pusher = Pusher(app, httpx.AsyncClient(trust_env=False), phone)
    dispatcher.handle("sms:kannel", pusher.replies, at_most_once=True)  # sendsms knows no key
    dispatcher.handle("sms:signed", pusher.replies, at_most_once=True)
    dispatcher.handle("sms.text", pusher.text, at_most_once=True)


class Pusher:
    """Handlers of the outbox. Once, but for a text whose acceptance was lost on the way and of which no report came."""

    def __init__(self, app: App, client: httpx.AsyncClient, phone: Deliver | None = None) -> None:
        self._app, self._client, self._phone = app, client, phone

    async def replies(self, message: OutboxMessage) -> Result:
        """Push a turn's replies: body {"to", "from", "replies": [Reply], "accepted"?: texts sent so far}."""
        if night := await quiet_hours.wait(self._app.hall, message):
            return Retry("not at this hour", night)
        texts = render([Reply.of(data) for data in message.body["replies"]], Words.of(self._app))
        return await self._send_all(message, texts)

    async def text(self, message: OutboxMessage) -> Result:
        """Send one response to a line: body {"to", "response", "facts"}. The facts are not kept afterwards."""
        body = message.body
        if self._app.hall.clock.now() - message.created_at > STALE:
            return await self._give_up(message, "too old to be of use")
        signature = self._app.hall.brand.sms_signature
        said = signature + self._app.engine.answers.text(body["response"], "sms", body.get("facts"))
        if not self._app.settings.sms_kannel_sendsms_url and self._phone is not None:
            await self._phone(body["to"], said)
            return Done(body=_scrubbed(body))
        result = await self._send_all(message, render([Reply(said)]))
        if isinstance(result, Failed):
            return await self._give_up(message, result.why)
        return Done(body=_scrubbed(body)) if isinstance(result, Done) else result

    async def _give_up(self, message: OutboxMessage, why: str) -> Failed:
        await record_progress(self._app.hall.store, message, _scrubbed(message.body))
        return Failed(why)

    async def _send_all(self, message: OutboxMessage, texts: list[str]) -> Result:
        """Send what was not accepted yet; of several texts, how far it came is kept as it goes.

        What the network reports of, it has: the process that sent it died, or missed the gateway's word.
        """
        accepted, several, known = message.body.get("accepted", 0), len(texts) > 1, reported_texts(message.receipt)
        for index in range(accepted, len(texts)):
            if index in known:
                continue
            if several:
                so_far = message.body | {"texts": len(texts), "accepted": index}
                try:
                    await record_progress(self._app.hall.store, message, so_far)
                except StoreUnavailable as error:
                    return Retry(type(error).__name__, body=so_far)
            result = await self._send(message, index, texts[index])
            if not isinstance(result, Done):
                return result
        return Done()

    async def _send(self, message: OutboxMessage, index: int, text: str) -> Result:
        settings = self._app.settings
        if not settings.sms_kannel_sendsms_url:
            return Failed(NO_ROAD)
        fields = {"to": message.body["to"], "text": text, "charset": "UTF-8", "coding": "2"}
        if message.body.get("from"):
            fields["from"] = message.body["from"]
        if settings.sms_kannel_key:  # without it, the route that takes the report is off
            fields |= {"dlr-mask": "31", "dlr-url": self._report_to(message, index)}
        try:
            url = httpx.URL(settings.sms_kannel_sendsms_url).copy_merge_params(fields)
            answer = await self._client.get(url, timeout=TIME_LIMIT)
        except NOT_GIVEN as error:
            SENT.labels("unreachable").inc()
            return Retry(f"sendsms: {type(error).__name__}")
        except (httpx.HTTPError, httpx.InvalidURL) as error:  # it may have the text
            SENT.labels("no answer").inc()
            return Retry(f"sendsms: {type(error).__name__}", self._until_reported)
        SENT.labels(str(answer.status_code)).inc()
        why = f"sendsms answered {answer.status_code}"
        if answer.status_code == 202:
            return Done()
        if answer.status_code == 503:
            return Retry(why)
        # what is neither Kannel's yes nor its no comes from something before it, which may have let the text through
        return Failed(why) if 400 <= answer.status_code < 500 else Retry(why, self._until_reported)

    @property
    def _until_reported(self) -> float | None:
        """Seconds for a report to come, of a text that the gateway may have; None where none is asked for."""
        return LEASE.total_seconds() if self._app.settings.sms_kannel_key else None

    def _report_to(self, message: OutboxMessage, index: int) -> str:
        settings = self._app.settings
        key = quote(both(settings.sms_kannel_key)[0], safe="").replace("%", "%%")  # % is Kannel's own escape
        name = report_name(message.conversation, message.key, index)
        return f"{settings.public_url.rstrip('/')}/sms/kannel/dlr?key={key}&id={name}&d=%d"


def report_name(conversation: str, key: str, index: int) -> str:
    """Names text `index` of a message in a delivery report's address, without a % in it."""
    return urlsafe_b64encode(json.dumps([conversation, key, index]).encode()).decode().rstrip("=")


def reported_text(name: str) -> tuple[str, str, int]:
    """The reverse of `report_name`; ValueError when it is no such name."""
    try:
        parts = json.loads(urlsafe_b64decode(name + "=" * (-len(name) % 4)))
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(parts, list) or [type(part) for part in parts] != [str, str, int]:
        raise ValueError("not a conversation, a key and an index")
    conversation, key, index = parts
    if not 0 <= index < MOST_TEXTS:
        raise ValueError("no text has this index")
    return conversation, key, index


async def report(app: App, name: str, said: int) -> None:
    """Keep what the network says of a text.

    Raises ValueError for a name that is none, NotFound for a text that was never sent, Conflict when other reports of
    the same message keep coming.
    """
    conversation, key, index = reported_text(name)
    await in_unit(app.hall.store, lambda unit: record_report(unit, conversation, key, index, Report(said)))
    REPORTED.labels(str(said)).inc()


def _scrubbed(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "facts"}
