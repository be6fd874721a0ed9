"""Which services somebody means, what ending one changes, and that every order is done once."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from hall import services
from hall.bss.bill import Bills
from hall.bss.demo import DemoBss
from hall.bss.services import NewService, ServiceOrder, Services
from hall.context import Hall
from hall.services import Held

EVERYDAY, UNWANTED = "13800138000", "15600156011"
SINCE = datetime(2026, 1, 5, tzinfo=timezone.utc)
AMONG = (
    Held("CRBT", "彩铃", 500, SINCE, "at_once", True, "sms", words=("铃声", "音乐")),
    Held("VIDEO", "视频会员", 1500, SINCE, "at_once", True, "sms", words=("电影",)),
    Held("SCHOOL", "校讯通", 800, SINCE, "at_once", False, "phone", words=("老师", "学校")),
)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("CRBT", "CRBT"),
        ("CRBT,SCHOOL", "CRBT,SCHOOL"),
        ("彩铃不要了", "CRBT"),
        ("校信通", "SCHOOL"),
        ("每月扣8块那个", "SCHOOL"),
        ("八块的", "SCHOOL"),
        ("十五元那个退掉", "VIDEO"),
        ("那个铃声业务", "CRBT"),
        ("看电影的", "VIDEO"),
        ("1,3", "CRBT,SCHOOL"),
        ("退1和2", "CRBT,VIDEO"),
        ("都退了", "CRBT,VIDEO,SCHOOL"),
        ("除了彩铃都退了", "VIDEO,SCHOOL"),
        ("彩铃和校讯通都退", "CRBT,SCHOOL"),
        ("9块的", ""),
        ("1,7", ""),
        ("手机报", ""),
    ],
)
def test_what_names_services(text: str, codes: str) -> None:
    assert ",".join(one.code for one in services.meant(text, AMONG)) == codes


async def test_an_ended_service_is_gone_and_next_month_costs_nothing(hall: Hall, demo: DemoBss, clock: object) -> None:
    held = await services.held(hall, EVERYDAY)
    ring = next(one for one in held if one.code == "CRBT")
    for _ in range(2):  # the same again does nothing
        await services.end(hall, EVERYDAY, [ring], "k", "sms")
    assert [one.code for one in await services.held(hall, EVERYDAY)] == ["VIDEO"]
    hall.clock.set(2026, 12, 5, 10)  # type: ignore[attr-defined]
    december = await demo[Bills].of(EVERYDAY, "2026-12")
    november = await demo[Bills].of(EVERYDAY, "2026-11")
    assert december
    assert "service:CRBT" not in {item.code for item in december.items}
    assert november
    assert "service:CRBT" in {item.code for item in november.items}


async def test_a_package_of_the_month_is_good_to_its_end(hall: Hall, demo: DemoBss) -> None:
    await demo[Services].start(ServiceOrder("k", EVERYDAY, "SMS100", "web"), NewService("短信包", 500, "2026-11"))
    pack = next(one for one in await services.held(hall, EVERYDAY) if one.code == "SMS100")
    assert str(services.ending(hall, [pack]).last_day) == "2026-11-30"
    await services.end(hall, EVERYDAY, [pack], "k2", "web")
    running = {one.code: one.until for one in await demo[Services].of(EVERYDAY)}
    assert running["SMS100"] == datetime(2026, 11, 30, 16, tzinfo=timezone.utc)
    assert "SMS100" not in {one.code for one in await services.held(hall, EVERYDAY)}


async def test_what_was_never_confirmed_goes_back_with_every_fee_of_the_policys_months(hall: Hall) -> None:
    [school] = await services.held(hall, UNWANTED)
    assert not school.confirmed
    back = await services.returning(hall, UNWANTED, school)
    assert back is not None
    assert [one.month for one in back.charges] == ["2026-08", "2026-09", "2026-10", "2026-11"]
    assert (back.refund_fen, back.compensation_fen, back.approval) == (3200, 3200, False)
