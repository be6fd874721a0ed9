"""What is proved before a flow goes on: the line (level 1), and that it is the customer who writes (level 2).

A gate is a flow of its own, put on top of the one that needs it, which keeps its values and goes on after it. `line:
proved` names the first, `line: verified` both. What is passed lasts for the session, not for a task.
"""

from __future__ import annotations

from bot.dialogue.flow import IDENTIFY, VERIFY, Flow, Flows
from bot.dialogue.state import SlotView

PROVED, VERIFIED = "proved_line", "verified_line"  # slots, which each turn has from its conversation
_OPENED_BY = {IDENTIFY: PROVED, VERIFY: VERIFIED}


def closed(flow: Flow, flows: Flows, view: SlotView) -> Flow | None:
    """The gate that a flow has to pass next, or None."""
    needed = (IDENTIFY,) * flow.needs_line + (VERIFY,) * flow.needs_verified
    return next((flows[name] for name in needed if name in flows and not passed(name, view)), None)


def needed_by(flow: Flow | None) -> bool:
    """Whether nothing of a flow can be done before the line is proved."""
    return flow is not None and flow.needs_line


def passed(name: str, view: SlotView) -> bool:
    """Whether `name` is a gate, and open."""
    return name in _OPENED_BY and bool(view[_OPENED_BY[name]])
