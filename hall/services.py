"""Services of a line: which it has, which of them somebody means, what ending one loses, what comes back of one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from rapidfuzz import fuzz

from hall import months
from hall.books import fee_refund
from hall.books.fee_refund import Charge, Claim, FeeRefund
from hall.bss.services import Service, ServiceOrder, Services
from hall.catalogue import Service as Offered
from hall.clock import SHANGHAI
from hall.context import Hall
from hall.money import fen
from hall.spoken_numbers import whole
from hall.store.unit import Unit

ALIKE = 66  # partial ratio from which a misspelt name is that service
HERE, HALL = "here", "hall"
UNWANTED = "unwanted_service"  # of the policy of refunds
_ALL = re.compile(r"都|全部?|所有|统统|通通|一个不留|一起|两个|[三四五六七八九]个")
_BUT = re.compile(
    r"(?:除了|除|留着?|保留|只留)(?P<kept>[^,，。]{2,20}?)(?:以?外|之外|别的|其他|其它|剩下|都|全|$|[,，。])"
)
_LEFT = re.compile(r"(?P<kept>[^,，。等]{1,8}?)的?(?:还?要?留着|保留|留下|先?别退|先?不退|不要退|别停)")
_NUMBERS = re.compile(
    r"\s*(?:退|取消|停|要?退订)?(?:第)?\d{1,2}(?:个|项)?(?:\s*[,，、.和跟与及\s]\s*(?:第)?\d{1,2}(?:个|项)?)*\s*(?:都|也)?(?:退订?|取消|停|不要)?(?:了|掉|吧)*\s*"
)
_MONEY = re.compile(r"(?P<n>\d{1,3}(?:\.\d{1,2})?|[一二两三四五六七八九十百]{1,4})\s*(?:块|元|钱)")


@dataclass(frozen=True, slots=True)
class Held:
    """A service that the line has, as it is told and ended."""

    code: str
    name: str
    fee_fen: int
    since: datetime
    ends: str  # at_once | month_end | hall
    confirmed: bool
    ordered_by: str
    what: str = ""
    words: tuple[str, ...] = ()
    said_as: tuple[str, ...] = ()
    supplier: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """What is ended and lost: from when it does not work, and the first month without a fee."""

    services: tuple[Held, ...]
    last_day: date | None  # until when they work; None: they end at once
    free_from: str  # the month
    total_fen: int  # a month

    @property
    def names(self) -> list[str]:
        """Their names."""
        return [one.name for one in self.services]


@dataclass(frozen=True, slots=True)
class Returning:
    """What is given back of services that were not ordered: by item, and whether a person must approve it."""

    service: Held
    charges: tuple[Charge, ...]
    refund_fen: int
    compensation_fen: int
    approval: bool

    @property
    def total_fen(self) -> int:
        """What the line gets."""
        return self.refund_fen + self.compensation_fen

    @property
    def first(self) -> str:
        """The month of the first charge."""
        return self.charges[0].month

    @property
    def last(self) -> str:
        """The month of the last charge."""
        return self.charges[-1].month


async def held(hall: Hall, line: str) -> tuple[Held, ...]:
    """The services of a line that run and are not ending, oldest first. Raises Unavailable("subscriber")."""
    found = await hall.bss[Services].of(line)
    return tuple(_held(hall, one) for one in found if one.until is None)


async def ended(hall: Hall, line: str) -> tuple[Held, ...]:
    """Those that have ended or are ending. Raises Unavailable("subscriber")."""
    found = await hall.bss[Services].history(line)
    return tuple(_held(hall, one) for one in found if one.until is not None)


def meant(text: str, among: Sequence[Held]) -> tuple[Held, ...]:
    """Which of these services a text means: by code, number of the list, price, name or description, or all of them.

    Numbers are places among `among`; 除了彩铃都退 leaves one out; nothing that fits is nothing.
    """
    plain = text.strip()
    codes = {part.strip() for part in plain.split(",")}
    if exact := tuple(one for one in among if one.code in codes):
        return exact
    if but := _BUT.search(plain) or _LEFT.search(plain):
        kept = _named(but["kept"], among)
        return tuple(one for one in among if one not in kept) if kept else ()
    if _NUMBERS.fullmatch(plain):
        numbers = [int(found) for found in re.findall(r"\d+", plain)]
        if all(0 < number <= len(among) for number in numbers):
            return tuple(among[number - 1] for number in dict.fromkeys(numbers))
    if found := _named(plain, among):
        return found
    if amounts := _amounts(plain):
        return tuple(one for one in among if one.fee_fen in amounts)
    return tuple(among) if _ALL.search(plain) else ()


def names_nothing(text: str) -> bool:
    """Whether a text names no service at all: 退订业务, 0000."""
    plain = re.sub(
        r"[\s\d]|退订?|取消|关闭?|停|业务|服务|怎么|如何|我|要|想|帮|给|把|掉|了|吧|的|一下|办理|查询", "", text
    )
    return len(plain) < 2


def ending(hall: Hall, services: Iterable[Held]) -> Ending:
    """What is lost when these end now."""
    chosen = tuple(services)
    today = hall.clock.local().date()
    month = f"{today:%Y-%m}"
    last = today.replace(day=months.days(month)) if any(one.ends == "month_end" for one in chosen) else None
    return Ending(chosen, last, months.shift(month, 1), sum(one.fee_fen for one in chosen))


async def end(hall: Hall, line: str, services: Iterable[Held], key: str, by: str) -> None:
    """End services of a line; the same `key` again does nothing. Raises Unavailable("subscriber")."""
    now = hall.clock.now()
    for one in services:
        at = months.start(months.shift(months.of(now), 1)) if one.ends == "month_end" else now
        await hall.bss[Services].end(ServiceOrder(f"{key}:{one.code}", line, one.code, by), at)


async def returning(hall: Hall, line: str, service: Held) -> Returning | None:
    """What comes back of a service that was not ordered; None when nothing is left to be given back.

    Raises Unavailable("bill").
    """
    charges = await fee_refund.charges(hall, line, f"service:{service.code}", UNWANTED)
    if not charges:
        return None
    refund_fen, compensation_fen = fee_refund.sums(hall, UNWANTED, charges)
    approval = fee_refund.needs_approval(hall, UNWANTED, charges)
    return Returning(service, charges, refund_fen, compensation_fen, approval)


async def give_back(hall: Hall, unit: Unit, line: str, conversation: str, what: Returning) -> FeeRefund:
    """Stage the refund of a service that was not ordered; the same again is the first one."""
    one = what.service
    key = f"unwanted:{line}:{one.code}:{one.since:%Y-%m-%d}:{what.first}:{what.last}"
    names = {"name": one.name, "supplier": one.supplier}
    return await fee_refund.ask(hall, unit, Claim(key, conversation, line, UNWANTED, charges=what.charges, **names))


async def given_back(hall: Hall, line: str, name: str) -> FeeRefund | None:
    """The newest refund of that service, if one was asked for."""
    return next((one for one in await fee_refund.of_line(hall.store, line) if one.name == name), None)


def offered(hall: Hall, name: str) -> Offered | None:
    """The service of the catalogue that has this name, or is written so."""
    known = hall.catalogue
    plain = name.strip().lower()
    exact = next((one for one in known.services if plain in (one.code.lower(), one.name.lower())), None)
    return exact or next((one for one in known.services if plain in map(str.lower, one.said_as)), None)


def named_in(hall: Hall, text: str) -> Offered | None:
    """The service of the catalogue that a text names, the longest name first."""
    plain = text.lower()
    named = [
        (name, one) for one in hall.catalogue.services for name in (one.name, *one.said_as) if name.lower() in plain
    ]
    return max(named, key=lambda pair: len(pair[0]))[1] if named else None


def _held(hall: Hall, one: Service) -> Held:
    of = offered(hall, one.code)
    more = {} if of is None else {
        "what": of.what, "words": of.words, "said_as": of.said_as, "supplier": of.supplier, "ends": of.ends,
    }  # fmt: skip
    mine = {"code": one.code, "name": one.name, "fee_fen": one.fee_fen, "since": one.since.astimezone(SHANGHAI)}
    return Held(**{"ends": "at_once", **mine, "confirmed": one.confirmed, "ordered_by": one.ordered_by, **more})  # type: ignore[arg-type]


def _named(text: str, among: Sequence[Held]) -> tuple[Held, ...]:
    """The services whose name, or one of its variants, is in a text; else those it describes; else a misspelt one."""
    plain = text.lower()
    by_name = [one for one in among if any(name.lower() in plain for name in (one.name, *one.said_as))]
    described = [one for one in among if one not in by_name and any(word in plain for word in one.words)]
    if by_name:
        return tuple(one for one in among if one in by_name)
    if described:
        return tuple(described)
    alike = [
        one for one in among if len(plain) > 1 and fuzz.partial_ratio(one.name, text) >= ALIKE and len(one.name) > 2
    ]
    return tuple(alike[:1])


def _amounts(text: str) -> set[int]:
    """The sums of money that a text names, in fen."""
    return {amount for found in _MONEY.finditer(text) if (amount := _fen(found["n"]))}


def _fen(number: str) -> int:
    return fen(number) if number[0].isdigit() else whole(number) * 100
