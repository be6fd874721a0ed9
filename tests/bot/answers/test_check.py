"""An answer that cannot be said is told with file and line before anybody hears it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.answers import Answers
from bot.answers.check import problems
from bot.answers.source import read
from bot.engine.domain import answers
from hall.problems import Problem


def found(folder: Path, text: str, facts: str = "") -> list[Problem]:
    path = folder / "bill.yml"
    path.write_text(f"words:\n  way: {{wechat: 微信}}\n{facts}responses:\n  utter_x:\n{text}", "utf-8")
    return problems(Answers(read(folder)))


def test_every_answer_of_the_hall_can_be_said() -> None:
    assert problems(answers()) == []


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("  - text: '{{ month }}'\n", 5, "month is no fact"),
        ("  - text: |\n      好\n      {{ month }}\n  - {channel: sms, text: 好}\n", 7, "month is no fact"),
        ("  - text: '{{ 3 | yuen }}'\n", 5, "yuen"),
        ("  - text: '{% if %}'\n", 5, "Expected an expression"),
        ('  - text: \'{{ "cash" | word("way") }}\'\n', 5, "KeyError: 'cash'"),
        (f"  - text: {'长' * 71}\n", 5, "is 71 characters"),
        ("  - text: |\n      一\n      二\n", 5, "is 3 characters"),
    ],
)
def test_what_is_wrong_names_its_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    (one,) = {(problem.line, problem.what) for problem in found(tmp_path, text)}
    assert one[0] == line
    assert what in one[1]


def test_a_fact_of_no_kind_and_facts_of_no_answer_are_told(tmp_path: Path) -> None:
    facts = "facts:\n  utter_x: {n: hall.nothing.Here}\n  utter_y: {n: fen}\n"
    told = [problem.what for problem in found(tmp_path, "  - text: '{{ n }}'\n", facts)]
    assert "no answer utter_y takes facts" in told
    assert any("hall.nothing.Here is no kind of fact" in what for what in told)


def test_none_is_never_said(tmp_path: Path) -> None:
    found(tmp_path, "  - text: '{{ n }}和{{ n | string }}'\n")
    with pytest.raises(ValueError, match="None"):
        Answers(read(tmp_path)).text("utter_x", "web", {"n": None})
