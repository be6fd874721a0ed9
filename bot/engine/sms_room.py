"""On SMS a reply is three parts at most: of several enquiries in a message what does not fit is offered, not said.

Whole answers are left out, one if one is enough, and only those of enquiries: what a task says or asks is never cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from rasa.shared.core.events import BotUttered

from bot.messages import Button, Reply

MOST = 3 * 67  # characters of a text of three parts
NEXT = "utter_next_wish"  # what announces the next wish of a message


def fitting(
    said: Sequence[BotUttered], replies: Sequence[Reply], left_out: Callable[[str], Button | None], word: str
) -> tuple[Reply, ...]:
    """The replies within three parts; `replies` are those of `said`, one each.

    `left_out` gives the choice for the enquiry that an announcement names, None for what must be said; `word` leads
    over to these choices.
    """
    starts = [place for place, event in enumerate(said) if (event.metadata or {}).get("utter_action") == NEXT]
    answers = {start: replies[start:end] for start, end in pairwise([*starts, len(replies)])}
    buttons = {start: left_out(replies[start].text) for start in starts}
    may = [start for start in reversed(starts) if buttons[start] is not None]
    out = set[int]()

    def told(without: set[int]) -> tuple[Reply, ...]:
        kept = [*replies[: starts[0]], *(one for start in starts if start not in without for one in answers[start])]
        choices = tuple(button for start in starts if start in without and (button := buttons[start]) is not None)
        return (*kept, Reply(word, choices)) if choices else tuple(kept)

    while starts and _length(told(out)) > MOST and len(out) < len(may):
        left = [start for start in may if start not in out]
        out.add(next((start for start in left if _length(told({*out, start})) <= MOST), left[0]))
    return told(out) if out else tuple(replies)


def _length(replies: Sequence[Reply]) -> int:
    """About the characters of the text that carries them."""
    buttons = [button for reply in replies for button in reply.buttons]
    return sum(len(reply.text) + 1 for reply in replies) + sum(len(b.title) + 3 for b in buttons) + 2 * bool(buttons)
