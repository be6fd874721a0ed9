"""Tax numbers: the check character of the unified code, and old forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.tax_number import CHARACTERS, check_character, fault, normal

SEVENTEEN = st.text(CHARACTERS, min_size=17, max_size=17)


@pytest.mark.parametrize("number", ["91350100M000100Y43", "91110000600037341L"])
def test_numbers_of_real_companies_are_right(number: str) -> None:
    assert fault(number) is None


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("91350100M000100Y44", "check"), ("91350100M000100Y4", "length"), ("", "length"),
        ("9135O100M000100Y43", "characters"),
        ("530102713456789", None), ("53010271345678900000", None), ("A30102713456789", "characters"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(number: str, why: str | None) -> None:
    assert fault(number) == why


@given(SEVENTEEN)
def test_a_code_with_its_check_character_is_right(first: str) -> None:
    assert fault(first + check_character(first)) is None


@given(SEVENTEEN, st.integers(0, 16), st.sampled_from(CHARACTERS))
def test_one_mistyped_character_is_found(first: str, place: int, other: str) -> None:
    mistyped = first[:place] + other + first[place + 1 :]
    if mistyped != first:
        assert fault(mistyped + check_character(first)) == "check"


def test_it_is_read_however_it_is_written() -> None:
    assert normal(" ９１３５０１００ m000 100Y-43") == "91350100M000100Y43"
