"""Conversations with an engine that repeats what it hears."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.conversations.service import Conversations
from hall.context import Hall
from testing.echo_engine import EchoEngine


@pytest.fixture
def echo() -> EchoEngine:
    return EchoEngine()


@pytest_asyncio.fixture
async def desk(hall: Hall, echo: EchoEngine) -> AsyncIterator[Conversations]:
    conversations = Conversations(hall, echo, answer_limit=8.0)  # type: ignore[arg-type]
    yield conversations
    await conversations.settle()
