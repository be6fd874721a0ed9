"""What is said of how well it is told what messages do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.nlu import acts
from bot.nlu.normalise import normalise

SET = Path(__file__).with_name("acts.tsv")
ACTS = ("ask", "if", "want", "not", "change", "yes", "no", "wait", "doubt", "complain", "story")
QUESTIONS = frozenset(("ask", "if"))  # what names a value only to ask about it, or for a case


@dataclass(frozen=True)
class Done:
    """A message, what it does, what was learned of it, and whether it is taken for a question: by rules, in all."""

    text: str
    does: frozenset[str]
    style: str
    heard: frozenset[str]
    by_rules: bool
    asks: bool


@dataclass(frozen=True)
class Worth:
    """Shares, 0…1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)

    def __str__(self) -> str:
        return f"{self.precision:.2f} {self.recall:.2f} {self.f1:.2f}"


def rows() -> list[tuple[str, frozenset[str], str]]:
    """Text, acts, style."""
    lines = [line for line in SET.read_text("utf-8").splitlines() if not line.startswith("#")][1:]
    return [(text, frozenset(does.split()), style) for text, does, style in (line.split("\t") for line in lines)]


def hear(parse: Callable[[str], dict[str, Any]]) -> list[Done]:
    """Each message of the set, understood."""
    found = []
    for text, does, style in rows():
        parsed = parse(text)
        by_rules = bool(acts.read(normalise(text)).kind)
        found.append(Done(text, does, style, frozenset(parsed.get("does") or ()), by_rules, bool(parsed["act"])))
    return found


def worth(pairs: Iterable[tuple[bool, bool]]) -> Worth:
    """Of what was found and what is so."""
    both = found = so = 0
    for is_found, is_so in pairs:
        both, found, so = both + (is_found and is_so), found + is_found, so + is_so
    return Worth(both / max(found, 1), both / max(so, 1))


def of_act(done: Iterable[Done], act: str) -> Worth:
    """How well an act is learned."""
    return worth((act in one.heard, act in one.does) for one in done)


def of_questions(done: Iterable[Done], how: Callable[[Done], bool]) -> Worth:
    """How well questions and conditions are told from what chooses or wants."""
    return worth((how(one), bool(QUESTIONS & one.does)) for one in done)


def report(done: list[Done]) -> str:
    """Precision, recall and F1 of each act; of questions by rules, learned and both; of these by style."""
    styles = sorted({one.style for one in done})
    return "\n".join(
        [
            f"{len(done)} messages; precision, recall, F1",
            ", ".join(f"{act} {of_act(done, act)}" for act in ACTS),
            f"mean F1 {mean_f1(done):.3f}",
            f"asks or sets a condition, by rules {of_questions(done, lambda one: one.by_rules)}, "
            f"learned {of_questions(done, lambda one: bool(QUESTIONS & one.heard))}, "
            f"both {of_questions(done, lambda one: one.asks)}",
            "both, by style: "
            + ", ".join(
                f"{style} {of_questions([one for one in done if one.style == style], lambda one: one.asks)}"
                for style in styles
            ),
        ]
    )


def mean_f1(done: list[Done]) -> float:
    """Over the acts."""
    return sum(of_act(done, act).f1 for act in ACTS) / len(ACTS)
