"""Each mistake in what people write is told once, with its file and line and what may have been meant."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot import checks
from hall.yaml_file import ROOT

FLOW, ANSWERS, SENTENCES = "data/flows/account_status.yml", "bot/domain/account_status.yml", "data/nlu/gift_card.yml"
ACTION = "actions/look_up.py"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what people write."""
    root = tmp_path_factory.mktemp("tree")
    for folder in ("data/flows", "data/nlu", "bot/domain", "actions"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    said = "  metadata:\n    code: [CXLQ]\n    title: 查礼券\n  examples: |\n    - 礼券还有几张\n    - 我的礼券\n"
    (root / SENTENCES).write_text(f'version: "3.1"\nnlu:\n- intent: check_gift_card\n{said}', "utf-8")
    return root


def test_nothing_is_wrong_with_what_is_in_the_repository() -> None:
    assert [str(problem) for problem in checks.problems()] == []


MISTAKES = [
    (
        FLOW,
        "  - say: action_account_status",
        "  - say: action_acount_status",
        20,
        "did you mean action_account_status?",
    ),
    (FLOW, "  - say: action_account_status", "  - say: utter_acount_status", 20, "did you mean utter_account_status?"),
    (FLOW, "  - say: action", "  - sya: action", 20, "did you mean say?"),
    (FLOW, "kind: answer", "kind: anwser", 4, "did you mean answer?"),
    (FLOW, "  kind:", "  kin:", 4, "did you mean kind?"),
    (FLOW, "  title: 查号码状态\n", "", 1, "what the task is called to the customer"),
    (FLOW, "intent: check_account_status", "intent: check_acount_status", 3, "did you mean check_account_status?"),
    ("data/flows/bill.yml", "menu: 20", "menu: 10", 9, "place 10 of the menu is claimed by check_balance, too"),
    (FLOW, "  - say: action", "  - use: topup_numbr\n  - say: action", 20, "there is no part topup_numbr"),
    (FLOW, "  steps:", "  steps: [", None, "while parsing"),
    (FLOW, "  - say: action", "  - collect: cty\n  - say: action", 20, "nothing asks for cty"),
    (
        "data/flows/topup.yml",
        "when: {number_twice: needed}",
        "when: {number_twise: needed}",
        None,
        "did you mean number_twice?",
    ),
    (
        "data/flows/real_name.yml",
        "check: action_real_name_state",
        "check: action_real_name_state\n    next: {ok: say_action_real_name_guidance}\n#",
        None,
        "nothing leads to the step collect_real_name_case",
    ),
    (ANSWERS, "responses:", "slots: {}\nresponses:", None, "slots are derived"),
    (ANSWERS, "responses:", "responses: [", None, "while parsing"),
    (SENTENCES, "  examples: |", "  examples:", None, "only intents with examples are known here"),
    (SENTENCES, "    - ", "    ", None, "a sentence begins with a dash"),
    (SENTENCES, "    code:", "    coed:", None, "only metadata with title and code"),
    ("data/nlu/documents.tsv", "身份证	", "身份证 ", None, "1 columns instead of 2"),
    (ACTION, '"utter_unknown_line"', '"utter_unknwn_line"', None, "did you mean utter_unknown_line?"),
]


@pytest.mark.parametrize(("file", "right", "wrong", "line", "told"), MISTAKES)
def test_a_mistake_is_told_with_file_and_line(
    written: Path, file: str, right: str, wrong: str, line: int | None, told: str
) -> None:
    path = written / file
    text = path.read_text("utf-8")
    assert right in text
    try:
        path.write_text(text.replace(right, wrong, 1), "utf-8")
        found = [str(problem) for problem in checks.problems(written)]
    finally:
        path.write_text(text, "utf-8")
    where = f"{path}:{line}: " if line else f"{path}:"
    assert [problem for problem in found if problem.startswith(where) and told in problem], found
