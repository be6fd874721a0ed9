"""A bill is told whatever its items are."""

from __future__ import annotations

import pytest

from bot.engine.domain import answers
from hall.bill import Statement, changes
from hall.bss.bill import Bill, BillItem


@pytest.mark.parametrize("category", ["plan", "vas", "other", "discount"])
@pytest.mark.parametrize("channel", ["web", "sms"])
def test_a_quantity_that_changed_where_none_is_counted_is_a_changed_charge(category: str, channel: str) -> None:
    before, bill = (
        Bill(month, (BillItem("x", "视频会员", fen, category, quantity),))  # type: ignore[arg-type]
        for month, fen, quantity in (("2026-09", 1500, 1), ("2026-10", 3000, 2))
    )
    found = Statement(bill, before, changes(before, bill))
    assert [(change.why, change.by_fen, change.by_quantity) for change in found.changes] == [("dearer", 1500, 0)]
    text = answers().text("utter_bill", channel, {"found": found})
    assert {"web": "· 视频会员的收费变了，多 15 元", "sms": "视频会员+15"}[channel] in text
