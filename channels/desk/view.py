"""What an agent sees of a hand-off. Numbers are masked; what was said is masked as it was stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.conversations.turn_id import turn_id
from hall import agent_presence, desk, handoff
from hall.agent_presence import Person
from hall.agent_roles import SUPERVISE, may
from hall.agents import Agent
from hall.context import Hall
from hall.handoff import Handoff
from hall.helpdesk.port import ELSEWHERE
from hall.money import yuan
from hall.privacy import mask, mask_json, mask_msisdn
from hall.topup.orders import Order

if TYPE_CHECKING:
    from bot.app import App
    from bot.conversations.service import LogLine
    from bot.messages import Reply

TRANSCRIPT = 200  # of the newest messages
ORDERS = 5
FEWEST = 2  # characters of a reason
SHORT = 80  # characters of a last line in a list
AROUND = 24  # characters before what was looked for
PLAIN = ("id", "kind", "state", "reason", "skill", "tier", "code", "rating", "urgent", "language", "labels")


@dataclass(frozen=True, slots=True)
class Known:
    """What a list needs beside the hand-offs, by conversation or by name; the same for every agent."""

    rows: Mapping[str, Any]
    last: Mapping[str, Any]
    unread: Mapping[str, int]
    called: Mapping[str, str]


async def items(hall: Hall, found: Iterable[Handoff], agent: Agent) -> list[dict[str, Any]]:
    """Hand-offs as lists show them, in their order."""
    listed = list(found)
    return shown(hall, listed, await known(hall, listed, await agent_presence.people(hall)), agent)


async def known(hall: Hall, found: Sequence[Handoff], people: Sequence[Person]) -> Known:
    """What is to be read for a list."""
    keys = [item.conversation for item in found]
    return Known(
        await desk.conversations_of(hall.store, keys),
        await desk.last_lines(hall.store, keys),
        await handoff.unread(hall.store),
        {person.name: person.called for person in people} | {ELSEWHERE: "其他工作台"},
    )


def shown(hall: Hall, found: Sequence[Handoff], known: Known, agent: Agent) -> list[dict[str, Any]]:
    """Hand-offs as an agent's list shows them."""
    places: dict[str, int] = {}
    return [_item(hall, item, known, agent) | _place(item, places) for item in found]


def may_read(found: Handoff, agent: Agent, reason: str) -> bool:
    """Whether an agent may read what was said: who has it, or a supervisor who says why."""
    return found.agent == agent.name or (may(agent.role, SUPERVISE) and len(reason) >= FEWEST)


async def detail(app: App, found: Handoff, agent: Agent, *, whole: bool, after: int = 0) -> dict[str, Any]:
    """One hand-off: with everything that helps to serve it, or (not `whole`) what is needed to take it.

    `after`: the number of the last line that the page has.
    """
    hall = app.hall
    fault = await desk.last_fault(hall.store, found.conversation)
    lines = await _lines(app, found.conversation, after) if whole else []
    orders = await desk.recent_orders(hall.store, found.conversation, ORDERS) if whole else []
    return (await items(hall, [found], agent))[0] | {
        "summary": found.summary,
        "message": found.message,
        "callback": found.callback if found.agent == agent.name else found.callback and mask_msisdn(found.callback),
        "error": mask(fault) if fault else None,
        "whole": whole,
        "after": after,
        "orders": [_row_order(row) for row in orders],
        "transcript": [line_of(line) | _named(hall, found, line) for line in lines],
    }


async def _lines(app: App, conversation: str, after: int) -> list[LogLine]:
    if after:
        return (await app.conversations.log(conversation, after))[-TRANSCRIPT:]
    return await app.conversations.tail(conversation, TRANSCRIPT)


async def proved_line(hall: Hall, found: Handoff) -> str | None:
    """The line that the customer had proved when he asked for a person, or proved since; else None.

    The proof holds for the hand-off, which is one talk, also when it is long.
    """
    row = (await desk.conversations_of(hall.store, [found.conversation])).get(found.conversation)
    if row is None or row.msisdn is None or row.level < 1:
        return None
    return str(row.msisdn) if row.proved_until is None or row.proved_until >= found.requested_at else None


