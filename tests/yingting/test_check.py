"""`yingting check` looks at the operator's folder, down to the answers in its own words."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from yingting.commands import check


@pytest.mark.parametrize(
    ("responses", "told"),
    [
        ("utter_greeet:\n  - text: Hi", r"phrases\.yml line 4: responses\.utter_greeet: is no answer.*utter_greet"),
        ('utter_greet:\n  - text: "{% if"', r"phrases\.yml line 4: responses\.utter_greet: is no template"),
    ],
)
def test_an_answer_of_the_operator_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, responses: str, told: str
) -> None:
    head = "source: a test\ndate: 2026-11-26\nresponses:\n"
    (tmp_path / "phrases.yml").write_text(f"{head}  {responses}\n", "utf-8")
    monkeypatch.setenv("YINGTING_OPERATOR", str(tmp_path))
    with pytest.raises(SystemExit, match=told):
        check.run(argparse.Namespace(data_dir=tmp_path))
