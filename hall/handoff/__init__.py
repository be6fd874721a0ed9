"""Hand-off: an agent takes a conversation over. It is waiting, taken, closed.

A person owns the conversation only from taking to closing it. Who waits is served by the bot as always, is told the
place in the queue and can leave it; who comes when nobody is there may leave a message, which is a hand-off for which
nobody waits. All of it is in the database and guarded by a version, so that one agent has it, whoever presses at once
and whatever restarts.
"""

from hall.context import Hall
from hall.handoff import silence, waiting
from hall.handoff.aside import BadTime, label, put_aside, take_up
from hall.handoff.customers import (
    RATINGS,
    NewHandoff,
    Place,
    Status,
    leave,
    place,
    place_at,
    prospect,
    rate,
    request,
    status,
)
from hall.handoff.desk import AgentReply, Say, close, get, mark_read, queue, reply, take_over
from hall.handoff.notes import Note
from hall.handoff.passing import NoSuchAgent, Target, release, returned, step_in, transfer
from hall.handoff.records import (
    BOT,
    CLOSED,
    DESK,
    MESSAGE,
    PERSON,
    QUEUED,
    TAKEN,
    WAITING,
    Handoff,
    NotYours,
    unread,
)
from hall.store.dispatcher import Dispatcher

__all__ = [
    "BOT",
    "CLOSED",
    "DESK",
    "MESSAGE",
    "PERSON",
    "QUEUED",
    "RATINGS",
    "TAKEN",
    "WAITING",
    "AgentReply",
    "BadTime",
    "Handoff",
    "NewHandoff",
    "NoSuchAgent",
    "NotYours",
    "Note",
    "Place",
    "Say",
    "Status",
    "Target",
    "close",
    "get",
    "label",
    "leave",
    "mark_read",
    "place",
    "place_at",
    "prospect",
    "put_aside",
    "queue",
    "rate",
    "register",
    "release",
    "reply",
    "request",
    "returned",
    "status",
    "step_in",
    "take_over",
    "take_up",
    "transfer",
    "unread",
]


def register(dispatcher: Dispatcher, hall: Hall) -> None:
    """Let the dispatcher look at those who wait, and at those who were answered."""
    waiting.register(dispatcher, hall)
    silence.register(dispatcher, hall)
