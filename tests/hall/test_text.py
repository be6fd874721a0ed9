"""What every way in lets through is readable, everywhere, and nothing else."""

from __future__ import annotations

import sys
import unicodedata

import pytest
import yaml

from hall.text import LONGEST_CLUSTER, clusters, language_of, readable
from testing.tables import assert_table

EMOJI = [
    "👨‍👩‍👧",
    "👩🏽‍❤️‍💋‍👨🏽",
    "👍🏽",
    "1️⃣",
    "🇨🇳",
    "❤️",
    "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
    "©️",
]


def test_of_all_of_unicode_nothing_unseen_comes_through() -> None:
    """In one go: each character between two letters, so that none is kept as a part of an emoji."""
    whole = readable("".join(f"a{chr(code)}b" for code in range(sys.maxunicode + 1)))
    kept = set(whole) - set("\n\t")
    assert not [hex(ord(c)) for c in kept if unicodedata.category(c) in ("Cc", "Cf", "Cs")]
    assert not kept & set("\u3164\uffa0\u115f\u1160\u2800\u034f\u17b4\ufe0f\u180b\U000e0100\ufdd0\uffff")
    assert readable(whole) == whole
    whole.encode()


def test_what_comes_through_can_be_read_by_the_training() -> None:
    def comes_back(code: int) -> bool:
        text = readable(f"a{chr(code)}b").replace("\n", " ")
        return yaml.safe_load(f"examples: |\n  - {text}\n")["examples"] == f"- {text}\n"

    assert all(comes_back(code) for code in (*range(0x300), *range(0x2000, 0x2100), *range(0xFE00, 0x10100)))


@pytest.mark.parametrize(
    "text",
    [
        "\u202d查余额\u202c",
        "查\u2060余\u00ad额",
        "查余\u180e额\ufeff",
        "\x1b查余额\x07",
        "查\ud83d余额",
        "\u3164查余额",
    ],
)
def test_a_message_is_the_same_with_what_nobody_sees(text: str) -> None:
    assert readable(text) == "查余额"


def test_line_ends_are_line_feeds() -> None:
    assert readable("一\r\n二\r三\u2028四\x85五\t六") == "一\n二\n三\n四\n五\t六"


def test_emoji_stay_whole() -> None:
    assert_table(((one, one) for one in EMOJI), readable)
    assert clusters("".join(EMOJI)) == EMOJI


def test_no_character_on_the_screen_is_a_tower() -> None:
    assert readable("e" + "\u0301" * 500) == "e" + "\u0301" * 4
    assert max(map(len, clusters(readable("\u1100" * 300 + "👩\u200d" * 300)))) <= LONGEST_CLUSTER


def test_halves_of_a_pair_are_joined_and_lone_ones_go() -> None:
    assert readable("\ud83d\ude00好\ud83d") == "😀好"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("转人工", "zh"),
        ("I want to talk to a person", "en"),
        ("唔該，我想揾真人", "yue"),
        ("点解我嘅話費咁貴", "yue"),
        ("OK", "zh"),
        ("5G", "zh"),
        ("", "zh"),
        ("我的iPhone连不上5G network了", "zh"),
    ],
)
def test_the_language_of_words_is_guessed(text: str, language: str) -> None:
    assert language_of(text) == language
