"""What the demonstration's operator has on file, as rows of its tables: pure functions of demo/ in its folder.

Bills follow from the plan, the services and a pattern of use; the same month always gives the same
bill, so that a later start adds months without changing those that were told to somebody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from hall import months
from hall.catalogue import Catalogue
from hall.operator_files import CUSTOMERS, PLANS, RECORDS, SERVICES, OperatorFiles
from hall.policy_file import File, PolicyError, one_of, text

HISTORY = 7  # closed months before the first running one
PATTERN = HISTORY + 1
_PER_CENT_USED = 62  # of an allowance, by the end of a month
BEYOND = {"data": "data_mb", "calls": "minutes", "sms": "sms"}  # what is charged beyond which allowance

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Demo:
    """demo/ of an operator's folder: the customers, and what is known beside them; `plans` and `services` with it."""

    customers: tuple[Mapping[str, str], ...]
    records: Mapping[str, Any]

    def plan(self, msisdn: str) -> Mapping[str, Any]:
        """Fee and allowances of a customer's plan."""
        found: Mapping[str, Any] = self.records["plans"][self.customer(msisdn)["plan"]]
        return found

    def customer(self, msisdn: str) -> Mapping[str, str]:
        """The row of customers.tsv."""
        return next(row for row in self.customers if row["msisdn"] == msisdn)

    def about(self, msisdn: str) -> Mapping[str, Any]:
        """What records.yml adds to it."""
        found: Mapping[str, Any] = self.records["customers"][msisdn]
        return found


@lru_cache(maxsize=4)
def load(files: OperatorFiles | None = None) -> Demo:
    """Read and check the people of an operator's folder, None for the demonstration's; raises PolicyError."""
    files = files or OperatorFiles()
    catalogue = Catalogue.of(files)
    plans = {plan.name: asdict(plan) for plan in catalogue.plans}
    services = {one.code: {"name": one.name, "fee_fen": one.fee_fen} for one in catalogue.services}
    files.source(CUSTOMERS)
    rows, known = tuple(files.rows(CUSTOMERS)), files.file(RECORDS)
    known.source()
    for row in rows:
        _check(row, known, plans, services)
    return Demo(tuple(row.data for row in rows), {**known.data, "plans": plans, "services": services})


def _check(row: File, known: File, plans: Values, services: Values) -> None:
    """A customer's plan and services are in the catalogue, and more is known of him."""
    if row.get("plan", text) not in plans:
        raise row.error("plan", f"{row.data['plan']} is no plan of {PLANS}")
    about = f"customers.{row.get('msisdn', text)}"
    known.get(f"{about}.name", text)
    for held in known.items(f"{about}.services") if known.has(f"{about}.services") else ():
        try:
            known.get(f"{held}.code", one_of(*services))
        except PolicyError as error:
            raise known.error(f"{held}.code", f"{error.why} ({SERVICES})") from None


def subscriber(demo: Demo, row: Mapping[str, str], anchor: str) -> Values:
    """A customer's row of bss_subscribers."""
    about = demo.about(row["msisdn"])
    return {
        "msisdn": row["msisdn"],
        "carrier": row["carrier"],
        "name": about["name"],
        "city": row["city"],
        "tier": row["tier"],
        "age": int(row["age"]) if row["age"].isdigit() else None,
        "balance_fen": int(row["balance_fen"]),
        "arrears_fen": int(row["arrears_fen"]),
        "real_name": row["real_name"] == "yes",
        "flags": [flag for flag in row["flags"].split(",") if flag],
        "plan": row["plan"],
        "points": about["points"],
        "anchor": anchor,
    }


def services(demo: Demo, msisdn: str, anchor: str) -> Iterator[Values]:
    """The services that a line has now."""
    for held in demo.about(msisdn).get("services", ()):
        if "until" not in held:
            since = months.start(months.shift(anchor, held["since"])) + timedelta(days=4, hours=6)
            how = {"ordered_by": held.get("by", "sms"), "confirmed": held.get("confirmed", True)}
            mine = {"msisdn": msisdn, "code": held["code"], "since": since}
            yield mine | demo.records["services"][held["code"]] | how


@dataclass(frozen=True, slots=True)
class Charged:
    """A service in the months in which its fee is charged; `last` is None while it goes on."""

    code: str
    name: str
    fee_fen: int
    first: str
    last: str | None

    def in_(self, month: str) -> bool:
        """Whether it is charged in a month."""
        return self.first <= month and (self.last is None or month <= self.last)


