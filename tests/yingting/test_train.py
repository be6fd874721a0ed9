"""From a reviewed sentence to a model that understands it, and the report of what that changed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.dialogue.registry import intents
from bot.engine.engine import Engine
from bot.engine.training import ensure_model, fingerprint
from bot.learning.evaluation import Evaluation, compare, labelled
from bot.learning.review_file import BadFile, reviewed_file
from hall.store import migrations
from hall.store.unit import Store
from yingting import cli
from yingting.commands import train
from yingting.commands.review import review
from yingting.commands.train import learn

STRANGE = "帮我弄弄那个咕噜玩意儿"  # nobody could know what the operator's customers call so


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An operator's data directory with a database that is up to date."""
    for name in ("ENV", "DATABASE_URL", "DATA_DIR"):
        monkeypatch.delenv(f"YINGTING_{name}", raising=False)

    async def prepare() -> None:
        store = Store(f"sqlite:///{tmp_path / 'yingting.sqlite'}")
        await migrations.upgrade(store)
        await store.close()

    asyncio.run(prepare())
    return tmp_path


def table(folder: Path, *lines: str) -> Path:
    path = folder / "own.tsv"
    path.write_text("\n".join(("text\tintent", *lines)) + "\n", "utf-8")
    return path


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_next_model_knows_what_was_reviewed_and_says_so(
    data_dir: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = data_dir / "tests"
    tests.mkdir()
    (tests / "small.tsv").write_text(f"text\tintent\n查话费\tcheck_balance\n{STRANGE}\tget_invoice\n", "utf-8")
    monkeypatch.setattr(train, "TEST_SETS", tests)
    told: list[str] = []

    async def run() -> None:
        before = (await engine.parse(STRANGE))["intent"]
        assert before["name"] != "get_invoice" or before["confidence"] < 0.5
        assert "1 messages changed" in await review("import", table(data_dir, f"{STRANGE}\tget_invoice"), data_dir)
        model, _ = await learn(data_dir, told.append)
        after = (await Engine(model).parse(STRANGE))["intent"]
        assert (after["name"], after["confidence"] > 0.5) == ("get_invoice", True)
        assert ensure_model(told.append, reviewed_file(data_dir)) == model  # what `serve` will load

    asyncio.run(run())
    report = "\n".join(told)
    assert "reviewed sentences: 1; understood before" in report
    assert "test set, 1 messages: accuracy before 1.0000, now 1.0000 (+0 messages)" in report
    assert "1 messages of the test set are among the reviewed" in report


async def test_the_report_counts_gains_and_losses() -> None:
    def model(**meanings: str) -> Any:
        async def parse(text: str) -> dict[str, Any]:
            name, _, unsure = meanings[text].partition("?")
            return {"intent": {"name": name, "confidence": 0.4 if unsure else 0.9}}

        return SimpleNamespace(parse=parse)

    reviewed = [("r1", "a"), ("r2", "b"), ("r3", "a")]
    tests = [("t1", "a"), ("t2", "a"), ("t3", "b"), ("r1", "a")]
    before = model(r1="x", r2="b", r3="x", t1="a", t2="b", t3="x")
    after = model(r1="a", r2="x", r3="a?1", t1="b", t2="b", t3="b")
    gains = await compare(before, after, reviewed, tests)
    assert gains == Evaluation(
        tested=3, before=1, after=1, left_out=1, reviewed=3, reviewed_before=1, reviewed_after=1,
        now_understood=[("r1", "a")], still_not=[("r2", "b", "x"), ("r3", "a", "unsure")], worse=[("a", "b", 1, 2)],
    )  # fmt: skip
    assert gains.lines() == [
        "reviewed sentences: 3; understood before 1, now 1",
        "  now understood: r1  (a)",
        "  still not: r2  (b, taken for x)",
        "  still not: r3  (a, taken for unsure)",
        "test set, 3 messages: accuracy before 0.3333, now 0.3333 (+0 messages)",
        "  1 messages of the test set are among the reviewed and do not count",
        "  confused more often: a taken for b: 1 before, 2 now",
    ]


def test_without_a_test_set_no_accuracy_is_claimed() -> None:
    assert Evaluation(reviewed=1).lines()[-1] == "there is no test set here: accuracy was not measured"


def test_the_projects_test_sets_are_found() -> None:
    found = dict(labelled(train.TEST_SETS))
    assert len(found) > 300
    assert set(found.values()) <= set(intents())


def test_a_models_name_depends_on_what_was_reviewed(tmp_path: Path) -> None:
    path = tmp_path / "reviewed.yml"
    assert fingerprint(path) == fingerprint()
    path.write_text("nlu: []", "utf-8")
    assert fingerprint(path) != fingerprint()


def test_without_a_database_nothing_is_read_and_nothing_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[Any] = []
    monkeypatch.setattr(train, "train", lambda *arguments: trained.append(arguments) or Path("model"))
    assert asyncio.run(learn(tmp_path, lambda line: None)) == (Path("model"), {})
    assert len(trained) == 1
    assert list(tmp_path.iterdir()) == []


def test_the_command_names_what_is_wrong_with_a_file(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = table(data_dir, "弄点流\ttopup_data", "看看\tno_such_intent")
    with pytest.raises(SystemExit) as stopped:
        cli.main(["review", "import", str(path), "--data-dir", str(data_dir)])
    assert "nothing was changed\nline 3: there is no intent 'no_such_intent'" in str(stopped.value)
    cli.main(["review", "export", str(data_dir / "out.tsv"), "--data-dir", str(data_dir)])
    assert capsys.readouterr().out.startswith("0 messages: ")
    with pytest.raises(SystemExit, match="No such file"):
        cli.main(["review", "import", str(data_dir / "gone.tsv"), "--data-dir", str(data_dir)])


async def test_a_database_that_is_not_up_to_date_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="yingting db upgrade"):
        await review("export", tmp_path / "out.tsv", tmp_path)


def test_a_bad_file_is_a_fault_of_its_own() -> None:
    assert str(BadFile(["line 2: x", "line 3: y"])) == "line 2: x\nline 3: y"
