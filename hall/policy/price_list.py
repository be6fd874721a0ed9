"""What things cost and what is on offer: roaming by country, items in words, promotions (catalogue/ of an operator)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from hall.operator_files import ROAMING, OperatorFiles
from hall.policy_file import File, amount_text, count, day, list_of, mapping, number_text, text, words_text


@dataclass(frozen=True, slots=True)
class Country:
    """Roaming in a country or region, in fen with tax: data by the day and for seven days, minutes, a message."""

    name: str
    zone: str
    day_fen: int
    week_fen: int
    call_fen: int  # a minute, local or to the mainland
    incoming_fen: int  # a minute
    sms_fen: int
    said_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A service or an item of a bill in words. `fee_text`: a price that is no monthly fee; neither: the catalogue's."""

    name: str
    what: str
    period: str
    end: str
    keywords: tuple[str, ...]
    fee_fen: int | None = None
    fee_text: str = ""


@dataclass(frozen=True, slots=True)
class PlanRules:
    """What holds for every plan, in words."""

    period: str
    outside: str
    change: str


NO_RULES = PlanRules("", "", "")


@dataclass(frozen=True, slots=True)
class Promotion:
    """Something on offer, from the day `since` to the end of `until`, to whom it fits."""

    name: str
    text: str
    sms: str
    since: date
    until: date
    carriers: tuple[str, ...] = ()  # none: all; so for the tiers
    tiers: tuple[str, ...] = ()
    months: int = 0  # on the network
    leads_to: str = ""  # the intent that takes it


def roaming(files: OperatorFiles) -> tuple[Country, ...]:
    """Check roaming.tsv; raises PolicyError."""
    files.source(ROAMING)
    return tuple(_countries(files.rows(ROAMING)))


def _countries(rows: Iterator[File]) -> Iterator[Country]:
    seen = set[str]()
    for row in rows:
        prices = {name: row.get(name, number_text) for name in ("day_fen", "week_fen", "call_fen")}
        prices |= {name: row.get(name, amount_text) for name in ("incoming_fen", "sms_fen")}
        country = Country(
            row.get("country", text), row.get("zone", text), **prices, said_as=row.get("said_as", words_text)
        )
        for name in (country.name, *country.said_as):
            if name in seen:
                raise row.error("said_as", f"{name} is there twice")
            seen.add(name)
        row.finish()
        yield country


def tariffs(file: File) -> tuple[PlanRules, tuple[Item, ...]]:
    """Check tariffs.yml; raises PolicyError."""
    file.source()
    rules = PlanRules(*(file.get(f"plan.{name}", text) for name in ("period", "outside", "change")))
    items = tuple(_item(file, key) for key in file.items("items"))
    file.finish()
    return rules, items


def _item(file: File, key: str) -> Item:
    said = {name: file.get(f"{key}.{name}", text) for name in ("name", "what", "period", "end")}
    fee = file.get(f"{key}.fee_fen", _fee) if file.has(f"{key}.fee_fen") else None
    words = file.get(f"{key}.fee_text", text) if file.has(f"{key}.fee_text") else ""
    return Item(**said, keywords=file.get(f"{key}.keywords", list_of(text, empty=True)), fee_fen=fee, fee_text=words)


def _fee(value: object) -> int:
    return 0 if value == 0 and not isinstance(value, bool) else count(value)


def promotions(file: File) -> tuple[Promotion, ...]:
    """Check promotions.yml; raises PolicyError."""
    file.source()
    found = tuple(_promotion(file, key) for key in file.items("promotions"))
    file.finish()
    return found


def _promotion(file: File, key: str) -> Promotion:
    whole: Mapping[str, object] = file.get(key, mapping)
    if unknown := set(whole) - {"name", "text", "sms", "from", "until", "carriers", "tiers", "months", "leads_to"}:
        raise file.error(key, f"knows no {', '.join(sorted(unknown))}")
    lists = {name: file.get(f"{key}.{name}", list_of(text)) if name in whole else () for name in ("carriers", "tiers")}
    said, since, until = file.get(f"{key}.text", text), file.get(f"{key}.from", day), file.get(f"{key}.until", day)
    if until < since:
        raise file.error(f"{key}.until", "is before it begins")
    return Promotion(
        name=file.get(f"{key}.name", text),
        text=said,
        sms=file.get(f"{key}.sms", text) if "sms" in whole else said,
        since=since,
        until=until,
        carriers=lists["carriers"],
        tiers=lists["tiers"],
        months=file.get(f"{key}.months", count) if "months" in whole else 0,
        leads_to=file.get(f"{key}.leads_to", text) if "leads_to" in whole else "",
    )
