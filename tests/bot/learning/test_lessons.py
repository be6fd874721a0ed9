"""Learning from the desk: one at a time, taken only when nothing became worse, and never at the hall's cost."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest

from bot.learning.evaluation import Evaluation
from bot.learning.lesson import DONE, FAILED, RUNNING, WORSE, AlreadyLearning, Lessons
from hall.clock import Clock

REPORT = Evaluation(tested=200, before=190, after=191, reviewed=2, reviewed_after=2).figures()


def writes(report: dict[str, Any], then: str = "") -> tuple[str, ...]:
    """A training that takes no time."""
    return (sys.executable, "-c", f"import sys; open(sys.argv[1], 'w').write({json.dumps(report)!r}); {then}")


async def learnt(lessons: Lessons) -> None:
    lessons.begin("anna")
    for _ in range(600):
        if lessons.now.state != RUNNING:
            return
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("report", "then", "state", "taken"),
    [
        (REPORT, "", DONE, 1),
        (REPORT | {"put_back": True}, "", WORSE, 0),
        (REPORT, "sys.exit(1)", FAILED, 0),
    ],
)
async def test_a_model_is_taken_unless_it_is_worse(report: Any, then: str, state: str, taken: int) -> None:
    takes = []

    async def take() -> None:
        takes.append(1)

    lessons = Lessons(writes(report, then), Clock(), take)
    await learnt(lessons)
    assert (lessons.now.state, lessons.now.by, len(takes)) == (state, "anna", taken)
    assert lessons.now.report == ({} if state == FAILED else REPORT)


async def test_one_at_a_time_and_none_outlives_the_hall() -> None:
    async def take() -> None:
        raise AssertionError("nothing was learnt")

    lessons = Lessons((sys.executable, "-c", "import time; time.sleep(600)"), Clock(), take)
    lessons.begin("anna")
    with pytest.raises(AlreadyLearning):
        lessons.begin("ben")
    await asyncio.sleep(0.2)
    await lessons.stop()
    assert lessons.now.state == FAILED


@pytest.mark.parametrize(("after", "worse"), [(189, False), (188, True)])
def test_worse_is_more_than_chance(after: int, worse: bool) -> None:
    assert Evaluation(tested=200, before=190, after=after).is_worse == worse
