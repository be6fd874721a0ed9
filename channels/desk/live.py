"""Tells an agent's page that something changed, so that it reads anew. Nothing else is sent."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from sanic import Websocket
from sanic.exceptions import ServerError, WebsocketClosed
from websockets.exceptions import ConnectionClosed

from hall import agent_presence, handoff
from hall.agents import Agent
from hall.books import cases
from hall.context import Hall
from hall.errors import Conflict, NotFound, StoreUnavailable
from hall.store.notification import Notification, changed

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger(__name__)

SignedIn = Callable[[], Awaitable[Agent | None]]  # who the page's session is of, now
LOOK_AGAIN = 15.0  # seconds; also finds what another process changed should its wake be lost
GONE = (ConnectionClosed, WebsocketClosed, ServerError)


async def tell(app: App, socket: Websocket, handoff_id: str | None, signed_in: SignedIn) -> None:
    """`{"changed": "queue"}` or `{"changed": "handoff"}` until the page goes or nobody is signed in any more."""
    watches: dict[Notification, str] = {handoff.DESK: "queue", cases.MONEY: "queue"}
    if handoff_id:
        try:
            found = await handoff.get(app.hall, handoff_id)
            watches[changed(found.conversation)] = "handoff"
        except NotFound:
            await socket.close(4404, "no such hand-off")
            return
    tasks = [asyncio.create_task(_watch(app, socket, name, what)) for name, what in watches.items()]
    tasks.append(asyncio.create_task(_end_with(app.hall, socket, signed_in)))
    try:
        while await socket.recv() is not None:
            log.debug("desk: pages have nothing to say")
    except GONE:
        log.debug("desk: a page went")
    finally:
        for task in tasks:
            task.cancel()


async def _end_with(hall: Hall, socket: Websocket, signed_in: SignedIn) -> None:
    """Close the socket when the session is over; until then its agent is heard of."""
    while (agent := await signed_in()) is not None:
        try:
            await agent_presence.heard(hall, agent.name)
        except (Conflict, StoreUnavailable):
            log.debug("desk: a sign of an agent was not written down")
        await asyncio.sleep(LOOK_AGAIN)
    await socket.close(4401, "sign in again")


async def _watch(app: App, socket: Websocket, name: Notification, what: str) -> None:
    try:
        async with app.conversations.pubsub.subscribe(name) as event:
            while True:
                event.clear()
                await socket.send(json.dumps({"changed": what}))
                try:
                    await asyncio.wait_for(event.wait(), LOOK_AGAIN)
                except TimeoutError:
                    continue
    except GONE:
        log.debug("desk: a page went")
