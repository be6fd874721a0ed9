"""What the hall writes of its own accord: a bill that is due, an allowance that runs low. Never at night, never twice.

A round a day goes over the lines that write by SMS. A line gets what it agrees to, at most so many a day; what was said
against it is remembered (`say`). Results of orders and tickets are told where they happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from hall import guides, promotions
from hall.bss.balance import Balances
from hall.bss.consents import Consents
from hall.bss.usage import Usages
from hall.clock import SHANGHAI
from hall.errors import NotFound, Unavailable
from hall.policy.notices import KINDS
from hall.store.dispatcher import Dispatcher, Done, Result
from hall.store.inbox import HallEvent, post_event
from hall.store.outbox import NewMessage, OutboxMessage, enqueue
from hall.store.tables.core import conversations

if TYPE_CHECKING:
    from hall.context import Hall

ROUND = "notices.round"
ANSWERS = {"bill": "utter_notice_bill", "allowance": "utter_notice_allowance", "offer": "utter_notice_offer"}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a line may be told. The same `occasion` of a line is told once."""

    kind: str
    occasion: str
    facts: Mapping[str, Any]


async def agreed(hall: Hall, line: str) -> dict[str, bool]:
    """What a line agrees to, by kind. Raises Unavailable("consents")."""
    return {**hall.policy.notices.consent, **await hall.bss[Consents].of(line)}


async def say(hall: Hall, line: str, *, agreed: bool, kinds: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Keep that a line wants notices of these kinds, or none of them; the kinds that were meant.

    Without kinds: none of any kind; wanted again are all but offers, which begin only where they are asked for.
    """
    kinds = kinds or tuple(kind for kind in KINDS if not agreed or kind != "offer")
    await hall.bss[Consents].say(line, kinds, agreed)
    return kinds


async def due(hall: Hall, line: str) -> list[Notice]:
    """What there is to tell a line now, the most urgent first. What cannot be read now is left out."""
    rules, now = hall.policy.notices, hall.clock.local()
    found: list[Notice] = []
    try:
        balance = await hall.bss[Balances].of(line)
        if balance.arrears_fen or balance.balance_fen < rules.below_fen:
            facts = {"owed_fen": balance.arrears_fen, "left_fen": max(balance.balance_fen, 0)}
            found.append(Notice("bill", f"{now:%Y-%m}", facts))
    except (Unavailable, NotFound):
        pass
    try:
        general = [one for one in await hall.bss[Usages].of(line) if one.kind == "data_mb" and one.scope == "general"]
        total, left = sum(one.total for one in general), sum(one.total - one.used for one in general)
        if total and left * 100 <= total * rules.left_percent:
            found.append(Notice("allowance", f"{now:%Y-%m}", {"left_mb": max(left, 0)}))
    except (Unavailable, NotFound):
        pass
    return found + await _offers(hall, line)


async def _offers(hall: Hall, line: str) -> list[Notice]:
    """What is on offer to a line that asked for offers; each is told once."""
    try:
        if not (await agreed(hall, line))["offer"]:
            return []
    except Unavailable:
        return []
    on_offer = promotions.on_offer(hall, await guides.known(hall, line))
    return [Notice("offer", one.name, {"what": f"{one.name}：{one.sms}"}) for one in on_offer]


async def tell(hall: Hall, line: str, conversation: str, notice: Notice) -> bool:
    """Tell a line, if it agrees, the hour is not quiet and it was not told enough today. Whether it was told."""
    now = hall.clock.now()
    hours = hall.policy.contact.offers if notice.kind == "offer" else hall.policy.contact.results
    if hours.next(now) != now or not (await agreed(hall, line))[notice.kind]:
        return False
    day = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    if await hall.bss[Consents].written(line, day) >= hall.policy.notices.most_a_day:
        return False
    key = f"notice:{line}:{notice.kind}:{notice.occasion}"
    if not await hall.bss[Consents].note(line, notice.kind, key):
        return False
    unit = hall.store.unit()
    post_event(unit, now, HallEvent(conversation, key, ANSWERS[notice.kind], dict(notice.facts)))
    await unit.commit()
    return True


async def go_round(hall: Hall) -> int:
    """Tell every line that writes by SMS what there is to tell. How many notices went out."""
    mine = conversations.c
    rows = await hall.store.all(select(mine.conversation, mine.sender).where(mine.channel == "sms"))
    told = 0
    for row in rows:
        try:
            for notice in await due(hall, row.sender):
                told += await tell(hall, row.sender, row.conversation, notice)
        except Unavailable:
            continue
    return told


def register(dispatcher: Dispatcher, hall: Hall) -> None:
    """Register the daily round."""

    async def run(_message: OutboxMessage) -> Result:
        await go_round(hall)
        await schedule(hall)
        return Done()

    dispatcher.handle(ROUND, run)


async def schedule(hall: Hall) -> None:
    """See that the next round is gone, once, whichever process finds it due."""
    now = hall.clock.now()
    at: datetime = now.astimezone(SHANGHAI).replace(hour=hall.policy.notices.hour, minute=0, second=0, microsecond=0)
    at = at if at > now else at + timedelta(days=1)
    unit = hall.store.unit()
    enqueue(unit, now, NewMessage(f"{ROUND}:{at:%Y-%m-%d}", ROUND, {}, "", at.astimezone(now.tzinfo)))
    await unit.commit()
