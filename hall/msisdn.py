"""Mainland phone numbers: reading them as people write them, and what their prefix tells.

A prefix tells the carrier that a number was first issued by; numbers can be taken to another
carrier, so the operator's record (`Subscriber.carrier`) wins wherever there is one.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

Kind = Literal["mobile", "virtual", "landline", "invalid"]

PREFIXES = Path(__file__).resolve().parents[1] / "data" / "operator" / "number_prefixes.tsv"  # until `use`

_plan = PREFIXES

_FOLD = str.maketrans("０１２３４５６７８９＋（）", "0123456789+()")
_SEPARATORS = re.compile(r"[\s\-–—－_.·()\u200b]+")
_COUNTRY = re.compile(r"^(?:\+|00)?86(?=1[0-9]{10}$)")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}")


def normalise(text: str) -> str | None:
    """The eleven digits of a mainland mobile number, or None when `text` is not just one.

    Takes off +86, 0086 and 86, blanks, dashes and brackets; full-width digits are read too.
    """
    digits = _COUNTRY.sub("", _bare(text))
    return digits if _MOBILE.fullmatch(digits) else None


def kind(text: str) -> Kind:
    """What sort of number `text` is. A block that was never allotted to phones is invalid."""
    mobile = normalise(text)
    if mobile is not None:
        found = _allotted(mobile)
        return found[1] if found else "invalid"
    return "landline" if _LANDLINE.fullmatch(re.sub(r"^\+?86(?=0?\d{10,12}$)", "", _bare(text))) else "invalid"


def carrier(text: str) -> str | None:
    """The carrier that the number was first issued by, as `Subscriber.carrier` names it; None if unknown."""
    mobile = normalise(text)
    found = _allotted(mobile) if mobile else None
    return found[0] if found else None


def spaced(msisdn: str) -> str:
    """`13800138000` → `138 0013 8000`, as people read numbers back."""
    return f"{msisdn[:3]} {msisdn[3:7]} {msisdn[7:]}"


def use(prefixes: Path) -> None:
    """From now on, the numbering plan of this process is that of an operator's number_prefixes.tsv."""
    global _plan
    _plan = prefixes
    _prefixes.cache_clear()


def _bare(text: str) -> str:
    return _SEPARATORS.sub("", text.translate(_FOLD))


def _allotted(mobile: str) -> tuple[str, Kind] | None:
    table = _prefixes()
    return table.get(mobile[:4]) or table.get(mobile[:3])


@lru_cache(maxsize=1)
def _prefixes() -> dict[str, tuple[str, Kind]]:
    """Prefix of three or four digits → carrier and kind, of the operator's number_prefixes.tsv."""
    table: dict[str, tuple[str, Kind]] = {}
    with _plan.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t"):
            if row["kind"] not in ("mobile", "virtual"):
                raise ValueError(f"{_plan.name}: kind {row['kind']!r} is neither mobile nor virtual")
            sort: Kind = "mobile" if row["kind"] == "mobile" else "virtual"
            for item in row["prefixes"].split(","):
                table |= dict.fromkeys(_expanded(item), (row["carrier"], sort))
    return table


def _expanded(item: str) -> list[str]:
    """`135-137` → 135, 136, 137; `134(0-8)` → 1340 … 1348; `192` → 192."""
    stem, _, tail = item.rstrip(")").partition("(")
    first, _, last = (tail or stem).partition("-")
    numbers = range(int(first), int(last or first) + 1)
    return [f"{stem}{number}" if tail else str(number) for number in numbers]
