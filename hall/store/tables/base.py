"""What all tables share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import DateTime, Dialect, MetaData
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Of the tables that turns touch: the column by which a distributed PostgreSQL spreads them. It is part of each of
# their primary and unique keys, and every statement of a turn names it (docs/scaling.md). Where a number comes before
# it in a key, who has only the number finds the row by the same index, if need be on all nodes.
BY_CONVERSATION = {"distribution": "conversation"}
BY_NUMBER = {"distribution": "order_no"}
BY_LINE = {"distribution": "msisdn"}
BY_SKILL = {"distribution": "skill"}
BY_CODE = {"distribution": "code"}


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite keeps no zone, so it is taken off there and put back on."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return _written if dialect.name == "sqlite" else _in_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        return _read if dialect.name == "sqlite" else None  # PostgreSQL's driver gives UTC


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a time without a zone must not be stored")
    return value if value.tzinfo is timezone.utc else value.astimezone(timezone.utc)


def _written(value: datetime | None) -> str | None:
    """As SQLAlchemy writes it for SQLite, where text orders times: 2026-11-15 10:00:00.000000."""
    moment = _in_utc(value)
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds") if moment is not None else None


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc) if text is not None else None
