"""Every table of the hall, in one metadata. A file per room; import order does not matter."""

from hall.store.tables import (  # noqa: F401  (they register themselves)
    access,
    accounts,
    books,
    core,
    desk,
    documents,
    files,
    line,
    notices,
    programs,
    review,
    stores,
    tickets,
    topup,
)
from hall.store.tables.base import metadata

__all__ = ["metadata"]
