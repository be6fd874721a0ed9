"""Proving a number in a channel that vouches for none."""

from datetime import timedelta
from typing import Any

import pytest

from actions.identity import CheckCode, SendCode
from hall import identity

LINE, HERE = "13800138000", "web:demo:s"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("1380013800", "utter_line_invalid"), ("15400000000", "utter_line_invalid"),
        ("087165123456", "utter_line_landline"),
    ],
)  # fmt: skip
async def test_a_number_that_gets_no_code_is_asked_again_with_the_reason(play: Any, typed: str, key: str) -> None:
    told = await play(SendCode, line=None, line_number=typed)
    assert (told.result, told.keys) == ("again", [key])


async def test_nobody_learns_here_who_is_a_customer(play: Any) -> None:
    ours = await play(SendCode, line=None, line_number=LINE)
    other = await play(SendCode, line=None, line_number="13800000000", key="m2")
    assert (ours.result, ours.keys) == (other.result, other.keys)
    assert [text.replace("8000", "0000") for text in ours.texts] == other.texts


async def test_the_right_code_proves_the_line(play: Any) -> None:
    sent = await play(SendCode, line=None, line_number="138 0013 8000")
    assert (sent.keys, sent.slots["line_number"]) == (["utter_code_sent"], LINE)
    assert "138****8000" in sent.texts[0]
    code = identity.DEMO_CODES[HERE]
    spaced = f"{code[:3]} {code[3:]}".translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    told = await play(CheckCode, line=None, line_number=LINE, code=spaced)
    assert (told.result, told.turn.prove, told.slots) == ("ok", (LINE, 1), {"proved_line": LINE})


async def test_a_wrong_code_says_how_many_tries_are_left_and_then_until_when(play: Any) -> None:
    await play(SendCode, line=None, line_number=LINE)
    bad = "000001" if identity.DEMO_CODES[HERE] != "000001" else "000002"
    told = [await play(CheckCode, line=None, line_number=LINE, code=bad) for _ in range(identity.MAX_WRONG_CODES)]
    assert [t.keys[0] for t in told] == ["utter_code_wrong"] * 4 + ["utter_code_locked"]
    assert [t.result for t in told] == ["again"] * 4 + ["end"]
    assert "4次" in told[0].texts[0]
    assert "10:30" in told[-1].texts[0]
    assert all(t.turn.prove is None for t in told)
    assert (await play(SendCode, line=None, line_number=LINE)).keys == ["utter_code_locked"]


async def test_what_is_not_six_digits_costs_no_try(play: Any) -> None:
    await play(SendCode, line=None, line_number=LINE)
    for typed in ("12345", "1234567", "没收到"):
        told = await play(CheckCode, line=None, line_number=LINE, code=typed)
        assert (told.result, told.keys) == ("again", ["utter_code_not_six"])
    told = await play(CheckCode, line=None, line_number=LINE, code=identity.DEMO_CODES[HERE])
    assert told.result == "ok"


async def test_an_expired_code_is_told(play: Any, clock: Any) -> None:
    await play(SendCode, line=None, line_number=LINE)
    clock.advance(timedelta(minutes=5))
    told = await play(CheckCode, line=None, line_number=LINE, code=identity.DEMO_CODES[HERE])
    assert (told.result, told.keys) == ("again", ["utter_code_expired"])


async def test_a_code_can_be_sent_again_after_a_minute(play: Any, clock: Any) -> None:
    await play(SendCode, line=None, line_number=LINE)
    told = await play(CheckCode, line=None, line_number=LINE, code="resend", key="m2")
    assert (told.result, told.keys) == ("again", ["utter_code_wait"])
    assert "60秒" in told.texts[0]
    clock.advance(timedelta(minutes=1))
    assert (await play(CheckCode, line=None, line_number=LINE, code="resend", key="m3")).keys == ["utter_code_sent"]


async def test_a_code_that_was_sent_to_another_conversation_is_not_asked_for_here(play: Any, hall: Any) -> None:
    unit = hall.store.unit()
    await identity.send_code(hall, unit, LINE, "web:widget:elsewhere", "k9")
    await unit.commit()
    told = await play(SendCode, line=None, line_number=LINE)
    assert "在这里不能用" in told.texts[0]
    assert "请先用收到的那一个" not in told.texts[0]


async def test_another_number_can_be_taken(play: Any) -> None:
    told = await play(CheckCode, line=None, line_number=LINE, code="other")
    assert (told.result, told.slots) == ("other", {"line_number": None, "code": None})
