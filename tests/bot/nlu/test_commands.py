"""SMS codes and hall commands: certain, whatever the spelling."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.nlu import commands
from bot.nlu.commands import read
from bot.nlu.normalise import normalise
from testing.tables import assert_table

TABLE = Path(__file__).parent / "sms_codes.tsv"


def rows() -> Iterator[tuple[str, str, str]]:
    """What was written, the intent (`-` none), the values as `name=value`."""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            written, intent, given = line.split("\t")
            yield written, intent, given


def test_a_code_means_an_intent_and_its_values() -> None:
    def meant(written: str) -> tuple[str, list[str]]:
        meaning = read(normalise(written))
        if meaning is None:
            return "-", []
        return str(meaning.intent or "-"), [f"{one.entity}={one.value}" for one in meaning.entities]

    assert_table(((written, (intent, given.split())) for written, intent, given in rows()), meant)


def test_every_code_of_the_list_is_in_the_table() -> None:
    written = {meaning.code for text, _, _ in rows() if (meaning := read(normalise(text)))}
    assert set(commands.codes()) <= written


@pytest.mark.parametrize(
    "written", ["CXXZ#张三#530102199001010011", "SQXZ#李四#E12345678", "SMDJ 王五 530102199001010011"]
)
def test_a_name_and_a_document_behind_a_code_become_no_values(written: str) -> None:
    meaning = read(normalise(written))
    assert meaning is not None
    assert meaning.entities == ()
    assert meaning.code in commands.codes()


def test_the_empty_message_is_no_code() -> None:
    assert read("") is None


def test_a_hall_command() -> None:
    table = [
        ("0", "back"),
        ("返回", "back"),
        ("上一步", "back"),
        ("再说一遍", "repeat"),
        ("重复", "repeat"),
        ("没听清楚", "repeat"),
        ("返回主菜单吧我想查", None),
    ]
    assert_table(table, lambda written: (meaning := read(normalise(written))) and meaning.command)
