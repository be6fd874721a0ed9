"""Who waits for a person is served as always; the place in the queue is a line under what is said.

On SMS it makes no second text of one that is whole without it: a payment link keeps its text to itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.messages import Reply
from hall import handoff
from hall.context import Hall

if TYPE_CHECKING:
    from bot.answers import Answers
    from bot.conversations.record import Conversation

ONE_TEXT = 70  # characters of an SMS of one part


async def with_place(
    hall: Hall, answers: Answers, conversation: Conversation, replies: tuple[Reply, ...]
) -> tuple[Reply, ...]:
    """The replies with the line under the last one: above its choices, so that they stay at the end."""
    place = await handoff.place(hall, conversation.key)
    if place is None:
        return replies
    line = answers.text("utter_queue_place", conversation.channel, {"place": place})
    lead = len(answers.text("utter_sms_choice_lead", "sms"))
    if conversation.channel == "sms" and _length(replies, lead) <= ONE_TEXT < _length((*replies, Reply(line)), lead):
        return replies
    if not replies or not replies[-1].buttons:
        return (*replies, Reply(line))
    last = replies[-1]
    return (*replies[:-1], replace(last, text=f"{last.text}\n{line}".strip()))


def _length(replies: tuple[Reply, ...], lead: int) -> int:
    """The characters of the text that carries the replies: lines with breaks, choices with numbers after a `lead`."""
    whole = sum(len(r.text) + 1 + sum(len(button.title) + 3 for button in r.buttons) for r in replies) - 1
    return whole + lead * any(reply.buttons for reply in replies)
