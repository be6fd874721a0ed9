"""The operator's rules, kept as data in its folder (data/operator) with source and date, checked on start.

A mistake there must stop the start, not a customer: `PolicyError` names file, line, key and reason.
hall/policy_file.py reads; topup.py, contact.py, desk.py and compensation.py are what is in the files of those names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from hall.bss.supplier.table import SupplierTable, suppliers
from hall.operator_files import (
    ACCOUNTS,
    COMPENSATION,
    CONTACT,
    DESK,
    FAULTS,
    GIFTS,
    GUIDES,
    LINE,
    NOTICES,
    PACKAGES,
    PREFIXES,
    PROMOTIONS,
    REAL_NAME,
    REFUNDS,
    RETENTION,
    SERVICE_RULES,
    SUPPLIERS,
    TARIFFS,
    TICKETS,
    TOPUP,
    VERIFICATION,
    OperatorFiles,
)
from hall.policy.accounts import NO_ACCOUNTS, AccountRules, Gift, accounts, gifts
from hall.policy.compensation import NOTHING, CompensationRules, compensation
from hall.policy.contact import ContactRules, contact
from hall.policy.desk import DeskRules, desk
from hall.policy.faults import NO_FAULTS, FaultRules, faults
from hall.policy.guides import Guides, guide
from hall.policy.line import NO_LINE_RULES, LineRules, line
from hall.policy.notices import NO_NOTICES, NoticeRules, notices
from hall.policy.price_list import NO_RULES, Country, Item, PlanRules, Promotion, promotions, roaming, tariffs
from hall.policy.refunds import NO_REFUNDS, RefundRules, refunds
from hall.policy.retention import FOR_EVER, RetentionRules, retention
from hall.policy.services import OF_THE_HOUSE, ServiceRules, service_rules
from hall.policy.stores import NO_STORES, StoreRules, stores
from hall.policy.tickets import TicketRules, tickets
from hall.policy.topup import Package, Rule, TopupRules, packages, topup
from hall.policy.verification import HOUSE, VerificationRules, verification
from hall.policy_file import File, PolicyError, Source, one_of, text

__all__ = [
    "AccountRules",
    "CompensationRules",
    "ContactRules",
    "DeskRules",
    "Gift",
    "Package",
    "Policy",
    "PolicyError",
    "RefundRules",
    "RetentionRules",
    "Rule",
    "ServiceRules",
    "Source",
    "TicketRules",
    "TopupRules",
    "VerificationRules",
]

_PREFIXES = re.compile(r"(?:\d{3,4}(?:-\d{3,4}|\(\d(?:-\d)?\))?)(?:,\d{3,4}(?:-\d{3,4}|\(\d(?:-\d)?\))?)*")


@dataclass(frozen=True, slots=True)
class Policy:
    """Every rule of the hall. `real_name` is guides/real_name.yml as it is."""

    topup: TopupRules
    packages: tuple[Package, ...]
    contact: ContactRules
    desk: DeskRules
    suppliers: Mapping[str, SupplierTable]
    tickets: TicketRules
    real_name: Mapping[str, Any] = field(default_factory=dict)
    compensation: CompensationRules = NOTHING
    retention: RetentionRules = FOR_EVER
    refunds: RefundRules = NO_REFUNDS
    services: ServiceRules = OF_THE_HOUSE
    line: LineRules = NO_LINE_RULES
    guides: Guides = field(default_factory=dict)
    roaming: tuple[Country, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    plan_rules: PlanRules = NO_RULES
    items: tuple[Item, ...] = ()
    verification: VerificationRules = HOUSE
    accounts: AccountRules = NO_ACCOUNTS
    gifts: tuple[Gift, ...] = ()
    stores: StoreRules = NO_STORES
    faults: FaultRules = NO_FAULTS
    notices: NoticeRules = NO_NOTICES

    @classmethod
    def load(cls, folder: Path | str | None = None) -> Policy:
        """Read and check the rules of an operator's folder, None for the demonstration's; raises PolicyError."""
        return cls.of(OperatorFiles.at(folder))

    @classmethod
    def of(cls, files: OperatorFiles) -> Policy:
        """Read and check the rules among an operator's files; raises PolicyError."""
        _check_prefixes(files.rows(PREFIXES))
        files.source(PACKAGES)
        files.source(GIFTS)
        plan_rules, items = tariffs(files.file(TARIFFS))
        return cls(
            topup(files.file(TOPUP)),
            packages(files.rows(PACKAGES)),
            contact(files.file(CONTACT)),
            desk(files.file(DESK)),
            suppliers(files.file(SUPPLIERS)),
            tickets(files.file(TICKETS)),
            _plain(files.file(REAL_NAME)),
            compensation(files.file(COMPENSATION)),
            retention(files.file(RETENTION)),
            refunds(files.file(REFUNDS)),
            services=service_rules(files.file(SERVICE_RULES)),
            line=line(files.file(LINE)),
            guides={name: guide(name, files.file(f"{GUIDES}{name}.yml")) for name in files.guides()},
            roaming=roaming(files),
            promotions=promotions(files.file(PROMOTIONS)),
            plan_rules=plan_rules,
            items=items,
            verification=verification(files.file(VERIFICATION)),
            accounts=accounts(files.file(ACCOUNTS)),
            gifts=gifts(files.rows(GIFTS)),
            stores=stores(files),
            faults=faults(files.file(FAULTS)),
            notices=notices(files.file(NOTICES)),
        )

    def package(self, sku: str) -> Package | None:
        """The package of that number, data or credit, or None."""
        return next((p for p in (*self.packages, *self.topup.credit()) if p.sku == sku), None)

    def offered(self, scope: str) -> tuple[Package, ...]:
        """The data packages of a scope, smallest first."""
        return tuple(sorted((p for p in self.packages if p.scope == scope), key=lambda p: p.data_mb))


def _check_prefixes(rows: Iterable[File]) -> None:
    """Check the number segments, which hall/msisdn.py uses."""
    for row in rows:
        row.get("carrier", text)
        row.get("kind", one_of("mobile", "virtual"))
        row.get("prefixes", _segments)
        row.get("source", text)
        row.get("date", lambda value: date.fromisoformat(text(value)))


def _segments(value: Any) -> str:
    if not isinstance(value, str) or not _PREFIXES.fullmatch(value):
        raise ValueError("must be prefixes like 135-139,147,134(0-8)")
    return value


def _plain(file: File) -> Mapping[str, Any]:
    file.source()
    return file.data
