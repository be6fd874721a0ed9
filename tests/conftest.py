"""What every test may ask for: a clock that stands still, a database, the demonstration's operator, a hall."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import certifi
import pytest
import pytest_asyncio

from hall import agents
from hall.bss.demo import DemoBss
from hall.clock import SHANGHAI, Clock
from hall.context import Hall
from hall.policy import Policy
from hall.store.sqlite import PRAGMAS
from hall.store.unit import Store
from testing.databases import SqliteTemplates, read_once
from testing.postgres import Postgres, postgres_server

if TYPE_CHECKING:
    from bot.engine.engine import Engine

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
LONG = ("e2e", "process", "long")
END_OF_CERTIFICATE = "-----END CERTIFICATE-----"
FOLDERS = {"e2e": "e2e", "proofs": "proof"}  # tests in a folder are marked with its word


class StillClock(Clock):
    """Moves only when it is told to."""

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self._now = start

    def now(self) -> datetime:
        return self._now.astimezone(timezone.utc)

    def advance(self, step: timedelta) -> None:
        self._now += step

    def set(self, *parts: int) -> None:
        """Go to a year, month, day, hour … of Asia/Shanghai."""
        self._now = datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]


@pytest.fixture
def clock() -> StillClock:
    """2026-11-15, ten in the morning, in Asia/Shanghai."""
    return StillClock(datetime(2026, 11, 15, 10, tzinfo=SHANGHAI))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked `both` runs on SQLite and on PostgreSQL; everything else that asks for a store on SQLite."""
    if "store" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both"):
        metafunc.parametrize("store", ["sqlite", "postgres"], indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with what it needs, by its folder and fixtures: the tiers of tests are made of these marks.

    What takes long comes first, so that no process of `-n` waits for another at the end.
    """
    for item in items:
        folder, fixtures = item.path.relative_to(TESTS).parts[0], set(getattr(item, "fixturenames", ()))
        parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if folder in FOLDERS:
            item.add_marker(FOLDERS[folder])
            item.add_marker(pytest.mark.xdist_group(item.path.stem))  # one server for the tests of a file
        if "postgres" in fixtures or "postgres" in parameters:
            item.add_marker("postgres")
        if "engine" in fixtures:
            item.add_marker("model")
    items.sort(key=lambda item: not any(map(item.get_closest_marker, LONG)))


_REPORTS: dict[str, str] = {}  # by heading; printed at the end of the run


def print_at_the_end(heading: str, report: str) -> None:
    """Keep a report for the end of the run, also from a process of `-n`."""
    _REPORTS[heading] = report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of `-n` hands its reports over."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["reports"] = _REPORTS


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the reports of a process of `-n`."""
    _REPORTS.update(getattr(node, "workeroutput", {}).get("reports", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the reports: how well each set was understood, by style and by intent, with what was confused."""
    for heading, report in _REPORTS.items():
        terminalreporter.section(heading)
        terminalreporter.write_line(report)


@pytest.fixture(scope="session", autouse=True)
def _cheap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Take away what costs every test time and none is about.

    The demonstration's rules are read once; SQLite does not wait for the disk; clients over HTTP trust one
    certificate instead of loading two hundred; hashing a password is quick.
    """
    bundle = Path(certifi.where()).read_text("ascii")
    certificate = tmp_path_factory.mktemp("tls") / "one.pem"
    certificate.write_text(bundle[: bundle.index(END_OF_CERTIFICATE) + len(END_OF_CERTIFICATE)] + "\n", "ascii")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Policy, "load", read_once(Policy.load))
        patch.setattr("hall.store.sqlite.PRAGMAS", (*PRAGMAS, "synchronous=OFF"))
        patch.setenv("SSL_CERT_FILE", str(certificate))
        patch.setitem(agents.COST, "n", 2)
        yield


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplates:
    """SQLite files with all tables, made once and copied for each test."""
    return SqliteTemplates(tmp_path_factory.mktemp("templates"))


@pytest_asyncio.fixture
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: StillClock, templates: SqliteTemplates
) -> AsyncIterator[Store]:
    """A database with all tables, of SQLite unless the test is marked `both`; empty unless `demo` is asked for."""
    path, filled = tmp_path / "hall.db", "demo" in request.fixturenames
    if getattr(request, "param", "sqlite") == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = await (server.seeded(clock) if filled else server.emptied())
    else:
        url = await templates.seeded(path, clock) if filled else templates.empty(path)
    store = Store(url)
    yield store
    await store.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of this test run."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def demo(store: Store, clock: StillClock) -> DemoBss:
    """The demonstration's operator with its twelve customers (see `store`); its `faults` can be switched on.

    Its time limit is longer than any machine is busy: what tries the limit itself sets its own.
    """
    return DemoBss(store, clock, seconds=60.0)


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The demonstration's rules."""
    return Policy.load()


@pytest.fixture
def hall(store: Store, clock: StillClock, demo: DemoBss, policy: Policy) -> Hall:
    """A hall on these, without payments and supplier."""
    return Hall(
        store=store,
        clock=clock,
        policy=policy,
        bss=demo,
        payments={},
        supplier=None,  # type: ignore[arg-type]
        secret=b"test secret",
    )


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The model for the present training data, loaded once; trained first when there is none."""
    from bot.engine.engine import Engine
    from bot.engine.training import ensure_model

    return Engine(ensure_model())


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demonstration's customers, to be copied."""
    from testing.apps import fill

    return asyncio.run(fill(tmp_path_factory.mktemp("seeded")))
