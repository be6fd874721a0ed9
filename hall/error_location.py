"""How an unforeseen error is logged: its kind and its location_of, never its message.

A message may hold what a customer wrote or a number; a kind and a location_of are enough to find the fault.
"""

from __future__ import annotations

import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def location_of(error: BaseException) -> str:
    """`KeyError at actions/topup.py:35 < bot/conversations/turn.py:79`: our own frames, the innermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename and str(ROOT) in frame.filename]
    names = [f"{Path(frame.filename).relative_to(ROOT)}:{frame.lineno}" for frame in reversed(ours[-4:])]
    cause = f" from {location_of(error.__cause__)}" if error.__cause__ is not None else ""
    return f"{type(error).__name__} at {' < '.join(names) or '?'}{cause}"
