"""What is wrong with a file that somebody wrote: told with file, line and a hint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from hall.errors import OfTheHouse
from hall.yaml_file import shown


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. `hint` says what may have been meant, or what to do."""

    path: Path
    line: int
    what: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{shown(self.path)}:{self.line}: {self.what}{hint}"


class Mistakes(OfTheHouse, ValueError):
    """Files are wrong; the message has a line for each mistake."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def meant(name: str, known: Iterable[str]) -> str:
    """The known name that a misspelt one is nearest to, as a hint; "" when none is near."""
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.65)
    return f"did you mean {near[0]}?" if near else ""
