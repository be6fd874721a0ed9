"""Who may subscribe to what, and that a service is started and charged once, after its free days."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from hall import services, subscribing
from hall.bss.bill import Bills
from hall.bss.demo import DemoBss
from hall.context import Hall
from hall.store.tables.accounts import bss_subscribers
from hall.subscribing import Refused, Terms

EVERYDAY, OTHER = "13800138000", "15600156011"


async def terms(hall: Hall, line: str, name: str) -> Terms | Refused:
    service = services.offered(hall, name)
    assert service
    return await subscribing.terms(hall, line, service)


async def agreed(hall: Hall, line: str, name: str) -> Terms:
    found = await terms(hall, line, name)
    assert isinstance(found, Terms)
    return found


async def test_it_is_started_and_charged_once(hall: Hall, demo: DemoBss) -> None:
    wish = await agreed(hall, EVERYDAY, "来电提醒")
    for _ in range(2):
        await subscribing.start(hall, EVERYDAY, wish, "k", "sms")
    assert [one.code for one in await services.held(hall, EVERYDAY)] == ["CRBT", "VIDEO", "MISSED"]
    bill = await demo[Bills].of(EVERYDAY, "2026-11")
    assert bill
    assert [item.amount_fen for item in bill.items if item.code == "service:MISSED"] == [300]
    again = await terms(hall, EVERYDAY, "来电提醒")
    assert isinstance(again, Refused)
    assert again.reason == "had"


async def test_free_days_cost_nothing_and_are_given_once(hall: Hall, demo: DemoBss, clock: Any) -> None:
    wish = await agreed(hall, OTHER, "视频会员")
    assert wish.trial_until
    assert wish.fee_from == "2027-01"
    await subscribing.start(hall, OTHER, wish, "k", "web")
    clock.set(2027, 1, 5, 10)
    for month, fee in (("2026-11", []), ("2026-12", []), ("2027-01", [1500])):
        bill = await demo[Bills].of(OTHER, month)
        assert bill
        assert [item.amount_fen for item in bill.items if item.code == "service:VIDEO"] == fee
    video = next(one for one in await services.held(hall, OTHER) if one.code == "VIDEO")
    await services.end(hall, OTHER, [video], "k2", "web")
    clock.set(2027, 2, 5, 10)
    assert (await agreed(hall, OTHER, "视频会员")).trial_until is None


@pytest.mark.parametrize(
    ("line", "name", "reason"),
    [
        ("13900139002", "来电显示", "arrears"),
        ("13600136003", "彩铃", "not_registered"),
        ("13700137004", "彩铃", "blacklisted"),
        ("17300173012", "彩铃", "company"),
        ("13400134009", "通话包", "in_plan"),
        ("13800138000", "宽带月费", "not_sold"),
        ("18700187010", "农网彩信", "had"),
    ],
)
async def test_it_is_refused_with_the_reason(hall: Hall, line: str, name: str, reason: str) -> None:
    found = await terms(hall, line, name)
    assert isinstance(found, Refused)
    assert found.reason == reason


async def test_what_is_for_adults_is_not_sold_to_a_minor(hall: Hall, demo: DemoBss) -> None:

    unit = hall.store.unit()
    unit.stage(update(bss_subscribers).where(bss_subscribers.c.msisdn == EVERYDAY).values(age=16))
    await unit.commit()
    found = await terms(hall, EVERYDAY, "校讯通")
    assert isinstance(found, Refused)
    assert found.reason == "minor"
    assert isinstance(await terms(hall, EVERYDAY, "来电显示"), Terms)
