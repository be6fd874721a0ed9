"""What a database is to the hall: a read, a commit of staged writes, a write transaction.

Two are behind the same calls, `sqlite` and `postgres`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import CursorResult, Executable

from hall.errors import Conflict
from hall.store.prepared import Prepared

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Write:
    """One staged write. `expect` is the number of rows it must touch."""

    statement: Executable | Prepared
    values: Mapping[str, Any] | None = None
    expect: int | None = None

    def check(self, touched: int) -> None:
        """Raises Conflict when it touched another number of rows."""
        if self.expect is not None and touched != self.expect:
            raise Conflict(f"{touched} rows instead of {self.expect}: {self.statement}")


class Connection(Protocol):
    """A connection in a write transaction."""

    async def execute(self, statement: Executable) -> CursorResult[Any]: ...

    async def run_sync(self, fn: Callable[..., T], /, *arguments: Any, **options: Any) -> T: ...


class Database(Protocol):
    """Where the hall's tables are."""

    async def read(self, statement: Executable | Prepared, values: Mapping[str, Any] | None) -> Sequence[Any]: ...

    async def commit(self, writes: Sequence[Write]) -> list[int]: ...

    def write(self) -> AbstractAsyncContextManager[Connection]: ...

    async def close(self) -> None: ...
