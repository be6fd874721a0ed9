"""Compare the model with the reviewed sentences against the model without, on the same messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.dialogue.fallback import Thresholds
from bot.engine.engine import Engine
from bot.settings import ROOT

TEST_SETS = ROOT / "tests" / "bot" / "nlu"
SHOWN = 10  # entries of a list in the report
SURE, UNSURE = Thresholds().sure, "unsure"  # from which confidence the hall acts; what is below it
MAY_LOSE = 0.005  # of the accuracy: a model that loses more is worse
Labelled = tuple[str, str]  # text, intent


@dataclass
class Evaluation:
    """Results of both models on the same messages."""

    tested: int = 0
    before: int = 0  # correct on the test set
    after: int = 0
    left_out: int = 0  # messages of the test set that are among the reviewed
    reviewed: int = 0
    reviewed_before: int = 0
    reviewed_after: int = 0
    now_understood: list[Labelled] = field(default_factory=list)
    still_not: list[tuple[str, str, str]] = field(default_factory=list)  # text, intent, predicted intent
    worse: list[tuple[str, str, int, int]] = field(default_factory=list)  # intent, predicted, count before, after

    @property
    def is_worse(self) -> bool:
        """Whether the messages of the test set are understood less than what chance explains."""
        return (self.before - self.after) > MAY_LOSE * self.tested

    def figures(self) -> dict[str, object]:
        """The report as JSON: the same as `lines`, the first of each list."""
        counts = {name: getattr(self, name) for name in _COUNTS}
        lists = {name: [list(one) for one in getattr(self, name)[:SHOWN]] for name in _LISTS}
        return counts | lists

    def lines(self) -> list[str]:
        """The lines of the report."""
        told = [
            f"reviewed sentences: {self.reviewed}; understood before {self.reviewed_before}, now {self.reviewed_after}"
        ]
        told += [f"  now understood: {text}  ({intent})" for text, intent in self.now_understood[:SHOWN]]
        told += _more(self.now_understood)
        told += [f"  still not: {text}  ({intent}, taken for {got})" for text, intent, got in self.still_not[:SHOWN]]
        told += _more(self.still_not)
        if not self.tested:
            return [*told, "there is no test set here: accuracy was not measured"]
        told.append(
            f"test set, {self.tested} messages: accuracy before {self.before / self.tested:.4f}, "
            f"now {self.after / self.tested:.4f} ({self.after - self.before:+d} messages)"
        )
        if self.left_out:
            told.append(f"  {self.left_out} messages of the test set are among the reviewed and do not count")
        told += [
            f"  confused more often: {intent} taken for {got}: {was} before, {now} now"
            for intent, got, was, now in self.worse[:SHOWN]
        ]
        return [*told, *_more(self.worse), *([] if self.worse else ["  no confusion became more frequent"])]


_COUNTS = ("tested", "before", "after", "left_out", "reviewed", "reviewed_before", "reviewed_after")
_LISTS = ("now_understood", "still_not", "worse")


def _more(shown: Sequence[object]) -> list[str]:
    return [f"  … and {len(shown) - SHOWN} more"] if len(shown) > SHOWN else []


def labelled(folder: Path) -> list[Labelled]:
    """The project's own labelled messages: every table there whose first columns are text and intent."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.tsv")) if folder.is_dir() else ():
        head, *rows = path.read_text("utf-8").splitlines() or [""]
        if head.split("\t")[:2] == ["text", "intent"]:
            found |= {row.split("\t")[0]: row.split("\t")[1] for row in rows if row.count("\t")}
    return list(found.items())


async def compare(before: Engine, after: Engine, reviewed: Sequence[Labelled], tests: Sequence[Labelled]) -> Evaluation:
    """Evaluate both models."""
    known = {text for text, _ in reviewed}
    counted = [pair for pair in tests if pair[0] not in known]
    gains = Evaluation(tested=len(counted), left_out=len(tests) - len(counted), reviewed=len(reviewed))
    for text, intent in reviewed:
        was, now = await _sure(before, text), await _sure(after, text)
        gains.reviewed_before += was == intent
        gains.reviewed_after += now == intent
        if was != intent == now:
            gains.now_understood.append((text, intent))
        elif now != intent:
            gains.still_not.append((text, intent, now))
    confused: tuple[Counter[Labelled], Counter[Labelled]] = Counter(), Counter()
    for text, intent in counted:
        was, now = await _intent(before, text), await _intent(after, text)
        gains.before += was == intent
        gains.after += now == intent
        confused[0].update([(intent, was)] if was != intent else [])
        confused[1].update([(intent, now)] if now != intent else [])
    more = [(*pair, confused[0][pair], count) for pair, count in confused[1].items() if count > confused[0][pair]]
    gains.worse = sorted(more, key=lambda one: (one[2] - one[3], one[:2]))
    return gains


async def _intent(engine: Engine, text: str) -> str:
    """The likeliest meaning, as accuracy is measured everywhere."""
    return str((await engine.parse(text))["intent"]["name"])


async def _sure(engine: Engine, text: str) -> str:
    """What the hall would act upon: of what it is not sure it asks, so that is not understood."""
    intent = (await engine.parse(text))["intent"]
    return str(intent["name"]) if float(intent.get("confidence") or 0.0) >= SURE else UNSURE
