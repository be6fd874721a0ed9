"""Understanding as the hall uses it: the trained model, through the whole pipeline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from hall import clock
from tests.bot.nlu import measuring
from tests.conftest import print_at_the_end

if TYPE_CHECKING:
    from bot.engine.engine import Engine

Parse = Callable[[str], dict[str, Any]]
TODAY = datetime(2026, 11, 22, 10, 0)


@pytest.fixture(autouse=True)
def _november() -> Any:
    """It is November 2026, to which months are relative."""
    before = clock.current()
    clock.use(clock.Clock(TODAY))
    yield
    clock.use(before)


@pytest.fixture(scope="session")
def parse(engine: Engine) -> Parse:
    """Text → what is understood, as `yingting parse` has it."""
    return lambda text: asyncio.run(engine.parse(text))


@pytest.fixture(scope="session")
def understood(parse: Parse) -> dict[str, list[measuring.Heard]]:
    """Every set, understood; reported at the end of the run."""
    found = {name: measuring.hear(parse, rows) for name, rows in measuring.sets().items()}
    for name, heard in found.items():
        print_at_the_end(f"understanding: {name}", measuring.report(heard))
    return found
