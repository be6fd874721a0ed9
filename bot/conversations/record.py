"""A conversation's row in a turn: read, changed, written back with compare-and-set."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update

from actions.base import VERIFIED, Line, Turn
from bot.engine.memory import Memory
from bot.messages import Reply, has_outbox
from hall import privacy
from hall.context import Hall
from hall.handoff import QUEUED
from hall.store.prepared import Prepared, given, inserting
from hall.store.tables.core import conversations, messages
from hall.store.unit import Store, Unit

VERIFIED_RESTS = timedelta(minutes=10)  # since the last message; then service password and code are asked for anew
PROOF_LASTS = timedelta(minutes=30)  # since the last message that was proved or vouched for
REST = "rest"  # a program vouches for one call; the next one names the line again or has none
FORGOTTEN = timedelta(hours=6)  # a dialogue that rests longer begins anew

READ = Prepared(select(conversations).where(given(conversations.c.conversation)))
CREATE = inserting(conversations)
SAVE = Prepared(
    update(conversations).where(given(conversations.c.conversation), given(conversations.c.version)),
    *("msisdn", "level", "proved_until", "owner", "hall_number", "slots", "dialogue", "last_seq", "turn"),
    *("version", "touched_at"),
)
APPEND = inserting(messages)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A line for the conversation's log. `client_id`: the customer's own id of the message."""

    author: str  # customer | bot | agent | system
    text: str
    buttons: list[dict[str, str]] | None = None
    image: str | None = None
    client_id: str | None = None
    card: dict[str, Any] | None = None

    @classmethod
    def of(cls, reply: Reply) -> LogEntry:
        """What the bot says."""
        buttons = [button.as_dict() for button in reply.buttons] or None
        return cls("bot", reply.text, buttons, reply.image, card=reply.card)


@dataclass
class Conversation:
    """Who writes, who answers, what is remembered. `key` is channel:account:sender."""

    key: str
    channel: str
    account: str
    sender: str
    created_at: datetime
    msisdn: str | None = None
    level: int = 0
    proved_until: datetime | None = None
    owner: str = "bot"
    memory: Memory = field(default_factory=Memory)
    last_seq: int = 0
    turn: int = 0
    version: int = -1  # -1: not stored yet
    hall_number: str = ""  # the number that the customer wrote to
    touched_at: datetime | None = None
    for_this_call: bool = False  # the line is vouched for in this turn only

    @classmethod
    async def read(cls, store: Store, key: str) -> Conversation | None:
        """The conversation as it is stored."""
        row = await store.one(READ, {"its_conversation": key})
        return cls.of(row) if row is not None else None

    @classmethod
    def of(cls, row: Any) -> Conversation:
        """From a row of `conversations`, or of an inbox's message with it; new when the row has none."""
        if row.version is None:
            return cls.create(row)
        return cls(
            key=row.conversation,
            channel=row.channel,
            account=row.account,
            sender=row.sender,
            created_at=row.created_at,
            msisdn=row.msisdn,
            level=row.level,
            proved_until=row.proved_until,
            owner=row.owner,
            memory=Memory(row.slots, row.dialogue),
            last_seq=row.last_seq,
            turn=row.turn,
            version=row.version,
            hall_number=row.hall_number,
            touched_at=row.touched_at,
        )

    @classmethod
    def create(cls, row: Any) -> Conversation:
        """A new one, by its first message in the inbox."""
        channel, account, sender = row.conversation.split(":", 2)
        return cls(row.conversation, channel, account, sender, row.received_at)

    @property
    def has_outbox(self) -> bool:
        """Whether replies go out by the outbox."""
        return has_outbox(self.channel)

    def for_turn(self, row: Any, now: datetime) -> Conversation:
        """A copy for the turn of an inbox row at `now`: proofs and dialogues that are too old are gone."""
        copy = replace(self)
        if row.kind != "event" and copy.owner != "person" and copy.touched_at and now - copy.touched_at > FORGOTTEN:
            copy.memory = copy.memory.rested()
        copy.hall_number = row.body.get("to") or copy.hall_number
        vouched = row.body.get("msisdn")
        over = copy.proved_until is not None and copy.proved_until <= now
        copy.for_this_call = copy.channel == REST and bool(vouched) and (over or copy.level == 0)
        if over and not copy.for_this_call:
            copy.level = 0
        if copy.level >= VERIFIED and copy.touched_at and now - copy.touched_at > VERIFIED_RESTS:
            copy.level = 1
        if vouched:
            if copy.msisdn not in (None, vouched):
                copy.memory, copy.level = Memory(), 0  # a different subscriber: drop everything the previous one said
                copy.for_this_call = copy.channel == REST
            copy.msisdn, copy.level, copy.proved_until = vouched, max(copy.level, 1), now + PROOF_LASTS
        return copy

    def context(self, hall: Hall, unit: Unit, row: Any) -> Turn:
        """What the actions of this turn get."""
        line = Line(self.msisdn if self.level >= 1 else None, self.level)
        key = sha256(f"{row.conversation}#{row.message_id}".encode()).hexdigest()[:32]  # fits whatever holds it
        return Turn(
            hall,
            unit,
            self.key,
            self.channel,
            line,
            key,
            text=row.text,
            queued=self.owner == QUEUED,
            lapsed=self.level == 0 and self.msisdn is not None and row.kind != "event",
            origin=row.body.get("origin") or "",
        )

    def apply(self, turn: Turn, now: datetime) -> None:
        """Take over what identity and hand-off decided in the turn."""
        if turn.signed_out:
            self.msisdn, self.level, self.proved_until = None, 0, now
        elif turn.prove is not None:
            self.msisdn, self.level = turn.prove
            self.proved_until = now + PROOF_LASTS
        elif self.level >= 1 and self.proved_until is not None:
            self.proved_until = now if self.for_this_call else now + PROOF_LASTS
        if turn.owner is not None:
            self.owner = turn.owner

    def log_customer(self, unit: Unit, now: datetime, row: Any, *, secret: bool) -> None:
        """Log what the customer wrote, masked; `secret`: it may hold a code."""
        if row.kind != "event":
            text = privacy.mask_numbers(privacy.mask_codes(row.text) if secret else row.text)
            self.append(unit, now, LogEntry("customer", text, client_id=row.message_id))

    def append(self, unit: Unit, now: datetime, entry: LogEntry) -> None:
        """Add a line to the log."""
        self.last_seq += 1
        values = {
            "conversation": self.key,
            "seq": self.last_seq,
            "author": entry.author,
            "text": entry.text,
            "buttons": entry.buttons,
            "image": entry.image,
            "card": entry.card,
            "client_id": entry.client_id,
            "at": now,
        }
        unit.stage(APPEND, values)

    def save(self, unit: Unit, now: datetime) -> None:
        """Stage the row; a turn that ran on an old version fails with Conflict."""
        before, self.version, self.touched_at = self.version, self.version + 1, now
        values: dict[str, Any] = {
            "msisdn": self.msisdn,
            "level": self.level,
            "proved_until": self.proved_until,
            "owner": self.owner,
            "hall_number": self.hall_number,
            "slots": self.memory.slots,
            "dialogue": self.memory.dialogue,
            "last_seq": self.last_seq,
            "turn": self.turn,
            "version": self.version,
            "touched_at": now,
        }
        if before < 0:
            created = {
                "conversation": self.key,
                "channel": self.channel,
                "account": self.account,
                "sender": self.sender,
                "created_at": self.created_at,
            }
            unit.stage(CREATE, created | values)
        else:
            same = {"its_conversation": self.key, "its_version": before}
            unit.stage(SAVE, same | values, expect=1)
