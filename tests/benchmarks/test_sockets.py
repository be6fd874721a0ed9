"""What the benchmark of two thousand chats takes for right."""

from __future__ import annotations

import pytest

from benchmarks.sockets import in_order

ANSWERS = ["您好，这里是营厅。", "请问查哪个手机号？", "不客气。"]


def test_answers_in_the_order_of_what_was_said_are_right() -> None:
    assert in_order(ANSWERS)


@pytest.mark.parametrize("heard", [ANSWERS[:2], ANSWERS[::-1], [*ANSWERS, "不客气。"], [ANSWERS[0], *ANSWERS[:2]]])
def test_lost_doubled_and_crossed_answers_are_not(heard: list[str]) -> None:
    assert not in_order(heard)
