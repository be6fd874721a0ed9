"""The queue for every agent's page: read once for all of them, and again when something has changed.

A message to one customer makes all pages read anew, at the same moment. What they need is the same but for whose it is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from channels.desk import view
from hall import agent_presence, handoff
from hall.agent_presence import Person
from hall.context import Hall
from hall.errors import StoreUnavailable
from hall.handoff import DESK, Handoff
from hall.store.notification import MISSED, Notification

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
