"""What is logged of an error: its place always, its words only where they are the house's own."""

from __future__ import annotations

import pytest
from jinja2 import Environment, StrictUndefined

from bot.answers import Answers
from bot.answers.source import Source
from hall.error_location import LONGEST, location_of
from hall.errors import OfTheHouse, Unavailable
from hall.policy_file import PolicyError


def _told(error: Exception) -> str:
    try:
        raise error
    except Exception as raised:
        return location_of(raised)


@pytest.mark.parametrize("kind", [KeyError, ValueError, RuntimeError, OSError])
def test_what_a_customer_may_have_written_is_not_told(kind: type[Exception]) -> None:
    told = _told(kind("我的号码是13800138000"))
    assert told.startswith(f"{kind.__name__} at tests/hall/test_error_location.py:")
    assert "13800138000" not in told


def test_a_mistake_in_a_file_of_the_house_is_told_with_its_words() -> None:
    told = _told(PolicyError("topup.yml", "daily.limit", "is no number", 3))
    assert told.startswith("PolicyError (topup.yml line 3: daily.limit: is no number) at tests/")


def test_the_part_that_is_down_is_told_and_not_its_drivers_words() -> None:
    told = _told(Unavailable("balance", "ConnectionError: 13800138000"))
    assert told.startswith("Unavailable (balance) at ")
    assert "1380" not in told


def test_an_answer_and_a_fact_that_are_not_there_are_told_by_name() -> None:
    answers = Answers(Source({"utter_plan": [{"text": "开通的业务：{{ servces }}。"}]}))
    for name, words in (("utter_plan", "no fact servces"), ("utter_pln", "no answer utter_pln")):
        with pytest.raises(LookupError) as raised:
            answers.text(name, "web", {"services": "彩铃"})
        assert f"NoAnswer ({words}" in location_of(raised.value)


def test_a_templates_mistake_is_told() -> None:
    with pytest.raises(Exception, match="undefined") as raised:
        Environment(undefined=StrictUndefined).from_string("{{ plan.fee }}").render()
    assert "UndefinedError ('plan' is undefined)" in location_of(raised.value)


def test_it_is_one_short_line() -> None:
    told = _told(OfTheHouse("a\n" * 10_000))
    assert "\n" not in told
    assert len(told) < LONGEST + 100
