"""What the customer reads about the balance."""

from typing import Any

import pytest

from actions.account_status import TellAccountStatus
from actions.balance import TellBalance
from hall.bss.demo import DemoBss


@pytest.mark.parametrize("channel", ["web", "sms", "rest"])
async def test_balance_and_this_months_bill_are_the_same_on_every_channel(play: Any, channel: str) -> None:
    told = await play(TellBalance, channel=channel)
    assert len(told.texts) == 1
    assert "88.50" in told.texts[0]
    assert "61.25" in told.texts[0]
    assert channel != "sms" or len(told.texts[0]) <= 70


@pytest.mark.parametrize("channel", ["web", "sms"])
async def test_arrears_come_with_the_way_out(play: Any, channel: str) -> None:
    told = await play(TellBalance, line="13900139002", channel=channel)
    assert "欠费" in told.texts[0]
    assert "12.60" in told.texts[0]
    assert "现在" in told.texts[0]
    assert channel != "sms" or len(told.texts[0]) <= 70


async def test_somebody_elses_balance_is_not_told(play: Any) -> None:
    told = await play(TellBalance, mentioned_number="13900139002")
    assert (told.result, told.keys) == ("others", ["utter_not_your_line"])
    assert (await play(TellBalance, mentioned_number="13800138000")).keys == ["utter_balance"]


async def test_an_unknown_line_is_told_so(play: Any) -> None:
    assert (await play(TellBalance, line="13800000000")).keys == ["utter_unknown_line"]


async def test_without_a_proved_line_nothing_is_told(play: Any) -> None:
    with pytest.raises(PermissionError):
        await play(TellBalance, line=None)


async def test_the_part_that_is_down_is_named(play: Any, demo: DemoBss) -> None:
    demo.faults["bill"] = "down"
    assert "账单系统暂时查不到" in (await play(TellBalance)).texts[0]
    demo.faults["balance"] = "down"
    told = await play(TellBalance)
    assert (told.result, told.slots) == ("down", {"outage": "balance"})


async def test_the_state_of_the_line_masks_its_holder(play: Any) -> None:
    told = await play(TellAccountStatus)
    assert "李*" in told.texts[0]
    assert "已实名登记" in told.texts[0]
    assert "畅享39元套餐" in told.texts[0]
    assert "还没有实名登记" in (await play(TellAccountStatus, line="13600136003")).texts[0]
    assert "欠费" in (await play(TellAccountStatus, line="13900139002")).texts[0]
    assert (await play(TellAccountStatus, mentioned_number="13600136003")).keys == ["utter_not_your_line"]
