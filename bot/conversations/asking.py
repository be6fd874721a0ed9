"""An agent asks the hall for a customer: what the hall would say to him now, without a turn of his conversation.

The turn is run on a memory of its own and never committed. Only looks are run, by their intent: what orders, ends or
changes something is the customer's to ask for.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from actions.base import Line, Turn
from bot.conversations.record import Conversation
from bot.engine.memory import Input, Memory
from bot.messages import Reply
from hall.errors import HallError, NotFound

if TYPE_CHECKING:
    from bot.conversations.service import Conversations

LOOKS = (
    *("check_balance", "check_usage", "check_bill", "explain_charge", "check_plan", "check_points", "check_payments"),
    *("check_account_status", "check_order", "check_ticket", "ask_promotions", "find_store", "ask_roaming"),
)
LONGEST = 60  # characters


class NotALook(HallError):
    """The words are no question that an agent may ask for a customer."""


class NotProved(HallError):
    """The customer has not proved his line, so nothing of it is told."""


async def ask_for(conversations: Conversations, key: str, line: str | None, words: str) -> tuple[Reply, ...]:
    """What the hall answers to `words` of the customer of a conversation with that proved line, on his channel.

    Raises NotALook, NotProved, NotFound.
    """
    hall, engine = conversations.hall, conversations.engine
    if line is None:
        raise NotProved(key)
    found = await Conversation.read(hall.store, key)
    if found is None:
        raise NotFound(key)
    intent = (await engine.parse(words)).get("intent") or {}
    if intent.get("name") not in LOOKS:
        raise NotALook(str(intent.get("name")))
    turn = Turn(hall, hall.store.unit(), key, found.channel, Line(line, 1), secrets.token_hex(16), text=words)
    result = await engine.run(turn, Memory(), Input(words))
    return tuple(replace(reply, buttons=()) for reply in result.replies)
