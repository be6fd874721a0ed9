"""Hand-off: an agent takes a conversation over. It is waiting, taken, closed.

A person owns the conversation only from taking to closing it. Who waits is served by the bot as always, is told the
place in the queue and can leave it; who comes when nobody is there may leave a message, which is a hand-off for which
nobody waits. All of it is in the database and guarded by a version, so that one agent has it, whoever presses at once
and whatever restarts.
"""

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
from hall.handoff.desk import AgentReply, Say, close, get, queue, reply, take_over
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
)
from hall.handoff.waiting import register

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
    "Handoff",
    "NewHandoff",
    "NotYours",
    "Place",
    "Say",
    "Status",
    "close",
    "get",
    "leave",
    "place",
    "place_at",
    "prospect",
    "queue",
    "rate",
    "register",
    "reply",
    "request",
    "status",
    "take_over",
]
