"""Conversations with an engine that repeats what it hears."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.conversations.service import Conversations
from hall.context import Hall
from testing.echo_engine import Parrot


@pytest.fixture
def parrot() -> Parrot:
    return Parrot()


@pytest_asyncio.fixture
async def desk(hall: Hall, parrot: Parrot) -> AsyncIterator[Conversations]:
    conversations = Conversations(hall, parrot, answer_limit=8.0)  # type: ignore[arg-type]
    yield conversations
    await conversations.settle()