def charged(demo: Demo, msisdn: str, anchor: str, ordered: Iterable[Any]) -> list[Charged]:
    """The services of a line with their months: those of the records, and as `ordered` (rows) since."""
    found: dict[str, Charged] = {}
    for held in demo.about(msisdn).get("services", ()):
        last = months.shift(anchor, held["until"]) if "until" in held else None
        first, service = months.shift(anchor, held["since"]), demo.records["services"][held["code"]]
        found[held["code"]] = Charged(held["code"], service["name"], service["fee_fen"], first, last)
    for row in ordered:
        last = months.of(row.until) if row.until else None
        found[row.code] = Charged(row.code, row.name, row.fee_fen, row.fee_from or months.of(row.since), last)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was ordered on a line since: rows of bss_services, and of bss_plan_changes that took effect, by month."""

    services: Sequence[Any] = ()
    plans: Sequence[Any] = ()


def plan_of(demo: Demo, msisdn: str, month: str, changes: Iterable[Any]) -> str:
    """The plan that a line had in a month, by the changes that took effect, in the order of their months."""
    names = [change.name for change in changes if change.month <= month]
    return str(names[-1] if names else demo.customer(msisdn)["plan"])


def month_use(demo: Demo, msisdn: str, month: str, anchor: str, changes: Iterable[Any] = ()) -> tuple[int, int, int]:
    """Data in MB, minutes, messages of a closed month: what was paid for beyond the plan came on top of all of it."""
    included = demo.records["plans"][plan_of(demo, msisdn, month, changes)]
    beyond, whole = _beyond(demo, msisdn, month, anchor, None), months.days(month)
    data_mb, minutes, sms = (
        included[kind] + beyond[kind] if beyond[kind] else _within(demo, msisdn, kind, included[kind], whole, whole)
        for kind in ("data_mb", "minutes", "sms")
    )
    return data_mb, minutes, sms


def bill_items(
    demo: Demo, msisdn: str, month: str, anchor: str, day: int | None, ordered: Ordered | None = None
) -> list[Values]:
    """The items of a month's bill; up to `day` of it while the month runs."""
    about = demo.about(msisdn)
    ordered = ordered or Ordered()
    plan = plan_of(demo, msisdn, month, ordered.plans)
    items = [_item("plan", plan, demo.records["plans"][plan]["fee_fen"], "plan")]
    for held in charged(demo, msisdn, anchor, ordered.services):
        if held.fee_fen and held.in_(month):
            items.append(_item(f"service:{held.code}", held.name, held.fee_fen, "vas"))
    for category, pattern in about.get("extras", {}).items():
        rate = demo.records["rates_fen"][category]
        if quantity := _extra(pattern, month, anchor, day):
            items.append(_item(f"out:{category}", rate["name"], rate["fen"] * quantity, category, quantity))
    if discount := about.get("discount"):
        items.append(_item("discount", discount["name"], discount["fen"], "discount"))
    return [{"msisdn": msisdn, "month": month, "position": at, **item} for at, item in enumerate(items)]


def usage(demo: Demo, msisdn: str, month: str, anchor: str, day: int, changes: Iterable[Any] = ()) -> Iterator[Values]:
    """The allowances of a month, used up to `day`. One is used up where something beyond it was charged."""
    plan = demo.records["plans"][plan_of(demo, msisdn, month, changes)]
    beyond = _beyond(demo, msisdn, month, anchor, day)
    base = {"msisdn": msisdn, "month": month}
    for kind, name in demo.records["allowances"].items():
        if total := plan[kind]:
            used = total if beyond[kind] else _within(demo, msisdn, kind, total, day, months.days(month))
            yield {**base, "kind": kind, "name": name, "total": total, "used": used}
    for held in demo.about(msisdn).get("extra_data", ()):
        extra = demo.records["extra_data"][held["code"]]
        used = min(extra["data_mb"], extra["data_mb"] * held["used_per_cent"] * day // (100 * months.days(month)))
        kind = f"data_mb:{held['code']}"
        yield {**base, "kind": kind, "name": extra["name"], "total": extra["data_mb"], "used": used}


def used(demo: Demo, msisdn: str, month: str, anchor: str, day: int | None) -> dict[str, int]:
    """What was used in a month by kind of allowance, within and beyond it; up to `day` while the month runs."""
    plan, beyond, whole = demo.plan(msisdn), _beyond(demo, msisdn, month, anchor, day), months.days(month)
    return {
        kind: plan[kind] + beyond[kind]
        if beyond[kind]
        else _within(demo, msisdn, kind, plan[kind], day or whole, whole)
        for kind in BEYOND.values()
    }


def _within(demo: Demo, msisdn: str, kind: str, total: int, day: int, days: int) -> int:
    per_cent = demo.about(msisdn).get("uses_per_cent", {}).get(kind, _PER_CENT_USED)
    return min(total, total * int(per_cent) * day // (100 * days))


def _beyond(demo: Demo, msisdn: str, month: str, anchor: str, day: int | None) -> dict[str, int]:
    """What is charged beyond the allowances."""
    extras = demo.about(msisdn).get("extras", {})
    return {kind: _extra(extras.get(category), month, anchor, day) for category, kind in BEYOND.items()}


def _extra(pattern: Sequence[int] | None, month: str, anchor: str, day: int | None) -> int:
    if not pattern:
        return 0
    quantity = pattern[(months.distance(anchor, month) + HISTORY) % PATTERN]
    return quantity if day is None else quantity * day // months.days(month)


def payment(demo: Demo, msisdn: str, month: str) -> Values | None:
    """What was paid on the sixth of a month, if anything."""
    paid = demo.about(msisdn)["pays_fen"]
    at = months.start(month) + timedelta(days=5, hours=12)
    return {"msisdn": msisdn, "at": at, "amount_fen": paid, "way": demo.records["way"]} if paid else None


def credits(demo: Demo, msisdn: str, month: str) -> Iterator[Values]:
    """Data bought in the running month."""
    if bought := demo.about(msisdn).get("topups"):
        for number in range(bought["times"]):
            yield {
                "key": f"demo:{msisdn}:{month}:{number}",
                "msisdn": msisdn,
                "sku": bought["sku"],
                "data_mb": bought["data_mb"],
                "valid_until": months.start(months.shift(month, 1)),
                "month": month,
                "at": months.start(month) + timedelta(minutes=number),
            }


def _item(code: str, name: str, amount_fen: int, category: str, quantity: int | None = None) -> Values:
    return {"code": code, "name": name, "amount_fen": amount_fen, "category": category, "quantity": quantity}
