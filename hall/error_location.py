"""How an unforeseen error is logged: its kind and its place, and its message only where that is the house's own.

Another message may hold what a customer wrote or a number; a kind and a place are enough to find the fault.
"""

from __future__ import annotations

import traceback
from pathlib import Path

from hall.errors import OfTheHouse, Unavailable

LONGEST = 300  # characters of a message
ROOT = Path(__file__).resolve().parent.parent


def location_of(error: BaseException) -> str:
    """`KeyError at actions/topup.py:35 < bot/conversations/turn.py:79`: our own frames, the innermost first.

    With its text where that is our own: `PolicyError (topup.yml line 3: …) at …`.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename and str(ROOT) in frame.filename]
    names = [f"{Path(frame.filename).relative_to(ROOT)}:{frame.lineno}" for frame in reversed(ours[-4:])]
    cause = f" from {location_of(error.__cause__)}" if error.__cause__ is not None else ""
    return f"{type(error).__name__}{_said(error)} at {' < '.join(names) or '?'}{cause}"


def _said(error: BaseException) -> str:
    """What the error says, if that is of our own files: templates are, and names of systems outside."""
    if isinstance(error, Unavailable):
        return f" ({error.part})"
    if not isinstance(error, OfTheHouse) and type(error).__module__ != "jinja2.exceptions":
        return ""
    return f" ({' '.join(str(error).split())[:LONGEST]})"
