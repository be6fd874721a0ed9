"""Rules of top-up: policy/topup.yml and catalogue/packages.tsv of the operator's folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from hall.operator_files import PACKAGES
from hall.policy_file import File, PolicyError, Source, count, list_of, number_text, one_of, only, pair, text

SCOPES = ("national", "provincial")
VALIDITIES = ("calendar month", "30 days")
PRODUCTS = ("data", "credit")
REASONS = (
    "invalid_number",
    "virtual_number",
    "unknown",
    "arrears",
    "not_registered",
    "blacklisted",
    "excluded",
    "too_many",
    "number_today",
    "payer_today",
)
BY_DAY = ("number_today", "payer_today")
WITHOUT_RECORD = ("unknown", *BY_DAY)  # what holds of a number that the operator's records do not have
Product = Literal["data", "credit"]


@dataclass(frozen=True, slots=True)
class Package:
    """What is sold: a data package, or credit (`scope` and `valid` empty, `data_mb` 0, `face_fen` put on the line)."""

    sku: str
    scope: str  # national | provincial
    data_mb: int
    price_fen: int
    valid: str  # "calendar month" | "30 days"
    product: Product = "data"
    face_fen: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to refuse. `carrier` and `per_month` only for `too_many`, `per_day` for the daily limits."""

    reason: str
    products: frozenset[str]
    source: Source
    carrier: str | None = None
    per_month: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class TopupRules:
    """policy/topup.yml. `sources` is by section: number_check, credit, arrival, payment, delivery, refund."""

    sources: dict[str, Source] = field(repr=False)
    others_check: str  # retype | last4
    own_check: str  # read_back | retype | last4
    mismatches: int
    at_once: int  # so many numbers of one message are taken
    rules: tuple[Rule, ...]
    amounts_yuan: tuple[int, ...]
    usual_minutes: int
    peak_days: frozenset[str]  # of first, last
    peak_hours: tuple[int, int]
    expires: timedelta
    payment_query_seconds: tuple[int, ...]
    ways: tuple[str, ...]
    consent: str  # confirm: it is asked for | way: on one's own line the choice of the way to pay orders
    subjects: dict[str, str]  # by product: what the payment is called at the provider
    delivery_query_seconds: tuple[int, ...]
    delivery_person_after: timedelta
    late: tuple[timedelta, ...]  # after the promised time: an apology each while there is no result
    answer: timedelta  # in which a person answers who is called to a late order …
    answer_between: tuple[int, int]  # … within these hours of a day
    refund_query_seconds: tuple[int, ...]
    refund_person_after: timedelta
    refund_days: int

    def is_peak(self, day: date) -> bool:
        """Whether a top-up on that day (Asia/Shanghai) takes longer than usual."""
        last = (day + timedelta(days=1)).day == 1
        return ("first" in self.peak_days and day.day == 1) or ("last" in self.peak_days and last)

    def for_product(self, product: str) -> tuple[Rule, ...]:
        """The reasons to refuse that product, in the order in which they are asked."""
        return tuple(rule for rule in self.rules if product in rule.products)

    def credit(self) -> tuple[Package, ...]:
        """The amounts of credit that are sold, smallest first."""
        return tuple(Package(f"C{y}", "", 0, y * 100, "", "credit", y * 100) for y in sorted(self.amounts_yuan))


SECTIONS = ("number_check", "credit", "arrival", "payment", "delivery", "refund")


def topup(file: File) -> TopupRules:
    """Check topup.yml; raises PolicyError."""
    file.get("refund.after_success", only(False))
    rules = TopupRules(
        sources={section: file.source(section) for section in SECTIONS},
        others_check=file.get("number_check.others", one_of("retype", "last4")),
        own_check=file.get("number_check.own", one_of("read_back", "retype", "last4")),
        mismatches=file.get("number_check.mismatches", count),
        at_once=file.get("number_check.at_once", count),
        rules=_rules(file),
        amounts_yuan=file.get("credit.amounts_yuan", list_of(count)),
        usual_minutes=file.get("arrival.usual_minutes", count),
        peak_days=frozenset(file.get("arrival.peak_days", list_of(one_of("first", "last"), empty=True))),
        peak_hours=file.get("arrival.peak_hours", pair),
        expires=timedelta(minutes=file.get("payment.expires_minutes", count)),
        payment_query_seconds=file.get("payment.query_seconds", list_of(count)),
        ways=file.get("payment.ways", list_of(text)),
        consent=file.get("payment.consent", one_of("confirm", "way")),
        subjects={product: file.get(f"payment.subjects.{product}", text) for product in PRODUCTS},
        delivery_query_seconds=file.get("delivery.query_seconds", list_of(count)),
        delivery_person_after=timedelta(hours=file.get("delivery.person_after_hours", count)),
        late=tuple(timedelta(minutes=after) for after in file.get("delivery.late_minutes", list_of(count))),
        answer=timedelta(hours=file.get("delivery.answer_hours", count)),
        answer_between=file.get("delivery.answer_between", pair),
        refund_query_seconds=file.get("refund.query_seconds", list_of(count)),
        refund_person_after=timedelta(hours=file.get("refund.person_after_hours", count)),
        refund_days=file.get("refund.arrives_days", count),
    )
    if len(set(rules.amounts_yuan)) < len(rules.amounts_yuan):
        raise file.error("credit.amounts_yuan", "names an amount twice")
    file.finish()
    return rules


def packages(rows: Iterable[File]) -> tuple[Package, ...]:
    """Check the rows of packages.tsv; raises PolicyError."""
    found: dict[str, Package] = {}
    for row in rows:
        package = Package(
            sku=row.get("sku", text),
            scope=row.get("scope", one_of(*SCOPES)),
            data_mb=row.get("data_mb", number_text),
            price_fen=row.get("price_fen", number_text),
            valid=row.get("valid", one_of(*VALIDITIES)),
        )
        if package.sku in found:
            raise row.error("sku", f"{package.sku} is there twice")
        found[package.sku] = package
    if not found:
        raise PolicyError(PACKAGES, "", "has no packages")
    return tuple(found.values())


def _rules(file: File) -> tuple[Rule, ...]:
    rules: dict[str, Rule] = {}
    for key in file.items("eligibility"):
        reason = file.get(f"{key}.reason", one_of(*REASONS))
        if reason in rules:
            raise file.error(f"{key}.reason", f"{reason} is there twice")
        rules[reason] = Rule(
            reason,
            frozenset(file.get(f"{key}.products", list_of(one_of(*PRODUCTS)))),
            file.source(key),
            carrier=file.get(f"{key}.carrier", text) if reason == "too_many" else None,
            per_month=file.get(f"{key}.per_month", count) if reason == "too_many" else None,
            per_day=file.get(f"{key}.per_day", count) if reason in BY_DAY else None,
        )
    for reason in ("invalid_number", "virtual_number"):
        if reason not in rules:
            raise file.error("eligibility", f"must have {reason}: the number is always looked at")
    return tuple(rules.values())
