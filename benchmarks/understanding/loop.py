"""What reviewing misread messages gives: the curve of days on which a person reviewed fifty, `make loop`.

On the real messages that `make real` judges on: some are put aside and only judged; of the others fifty more a day are
learned with their labels, as `yingting train` learns what was reviewed at the desk. Nothing is stored.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from benchmarks.understanding.real import DAY, OTHER, REAL, Judged, covered, judge, other, read
from bot.nlu import classify
from bot.nlu.examples import examples
from bot.nlu.normalise import normalise
from bot.nlu.vocabulary import FOLDER
from tests.bot.nlu.measuring import share

A_DAY = 50
DAYS = (0, 2, 5, 9, 13)
ASIDE = 220  # messages that are never learned
Row = tuple[str, str, str]


def main() -> None:
    """Train once for each day of the curve, judge, print a line."""
    if not REAL.exists():
        raise SystemExit(f"there are no real messages at {REAL.name}: name a file with REAL_MESSAGES")
    rows = read()[REAL.stem]
    random.Random(DAY.isoformat()).shuffle(rows)
    judged, reviewed = rows[:ASIDE], rows[ASIDE:]
    for day in DAYS:
        print(_line(day, _after(reviewed[: day * A_DAY], judged)), flush=True)


def _after(reviewed: Sequence[Row], judged: Sequence[Row]) -> list[Judged]:
    """The judged messages by a model that has learned the reviewed ones, too."""
    said = [pair for path in sorted(FOLDER.glob("*.yml")) for pair in examples(path)]
    said += [(text, intent) for text, intent, _ in reviewed]
    model = classify.learn([(normalise(text), intent) for text, intent in said])
    return [judge(model, *row) for row in judged]


def _line(day: int, heard: Sequence[Judged]) -> str:
    recall, precision = other(heard)
    return (
        f"after {day} days, {day * A_DAY} reviewed: of {len(heard)} others {share(heard):.3f} right, "
        f"{OTHER} recall {recall:.3f} precision {precision:.3f}, answerable at 95 % right {covered(heard):.3f}"
    )


if __name__ == "__main__":
    main()
