"""SMS codes: what a flow, or an intent that no flow serves yet, declares under `code:`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ARGUMENTS = ("none", "month", "phone_number", "amount_fen", "rest")


@dataclass(frozen=True, slots=True)
class Code:
    """A message that means an intent, whatever else was learned. `service`: the service that it names."""

    code: str
    intent: str
    argument: str = "none"  # what may follow it; `rest`: anything, which is not kept
    service: str | None = None


def codes(declared: Any, intent: str) -> Iterator[Code]:
    """`[FP, KFP]`, or with what follows and what is named: `{CXZD: month, TCQZ: {takes: month, service: 彩铃}}`.

    Raises ValueError for another form.
    """
    if isinstance(declared, dict):
        for name, about in declared.items():
            yield _code(str(name), intent, about)
    elif isinstance(declared, list):
        for name in declared:
            yield _code(str(name), intent, None)
    elif declared is not None:
        raise ValueError(f"a list of codes or a mapping, not {declared!r}")


def _code(name: str, intent: str, about: Any) -> Code:
    about = about if isinstance(about, dict) else {"takes": about or "none"}
    if unknown := set(about) - {"takes", "service"}:
        raise ValueError(f"{name}: unknown {', '.join(sorted(unknown))}")
    argument = about.get("takes", "none")
    if argument not in ARGUMENTS:
        raise ValueError(f"{name} takes one of {', '.join(ARGUMENTS)}, not {argument}")
    return Code(name, intent, argument, about.get("service"))
