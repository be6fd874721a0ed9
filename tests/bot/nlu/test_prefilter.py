"""The prefilter leaves out only patterns that cannot match: what is found is what a plain search of all finds."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu import acts, cues
from bot.nlu.prefilter import Prefilter, needed
from hall.yaml_file import ROOT

LISTS = {
    "cues": cues._patterns()[0],
    "moods": cues._moods()[0],
    "topics": acts._patterns("topics.tsv")[0],
    "changes": acts._patterns("changes.tsv")[0],
}
EVERY = 7  # of the sentences one in so many is tried


def sentences() -> Iterator[str]:
    for file in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for line in file.read_text("utf-8").splitlines():
            if line.startswith("    - "):
                yield re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})", r"\1", line.removeprefix("    - ")).strip()


@pytest.mark.parametrize("name", LISTS)
def test_what_is_found_in_the_sentences_is_what_a_plain_search_finds(name: str) -> None:
    patterns = [pattern for _, pattern in LISTS[name]]
    prefilter, found = Prefilter(patterns), 0
    for text in [*sentences()][::EVERY]:
        tried = set(prefilter.among(text))
        matches = {index for index, pattern in enumerate(patterns) if pattern.search(text)}
        assert matches <= tried, text
        found += len(matches)
    assert found > 0


@given(st.text(st.sampled_from("查话费1G不要充kKſ了吗?的bB9 ,")))
def test_no_match_is_left_out_whatever_the_pattern_is_made_of(text: str) -> None:
    patterns = [
        re.compile(one, re.I if index % 2 else 0)
        for index, one in enumerate(
            (
                "查话费",
                "(?:充|查).?[GgkK]",
                "(?!.*不)充",
                "[^不]吗",
                "(?<=不)要",
                "(?i:gb)|充+",
                r"\d+",
                "b{0,2}了",
                "s",
                "^$",
            )
        )
    ]
    tried = set(Prefilter(patterns).among(text))
    assert {index for index, pattern in enumerate(patterns) if pattern.search(text)} <= tried


@pytest.mark.parametrize(
    ("pattern", "ways"),
    [
        ("查话费", [("查", "话", "费")]),
        ("充|交费", [("充",), ("交", "费")]),
        ("(?:我要)?充[值钱]", [("充", "值钱")]),
        (r"\d+元", [("元",)]),
        ("(?i:k)元", [("元", "kK\u212a")]),
        ("(?!不)(?:充|交)", [("充交",)]),
        (".*", [()]),
        ("充|[^a]", [("充",), ()]),
    ],
)
def test_a_pattern_needs_one_of_each_of_these(pattern: str, ways: list[tuple[str, ...]]) -> None:
    found = needed(re.compile(pattern))
    assert [set(way) for way in found] == [{frozenset(chars) for chars in way} for way in ways]
