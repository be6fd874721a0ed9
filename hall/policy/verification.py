"""What a customer proves before records are shown, and how they are shown: policy/verification.yml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hall.policy_file import File, count, truth


@dataclass(frozen=True, slots=True)
class VerificationRules:
    """policy/verification.yml.

    `tries`: wrong service passwords in a row, then the password is locked for `locked`. `detail_months`: of call
    details, the running one included. `detail_link` and `invoice_link`: how long their links can be opened.
    """

    tries: int = 5
    locked: timedelta = timedelta(hours=24)
    detail_months: int = 6
    detail_link: timedelta = timedelta(minutes=30)
    numbers_masked: bool = True
    invoice_link: timedelta = timedelta(days=7)


HOUSE = VerificationRules()


def verification(file: File) -> VerificationRules:
    """Check verification.yml; raises PolicyError."""
    for part in ("service_password", "details", "invoice"):
        file.source(part)
    rules = VerificationRules(
        file.get("service_password.tries", count),
        timedelta(hours=file.get("service_password.locked_hours", count)),
        file.get("details.months", count),
        timedelta(minutes=file.get("details.link_minutes", count)),
        file.get("details.numbers_masked", truth),
        timedelta(days=file.get("invoice.link_days", count)),
    )
    file.finish()
    return rules
