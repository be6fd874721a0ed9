"""How much chaos: a short selection, or with CHAOS=full all of it, which `make chaos` writes down in docs/chaos.md."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from hall.store.dispatcher import LISTEN
from testing.postgres import OwnPostgres, own_postgres
from tests.proofs.chaos.nursery import Nursery, nursery

FULL = os.environ.get("CHAOS") == "full"
TARGET = os.environ.get("CHAOS_REPORT")  # a file
HEAD = f"""\
# Faults, and what came of them

Written by `make chaos` on {date.today()}; do not edit. Each is a test of `tests/proofs/chaos`; `make proofs` runs a
short selection. After each, the whole database is audited (`tests/proofs/chaos/audit.py`): every message answered once
and in order, every order's history one chain, every payment booked once, what was not delivered paid back, what was
credited once, its payer told once how it ended; every customer has the order he saw placed, and no gateway was
given a text twice.
Each of these is seen to be told when it is not so: `tests/proofs/chaos/test_audit.py` plants the damage.

What cannot be helped: sendsms knows no key. A text that the gateway took when the hall died before it noted that, or
whose answer was lost, counts as sent once a delivery report of it comes; when none comes for a minute (nor in the first
{LISTEN.seconds} s after a start), it is sent again. A gateway that is not asked for reports, having no
YINGTING_SMS_KANNEL_KEY, or that gives up telling them while the hall is away, leaves this gap; `deploy/kannel.conf`
tells them for an hour.

| fault | what was done | what came of it | seconds |
|---|---|---|--:|
"""


class Report:
    """What each test did and saw, for docs/chaos.md."""

    def __init__(self) -> None:
        self._rows: list[str] = []
        self._start = self._began = time.monotonic()

    def add(self, fault: str, done: str, seen: str) -> None:
        """One row of the table."""
        took, self._began = time.monotonic() - self._began, time.monotonic()
        self._rows.append(f"| {fault} | {done} | {seen} | {took:.0f} |\n")

    def write(self) -> None:
        """Write the page."""
        whole = f"\n{len(self._rows)} faults in {time.monotonic() - self._start:.0f} s.\n"
        Path(str(TARGET)).write_text(HEAD + "".join(self._rows) + whole, encoding="utf-8")


@pytest.fixture(scope="session")
def report() -> Iterator[Report]:
    found = Report()
    yield found
    if TARGET:
        found.write()


@pytest.fixture(scope="session")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Where servers are forked from."""
    with nursery(tmp_path_factory.mktemp("nursery")) as found:
        yield found


@pytest.fixture(scope="session")
def server() -> Iterator[OwnPostgres]:
    """A PostgreSQL of the chaos's own, to be killed."""
    with own_postgres() as found:
        yield found


@pytest.fixture
def full() -> bool:
    """Whether to do all of it."""
    return FULL
