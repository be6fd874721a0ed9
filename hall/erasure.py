"""Data comes to an end: at a customer's wish, and by the retention rules, every night."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, Text, and_, cast, delete, func, or_, update

from hall import personal_data
from hall.clock import SHANGHAI
from hall.context import Hall
from hall.policy.retention import RetentionRules
from hall.store.dispatcher import Dispatcher, Done, Result, Retry
from hall.store.outbox import NewMessage, OutboxMessage, enqueue
from hall.store.tables import access, accounts, core, desk, documents, files, review, tickets, topup
from hall.store.unit import Unit

ERASE, SWEEP = "privacy.erase", "privacy.sweep"
AFTER = timedelta(minutes=5)  # the answer to the wish is read, and asked for again, before it is gone
LOOK_AGAIN = 6 * 3600.0  # seconds; while an order or a hand-off is under way
NIGHT = 3  # o'clock, Asia/Shanghai


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants data erased: a conversation, and its proved line if there is one. `key` de-duplicates."""

    conversation: str
    line: str | None
    key: str


def ask(unit: Unit, now: datetime, wish: Wish) -> None:
    """Stage the erasure of a customer's data; it is done after `AFTER`, or when what is under way has ended."""
    body = {"line": wish.line, "of": wish.conversation}
    enqueue(unit, now, NewMessage(f"{ERASE}:{wish.key}", ERASE, body, "", now + AFTER))


def register(dispatcher: Dispatcher, hall: Hall) -> None:
    """Let the dispatcher erase what was asked for, and what is too old."""

    async def erase(message: OutboxMessage) -> Result:
        line, conversation = message.body["line"], message.body["of"]
        if line:
            subject = await personal_data.of_line(hall.store, line)
        else:
            subject = await personal_data.of_conversation(hall.store, conversation)
        try:
            await personal_data.erase(hall.store, hall.secret, subject)
        except personal_data.StillOpen as open_:
            return Retry(str(open_), LOOK_AGAIN)
        return Done({})  # who asked is not kept either

    async def swept(_message: OutboxMessage) -> Result:
        await sweep(hall)
        await schedule(hall)
        return Done()

    dispatcher.handle(ERASE, erase)
    dispatcher.handle(SWEEP, swept)


async def schedule(hall: Hall) -> None:
    """See that the next sweep is done, once, whichever process finds it due."""
    now = hall.clock.now()
    night = now.astimezone(SHANGHAI).replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    due = night if night > now else night + timedelta(days=1)
    unit = hall.store.unit()
    enqueue(unit, now, NewMessage(f"{SWEEP}:{due:%Y-%m-%d}", SWEEP, {}, "", due.astimezone(now.tzinfo)))
    await unit.commit()


async def sweep(hall: Hall) -> None:
    """Delete what is older than its kind is kept. Again it changes nothing."""
    rules, now = hall.policy.retention, hall.clock.now()
    unit = hall.store.unit()
    talk = core.conversations
    remembered = func.length(cast(talk.c.dialogue, Text)) + func.length(cast(talk.c.slots, Text)) > len("{}{}")
    resting = and_(talk.c.touched_at < now - rules.kinds["memory"].time, talk.c.owner == "bot", remembered)
    unit.stage(update(talk).where(resting).values(slots={}, dialogue={}))
    for table, old in _old(rules, now):
        unit.stage(delete(table).where(old))
    await unit.commit()


def _old(rules: RetentionRules, now: datetime) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """What has had its time, by table."""
    until = {kind: now - keep.time for kind, keep in rules.kinds.items()}
    yield core.messages, core.messages.c.at < until["messages"]
    yield core.turns, core.turns.c.at < until["messages"]
    yield core.shown_lines, core.shown_lines.c.at < until["messages"]
    talk = core.conversations.c
    yield core.conversations, and_(talk.touched_at < until["messages"], talk.owner == "bot")
    yield core.inbox, and_(core.inbox.c.state != "new", core.inbox.c.done_at < until["delivery"])
    out = core.outbox.c
    yield core.outbox, and_(out.state.in_(personal_data.FINISHED), out.created_at < until["delivery"])
    yield review.reviews, and_(review.reviews.c.at < until["review"], review.reviews.c.conversation != "")
    yield desk.handoffs, and_(desk.handoffs.c.state == "closed", desk.handoffs.c.closed_at < until["service"])
    yield desk.desk_links, desk.desk_links.c.begun_at < until["service"]
    yield desk.handoff_notes, desk.handoff_notes.c.at < until["service"]
    settled = tickets.tickets.c.state.in_(("closed", "cancelled"))
    yield tickets.tickets, and_(settled, tickets.tickets.c.changed_at < until["service"])
    yield tickets.ticket_events, tickets.ticket_events.c.at < until["service"]
    yield files.files, files.files.c.at < until["service"]
    yield topup.pay_links, topup.pay_links.c.created_at < until["links"]
    yield documents.document_links, documents.document_links.c.expires_at < until["attempts"]
    yield accounts.declined_offers, accounts.declined_offers.c.at < until["service"]
    yield accounts.identity_codes, accounts.identity_codes.c.expires_at < until["attempts"]
    yield desk.agent_sessions, desk.agent_sessions.c.seen_at < now - timedelta(days=2)
    yield access.desk_access, access.desk_access.c.at < until["access"]
    yield desk.sign_in_failures, desk.sign_in_failures.c.since < now - timedelta(days=2)  # of windows that are over
    tried = accounts.identity_lines.c
    idle = [or_(at.is_(None), at < until["attempts"]) for at in (tried.sent_at, tried.wrong_at, tried.locked_until)]
    yield accounts.identity_lines, and_(*idle)
