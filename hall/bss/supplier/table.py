"""What suppliers of top-ups call things: policy/suppliers.yml of the operator's folder, one table each.

Their numbers clash: a 2 is failed at one and partial at another. A word that a table does not have
means: still under way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from hall.bss.supplier.port import Status
from hall.policy_file import File, Source, list_of, mapping, one_of, text

OURS = ("user", "order_no", "msisdn", "product", "face", "time", "notify", "sign")  # what we send, by our names
THEIRS = ("code", "order_no", "supplier_no", "state", "reason", "delivered")  # what they say
CODES = ("accepted", "duplicate", "refused", "not_found")


@dataclass(frozen=True, slots=True)
class SupplierTable:
    """One supplier's words. `send` and `read` are its field names by ours; `read` may lack some of them."""

    name: str
    source: Source
    paths: Mapping[str, str]  # order, query
    send: Mapping[str, str]
    read: Mapping[str, str]
    envelope: str | None  # the field of an answer that holds the rest
    secret_after: str  # what stands between the sorted parameters and the secret
    money: str  # fen | yuan
    codes: Mapping[str, frozenset[str]]  # accepted, duplicate, refused, not_found → their answer codes
    states: Mapping[str, Status]  # their state → ours
    products: Mapping[str, str]  # our sku → their product; where there is none, ours


def suppliers(file: File) -> Mapping[str, SupplierTable]:
    """Check suppliers.yml; raises PolicyError."""
    names = file.keys("suppliers")
    tables = {name: _table(file, name, f"suppliers.{name}") for name in names}
    file.finish()
    return tables


def _table(file: File, name: str, key: str) -> SupplierTable:
    table = SupplierTable(
        name=name,
        source=file.source(key),
        paths={path: file.get(f"{key}.paths.{path}", _path) for path in ("order", "query")},
        send={ours: file.get(f"{key}.send.{ours}", text) for ours in OURS},
        read={ours: file.get(f"{key}.read.{ours}", text) for ours in THEIRS if file.has(f"{key}.read.{ours}")},
        envelope=file.get(f"{key}.envelope", text) if file.has(f"{key}.envelope") else None,
        secret_after=file.get(f"{key}.secret_after", _any_text),
        money=file.get(f"{key}.money", one_of("fen", "yuan")),
        codes={kind: frozenset(file.get(f"{key}.codes.{kind}", list_of(_word, empty=True))) for kind in CODES},
        states=file.get(f"{key}.states", _states),
        products=file.get(f"{key}.products", _words) if file.has(f"{key}.products") else {},
    )
    for needed in ("code", "order_no", "state"):
        if needed not in table.read:
            raise file.error(f"{key}.read.{needed}", "is missing")
    if not table.codes["accepted"]:
        raise file.error(f"{key}.codes.accepted", "must have a code")
    if sum(map(len, table.codes.values())) > len(frozenset().union(*table.codes.values())):
        raise file.error(f"{key}.codes", "has a code that means two things")
    if len(set(table.send.values())) < len(table.send):
        raise file.error(f"{key}.send", "has two fields of one name")
    if "partial" in table.states.values() and "delivered" not in table.read:
        raise file.error(f"{key}.read.delivered", "is missing: a partial delivery must tell its worth")
    return table


def _states(value: Any) -> Mapping[str, Status]:
    known = {_word(theirs): one_of(*get_args(Status))(ours) for theirs, ours in mapping(value).items()}
    if not {"succeeded", "failed"} <= set(known.values()):
        raise ValueError("must tell what succeeded and what failed")
    return known  # type: ignore[return-value]


def _words(value: Any) -> Mapping[str, str]:
    return {_word(key): _word(word) for key, word in mapping(value).items()}


def _word(value: Any) -> str:
    """Codes and states are compared as texts; YAML reads `0` as a number and `on` as true."""
    if isinstance(value, bool) or not isinstance(value, (str, int)) or str(value) == "":
        raise ValueError("must be a word or a whole number (in quotes where YAML takes it for something else)")
    return str(value)


def _path(value: Any) -> str:
    if not text(value).startswith("/"):
        raise ValueError("must be a path that begins with /")
    return text(value)


def _any_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError('must be a text, "" for none')
    return value
