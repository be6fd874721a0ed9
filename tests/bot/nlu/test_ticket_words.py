"""Words that mean a ticket, or a plan that was booked wrongly, in whole messages, and what only sounds like it."""

from __future__ import annotations

import pytest

from bot.nlu import cues

MEANT = {
    "to_regulator": ("我要去工信部投诉你们", "不处理我就去工信部告你们", "打12300投诉", "我要向消协反映"),
    "open_ticket": ("行，开吧", "好的，开吧", "那就先开一个吧", "给我开工单", "登记吧", "办吧"),
    "ticket_number": ("GD48213907", "查一下GD48213907", "单号48213907的投诉怎么样了", "工单号是48213907"),
    "wrong_plan": (
        "我明明办的是19元套餐，怎么每个月扣29",
        "套餐给我办错了",
        "你们把19的套餐录成29了",
        "当时说好19的套餐，入网以后一直扣29",
        "我要投诉，办的19块的套餐给我弄成29了",
        "当初申请的是19块的套餐，现在每月扣29",
        "入网时填的19块的套餐，怎么每个月29",
        "开户的时候选的19元，收我29",
        "月租19给我换成29了",
    ),
}
NOT_MEANT = {
    "to_regulator": ("我要投诉", "工信部一证通查怎么查"),
    "open_ticket": ("不开", "开流量包", "办套餐吧"),
    "ticket_number": ("撤销GD48213907", "GD48213907催一下", "48213907", "单号T202611150001", "13800138000"),
    "wrong_plan": (
        "帮我把39的套餐改成29",
        "我想换19元套餐",
        "充50块话费",
        "办5G流量包30元",
        "我要改套餐，39换29",
        "19元套餐和29元套餐有什么区别",
        "给13800138000充50",
        "我办的流量包多少钱",
    ),
}


@pytest.mark.parametrize(("cue", "text"), [(cue, text) for cue, texts in MEANT.items() for text in texts])
def test_it_is_meant(cue: str, text: str) -> None:
    assert cue in cues.find(text)


@pytest.mark.parametrize(("cue", "text"), [(cue, text) for cue, texts in NOT_MEANT.items() for text in texts])
def test_it_is_not_meant(cue: str, text: str) -> None:
    assert cue not in cues.find(text)
