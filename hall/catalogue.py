"""What the operator calls its plans and services: catalogue/ of its folder.

Packages, which are sold here, are rules of top-up (hall/policy/topup.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hall.operator_files import PLANS, SERVICES, OperatorFiles
from hall.policy_file import File, amount_text, one_of, text, words_text


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: its monthly fee in fen and what it includes. `said_as`: other ways to write its name."""

    name: str
    fee_fen: int
    data_mb: int
    minutes: int
    sms: int
    said_as: tuple[str, ...] = ()
    carrier: str = ""  # whose customers may change into it; "" for everybody's
    for_: str = "anybody"  # seniors | companies | nobody: it is not sold any more


@dataclass(frozen=True, slots=True)
class Service:
    """A service beside the plan: its monthly fee in fen. `said_as`: other ways to write its name."""

    code: str
    name: str
    fee_fen: int
    said_as: tuple[str, ...] = ()
    sold: bool = True  # here
    for_: str = "anybody"  # or adults
    trial_days: int = 0  # free at first
    ends: str = "at_once"  # month_end | hall: only there
    what: str = ""  # what it does
    words: tuple[str, ...] = ()  # how else it is described
    supplier: str = ""  # who offers it; "" for the operator itself


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
    carrier = row.get("carrier", _none) if row.has("carrier") else ""
    for_ = row.get("for", one_of("anybody", "seniors", "companies", "nobody")) if row.has("for") else "anybody"
    return Plan(row.get("name", text), **amounts, said_as=row.get("said_as", words_text), carrier=carrier, for_=for_)


def _service(row: File) -> Service:
    said_as = row.get("said_as", words_text)
    known = {name: row.get(column, check) for column, (name, check) in _OF_SERVICES.items() if row.has(column)}
    return Service(row.get("code", text), row.get("name", text), row.get("fee_fen", amount_text), said_as, **known)


def _none(value: Any) -> str:
    """A text; "" for `-`."""
    return text(value).removeprefix("-")


def _yes(value: Any) -> bool:
    return one_of("yes", "no")(value) == "yes"


_OF_SERVICES: Mapping[str, tuple[str, Callable[[Any], Any]]] = {  # columns that a table may lack: field, check
    "sold": ("sold", _yes),
    "for": ("for_", one_of("anybody", "adults")),
    "trial_days": ("trial_days", amount_text),
    "ends": ("ends", one_of("at_once", "month_end", "hall")),
    "what": ("what", text),
    "words": ("words", words_text),
    "supplier": ("supplier", _none),
}
