"""The files of an operator (docs/operator.md): its own folder, which holds only what differs, over the demonstration's.

Rules and the brand differ key by key: mappings are laid over each other, a list or a value replaces the
other's, and a key that is null (`~`) takes the other's away. What hangs together is taken whole: tables, and
the words of suppliers, where a code of one in the table of another would move money.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hall.policy_file import File, PolicyError, Source, perhaps, table, table_source
from hall.yaml_file import ROOT, shown

DEMONSTRATION = ROOT / "data" / "operator"
DEMO = "demo"  # the folder of a demonstration's people
BRAND, PHRASES, PREFIXES = "brand.yml", "phrases.yml", "number_prefixes.tsv"
PACKAGES, PLANS, SERVICES = "catalogue/packages.tsv", "catalogue/plans.tsv", "catalogue/services.tsv"
TOPUP, CONTACT, COMPENSATION = "policy/topup.yml", "policy/contact.yml", "policy/compensation.yml"
DESK, RETENTION, REFUNDS = "policy/desk.yml", "policy/retention.yml", "policy/refunds.yml"
SERVICE_RULES = "policy/services.yml"
VERIFICATION, TICKETS = "policy/verification.yml", "policy/tickets.yml"
ACCOUNTS, GIFTS = "policy/accounts.yml", "catalogue/gifts.tsv"
SUPPLIERS, REAL_NAME = "policy/suppliers.yml", "guides/real_name.yml"
LINE = "policy/line.yml"
GUIDES = "guides/"  # a file an entry, but those that are named here
ROAMING = "catalogue/roaming.tsv"
PROMOTIONS, TARIFFS = "catalogue/promotions.yml", "catalogue/tariffs.yml"
NOTICES = "policy/notices.yml"
FAULTS = "faults/faults.yml"
STORES, HALLS = "stores/stores.yml", "stores/stores.tsv"
CUSTOMERS, RECORDS = f"{DEMO}/customers.tsv", f"{DEMO}/records.yml"

BY_KEY = (
    BRAND,
    NOTICES,
    TOPUP,
    CONTACT,
    DESK,
    COMPENSATION,
    REFUNDS,
    SERVICE_RULES,
    RETENTION,
    TICKETS,
    VERIFICATION,
    REAL_NAME,
    ACCOUNTS,
    LINE,
)
WHOLE = (
    PREFIXES,
    PACKAGES,
    PLANS,
    SERVICES,
    SUPPLIERS,
    PHRASES,
    ROAMING,
    PROMOTIONS,
    TARIFFS,
    GIFTS,
    STORES,
    HALLS,
    FAULTS,
)
PEOPLE = (CUSTOMERS, RECORDS)
KNOWN = (*BY_KEY, *WHOLE, *PEOPLE)


@dataclass(frozen=True, slots=True)
class OperatorFiles:
    """Where each file of an operator is read; `own` is None for the demonstration's operator."""

    own: Path | None = None

    @classmethod
    def at(cls, folder: Path | str | None = None) -> OperatorFiles:
        """The operator of a folder, None for the demonstration's; raises PolicyError for a folder that is none."""
        if folder is None or Path(folder).resolve() == DEMONSTRATION:
            return cls()
        files = cls(Path(folder).resolve())
        if problem := next(files.strangers(), None):
            raise problem
        return files

    def strangers(self) -> Iterator[PolicyError]:
        """What is wrong with the folder itself: it is none, it is empty, or it holds a file that is never read."""
        if self.own is None:
            return
        if not self.own.is_dir():
            yield PolicyError(shown(self.own), "", "is no folder of an operator")
            return
        found = sorted(file for file in self.own.rglob("*") if file.is_file() and not _aside(file, self.own))
        for file in found:
            name = file.relative_to(self.own).as_posix()
            if name not in KNOWN and not _is_guide(name):
                yield PolicyError(shown(file), "", f"is no file of an operator{perhaps(name, KNOWN)}")
        if not found:
            yield PolicyError(shown(self.own), "", f"holds none of an operator's files ({', '.join(KNOWN)})")

    def guides(self) -> tuple[str, ...]:
        """The names of the guides, the operator's and the demonstration's: replace_sim of guides/replace_sim.yml."""
        folders = [folder / GUIDES for folder in (DEMONSTRATION, self.own) if folder is not None]
        files = {f"{GUIDES}{path.name}" for folder in folders for path in folder.glob("*.yml")}
        return tuple(sorted(Path(name).stem for name in files if _is_guide(name)))

    def has_own(self, name: str) -> bool:
        """Whether the operator's own folder has a file or folder of that name."""
        return self.own is not None and (self.own / name).exists()

    def path(self, name: str) -> Path:
        """The file of that name: the operator's own where there is one, or else the demonstration's.

        People belong together: with a folder of its own the operator has no others.
        """
        mine = self.has_own(DEMO if name in PEOPLE else name)
        return (self.own if mine and self.own else DEMONSTRATION) / name

    def file(self, name: str) -> File:
        """A YAML file, key by key where it differs so; raises PolicyError."""
        found = File.read(self.path(name))
        if (name in BY_KEY or _is_guide(name)) and self.has_own(name) and (DEMONSTRATION / name).is_file():
            return _laid_over(found, File.read(DEMONSTRATION / name))
        return found

    def rows(self, name: str) -> Iterator[File]:
        """The rows of a table; raises PolicyError."""
        return (row for _, row in table(self.path(name)))

    def source(self, name: str) -> Source:
        """The source of a table as a whole; raises PolicyError."""
        return table_source(self.path(name))


def _is_guide(name: str) -> bool:
    return name.startswith(GUIDES) and name.endswith(".yml") and name not in KNOWN


def _aside(file: Path, folder: Path) -> bool:
    """Whether a file is none of the operator's: a note for readers, or hidden."""
    return file.suffix == ".md" or any(part.startswith(".") for part in file.relative_to(folder).parts)


def _laid_over(own: File, base: File) -> File:
    """`own` with what it leaves out taken from `base`; raises PolicyError for a difference without a source."""
    kept, gone = list[str](), list[str]()
    data = _merged(own, base.data, "", kept, gone)
    lines = {key: line for key, line in own.lines.items() if not _below(key, gone)}
    inherited = {key: line for key, line in base.lines.items() if _below(key, kept)}
    return replace(own, data=data, lines=lines | inherited, inherited=dict.fromkeys(inherited, base.name))


def _merged(own: File, base: Mapping[str, Any], above: str, kept: list[str], gone: list[str]) -> dict[str, Any]:
    """The mapping at `above`; notes which keys are the base's and which were taken away."""
    mine, found = own.at(above), dict[str, Any]()
    for needed in ("source", "date"):
        if needed in base and needed not in mine:
            raise own.error(f"{above}.{needed}".lstrip("."), "is missing: what differs has a source of its own")
    for key, value in base.items():
        name = f"{above}.{key}" if above else str(key)
        if key not in mine:
            kept.append(name)
            found[key] = value
        elif mine[key] is None:
            gone.append(name)
        elif isinstance(mine[key], dict) and isinstance(value, dict):
            found[key] = _merged(own, value, name, kept, gone)
        else:
            found[key] = mine[key]
    return found | {key: value for key, value in mine.items() if key not in base}


def _below(key: str, roots: list[str]) -> bool:
    return any(key == root or key.startswith((f"{root}.", f"{root}[")) for root in roots)
