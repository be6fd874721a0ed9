"""What is said of how well a set of messages is understood."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("sets")
BANDS = 10
SHOWN = 15  # pairs of confusion


@dataclass(frozen=True)
class Heard:
    """A message, what it means, and what was understood."""

    text: str
    intent: str
    style: str
    guess: str
    confidence: float

    @property
    def right(self) -> bool:
        return self.guess == self.intent


def sets() -> dict[str, list[list[str]]]:
    """The sets by name: rows of text, intent, style."""
    return {
        path.stem: [line.split("\t") for line in path.read_text("utf-8").splitlines()[1:]]
        for path in sorted(FOLDER.glob("*.tsv"))
    }


def hear(parse: Callable[[str], dict[str, Any]], rows: Sequence[Sequence[str]]) -> list[Heard]:
    """Each message of a set, understood."""
    found = []
    for text, intent, style in rows:
        guess = parse(text)["intent"]
        found.append(Heard(text, intent, style, str(guess["name"]), float(guess["confidence"])))
    return found


def share(heard: Sequence[Heard]) -> float:
    """The share that was understood."""
    return sum(one.right for one in heard) / max(len(heard), 1)


def macro_f1(heard: Sequence[Heard]) -> float:
    """The mean over the intents of the set."""
    right = Counter(one.intent for one in heard if one.right)
    said, guessed = Counter(one.intent for one in heard), Counter(one.guess for one in heard)
    return sum(2 * right[i] / (said[i] + guessed[i]) for i in said) / len(said)


def reliability(heard: Sequence[Heard]) -> list[tuple[float, int, float]]:
    """For each band of confidence: where it begins, how many messages, the share that was right."""
    bands: dict[int, list[Heard]] = defaultdict(list)
    for one in heard:
        bands[min(int(one.confidence * BANDS), BANDS - 1)].append(one)
    return [(band / BANDS, len(bands[band]), share(bands[band])) for band in sorted(bands)]


def calibration_error(heard: Sequence[Heard]) -> float:
    """How far confidences are from the shares that are right, weighted by the messages of each band."""
    bands: dict[int, list[Heard]] = defaultdict(list)
    for one in heard:
        bands[min(int(one.confidence * BANDS), BANDS - 1)].append(one)
    gaps = (abs(sum(one.confidence for one in band) / len(band) - share(band)) * len(band) for band in bands.values())
    return sum(gaps) / max(len(heard), 1)


def report(heard: Sequence[Heard]) -> str:
    """Accuracy in all, by style, by intent; reliability; the pairs that are confused most. Of one line each."""
    confused = Counter((one.intent, one.guess) for one in heard if not one.right)
    return "\n".join(
        [
            f"{len(heard)} messages: accuracy {share(heard):.3f}, macro-F1 {macro_f1(heard):.3f}, "
            f"calibration error {calibration_error(heard):.3f}",
            "by style: " + _by(heard, "style"),
            "by intent: " + _by(heard, "intent"),
            "right by confidence: " + ", ".join(f"{low:.1f} {right:.2f} ({n})" for low, n, right in reliability(heard)),
            "confused: " + ", ".join(f"{a} → {b} {n}×" for (a, b), n in confused.most_common(SHOWN) if n > 1),
        ]
    )


def _by(heard: Sequence[Heard], field: str) -> str:
    groups: dict[str, list[Heard]] = defaultdict(list)
    for one in heard:
        groups[getattr(one, field)].append(one)
    return ", ".join(f"{name} {share(group):.2f} ({len(group)})" for name, group in sorted(groups.items()))
