"""Tables of the desk: agents, hand-offs and what was done with them."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text, text

from hall.store.tables.base import BY_CONVERSATION, BY_SKILL, Moment, metadata

agents = Table(
    "agents",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("password_hash", Text, nullable=False),  # scrypt$n$r$p$salt$hash
    Column("role", String(16), nullable=False, default="agent"),  # of hall/agent_roles.py
    Column("skills", JSON, nullable=False, default=list),
    Column("created_at", Moment, nullable=False),
    Column(
        "work_number", String(16), nullable=False, default="", server_default=""
    ),  # what customers are told instead of the name
    Column("must_change", Integer, nullable=False, default=0, server_default="0"),  # the password, before anything else
    Column("disabled_at", Moment),  # may not sign in since then
    Column("totp_secret", String(64)),  # of the second factor, base32; null: there is none
    Column("totp_step", Integer, nullable=False, default=0, server_default="0"),  # the last that was used
    Column("display_name", String(32), nullable=False, default="", server_default=""),  # at the desk
    Column("languages", JSON, nullable=False, default=list, server_default="[]"),
    Column("at_once", Integer),  # conversations; null: as the policy says
    Column("presence", String(8), nullable=False, default="off", server_default="off"),  # online | busy | break | off
    Column("presence_at", Moment),  # since when
    Column("heard_at", Moment),  # the last sign of an open page
)

agent_sessions = Table(
    "agent_sessions",
    metadata,
    Column("id", String(64), primary_key=True),  # a hash of what the browser keeps
    Column("agent", String(64), nullable=False),
    Column("address", String(80), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),  # the last act, to the minute
    Column("ended_at", Moment),
    Index("ix_agent_sessions_agent", "agent"),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("key", String(96), primary_key=True),  # see hall/agents.py and hall/limiter.py
    Column("failures", Integer, nullable=False),
    Column("since", Moment, nullable=False),  # they are forgotten a while after this
    info={"distribution": "key"},
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation", String(160), primary_key=True),
    Column("kind", String(16), nullable=False, server_default="person"),  # person | message: left for later
    Column("state", String(16), nullable=False),  # waiting | taken | closed
    Column("reason", String(64), nullable=False),  # asked, misunderstood, …
    Column("skill", String(32), nullable=False, default="general"),
    Column("tier", String(16), nullable=False, default="basic"),
    Column("rank", Integer, nullable=False, server_default="9"),  # the lowest goes first
    Column("message", Text),  # what was left for later, masked
    Column("callback", String(11)),  # the number to call about it
    Column("summary", JSON, nullable=False, default=dict),  # the open task and what was filled in, masked
    Column("agent", String(64)),
    Column("requested_at", Moment, nullable=False),
    Column("taken_at", Moment),
    Column("closed_at", Moment),
    Column("rating", String(8)),  # good | fair | bad
    Column("offered_to", String(64)),  # the agent who may accept until then
    Column("offered_until", Moment),
    Column("passed_by", JSON, nullable=False, server_default="[]"),  # agents who let the offer pass
    Column("read_seq", Integer, nullable=False, server_default="0"),  # of messages the agent has seen
    Column("replied_at", Moment),  # the agent's first answer
    Column("code", String(24)),  # what came of it, of the policy's
    Column("aside_until", Moment),  # the agent who has it put it aside: until then, or the customer's next word
    Column("labels", JSON, nullable=False, server_default="[]"),  # of the policy's
    Column("version", Integer, nullable=False, default=0),  # compare-and-set
    Index("ix_handoffs_queue", "state", "requested_at"),
    Index("ix_handoffs_closed", "state", "closed_at"),
    # a conversation waits once, and one agent has it
    Index(
        "uq_handoffs_open",
        "conversation",
        unique=True,
        sqlite_where=text("state <> 'closed'"),
        postgresql_where=text("state <> 'closed'"),
    ),
    info=BY_CONVERSATION,
)

handoff_queue = Table(  # who waits for an agent of a skill: a turn counts them without asking every conversation's node
    "handoff_queue",
    metadata,
    Column("skill", String(32), primary_key=True),
    Column("conversation", String(160), primary_key=True),
    Column("handoff", String(32), nullable=False),
    Column("rank", Integer, nullable=False, server_default="9"),
    Column("requested_at", Moment, nullable=False),
    info=BY_SKILL,
)

desk_links = Table(  # hand-offs that are also open at another help desk
    "desk_links",
    metadata,
    Column("conversation", String(160), primary_key=True),
    Column("handoff", String(32), primary_key=True),
    Column("desk", String(16), nullable=False),
    Column("state", String(16), nullable=False),  # opening | open | ending | closed
    Column("theirs", String(32)),  # the other desk's own id of it
    Column("sent_seq", Integer, nullable=False),  # up to which line of the conversation it has what was said
    Column("begun_at", Moment, nullable=False),
    Column("failing_since", Moment),
    Index("ix_desk_links_theirs", "desk", "theirs"),
    Index("ix_desk_links_state", "state"),
)

handoff_notes = Table(  # what agents write for each other, and why they looked behind a mask
    "handoff_notes",
    metadata,
    Column("conversation", String(160), primary_key=True),
    Column("handoff", String(32), primary_key=True),
    Column("key", String(80), primary_key=True),  # the same again does nothing
    Column("agent", String(64), nullable=False),
    Column("kind", String(16), nullable=False),  # note | transfer | reveal | close
    Column("text", Text, nullable=False),  # masked
    Column("at", Moment, nullable=False),
)

desk_acts = Table(
    "desk_acts",
    metadata,
    Column("handoff", String(32), primary_key=True),
    Column("key", String(80), primary_key=True),  # the same act again does nothing
    Column("agent", String(64), nullable=False),
    Column("act", String(16), nullable=False),  # take, reply, close, leave (by the customer), release, transfer, …
    Column("at", Moment, nullable=False),
)
