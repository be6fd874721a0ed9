"""The review as a table, and as training data."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.learning.review_file import BadFile, as_example, export, take_in, write_training_data
from hall import review
from hall.context import Hall
from hall.review import Candidate, Review

CUSTOMER = "web:widget:1"
INTENTS = {"check_bill", "topup_data"}
HEAD = "id\ttext\treason\ttask\tunderstood\tconfidence\tchosen\tintent"


async def keep(hall: Hall, key: str, text: str) -> None:
    unit = hall.store.unit()
    review.keep(unit, hall.clock.now(), CUSTOMER, Candidate(key, text, "fallback", "check_bill", 0.314))
    review.chose(unit, CUSTOMER, [key], "topup_data")
    await unit.commit()


async def open_ones(hall: Hall) -> list[Review]:
    return await review.listed(hall)


async def test_a_table_goes_out_and_comes_back_filled_in(hall: Hall, tmp_path: Path) -> None:
    path = tmp_path / "review.tsv"
    await keep(hall, "a1", "那个\n单子")
    await keep(hall, "a2", "=1+1")
    assert await export(hall, path) == 2
    head, *lines = path.read_text("utf-8-sig").splitlines()
    assert head == HEAD
    assert sorted(lines) == [
        "a1\t那个 单子\tfallback\t\tcheck_bill\t0.31\ttopup_data\t",
        "a2\t'=1+1\tfallback\t\tcheck_bill\t0.31\ttopup_data\t",
    ]
    filled = [line + ("check_bill" if line.startswith("a1") else "-") for line in lines]
    path.write_text("\r\n".join([head, *filled, ""]), "utf-8-sig")
    assert await take_in(hall, path, INTENTS) == 2
    assert await review.decided(hall) == [("那个\n单子", "check_bill")]
    assert await open_ones(hall) == []
    await export(hall, path)
    assert sorted(line.split("\t")[-1] for line in path.read_text("utf-8-sig").splitlines()[1:]) == ["-", "check_bill"]


async def test_lines_without_a_verdict_stay_open(hall: Hall, tmp_path: Path) -> None:
    path = tmp_path / "review.tsv"
    await keep(hall, "a1", "那个单子")
    await export(hall, path)
    assert await take_in(hall, path, INTENTS) == 0
    assert len(await open_ones(hall)) == 1


async def test_an_operators_own_sentences_need_two_columns(hall: Hall, tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text("text\tintent\n弄点流\ttopup_data\n\n弄点流\ttopup_data\n看看单子\tcheck_bill\n", "utf-8")
    assert await take_in(hall, path, INTENTS) == 2
    assert await review.decided(hall) == [("看看单子", "check_bill"), ("弄点流", "topup_data")]


BAD = {
    "a1\t那个单子\t\t\t\t\t\tcheck_bil": "line 3: there is no intent 'check_bil'",
    "zz\t那个单子\t\t\t\t\t\tcheck_bill": "line 3: there is no message 'zz' in review",
    "\t那个单子\t\t\t\t\t\t": "line 3: a sentence without an intent",
    "\t\t\t\t\t\t\tcheck_bill": "line 3: a sentence of one's own needs a text and an intent",
    "\t那个单子\t\t\t\t\t\t-": "line 3: a sentence of one's own needs a text and an intent",
    "\t" + "单" * 501 + "\t\t\t\t\t\tcheck_bill": "line 3: the text has more than 500 characters",
    "a1\t那个\t单子\t\t\t\t\t\tcheck_bill": "line 3: 9 cells instead of 8",
    "a1\t那个单子\t\t\t\t\t\ttopup_data": "line 3: this message stands in the file with another intent, too",
}


@pytest.mark.parametrize("line", BAD)
async def test_a_bad_line_is_named_and_nothing_is_changed(hall: Hall, tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.tsv"
    await keep(hall, "a1", "那个单子")
    path.write_text(f"{HEAD}\na1\t那个单子\t\t\t\t\t\tcheck_bill\n{line}\n", "utf-8")
    with pytest.raises(BadFile) as refused:
        await take_in(hall, path, INTENTS)
    assert refused.value.problems == (BAD[line],)
    assert [one.state for one in await open_ones(hall)] == ["open"]


async def test_every_bad_line_is_named_at_once(hall: Hall, tmp_path: Path) -> None:
    path = tmp_path / "bad.tsv"
    path.write_text("text\tintent\n一\tx\n二\ttopup_data\n三\ty\n", "utf-8")
    with pytest.raises(BadFile, match=r"line 2: .*\nline 4: "):
        await take_in(hall, path, INTENTS)
    assert await review.decided(hall) == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", "文,意图\n一,二\n".encode(), b"text,intent\nx,topup_data\n"])
async def test_what_is_no_table_is_told(hall: Hall, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.tsv"
    path.write_bytes(content)
    with pytest.raises(BadFile):
        await take_in(hall, path, INTENTS)


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("给135****5999充流量", "给13500135999充流量"),
        ("我的[ID***]查一下", "我的查一下"),
        ("[话费](amount_fen) 多少", "话费 (amount_fen) 多少"),
        ("- /查\n话费", "查 话费"),
        ("{[]}", ""),
    ],
)
def test_a_sentence_is_never_markup(text: str, example: str) -> None:
    assert as_example(text) == example


def test_training_data_is_written_when_it_changes(tmp_path: Path) -> None:
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

    path = tmp_path / "data" / "reviewed.yml"
    sentences = [("那个单子: #1", "check_bill"), ("'引号\"", "check_bill"), ("弄点[流](data_mb)", "topup_data")]
    assert write_training_data(path, sentences)
    assert not write_training_data(path, sentences)
    read = RasaYAMLReader().reads(path.read_text("utf-8"))
    found = {(one.get("text"), one.get("intent")) for one in read.training_examples}
    assert found == {("那个单子: #1", "check_bill"), ("'引号\"", "check_bill"), ("弄点 流 (data_mb)", "topup_data")}
    assert not read.entity_examples
    assert YAML(typ="safe").load(path)["version"] == "3.1"
    assert write_training_data(path, [])
    assert not path.exists()
    assert not write_training_data(path, [])
    assert list(path.parent.iterdir()) == []


def test_what_the_training_cannot_read_is_left_out_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a later reader stumbles over: here one that refuses a word."""
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

    reads, told = RasaYAMLReader.reads, list[str]()

    def refusing(self: RasaYAMLReader, text: str, **more: object) -> object:
        if "咕噜" in text:
            raise ValueError("unacceptable")
        return reads(self, text, **more)

    monkeypatch.setattr(RasaYAMLReader, "reads", refusing)
    path = tmp_path / "reviewed.yml"
    assert write_training_data(path, [("那个单子", "check_bill"), ("咕噜", "check_bill")], told.append)
    assert told == ["left out, the training cannot read it: '\\u5495\\u565c' (check_bill)"]
    assert "咕噜" not in path.read_text("utf-8")
    assert "那个单子" in path.read_text("utf-8")


def test_what_nobody_sees_is_no_part_of_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "reviewed.yml"
    assert write_training_data(path, [("嘀咕\x1b嘟噜\u202e", "check_bill")])
    assert "- 嘀咕嘟噜\n" in path.read_text("utf-8")
