"""One test for a table: every row is looked at, and all that differ are named together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def assert_table(rows: Iterable[tuple[Any, Any]], find: Callable[[Any], Any]) -> None:
    """Assert that `find` makes of each row's first value its second.

    The AssertionError lists each row that differs: what was given, what was found and what was expected.
    An exception of `find` is a difference as well. A table without rows proves nothing and fails.
    """
    count, differing = 0, list[str]()
    for given, expected in rows:
        count += 1
        try:
            found = find(given)
        except Exception as error:  # the other rows are looked at all the same
            found = error
        if isinstance(found, Exception) or found != expected:
            differing.append(f"{given!r}: {found!r}, expected {expected!r}")
    assert count, "the table has no rows"
    assert not differing, f"{len(differing)} of {count} rows differ:\n" + "\n".join(differing)
