"""这个 and 那个, where a thing was just named: 我要退这个, after 农网彩信 was told of.

The word is written out before the message is understood, so that it means what it would mean with the name in it.
"""

from __future__ import annotations

import re

from bot.dialogue.state import State

LONGEST = 14  # characters of a message that says nothing but that
_THIS = re.compile(
    r"(?:把|将)?(?:这|那|该)(?:个|项|种)(?:业务|服务|东西|费用?|钱)?(?!月|号|人|手机|电话|订单|链接)|(?<!其)它"
)
_DOES = re.compile(r"退|取消|停|关|不要|开|订|办")


def written_out(state: State, text: str) -> str:
    """The text with the name of what was spoken of in the place of 这个; the text itself where there is none."""
    thing = state.focus.thing if state.top is None and state.focus.still_heard() else ""
    if not thing or len(text) > LONGEST or thing in text or not _DOES.search(text):
        return text
    return _THIS.sub(thing, text, count=1)
