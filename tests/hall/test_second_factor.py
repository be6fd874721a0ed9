"""The second factor: the vectors of RFC 6238, each code once, and who has none."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from hall import agents, second_factor
from hall.agents import CodeNeeded, SignInRefused
from hall.context import Hall

RFC = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")])
def test_the_vectors_of_the_rfc(seconds: int, code: str) -> None:
    assert second_factor.code_of(RFC, seconds // 30) == code


async def test_a_code_is_asked_for_taken_once_and_counted_when_wrong(hall: Hall) -> None:
    await agents.ensure(hall, "anna", "a long password")
    assert (await agents.sign_in(hall, "anna", "a long password", "1.1.1.1")).name == "anna"
    secret = await second_factor.give(hall, "anna")
    right = second_factor.code_of(secret, second_factor.step_of(hall.clock.now()))
    with pytest.raises(CodeNeeded):
        await agents.sign_in(hall, "anna", "a long password", "1.1.1.1")
    with pytest.raises(SignInRefused):  # the password comes first: nobody learns who has a second factor
        await agents.sign_in(hall, "anna", "a wrong password", "1.1.1.1", right)
    assert (await agents.sign_in(hall, "anna", "a long password", "1.1.1.1", right)).name == "anna"
    with pytest.raises(SignInRefused):
        await agents.sign_in(hall, "anna", "a long password", "1.1.1.1", right)
    hall.clock.advance(timedelta(minutes=2))
    with pytest.raises(SignInRefused):  # of two minutes ago
        await agents.sign_in(hall, "anna", "a long password", "1.1.1.1", right)
    await second_factor.take_away(hall, "anna")
    assert (await agents.sign_in(hall, "anna", "a long password", "1.1.1.1")).name == "anna"