async def any_line(hall: Hall, found: Handoff) -> str | None:
    """The number of a customer: the proved one, or the one that was left for a call."""
    row = (await desk.conversations_of(hall.store, [found.conversation])).get(found.conversation)
    return (str(row.msisdn) if row is not None and row.msisdn else None) or found.callback


def suggestion(reply: Reply) -> dict[str, Any]:
    """An answer of the hall that an agent may send, masked: the customer gets it whole."""
    return {"text": mask(reply.text), "card": mask_json(reply.card)}


def excerpt(text: str, words: str) -> str:
    """The place of a text where the words stand, masked; "" where they do not."""
    at = text.find(words)
    if at < 0:
        return mask(text)[:SHORT] if text else ""
    start = max(at - AROUND, 0)
    return ("…" if start else "") + mask(text)[start : start + SHORT]


def line_of(line: LogLine) -> dict[str, Any]:
    """A line of the transcript."""
    buttons = [mask(button["title"]) for button in line.buttons or ()]
    return {
        "seq": line.seq,
        "author": line.author,
        "text": mask(line.text),
        "choices": buttons,
        "image": bool(line.image),
        "card": mask_json(line.card),
        "at": line.at.isoformat(),
    }


def _named(hall: Hall, found: Handoff, line: LogLine) -> dict[str, str]:
    """The name of the turn of a customer's message, as the log has it."""
    known = line.author == "customer" and line.client_id
    return {"turn": turn_id(hall.secret, found.conversation, line.client_id or "")} if known else {}


def order(one: Order) -> dict[str, Any]:
    """A top-up in a list."""
    return _row_order(one) | {"product": one.product, "way": one.way, "face": yuan(one.face_fen)}


def _item(hall: Hall, item: Handoff, known: Known, agent: Agent) -> dict[str, Any]:
    now, row, last = hall.clock.now(), known.rows.get(item.conversation), known.last.get(item.conversation)
    unread = known.unread.get(item.conversation, 0) if item.state == handoff.TAKEN else 0
    waited = (item.taken_at or item.closed_at or now) - item.requested_at
    promised = hall.policy.desk.promised(item.tier)
    return {name: getattr(item, name) for name in PLAIN} | {
        "title": item.summary.get("title"),
        "agent": item.agent,
        "called": known.called.get(item.agent or "", item.agent),
        "mine": item.agent == agent.name,
        "offered_to": known.called.get(item.offered_to or "", item.offered_to),
        "offered_me": item.offered_to == agent.name,
        "offered_until": item.offered_until.isoformat() if item.offered_to and item.offered_until else None,
        "channel": item.conversation.partition(":")[0],
        "who": mask_msisdn(row.msisdn) if row is not None and row.msisdn else None,
        "proved": _proved(hall, row),
        "level": row.level if row is not None else 0,
        "requested_at": item.requested_at.isoformat(),
        "closed_at": item.closed_at.isoformat() if item.closed_at else None,
        "waited": int(waited.total_seconds()),
        "promised": int(promised.total_seconds()),
        "late": item.state == handoff.WAITING and waited >= hall.policy.desk.tell_after,
        "unread": unread,
        "aside": item.aside_until.isoformat() if item.aside_until and item.aside(now) and not unread else None,
        "last": {
            "author": last.author,
            "text": mask(last.text)[:SHORT] if item.agent == agent.name else "",  # words are for who has it
            "at": last.at.isoformat(),
            "seq": last.seq,
        }
        if last is not None
        else None,
    }


def _place(item: Handoff, places: dict[str, int]) -> dict[str, int]:
    """The place of who waits among those of the same skill, in the order of the list."""
    if item.state != handoff.WAITING:
        return {"place": 0}
    places[item.skill] = places.get(item.skill, 0) + 1
    return {"place": places[item.skill]}


def _proved(hall: Hall, row: Any) -> bool:
    if row is None or row.msisdn is None or row.level < 1:
        return False
    return row.proved_until is None or bool(row.proved_until > hall.clock.now())


def _row_order(row: Any) -> dict[str, Any]:
    return {
        "order_no": row.order_no,
        "who": mask_msisdn(row.msisdn),
        "data_mb": row.data_mb,
        "scope": row.scope,
        "price": yuan(row.price_fen),
        "state": row.state,
        "at": row.created_at.isoformat(),
    }
