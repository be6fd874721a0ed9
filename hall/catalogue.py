"""What the operator calls its plans and services: catalogue/ of its folder.

Packages, which are sold here, are rules of top-up (hall/policy/topup.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from hall.operator_files import PLANS, SERVICES, OperatorFiles
from hall.policy_file import File, amount_text, text, words_text


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: its monthly fee in fen and what it includes. `said_as`: other ways to write its name."""

    name: str
    fee_fen: int
    data_mb: int
    minutes: int
    sms: int
    said_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A service beside the plan: its monthly fee in fen. `said_as`: other ways to write its name."""

    code: str
    name: str
    fee_fen: int
    said_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """An operator's plans and services, in the order of its files."""

    plans: tuple[Plan, ...]
    services: tuple[Service, ...]

    @classmethod
    def of(cls, files: OperatorFiles) -> Catalogue:
        """Read and check plans.tsv and services.tsv; raises PolicyError."""
        plans = tuple(_plan(row) for row in _rows(files, PLANS, "name"))
        return cls(plans, tuple(_service(row) for row in _rows(files, SERVICES, "code")))


@cache
def demonstrations() -> Catalogue:
    """The catalogue of the demonstration's operator."""
    return Catalogue.of(OperatorFiles())


def _rows(files: OperatorFiles, name: str, key: str) -> Iterator[File]:
    """The rows of a table with a source, each with a key of its own and no column that nobody asks for."""
    files.source(name)
    seen = set[str]()
    for row in files.rows(name):
        own = row.get(key, text)
        if own in seen:
            raise row.error(key, f"{own} is there twice")
        seen.add(own)
        yield row
        row.finish()


def _plan(row: File) -> Plan:
    amounts = {name: row.get(name, amount_text) for name in ("fee_fen", "data_mb", "minutes", "sms")}
    return Plan(name=row.get("name", text), **amounts, said_as=row.get("said_as", words_text))


def _service(row: File) -> Service:
    said_as = row.get("said_as", words_text)
    return Service(row.get("code", text), row.get("name", text), row.get("fee_fen", amount_text), said_as)
