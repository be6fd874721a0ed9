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


@pytest.mark.parametrize(
    ("card", "what"),
    [
        ("{kind: nothing}", "card nothing: there is none"),
        ("{kind: bills, total_fen: n, bills: '[]', more: n}", "card bills: has no more"),
        ("{kind: bills, total_fen: n}", "card bills: bills is missing"),
        ("{kind: bills, total_fen: n | string, bills: '[]'}", "card bills: total_fen is '123450', not int"),
        ("{kind: bills, total_fen: n, bills: '[{\"month\": n}]'}", "bills: month is 123450, not str"),
        ("{kind: bills, total_fen: m, bills: '[]'}", "m is no fact of it"),
    ],
)
def test_a_card_that_is_not_of_its_kind_is_told(tmp_path: Path, card: str, what: str) -> None:
    told = found(tmp_path, f"  - text: '{{{{ n }}}}'\n    card: {card}\n", "facts:\n  utter_x: {n: fen}\n")
    assert any(what in problem.what for problem in told), told


def test_a_card_is_for_the_web_alone_and_holds_plain_facts(tmp_path: Path) -> None:
    card = '{kind: bills, total_fen: n, bills: \'[{"month": "2026-10", "total_fen": n}]\'}'
    assert found(tmp_path, f"  - text: '{{{{ n }}}}'\n    card: {card}\n", "facts:\n  utter_x: {n: fen}\n") == []
    said = Answers(read(tmp_path))
    assert said.render("utter_x", "web", {"n": 5})["card"] == {
        "kind": "bills", "total_fen": 5, "bills": [{"month": "2026-10", "total_fen": 5}],
    }  # fmt: skip
    assert all("card" not in said.render("utter_x", channel, {"n": 5}) for channel in ("sms", "rest"))


def test_a_fact_of_no_kind_and_facts_of_no_answer_are_told(tmp_path: Path) -> None:
    facts = "facts:\n  utter_x: {n: hall.nothing.Here}\n  utter_y: {n: fen}\n"
    told = [problem.what for problem in found(tmp_path, "  - text: '{{ n }}'\n", facts)]
    assert "no answer utter_y takes facts" in told
    assert any("hall.nothing.Here is no kind of fact" in what for what in told)


def test_none_is_never_said(tmp_path: Path) -> None:
    found(tmp_path, "  - text: '{{ n }}和{{ n | string }}'\n")
    with pytest.raises(ValueError, match="None"):
        Answers(read(tmp_path)).text("utter_x", "web", {"n": None})
