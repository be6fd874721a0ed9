"""What processes tell each other after a commit: one value, encoded here and nowhere else."""

from __future__ import annotations

from typing import Literal, NamedTuple, cast

Kind = Literal["changed", "answered", "order", "desk", "money", "outbox", "missed", "typing", "model"]


class Notification(NamedTuple):
    """There is something new, of this kind; whoever hears it looks into the database.

    changed: a conversation has new messages or lines; answered: its messages were answered; order: an
    order of it was placed or moved; desk, money: a queue of
    the desk changed; outbox: a message is due; missed: notifications may have been lost, anything may have changed;
    typing: the agent of a conversation is writing; model: a process took a newer model, which may be others', too.
    """

    kind: Kind
    conversation: str = ""  # of changed, answered, order and typing: whose

    def encode(self) -> str:
        """The text that goes to other processes."""
        return f"{self.kind} {self.conversation}"

    @classmethod
    def decode(cls, text: str) -> Notification:
        """The reverse of `encode`. A kind that only a newer process knows is kept as it is: nobody waits for it."""
        kind, _, conversation = text.partition(" ")
        return cls(cast(Kind, kind), conversation)


MISSED = Notification("missed")
NEW_MODEL = Notification("model")


def changed(conversation: str) -> Notification:
    """A conversation has new messages or lines."""
    return Notification("changed", conversation)


def typing(conversation: str) -> Notification:
    """The agent who has a conversation is writing."""
    return Notification("typing", conversation)


def answered(conversation: str) -> Notification:
    """A conversation's messages were answered."""
    return Notification("answered", conversation)


def order_moved(conversation: str) -> Notification:
    """An order of a conversation was placed or moved."""
    return Notification("order", conversation)
