"""A program that vouches for a line does so for one call; other channels vouch for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.conversations.record import PROOF_LASTS, Conversation

NOW = datetime(2026, 11, 27, 2, tzinfo=UTC)
OWN, OTHER = "13800138000", "13900139002"


def _turn(before: Conversation, line: str | None, now: datetime, prove: Any = None) -> Conversation:
    row = SimpleNamespace(kind="text", body={"msisdn": line} if line else {})
    during = before.for_turn(row, now)
    during.apply(SimpleNamespace(signed_out=False, prove=prove, owner=None), now)  # type: ignore[arg-type]
    during.touched_at = now
    return during


def _begun(channel: str) -> Conversation:
    return Conversation(f"{channel}:x:y", channel, "x", "y", NOW, touched_at=NOW)


@pytest.mark.parametrize(("channel", "level"), [("rest", 0), ("web", 1), ("sms", 1)])
def test_the_next_message_without_a_line_is_believed_on_other_channels_only(channel: str, level: int) -> None:
    first = _turn(_begun(channel), OWN, NOW)
    assert (first.level, first.msisdn) == (1, OWN)
    assert _turn(first, None, NOW).level == level
    assert _turn(first, None, NOW + timedelta(minutes=1)).level == level


def test_each_call_that_names_the_line_is_believed() -> None:
    first = _turn(_begun("rest"), OWN, NOW)
    again = _turn(first, OWN, NOW + timedelta(minutes=1))
    assert (again.level, again.msisdn) == (1, OWN)
    other = _turn(again, OTHER, NOW + timedelta(minutes=2))
    assert (other.level, other.msisdn) == (1, OTHER)
    assert _turn(other, None, NOW + timedelta(minutes=3)).level == 0


def test_what_the_customer_proved_himself_outlasts_the_call() -> None:
    own = _turn(_begun("rest"), None, NOW, prove=(OWN, 1))
    assert _turn(own, None, NOW + timedelta(minutes=1)).level == 1
    vouched = _turn(own, OWN, NOW + timedelta(minutes=1))
    assert _turn(vouched, None, NOW + timedelta(minutes=2)).level == 1
    assert _turn(vouched, None, NOW + timedelta(minutes=2) + PROOF_LASTS).level == 0


def test_who_is_verified_stays_so_from_call_to_call_of_the_line() -> None:
    verified = _turn(_turn(_begun("rest"), OWN, NOW), OWN, NOW, prove=(OWN, 2))
    assert _turn(verified, OWN, NOW + timedelta(minutes=1)).level == 2
    assert _turn(verified, OTHER, NOW + timedelta(minutes=1)).level == 1
