"""A conversation's row in a turn: read, changed, written back with compare-and-set."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update

from actions.base import Line, Turn
from bot.engine.memory import Memory
from bot.messages import Button
from hall import privacy
from hall.context import Hall
from hall.store.prepared import Prepared, given, inserting
from hall.store.tables.core import conversations, messages
from hall.store.unit import Store, Unit

PROOF_LASTS = timedelta(minutes=30)  # since the last message that was proved or vouched for
FORGOTTEN = timedelta(hours=6)  # a dialogue that rests longer begins anew

READ = Prepared(select(conversations).where(given(conversations.c.conversation)))
CREATE = inserting(conversations)
SAVE = Prepared(
    update(conversations).where(given(conversations.c.conversation), given(conversations.c.version)),
    "msisdn", "level", "proved_until", "owner", "hall_number", "slots", "dialogue", "last_seq", "turn", "version",
    "touched_at",
)  # fmt: skip
APPEND = inserting(messages)


@dataclass
class Conversation:
    """Who talks, who answers, what is remembered."""

    conversation: str
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

    @classmethod
    async def read(cls, store: Store, conversation: str) -> Conversation | None:
        """The conversation as it is stored."""
        row = await store.one(READ, {"its_conversation": conversation})
        return cls.of(row) if row is not None else None

    @classmethod
    def of(cls, row: Any) -> Conversation:
        """From a row of `conversations`, or of an inbox's message with it; new when the row has none."""
        if row.version is None:
            return cls.begun(row)
        return cls(
            row.conversation, row.channel, row.account, row.sender, row.created_at, row.msisdn, row.level,
            row.proved_until, row.owner, Memory(row.slots, row.dialogue), row.last_seq, row.turn, row.version,
            row.hall_number, row.touched_at,
        )  # fmt: skip

    @classmethod
    def begun(cls, row: Any) -> Conversation:
        """A new one, by its first message in the inbox."""
        channel, account, sender = row.conversation.split(":", 2)
        return cls(row.conversation, channel, account, sender, row.received_at)

    def opened(self, row: Any, now: datetime) -> Conversation:
        """A copy for the turn of an inbox row at `now`: proofs and dialogues that are too old are gone."""
        talk = replace(self)
        if row.kind != "event" and talk.owner == "bot" and talk.touched_at and now - talk.touched_at > FORGOTTEN:
            talk.memory = Memory()
        talk.hall_number = row.body.get("to") or talk.hall_number
        if talk.proved_until is not None and talk.proved_until <= now:
            talk.level = 0
        if vouched := row.body.get("msisdn"):
            if talk.msisdn not in (None, vouched):
                talk.memory = Memory()  # another person now: nothing of the first is his to see
            talk.msisdn, talk.level, talk.proved_until = vouched, 1, now + PROOF_LASTS
        return talk

    def turn_for(self, hall: Hall, unit: Unit, row: Any) -> Turn:
        """What the actions of this turn get."""
        line = Line(self.msisdn if self.level >= 1 else None, self.level)
        key = sha256(f"{row.conversation}#{row.message_id}".encode()).hexdigest()[:32]  # fits whatever holds it
        return Turn(hall, unit, self.conversation, self.channel, line, key, text=row.text)

    def after(self, turn: Turn, now: datetime) -> None:
        """Take over what identity and hand-off decided in the turn."""
        if turn.prove is not None:
            self.msisdn, self.level = turn.prove
            self.proved_until = now + PROOF_LASTS
        elif self.level >= 1 and self.proved_until is not None:
            self.proved_until = now + PROOF_LASTS
        if turn.owner is not None:
            self.owner = turn.owner

    def heard(self, unit: Unit, now: datetime, row: Any, *, secret: bool) -> None:
        """Log what the customer wrote, masked; `secret`: it may hold a code."""
        if row.kind != "event":
            text = privacy.mask(privacy.mask_codes(row.text) if secret else row.text)
            self.append(unit, now, author="customer", text=text, client_id=row.message_id)

    def append(
        self, unit: Unit, now: datetime, *, author: str, text: str, buttons: tuple[Button, ...] = (),
        image: str | None = None, client_id: str | None = None,
    ) -> None:  # fmt: skip
        """Add a line to the log."""
        self.last_seq += 1
        values = {
            "conversation": self.conversation, "seq": self.last_seq, "author": author, "text": text,
            "buttons": [b.as_dict() for b in buttons] or None, "image": image, "client_id": client_id, "at": now,
        }  # fmt: skip
        unit.stage(APPEND, values)

    @staticmethod
    def scrubbed(row: Any) -> dict[str, Any]:
        """What of an inbox row's body is kept when it is done."""
        return {key: value for key, value in row.body.items() if key not in ("payload", "facts")}

    def save(self, unit: Unit, now: datetime) -> None:
        """Stage the row; a turn that ran on an old version fails with Conflict."""
        before, self.version, self.touched_at = self.version, self.version + 1, now
        values: dict[str, Any] = {
            "msisdn": self.msisdn, "level": self.level, "proved_until": self.proved_until, "owner": self.owner,
            "hall_number": self.hall_number, "slots": self.memory.slots,
            "dialogue": self.memory.dialogue, "last_seq": self.last_seq, "turn": self.turn,
            "version": self.version, "touched_at": now,
        }  # fmt: skip
        if before < 0:
            created = {
                "conversation": self.conversation, "channel": self.channel, "account": self.account,
                "sender": self.sender, "created_at": self.created_at,
            }  # fmt: skip
            unit.stage(CREATE, created | values)
        else:
            same = {"its_conversation": self.conversation, "its_version": before}
            unit.stage(SAVE, same | values, expect=1)
