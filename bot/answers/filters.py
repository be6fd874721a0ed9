"""Filters of the templates. They format and look words up; they decide nothing.

The words that they use are tables of bot/domain, like all text for customers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from bot.answers import opening
from hall import clock, months
from hall.clock import SHANGHAI
from hall.money import short_yuan, yuan
from hall.msisdn import spaced
from hall.topup.notifications import size

ONE_PART = 70  # UTF-16 units of an SMS that is not cut
Words = Mapping[str, Mapping[str, str]]  # by table and key, in the words of one channel


def filters(words: Words) -> dict[str, Callable[..., Any]]:
    """All of them, by the name under which a template calls them; `words` are those of its channel."""

    def word(key: Any, table: str, *otherwise: str) -> str:
        """The word for a key of a table; for a key that it has not, `otherwise`. Raises KeyError without that."""
        found = words[table]
        return found.get(str(key), otherwise[0]) if otherwise else found[str(key)]

    def month(value: str) -> str:
        """`2026-10` → `10月`; with its year when that is not the present one."""
        year, number = value.split("-")
        own = year == months.of(clock.current().now())[:4]
        return word("month" if own else "month_of_year", "date").format(year=year, number=int(number))

    def day(value: date) -> str:
        """A day of the near future, or that of a moment: `11月30日`."""
        value = value.astimezone(SHANGHAI) if isinstance(value, datetime) else value
        return word("day", "date").format(month=value.month, day=value.day)

    def moment(when: datetime) -> str:
        """A time with its day: `11月28日10:00`; a minute that is begun counts in full."""
        return day((when + timedelta(seconds=59)).astimezone(SHANGHAI)) + time(when)

    def full_day(value: datetime) -> str:
        """A day of the past, with its year: `2025年3月5日`."""
        local = value.astimezone(SHANGHAI)
        return month(f"{local.year}-{local.month:02}") + word("day_of_month", "date").format(day=local.day)

    def goods(order: Any) -> str:
        """What an order is about: `5GB流量`, `50元话费`."""
        product, data_mb, face_fen = (_of(order, name) for name in ("product", "data_mb", "face_fen"))
        return word(product, "goods").format(size=size(data_mb), face=short_yuan(face_fen))

    def day_hour(moment: str) -> str:
        """The full hour of a day, of a moment as facts are stored (ISO 8601): `15日18点`."""
        when = datetime.fromisoformat(moment).astimezone(SHANGHAI)
        return word("day_hour", "date").format(day=when.day, hour=when.hour)

    def hours(minutes: int) -> str:
        """A time that has passed, in whole hours, under one in minutes."""
        unit, number = ("hours", minutes // 60) if minutes >= 60 else ("minutes", minutes)
        return word(unit, "date").format(number=number)

    def part(order: Any) -> str:
        """How much of an order arrived: `512MB`, `25元`."""
        mb, fen = (_of(order, name) for name in ("delivered_mb", "delivered_fen"))
        return size(mb) if mb else word("yuan", "date").format(number=short_yuan(fen))

    def in_words(value: Any, slot: str, entity: str) -> str:
        """The value of a slot as people say it, by the kind of value or the table of words that is called like it."""
        if entity in typed and (isinstance(value, int) or entity in ("phone_number", "month")):
            return typed[entity](value)
        table = next((name for name in (slot, entity) if name in words), "")
        return word(value, table, str(value)) if table else str(value)

    typed: dict[str, Callable[[Any], str]] = {
        "phone_number": lambda value: spaced(value) if value.isdecimal() else word(value, "number", value),
        "data_mb": size,
        "amount_fen": lambda fen: word("credit", "goods").format(face=short_yuan(fen), size=""),
        "month": lambda value: month(value) if len(value) == 7 else value,
    }

    return {
        "day_hour": day_hour,
        "hours": hours,
        "part": part,
        "yuan": yuan,
        "short_yuan": short_yuan,
        "spaced": spaced,
        "size": size,
        "about_size": about_size,
        "time": time,
        "clock": at_clock,
        "moment": moment,
        "largest": largest,
        "word": word,
        "month": month,
        "day": day,
        "full_day": full_day,
        "goods": goods,
        "fitting": fitting,
        "in_words": in_words,
        "opening": lambda moment: opening.opening(moment, word),
        "desk_hours": lambda spans: opening.hours(spans, word),
    }


def time(moment: datetime) -> str:
    """The customer's time of day from which on something is so: a minute that is begun counts in full."""
    return (moment + timedelta(seconds=59)).astimezone(SHANGHAI).strftime("%H:%M")


def about_size(mb: int) -> str:
    """An amount of data as it is used, to a hundredth of a GB, rounded down: `41.4GB`."""
    return size(mb) if mb < 1024 else f"{mb * 100 // 1024 / 100:g}GB"


def at_clock(moment: datetime | str) -> str:
    """The customer's time of day at a moment, which may be written as facts are stored (ISO 8601)."""
    when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return when.astimezone(SHANGHAI).strftime("%H:%M")


def fitting(variants: Sequence[str], before: str = "") -> str:
    """The first of these texts that one SMS holds, `before` it included; the last one when none does."""
    room = ONE_PART - _units(before)
    return next((text for text in variants if _units(text) <= room), variants[-1])


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def largest(items: Sequence[Any], most: int, of: str) -> Sequence[Any]:
    """All items if they are at most `most`; else one fewer than that, those whose number `of` is furthest from zero.

    The place that is left over is for the rest.
    """
    if len(items) <= most:
        return items
    return sorted(items, key=lambda item: -abs(_of(item, of)))[: most - 1]


def _of(value: Any, name: str) -> Any:
    """A field of an object, or of what was kept of it as JSON."""
    return value[name] if isinstance(value, Mapping) else getattr(value, name)
