"""Messages in review: each wording once, one verdict for all of them, every act in the books."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hall import review
from hall.context import Hall
from hall.errors import NotFound
from hall.review import DECIDED, DROPPED, OPEN, Candidate, Changed, Verdict
from hall.store.tables.review import review_acts

pytestmark = pytest.mark.both

NOBODY = "nobody"
CUSTOMER = "sms:demo:13800138000"


async def keep(hall: Hall, key: str, text: str, reason: str = "fallback") -> None:
    unit = hall.store.unit()
    doubt = Candidate(
        key, text, reason, "check_bill", 0.31, (("check_bill", 0.31), ("topup_data", 0.2)), task="topup_data"
    )
    review.keep(unit, hall.clock.now(), CUSTOMER, doubt)
    await unit.commit()


async def acts(hall: Hall) -> list[tuple[str, str, str, str | None]]:
    rows = await hall.store.all(select(review_acts).order_by(review_acts.c.review, review_acts.c.version))
    return [(row.review, row.act, row.reviewer, row.verdict) for row in rows]


async def test_a_doubt_is_kept_as_it_was_once(hall: Hall) -> None:
    await keep(hall, "1", "那个单子")
    await keep(hall, "1", "那个单子")
    [one] = await review.listed(hall)
    assert (one.text, one.reason, one.task, one.intent) == ("那个单子", "fallback", "topup_data", "check_bill")
    assert (one.confidence, one.ranking[1], one.channel) == (0.31, ("topup_data", 0.2), "sms")
    assert (one.state, one.verdict, one.chosen, one.same) == (OPEN, None, None, 1)


async def test_the_first_choice_stands(hall: Hall) -> None:
    await keep(hall, "1", "那个单子")
    for intent in ("check_bill", "topup_data"):
        unit = hall.store.unit()
        review.chose(unit, "web:widget:another", ["1"], "report_loss")
        review.chose(unit, CUSTOMER, ["1", "missing"], intent)
        await unit.commit()
    assert (await review.listed(hall))[0].chosen == "check_bill"


async def test_the_same_words_are_one_line_the_frequent_first(hall: Hall) -> None:
    await keep(hall, "1", "少见的")
    for key in ("2", "3", "4"):
        await keep(hall, key, "常见的")
    assert [(one.text, one.same) for one in await review.listed(hall)] == [("常见的", 3), ("少见的", 1)]
    assert [one.text for one in await review.listed(hall, limit=1, offset=1)] == ["少见的"]
    assert await review.counts(hall) == {OPEN: 2, DECIDED: 0, DROPPED: 0}


async def test_a_verdict_is_for_all_with_the_same_words_and_is_in_the_books(hall: Hall) -> None:
    for key, text in (("1", "那个单子"), ("2", "那个单子"), ("3", "别的")):
        await keep(hall, key, text)
    assert await review.decide(hall, "1", "check_bill", "anna") == 2
    assert await review.decided(hall) == [("那个单子", "check_bill")]
    assert [one.text for one in await review.listed(hall)] == ["别的"]
    assert await acts(hall) == [("1", "decide", "anna", "check_bill"), ("2", "decide", "anna", "check_bill")]


async def test_what_is_left_out_is_not_learned_and_can_come_back(hall: Hall) -> None:
    await keep(hall, "1", "嗡嗡")
    await review.decide(hall, "1", None, "anna")
    assert await review.decided(hall) == []
    assert [one.text for one in await review.listed(hall, DROPPED)] == ["嗡嗡"]
    assert await review.reopen(hall, "1", "ben") == 1
    assert [one.text for one in await review.listed(hall)] == ["嗡嗡"]
    assert [(act, who) for _, act, who, _ in await acts(hall)] == [("drop", "anna"), ("reopen", "ben")]


async def test_a_verdict_may_be_changed_by_who_has_seen_it(hall: Hall) -> None:
    await keep(hall, "1", "那个单子")
    await review.decide(hall, "1", "check_bill", "anna", version=0)
    with pytest.raises(Changed):
        await review.decide(hall, "1", "topup_data", "ben", version=0)
    await review.decide(hall, "1", "topup_data", "ben", version=1)
    assert await review.decided(hall) == [("那个单子", "topup_data")]


@pytest.mark.parametrize("act", ["decide", "reopen"])
async def test_what_is_not_there_is_told(hall: Hall, act: str) -> None:
    with pytest.raises(NotFound):
        await (review.decide(hall, "x", "topup_data", NOBODY) if act == "decide" else review.reopen(hall, "x", NOBODY))


async def test_a_file_is_taken_in_as_a_whole_or_not_at_all(hall: Hall) -> None:
    await keep(hall, "1", "那个单子")
    verdict = Verdict("1", "check_bill")
    with pytest.raises(NotFound, match="x"):
        await review.import_verdicts(hall, [verdict, Verdict("x", "topup_data")], [("弄点流", "topup_data")], "file")
    assert (await review.decided(hall), await acts(hall)) == ([], [])
    assert await review.import_verdicts(hall, [verdict], [("弄点流", "topup_data")], "file") == 2
    assert await review.decided(hall) == [("那个单子", "check_bill"), ("弄点流", "topup_data")]


async def test_the_same_file_again_changes_nothing(hall: Hall) -> None:
    await keep(hall, "1", "那个单子")
    for changed in (2, 0):
        done = await review.import_verdicts(hall, [Verdict("1", None)], [("弄点流", "topup_data")], "file")
        assert done == changed
    assert await review.import_verdicts(hall, [], [("弄点流", "topup_credit")], "file") == 1
    assert await review.decided(hall) == [("弄点流", "topup_credit")]


async def test_an_operators_own_sentence_is_masked_too(hall: Hall) -> None:
    await review.import_verdicts(hall, [], [("给13500135999充点流", "topup_data")], "file")
    assert await review.decided(hall) == [("给135****5999充点流", "topup_data")]
