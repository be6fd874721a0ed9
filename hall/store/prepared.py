"""Statements of the hot path: written with SQLAlchemy, compiled once, from then on only given values.

Building and compiling the same eleven statements anew was half of a turn. A `Prepared` keeps the text
for each kind of database and goes to the driver with it, so a statement costs what the driver costs.
"""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import JSON, Column, ColumnElement, Dialect, Executable, Table, Update, bindparam, insert
from sqlalchemy.dialects import postgresql, sqlite

Codec = Callable[[Any], Any]


def dump_json(value: Any) -> str:
    """JSON as it is stored."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # what orjson does not take, as a number of twenty digits that a customer wrote
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def load_json(stored: Any) -> Any:
    """What was stored; SQLite gives a bare number as a number."""
    return orjson.loads(stored) if isinstance(stored, str) else stored


class Form:
    """A statement in the words of one kind of database."""

    __slots__ = ("_decoders", "_encoders", "_row", "statement", "text")

    def __init__(self, statement: Executable, dialect: Dialect, columns: Sequence[str]) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=columns or None)  # type: ignore[attr-defined]
        if compiled.post_compile_params or compiled.literal_execute_params:
            raise ValueError("a prepared statement has a fixed number of values")
        self.statement = statement
        self.text: str = str(compiled)
        processors: Mapping[str, Codec] = compiled._bind_processors
        self._encoders = [
            (
                name,
                dump_json if isinstance(bind.type, JSON) else processors.get(name),
                None if bind.required else bind.value,
            )
            for name in compiled.positiontup
            for bind in (compiled.binds[name],)
        ]
        found = list(getattr(statement, "selected_columns", None) or ())
        self._row: Any = namedtuple("Row", [column.key for column in found]) if found else None  # type: ignore[misc]
        self._decoders = [(at, codec) for at, column in enumerate(found) if (codec := _decoder(column, dialect))]

    @property
    def width(self) -> int:
        """How many values the driver gets."""
        return len(self._encoders)

    def encode(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in the driver's order and types."""
        return [
            constant if constant is not None else encode(values[name]) if encode else values[name]
            for name, encode, constant in self._encoders
        ]

    def decode(self, rows: Iterable[Any]) -> list[Any]:
        """The driver's rows as named tuples with Python's types."""
        assert self._row is not None
        made = []
        for row in rows:
            cells = list(row)
            for at, decode in self._decoders:
                cells[at] = decode(cells[at])
            made.append(self._row._make(cells))
        return made


def _decoder(column: Any, dialect: Dialect) -> Codec | None:
    if isinstance(column.type, JSON):
        return load_json if dialect.name == "sqlite" else None  # of PostgreSQL the driver decodes
    codec: Codec | None = column.type.dialect_impl(dialect).result_processor(dialect, None)
    return codec


class Prepared:
    """A constant statement; its values are `bindparam`s and, of an insert or update, `columns`.

    `postgres`: the statement for PostgreSQL where SQLAlchemy writes it differently.
    """

    def __init__(self, statement: Executable, *columns: str, postgres: Executable | None = None) -> None:
        self._statements = {"sqlite": statement, "postgresql": statement if postgres is None else postgres}
        self._columns = columns
        self._forms: dict[str, Form] = {}

    @property
    def is_update(self) -> bool:
        """Whether it changes rows that are there."""
        return isinstance(self._statements["sqlite"], Update)

    def on(self, dialect: Dialect) -> Form:
        """The form for a database; compiled when it is first asked for."""
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = Form(self._statements[dialect.name], dialect, self._columns)
        return form

    def __str__(self) -> str:
        return str(self._statements["sqlite"])


def inserting(table: Table, *columns: str) -> Prepared:
    """An insert of one row; without `columns` all of the table."""
    return Prepared(insert(table), *(columns or table.c.keys()))


def inserting_once(table: Table, *columns: str, postgres: Mapping[str, ColumnElement[Any]] | None = None) -> Prepared:
    """An insert that does nothing when the row's key exists already.

    `postgres`: what PostgreSQL fills in by itself, in place of the value that is given.
    """
    there = postgresql.insert(table).on_conflict_do_nothing()
    return Prepared(
        sqlite.insert(table).on_conflict_do_nothing(),
        *(columns or table.c.keys()),
        postgres=there.values(postgres) if postgres else there,
    )


def given(column: Column[Any]) -> ColumnElement[bool]:
    """`column = :its_column`: of the row whose value is given."""
    return column == bindparam(f"its_{column.name}", type_=column.type)
