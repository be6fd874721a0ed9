"""What an agent sees of a hand-off. Numbers are masked; what was said is masked as it was stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.conversations.turn_id import turn_id
from hall import desk, handoff
from hall.agent_roles import MONEY, SERVE, may
from hall.agents import Agent
from hall.context import Hall
from hall.money import yuan
from hall.privacy import mask, mask_json, mask_msisdn

if TYPE_CHECKING:
    from bot.app import App
    from bot.conversations.service import LogLine

TRANSCRIPT = 200  # of the newest messages
ORDERS = 5


async def queue(hall: Hall, agent: Agent) -> list[dict[str, Any]]:
    """The open hand-offs with who waits, in the order in which they are to be served."""
    items = await handoff.queue(hall)
    known = await desk.conversations_of(hall.store, [item.conversation for item in items])
    return [_item(hall, item, known.get(item.conversation), agent) for item in items]


def may_read(found: handoff.Handoff, agent: Agent, reason: str) -> bool:
    """Whether an agent may read what was said: who has it, or a supervisor who says why."""
    return found.agent == agent.name or (may(agent.role, MONEY) and may(agent.role, SERVE) and len(reason) >= 2)


async def detail(app: App, found: handoff.Handoff, agent: Agent, *, whole: bool) -> dict[str, Any]:
    """One hand-off: with everything that helps to serve it, or (not `whole`) what is needed to take it."""
    hall = app.hall
    row = (await desk.conversations_of(hall.store, [found.conversation])).get(found.conversation)
    fault = await desk.last_fault(hall.store, found.conversation)
    lines = await app.conversations.log(found.conversation) if whole else []
    return _item(hall, found, row, agent) | {
        "summary": found.summary,
        "message": found.message,
        "callback": found.callback if found.agent == agent.name else found.callback and mask_msisdn(found.callback),
        "whole": whole,
        "error": mask(fault) if fault else None,
        "orders": await _orders(hall, found.conversation) if whole else [],
        "transcript": [_line(line) | _named(hall, found, line) for line in lines[-TRANSCRIPT:]],
    }


def _item(hall: Hall, item: handoff.Handoff, row: Any, agent: Agent) -> dict[str, Any]:
    waited = (item.taken_at or hall.clock.now()) - item.requested_at
    proved = row is not None and row.msisdn is not None and row.level > 0
    if proved and row is not None and row.proved_until is not None:
        proved = row.proved_until > hall.clock.now()
    return {
        "id": item.id,
        "kind": item.kind,
        "state": item.state,
        "reason": item.reason,
        "skill": item.skill,
        "tier": item.tier,
        "title": item.summary.get("title"),
        "agent": item.agent,
        "mine": item.agent == agent.name,
        "channel": item.conversation.partition(":")[0],
        "who": mask_msisdn(row.msisdn) if row is not None and row.msisdn else None,
        "proved": proved,
        "level": row.level if row is not None else 0,
        "requested_at": item.requested_at.isoformat(),
        "waited": int(waited.total_seconds()),
        "late": item.state == handoff.WAITING and waited >= hall.policy.desk.tell_after,
    }


def _line(line: LogLine) -> dict[str, Any]:
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


def _named(hall: Hall, found: handoff.Handoff, line: LogLine) -> dict[str, str]:
    """The name of the turn of a customer's message, as the log has it."""
    known = line.author == "customer" and line.client_id
    return {"turn": turn_id(hall.secret, found.conversation, line.client_id or "")} if known else {}


async def _orders(hall: Hall, conversation: str) -> list[dict[str, Any]]:
    """The newest top-ups that were ordered in this conversation."""
    rows = await desk.recent_orders(hall.store, conversation, ORDERS)
    return [
        {
            "order_no": row.order_no,
            "who": mask_msisdn(row.msisdn),
            "data_mb": row.data_mb,
            "scope": row.scope,
            "price": yuan(row.price_fen),
            "state": row.state,
            "at": row.created_at.isoformat(),
        }
        for row in rows
    ]
