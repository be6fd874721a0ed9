"""Rasa's events over Socket.IO: `session_request`, `user_uttered`; `session_confirm`, `bot_uttered`.

What the client takes for its session's id is our signed token, so that an id which somebody knows, guesses or chooses
opens nothing. The client keeps what it was sent; it is sent what is newer than the last line of which we know that it
came (channels/rasa/link.py), over connections and processes.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Coroutine, Sequence
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Protocol

from bot.conversations.service import LogLine
from bot.messages import InboundMessage
from channels.http import Refused, count_refused
from channels.inbound import accept
from channels.rasa import words
from channels.rasa.link import Link
from channels.rasa.said import Offers, Said
from channels.web import session
from channels.web.visitor import Visitor, recall
from hall.error_location import location_of
from hall.errors import StoreUnavailable
from hall.store import shown
from hall.store.notification import changed

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger(__name__)

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR = "01234"
LOOK_AGAIN = 15.0  # seconds; finds what another process wrote should its wake be lost
LOOK_BACK = 40  # lines whose buttons may still be pressed after coming back
WORDS = "widgets"  # of bot/domain: what is said where the protocol has no code


class MayWrite(Protocol):
    """Counts a message of a session, and says whether it may be sent."""

    def __call__(self, session: str, *, now: float) -> bool: ...


class Visit:
    """One client's connection."""

    def __init__(self, app: App, link: Link, may_write: MayWrite, origin: str) -> None:
        self._app, self._link, self._may_write, self._origin = app, link, may_write, origin
        self._hall, self._conversations = app.hall, app.conversations
        self._visitor: Visitor | None = None
        self._offered = Offers(self._conversations.engine.answers)
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, text: str) -> None:
        """A Socket.IO packet: only the main namespace, only events of Rasa's."""
        kind, rest = text[:1], text[1:]
        if rest.startswith("/"):
            namespace = rest.partition(",")[0]
            self._link.send(f'{CONNECT_ERROR}{namespace},{{"message":"Invalid namespace"}}')
        elif kind == CONNECT:
            self._link.send(CONNECT + json.dumps({"sid": token_hex(8)}))
        elif kind == DISCONNECT:
            self._link.close()
        elif kind == EVENT:
            await self._event(rest)

    def gone(self) -> None:
        """The client has gone; what was accepted is answered all the same."""
        for task in self._tasks:
            task.cancel()

    async def _event(self, rest: str) -> None:
        number = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        try:
            name, *given = json.loads(rest[len(number) :])
        except (ValueError, TypeError, RecursionError):
            return
        data = given[0] if given and isinstance(given[0], dict) else {}
        if name == "session_request":
            await self._begin(data.get("session_id"))
        elif name == "user_uttered":
            await self._uttered(data)
        if number:
            self._link.send(f"{ACK}{number}[]")

    async def _begin(self, token: object) -> None:
        """Open the session of a token, or a new one: a page that comes again on one connection changes nothing."""
        if self._visitor is None:
            try:
                self._visitor = await recall(self._hall, token)
                seen = await self._seen(self._visitor) if self._visitor.known else 0
            except StoreUnavailable:
                self._visitor = None
                self._link.close()  # it connects again
                return
            self._spawn(self._pump(self._visitor, seen))
        self._emit("session_confirm", self._visitor.session.token(self._hall.secret))

    async def _seen(self, visitor: Visitor) -> int:
        """The last line that has come; what was offered up to there may still be pressed."""
        seen = await shown.of(self._hall.store, visitor.conversation)
        for line in await self._conversations.log(visitor.conversation, max(seen - LOOK_BACK, 0)):
            self._offered.add(line)
        return seen

    async def _uttered(self, data: dict[str, Any]) -> None:
        if self._visitor is None:
            await self._begin(data.get("session_id"))
        if (visitor := self._visitor) is None:
            return
        message = self._offered.read(data.get("message"))
        if message is None:
            self._greet()
        elif not self._may_write(visitor.session.id, now=time.monotonic()):
            count_refused("too_many")
            self._refuse("too_many")
        elif message.too_long:
            self._refuse("too_long")
        else:
            await self._accept(visitor, message)

    async def _accept(self, visitor: Visitor, message: Said) -> None:
        who = "web", session.ACCOUNT, visitor.session.id, token_hex(16)
        inbound = InboundMessage(*who, message.text, message.payload, origin=self._origin)
        try:
            await accept(self._app, inbound)
        except (StoreUnavailable, Refused):
            self._refuse("unavailable")

    async def _pump(self, visitor: Visitor, seen: int) -> None:
        """Send what the log has after `seen`, now and whenever the conversation has something new."""
        async with self._conversations.pubsub.subscribe(changed(visitor.conversation)) as event:
            while True:
                event.clear()
                try:
                    lines = await self._conversations.log(visitor.conversation, seen)
                except StoreUnavailable:
                    await asyncio.sleep(1.0)
                    continue
                if lines:
                    seen = lines[-1].seq
                    self._show(visitor, visitor.shown(self._conversations, lines))
                try:
                    await asyncio.wait_for(event.wait(), LOOK_AGAIN)
                except TimeoutError:
                    log.debug("rasa: looking again without a wake")

    def _show(self, visitor: Visitor, lines: Sequence[LogLine]) -> None:
        """Send what the customer did not write, and remember once it has come."""
        for line in lines:
            if line.author == "customer":
                continue
            self._offered.add(line)
            for one in words.uttered(line, self._hall.public_url):
                self._emit("bot_uttered", one)
        last = lines[-1].seq

        async def heard() -> None:
            try:
                await shown.move(self._hall.store, visitor.conversation, last, self._hall.clock.now())
            except StoreUnavailable:
                log.warning("rasa: what was shown is not kept; it may be shown again")

        self._link.ask(heard)

    def _greet(self) -> None:
        """Answer a page that says hello, as its `initPayload` does; no customer wrote that, so nothing is kept."""
        for one in words.uttered(words.greeting(self._conversations.engine.answers), self._hall.public_url):
            self._emit("bot_uttered", one)

    def _refuse(self, why: str) -> None:
        self._emit("bot_uttered", {"text": self._conversations.engine.answers.words(WORDS)[why]})

    def _emit(self, name: str, data: Any) -> None:
        self._link.send(EVENT + json.dumps([name, data], ensure_ascii=False))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("rasa: a visit failed: %s", location_of(error))
            self._link.close()
