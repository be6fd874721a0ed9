"""The statements of the inbox: what is accepted, what waits, what is done."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select, update

from hall.store.prepared import Prepared, given
from hall.store.tables.core import conversations, inbox

AT_ONCE = 20  # messages of one conversation that are read together

# What waits in a conversation, in order, each with the conversation as it is now.
WAITING = Prepared(
    select(
        inbox.c.conversation, inbox.c.message_id, inbox.c.kind, inbox.c.text, inbox.c.body, inbox.c.received_at,
        *(column for column in conversations.c if column.name != "conversation"),
    )
    .outerjoin(conversations, conversations.c.conversation == inbox.c.conversation)
    .where(given(inbox.c.conversation), inbox.c.state == "new")
    .order_by(inbox.c.arrival, inbox.c.message_id)
    .limit(AT_ONCE)
)  # fmt: skip

# A turn that finds its message done by another one has run for nothing.
FINISH = Prepared(
    update(inbox).where(given(inbox.c.conversation), given(inbox.c.message_id), inbox.c.state == "new"),
    "state", "text", "body", "done_at", "attempts", "replies",
)  # fmt: skip

OF_ONE = Prepared(select(inbox.c.state, inbox.c.replies).where(given(inbox.c.conversation), given(inbox.c.message_id)))

# Conversations in which something waits, those that wait longest first.
UNANSWERED = Prepared(
    select(inbox.c.conversation)
    .where(inbox.c.state == "new", inbox.c.arrival < bindparam("before", type_=inbox.c.arrival.type))
    .group_by(inbox.c.conversation)
    .order_by(func.min(inbox.c.arrival))
    .limit(bindparam("most", type_=inbox.c.attempts.type))
)

OLDEST = Prepared(select(func.min(inbox.c.received_at).label("received_at")).where(inbox.c.state == "new"))
