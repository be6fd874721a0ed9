"""The operator's rules, kept as data in data/policy with source and date, checked on start.

A mistake there must stop the start, not a customer: `PolicyError` names file, line, key and reason.
file.py reads; topup.py, contact.py, suppliers.py and compensation.py are what is in the files of those names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from hall.bss.supplier.table import SupplierTable, suppliers
from hall.policy.compensation import NOTHING, CompensationRules, compensation
from hall.policy.contact import ContactRules, contact
from hall.policy.topup import Package, Rule, TopupRules, packages, topup
from hall.policy_file import File, PolicyError, Source, one_of, table, text

__all__ = ["CompensationRules", "ContactRules", "Package", "Policy", "PolicyError", "Rule", "Source", "TopupRules"]

DIRECTORY = Path("data/policy")
_PREFIXES = re.compile(r"(?:\d{3,4}(?:-\d{3,4}|\(\d(?:-\d)?\))?)(?:,\d{3,4}(?:-\d{3,4}|\(\d(?:-\d)?\))?)*")


@dataclass(frozen=True, slots=True)
class Policy:
    """Every rule of the hall. `real_name` is data/policy/real_name.yml as it is, {} when absent."""

    topup: TopupRules
    packages: tuple[Package, ...]
    contact: ContactRules
    suppliers: Mapping[str, SupplierTable]
    real_name: Mapping[str, Any] = field(default_factory=dict)
    compensation: CompensationRules = NOTHING

    @classmethod
    def load(cls, directory: Path | str = DIRECTORY) -> Policy:
        """Read and check all files of the directory; raises PolicyError."""
        folder = Path(directory)
        _numbers(folder / "number_prefixes.tsv")
        return cls(
            topup(folder / "topup.yml"),
            packages(folder / "packages.tsv"),
            contact(folder / "contact.yml"),
            suppliers(folder / "suppliers.yml"),
            _plain(folder / "real_name.yml"),
            compensation(folder / "compensation.yml"),
        )

    def package(self, sku: str) -> Package | None:
        """The package of that number, data or credit, or None."""
        return next((p for p in (*self.packages, *self.topup.credit()) if p.sku == sku), None)

    def offered(self, scope: str) -> tuple[Package, ...]:
        """The data packages of a scope, smallest first."""
        return tuple(sorted((p for p in self.packages if p.scope == scope), key=lambda p: p.data_mb))


def _numbers(path: Path) -> None:
    """Check the number segments, which hall/msisdn.py uses."""
    for _, row in table(path):
        row.get("carrier", text)
        row.get("kind", one_of("mobile", "virtual"))
        row.get("prefixes", _segments)
        row.get("source", text)
        row.get("date", lambda value: date.fromisoformat(text(value)))


def _segments(value: Any) -> str:
    if not isinstance(value, str) or not _PREFIXES.fullmatch(value):
        raise ValueError("must be prefixes like 135-139,147,134(0-8)")
    return value


def _plain(path: Path) -> Mapping[str, Any]:
    if not path.exists():
        return {}
    file = File.read(path)
    file.source()
    return file.data
