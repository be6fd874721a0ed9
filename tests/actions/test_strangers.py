"""What a stranger is told of a number that cannot be topped up: one sentence, whatever the reason."""

from __future__ import annotations

from typing import Any

import pytest

from actions import topup, topup_credit, topup_number, topup_paying
from actions.topup_remedies import explained
from hall.context import Hall
from hall.policy.topup import REASONS
from hall.topup import eligibility
from hall.topup.eligibility import TopupWish
from tests.actions.test_topup import Desk, said
from tests.hall.topup.conftest import TopupRig, demo_shop

ASKER, OTHER, NOBODY = "13800138000", "13400134009", "13612345678"
ABOUT_THE_ASKER = "payer_today"
FROM_RECORDS = [reason for reason in REASONS if reason not in ("invalid_number", ABOUT_THE_ASKER)]
NEUTRAL = "这个号码现在不能在这里充值，原因只告诉机主，请机主本人来问。没有产生费用。"
# numbers of the demonstration that something is wrong with, and one that nobody has
REFUSED = ["13900139002", "13600136003", "13700137004", "13500135005", "18600186006", NOBODY]


@pytest.fixture
def shop(hall: Hall) -> TopupRig:
    """The demonstration's shop."""
    return demo_shop(hall)


@pytest.fixture(params=FROM_RECORDS)
def reason(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The only rule that refuses, and it refuses everybody."""

    async def refuses(*_: Any) -> dict[str, Any]:
        return {"limit": 5, "arrears_fen": 1260, "plan": "某某套餐"}

    async def passes(*_: Any) -> None:
        return None

    checks = {name: refuses if name == request.param else passes for name in REASONS}
    monkeypatch.setattr(eligibility, "CHECKS", checks)
    return str(request.param)


@pytest.mark.parametrize("line", [ASKER, None])
@pytest.mark.parametrize("channel", ["web", "sms"])
async def test_every_rule_is_told_to_a_stranger_in_the_same_bytes(
    shop: TopupRig, reason: str, channel: str, line: str | None
) -> None:
    rules = {rule.reason: rule for rule in shop.hall.policy.topup.rules}
    desk = Desk(shop, line, channel)
    for product in ("data", "credit"):
        if product in rules[reason].products:
            outcome = await desk.run(topup_paying.CheckLine, phone_number=OTHER, sold=product)
            assert (outcome.result, said(outcome, channel)) == ("end", NEUTRAL)
            assert not outcome.says[0].facts
            assert outcome.slots == explained("stranger")


async def test_the_line_itself_is_told_why(shop: TopupRig, reason: str) -> None:
    outcome = await Desk(shop, OTHER).run(topup_paying.CheckLine, phone_number=OTHER, sold="data")
    assert outcome.result in ("end", "blocked")
    assert said(outcome) != NEUTRAL


@pytest.mark.parametrize("msisdn", REFUSED)
@pytest.mark.parametrize("line", [ASKER, None])
async def test_the_whole_way_to_a_refusal_tells_nothing(shop: TopupRig, msisdn: str, line: str | None) -> None:
    desk = Desk(shop, line)
    outcome = await desk.run(topup_number.CheckPhoneNumber, phone_number=msisdn)
    assert not outcome.says
    outcome = await desk.run(topup.CheckTopup, scope="national", package=1024)
    assert (outcome.result, said(outcome)) == ("end", NEUTRAL)


@pytest.mark.parametrize("product", ["data", "credit"])
async def test_a_number_that_nobody_has_is_refused_before_the_money(shop: TopupRig, product: Any) -> None:
    for payer in (ASKER, NOBODY, None):
        refused = await eligibility.refusal(shop.hall, TopupWish(NOBODY, None, payer, product))
        assert refused is not None
        assert refused.reason == "unknown"
    outcome = await Desk(shop, NOBODY, "sms").run(topup_credit.CheckCreditTopup, phone_number=NOBODY, credit=1000)
    assert outcome.result in ("end", "blocked")
    assert "不在我们的用户资料里" in said(outcome, "sms")


async def test_the_askers_own_limit_is_told_whomever_it_is_for(shop: TopupRig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def reached(*_: Any) -> dict[str, Any]:
        return {"limit": 60}

    monkeypatch.setitem(eligibility.CHECKS, ABOUT_THE_ASKER, reached)  # type: ignore[arg-type]
    outcome = await Desk(shop, ASKER).run(topup_paying.CheckLine, phone_number=OTHER, sold="data")
    assert "60笔" in said(outcome)
