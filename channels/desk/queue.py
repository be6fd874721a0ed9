"""The queue for every agent's page: read once for all of them, again when something has changed; sent as what changed.

A message to one customer makes all pages read anew, at the same moment. What they need is the same but for whose it is.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from channels.desk import view
from hall import agent_presence, handoff
from hall.agent_presence import Person
from hall.context import Hall
from hall.errors import StoreUnavailable
from hall.handoff import DESK, Handoff
from hall.store.notification import MISSED, Notification
from hall.store.prepared import dump_json

PAGES = 500  # of which it is remembered what they have; of any other, all is sent
HOLDS = 1.0  # seconds, should the wake of another process be lost, or an agent's sign of life be written


@dataclass(frozen=True, slots=True)
class Reading:
    """The queue at a moment."""

    people: Sequence[Person]
    handoffs: Sequence[Handoff]
    known: view.Known


class Queue:
    """The newest reading, and the one that is under way."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._conversations: frozenset[str] = frozenset()
        self._reading: asyncio.Task[Reading] | None = None
        self._until = 0.0
        hall.store.listen(self._hear)

    def _hear(self, notification: Notification) -> None:
        """What was read is old: the queue changed, or a conversation that is in it."""
        mine = notification.conversation in self._conversations and notification.kind != "typing"
        if mine or notification in (DESK, MISSED):
            self._until = 0.0

    async def read(self) -> Reading:
        """The queue as it is now. Raises StoreUnavailable."""
        if self._reading is None or time.monotonic() >= self._until:
            self._until = time.monotonic() + HOLDS  # what changes from here on makes this reading old at once
            self._reading = asyncio.create_task(self._read())
        try:
            return await asyncio.shield(self._reading)
        except StoreUnavailable:
            self._until = 0.0
            raise

    async def _read(self) -> Reading:
        people, found = await agent_presence.people(self._hall), await handoff.queue(self._hall)
        self._conversations = frozenset(item.conversation for item in found)
        return Reading(people, found, await view.known(self._hall, found, people))


class Pages:
    """What each page has of its list, by the mark of the last answer to it: the next one holds only what changed.

    A page that this process does not know gets the whole list, and so does one whose last answer was lost.
    """

    def __init__(self) -> None:
        self._had: OrderedDict[tuple[str, str], dict[str, int]] = OrderedDict()

    def news(self, agent: str, mark: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The rows for a page that has those of `mark`: `handoffs`, and `mark` for the next time.

        With `since` only the rows that changed are in it, and with `order` others than before, or another order.
        """
        now = {row["id"]: hash(dump_json({**row, "waited": 0})) for row in rows}  # a page counts seconds by itself
        had, new = self._had.pop((agent, mark), None), secrets.token_hex(8)
        self._had[agent, new] = now
        if len(self._had) > PAGES:
            self._had.popitem(last=False)
        if had is None:
            return {"mark": new, "handoffs": list(rows)}
        order = {} if list(had) == list(now) else {"order": list(now)}
        changed = [row for row in rows if had.get(row["id"]) != now[row["id"]]]
        return {"mark": new, "since": mark, "handoffs": changed} | order
