"""`docs/capabilities.md`: each row of what the hall does, how to try it, and the dialogues that hold it.

`python -m testing.capabilities_page > docs/capabilities.md` writes it from the names of the dialogues: a case that is
named "B5, B6: …" shows rows B5 and B6.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

DIALOGUES = Path(__file__).parents[1] / "tests" / "conversations"
ROWS = DIALOGUES / "rows.tsv"
NAMED = re.compile(r"[A-J]\d+(?:, ?[A-J]\d+)*(?=:)")
SHOWN = 3  # messages of a dialogue: enough to try it, the rest is in the file

HEAD = """# What the hall does

Written by `python -m testing.capabilities_page > docs/capabilities.md` from the names of the dialogues in
`tests/conversations`; do not edit. To try a row, run the hall (`make run`), take the customer's number in the simulator
or the web chat (or `.venv/bin/yingting chat --msisdn NUMBER`), and write what stands there. `make test` plays every
dialogue on SMS and in the web chat.

| row | what | try | as | dialogues |
|---|---|---|---|---|"""


def titles() -> dict[str, str]:
    """Row to what a customer has done by it, in the order of the page."""
    with ROWS.open(encoding="utf-8") as file:
        lines = list(csv.reader(file, delimiter="\t"))
    return dict(lines[1:])


def cases() -> Iterator[tuple[Path, Any]]:
    """Every dialogue with the file it stands in."""
    for path in sorted(DIALOGUES.rglob("*.yml")):
        for case in YAML(typ="safe").load(path) or ():
            if isinstance(case, dict) and "case" in case:
                yield path, case


def by_row() -> dict[str, list[tuple[Path, Any]]]:
    """Row to its dialogues. The first row that a case names comes first: that is what it was written for."""
    found: dict[str, list[tuple[int, Path, Any]]] = {}
    for path, case in cases():
        for place, row in enumerate(rows_of(case)):
            found.setdefault(row, []).append((place, path, case))
    return {row: [(path, case) for _, path, case in sorted(of, key=_rank)] for row, of in found.items()}


def rows_of(case: Any) -> list[str]:
    """The rows in the name of a dialogue; none for one that is not about a row."""
    named = NAMED.match(case["case"])
    return re.split(", ?", named.group()) if named else []


def _rank(one: tuple[int, Path, Any]) -> tuple[int, bool]:
    """What was written for the row before what touches it, and what goes well before what does not."""
    place, path, _ = one
    return place, path.parent.name not in ("happy", DIALOGUES.name)


def tried(case: Any) -> str:
    """What to write, in order."""
    said = [str(line) for line in case["dialogue"] if not isinstance(line, dict)]
    return " · ".join(said[:SHOWN]).replace("|", "\\|") + (" …" if len(said) > SHOWN else "")


def page() -> str:
    """The whole page."""
    held = by_row()
    return "\n".join([HEAD, *(_row(row, title, held.get(row, [])) for row, title in titles().items())]) + "\n"


def _row(row: str, title: str, of: list[tuple[Path, Any]]) -> str:
    if not of:
        return f"| {row} | {title} | | | none |"
    files = dict.fromkeys(str(path.relative_to(DIALOGUES)) for path, _ in of)
    first = of[0][1]
    return f"| {row} | {title} | {tried(first)} | {first.get('as', 'nobody')} | {len(of)}: {', '.join(files)} |"


if __name__ == "__main__":
    print(page(), end="")
