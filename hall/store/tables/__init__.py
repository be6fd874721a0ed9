"""Every table of the hall, in one metadata. A file per room; import order does not matter."""

from hall.store.tables import accounts, books, core, desk, line, review, topup  # noqa: F401  (they register themselves)
from hall.store.tables.base import metadata

__all__ = ["metadata"]
