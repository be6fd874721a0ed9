"""How well real customers are understood: `make real`.

Reads `../shared/reference/real_messages.tsv` (or the file that REAL_MESSAGES names), whose rows are text, intent and
kind; where there is none, only the project's own sets are judged. Nothing of it is stored. The classifier is trained
here, without Rasa, from data/nlu as it stands: training knows no chance, so that one run says all.

`--errors [KIND]` lists what was misunderstood, to learn kinds of wishes from, never to copy.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.engine.import_stubs import install

install()

from bot.nlu import classify, commands, entities, wordings  # noqa: E402
from bot.nlu.examples import examples  # noqa: E402
from bot.nlu.normalise import normalise  # noqa: E402
from bot.nlu.vocabulary import FOLDER  # noqa: E402
from tests.bot.nlu import measuring  # noqa: E402
from tests.bot.nlu.measuring import Heard, macro_f1, share  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("REAL_MESSAGES", ROOT.parent / "shared" / "reference" / "real_messages.tsv"))
DAY = date(2026, 11, 22)
OTHER = "out_of_scope"
STEPS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
RIGHT = 0.95
CONFUSIONS = 25
OFFERED = 3  # wishes that an unsure hall offers, beside "none of them"
_LETTERS = re.compile(r"[^\w]+")


@dataclass(frozen=True)
class Judged(Heard):
    """A message, understood, with the first three of our wishes that it may have meant."""

    first: tuple[str, ...] = ()


def main(*words: str) -> None:
    """Train, judge, print."""
    began = time.process_time()
    said = [pair for path in sorted(FOLDER.glob("*.yml")) for pair in examples(path)]
    model = classify.learn([(normalise(text), intent) for text, intent in said])
    spent = time.process_time() - began
    said += [(text, intent) for _, text, intent in wordings.sentences()]
    print(f"{len(said)} sentences, {len(model.linear.vocabulary)} features, {spent:.0f} CPU seconds of training")
    for name, rows in read().items():
        heard = [judge(model, *row) for row in rows]
        print(f"\n{name}\n{report(heard)}")
        if name == REAL.stem:
            print("also in the training:", ", ".join(same(said, rows)) or "none")
            if words[:1] == ("--errors",):
                print("\n".join(errors(heard, words[1:])))


def read() -> dict[str, list[tuple[str, str, str]]]:
    """The real messages, where there are any, and the project's own sets: text, intent, kind."""
    found = {name: [(row[0], row[1], row[2]) for row in rows] for name, rows in measuring.sets().items()}
    if not REAL.exists():
        return found
    lines = [line.split("\t") for line in REAL.read_text("utf-8").splitlines()[1:]]
    return {REAL.stem: [(line[0], line[1], line[2]) for line in lines], **found}


def judge(model: classify.Model, text: str, intent: str, kind: str) -> Judged:
    """One message through what the pipeline does with it."""
    plain = normalise(text)
    ranked = classify.rank(model, plain, entities.find(plain, DAY), classify.second())
    if (meaning := commands.read(plain)) is not None and meaning.intent is not None:
        ranked = [(meaning.intent, 1.0)]
    return Judged(text, intent, kind, *ranked[0], tuple(name for name, _ in ranked if name != OTHER)[:OFFERED])


def same(said: Iterable[tuple[str, str]], rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """Messages that are sentences of the training."""
    learned = {bare(text) for text, _ in said}
    return [text for text, _, _ in rows if bare(text) in learned]


def bare(text: str) -> str:
    """A text normalised, without punctuation."""
    return _LETTERS.sub("", normalise(text)).lower()


def covered(heard: Sequence[Heard], right: float = RIGHT) -> float:
    """The largest share of the messages, surest first, of which so many are right."""
    best = hits = 0
    for place, one in enumerate(sorted(heard, key=lambda one: -one.confidence), start=1):
        hits += one.right
        if hits / place >= right:
            best = place
    return best / len(heard)


def other(heard: Sequence[Heard]) -> tuple[float, float]:
    """Recall and precision of what is not ours."""
    hits = sum(one.right and one.intent == OTHER for one in heard)
    meant, taken = sum(one.intent == OTHER for one in heard), sum(one.guess == OTHER for one in heard)
    return hits / max(meant, 1), hits / max(taken, 1)


def report(heard: Sequence[Judged]) -> str:
    """All figures, a line each."""
    recall, precision = other(heard)
    kinds: dict[str, list[Judged]] = defaultdict(list)
    for one in heard:
        kinds[one.style].append(one)
    confused = Counter((one.intent, one.guess) for one in heard if not one.right)
    ours = [one for one in heard if one.intent != OTHER]
    lines = [
        f"{len(heard)} messages: accuracy {share(heard):.3f}, macro-F1 {macro_f1(heard):.3f}, ours {share(ours):.3f}, "
        f"{OTHER} recall {recall:.3f} precision {precision:.3f}, answerable at {RIGHT:.0%} right {covered(heard):.3f}, "
        f"calibration error {measuring.calibration_error(heard):.3f}",
        "confidence of at least: " + "; ".join(_above(heard, step) for step in STEPS),
        "by kind: " + ", ".join(f"{kind} {share(of):.3f} ({len(of)})" for kind, of in sorted(kinds.items())),
        "confused: " + ", ".join(f"{a} → {b} {n}×" for (a, b), n in confused.most_common(CONFUSIONS) if n > 1),
    ]
    return "\n".join(lines)


def _above(heard: Sequence[Judged], step: float) -> str:
    sure = [one for one in heard if one.confidence >= step]
    rest = [one for one in heard if one.confidence < step]
    offered = sum(one.intent in (*one.first, OTHER) for one in rest) / max(len(rest), 1)
    return f"{step} {len(sure) / len(heard):.2f}, right {share(sure):.3f}, of the rest offered {offered:.2f}"


def errors(heard: Sequence[Judged], kinds: Sequence[str]) -> list[str]:
    """What was misunderstood, of some kinds or of all."""
    return [
        f"{one.intent} → {one.guess} {one.confidence:.2f} {one.text}"
        for one in sorted(heard, key=lambda one: (one.intent, one.guess))
        if not one.right and (not kinds or one.style in kinds)
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
