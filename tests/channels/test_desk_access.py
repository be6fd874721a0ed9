"""Access by need at the desk, its log, and four eyes for money that is much."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, text

from hall import agent_roles, agents
from hall.access_log import of_subject
from hall.errors import Conflict
from hall.payments.port import RefundState
from hall.store.tables.books import money_acts
from hall.topup import refund
from tests.channels.test_desk import DeskClient
from tests.channels.test_desk_money import office, stuck  # noqa: F401  (a fixture)


async def test_what_was_said_is_for_who_has_it_and_for_a_supervisor_with_a_reason(office: DeskClient) -> None:  # noqa: F811
    hall = office.app.hall
    await agents.ensure(hall, "ben", "open sesame")
    anna, ben, boss = await office.signed_in(), await office.signed_in("ben"), await office.signed_in("boss")
    one = await office.waiting(anna)
    path = f"/api/handoffs/{one}"
    assert (await anna.get(path)).json()["whole"] is False
    await anna.post(f"{path}/take", json={})
    looks = [(anna, "", True), (ben, "", False), (ben, "?reason=好奇看看", False), (boss, "", False)]
    looks.append((boss, "?reason=客户投诉，核对原话 13800138000", True))
    for browser, reason, whole in looks:
        assert (await browser.get(path + reason)).json()["whole"] is whole
    rows = await of_subject(hall, one)
    assert [(row.agent, row.act) for row in rows] == [
        ("demo", "read_waiting"),
        ("demo", "read_talk"),
        ("ben", "read_waiting"),
        ("ben", "read_waiting"),
        ("boss", "read_waiting"),
        ("boss", "read_talk"),
    ]
    assert rows[-1].reason == "客户投诉，核对原话 138****8000"
    assert rows[-1].address == "127.0.0.1"


async def test_the_log_is_only_added_to(office: DeskClient) -> None:  # noqa: F811
    browser, store = await office.signed_in(), office.app.hall.store
    await browser.get(f"/api/handoffs/{await office.waiting(browser)}")
    with pytest.raises(Conflict):
        async with store.write() as connection:
            await connection.execute(text("UPDATE desk_access SET agent = 'somebody else'"))


async def test_an_order_is_for_who_serves_or_has_to_do_with_money_and_each_look_is_kept(office: DeskClient) -> None:  # noqa: F811
    _, order = await stuck(office, [RefundState("failed", "account closed")])
    for name, role, status in (
        ("rita", agent_roles.REVIEWER, 403),
        ("ada", agent_roles.ADMIN, 403),
        ("fin", agent_roles.FINANCE, 200),
    ):
        await agents.ensure(office.app.hall, name, "open sesame", role=role)
        browser = await office.signed_in(name)
        assert (await browser.get(f"/api/orders/{order.order_no}")).status_code == status
    assert [row.agent for row in await of_subject(office.app.hall, order.order_no)] == ["fin"]


async def test_much_money_goes_back_when_two_people_want_it(office: DeskClient) -> None:  # noqa: F811
    _, order = await stuck(office, [RefundState("failed", "account closed"), RefundState("done")])
    hall = office.app.hall
    refunds = replace(hall.policy.refunds, approve_above_fen=2499)
    object.__setattr__(hall, "policy", replace(hall.policy, refunds=refunds))
    await agents.ensure(hall, "chef", "open sesame", role=agent_roles.FINANCE)
    boss, chef = await office.signed_in("boss"), await office.signed_in("chef")
    path = f"/api/refunds/{refund.refund_no(order)}/resubmit"
    for key in ("1", "2"):
        refused = await boss.post(path, json={"id": key})
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "needs_second")
    assert (await chef.post(path, json={"id": "3"})).status_code == 200
    acts = await hall.store.all(select(money_acts).order_by(money_acts.c.at, money_acts.c.key.desc()))
    assert [(row.agent, row.act) for row in acts] == [("boss", "wish_resubmit"), ("chef", "resubmit")]
