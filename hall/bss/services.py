"""Value-added services of a line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hall.bss.kinds import Records, is_count, limited


@dataclass(frozen=True, slots=True)
class Service:
    """A value-added service that the line has, or had."""

    code: str
    name: str
    fee_fen: int  # a month
    since: datetime
    until: datetime | None = None  # when it ends, or has ended; None: it goes on
    fee_from: str | None = None  # the first month with a fee, of a trial
    ordered_by: str = "sms"  # the channel: sms | web | hall | phone …
    confirmed: bool = True  # whether the line confirmed the order a second time


@dataclass(frozen=True, slots=True)
class ServiceOrder:
    """A service that is to be started or ended. The same `key` again does nothing."""

    key: str
    msisdn: str
    code: str
    by: str  # the channel


@dataclass(frozen=True, slots=True)
class NewService:
    """What is started: its name and fee, and how long it is free at first."""

    name: str
    fee_fen: int
    fee_from: str  # the first month with a fee


class Services(Records):
    """What a line has subscribed to. Part: subscriber. TM Forum: 637 `/product`, 622 `/productOrder` add and delete."""

    @limited("subscriber", lambda found, _msisdn: all(is_count(one.fee_fen) for one in found))
    async def of(self, msisdn: str) -> tuple[Service, ...]:
        """The services of the line that run, oldest first."""
        raise NotImplementedError

    @limited("subscriber", lambda found, _msisdn: all(is_count(one.fee_fen) for one in found))
    async def history(self, msisdn: str) -> tuple[Service, ...]:
        """These and those that have ended, oldest first."""
        raise NotImplementedError

    @limited("subscriber")
    async def end(self, order: ServiceOrder, at: datetime) -> None:
        """End a service at that moment. Idempotent: one that is ended, or was never there, stays so."""
        raise NotImplementedError

    @limited("subscriber")
    async def start(self, order: ServiceOrder, service: NewService) -> None:
        """Start a service now, as the line has confirmed it. Idempotent: one that runs stays as it is."""
        raise NotImplementedError
