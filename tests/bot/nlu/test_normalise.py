"""What people write in many ways becomes one."""

from __future__ import annotations

import pytest

from bot.nlu.normalise import LONGEST, align, normalise

TABLE = [
    ("查话费", "查话费"),
    ("查話費", "查话费"),
    ("查 话 费", "查话费"),
    ("　查话费　", "查话费"),
    ("１３８００１３８０００", "13800138000"),
    ("138 0013 8000", "138 0013 8000"),
    ("ＣＸＹＥ", "CXYE"),
    ("充５０元", "充50元"),
    ("查话费😀", "查话费"),
    ("😀😀", ""),
    ("哈哈哈哈哈", "哈哈"),
    ("流流量", "流量"),
    ("转人工转人工转人工", "转人工"),
    ("！！！！！", "!!"),
    ("喂，我想查话费", "我想查话费"),
    ("呃我想查流量", "我想查流量"),
    ("那个帮我查一下余额", "帮我查一下余额"),
    ("就是说我想退订彩铃", "我想退订彩铃"),
    ("喂", "喂"),
    ("嗯", "嗯"),
    ("花费还有多少", "话费还有多少"),
    ("鱼额", "余额"),
    ("留量还剩多少", "流量还剩多少"),
    ("带生份证去", "带身份证去"),
    ("转克服", "转客服"),
    ("开通来点显示", "开通来电显示"),
    ("退订采铃", "退订彩铃"),
    ("实民认证", "实名认证"),
    ("我要消户", "我要销户"),
    ("宽代坏了", "宽带坏了"),
    ("用了六年了", "用了六年了"),
    ("幺三八零零幺三八零零零", "幺三八零零幺三八零零零"),
    ("星号键", "星号键"),
    ("", ""),
]


@pytest.mark.parametrize(("written", "plain"), TABLE)
def test_writes_it_one_way(written: str, plain: str) -> None:
    assert normalise(written) == plain


@pytest.mark.parametrize("written", [w for w, _ in TABLE])
def test_is_the_same_when_done_twice(written: str) -> None:
    assert normalise(normalise(written)) == normalise(written)


@pytest.mark.parametrize(("written", "_"), TABLE)
def test_every_character_knows_where_it_stood(written: str, _: str) -> None:
    aligned = align(written)
    assert len(aligned.origin) == len(aligned.text)
    assert list(aligned.origin) == sorted(aligned.origin)
    assert all(0 <= place < len(written) for place in aligned.origin)


def test_a_very_long_message_is_read_by_its_head_and_tail() -> None:
    text = "我要投诉" + "今天" + "很不高兴" * 5000 + "转人工"
    plain = normalise(text)
    assert len(plain) <= LONGEST
    assert plain.startswith("我要投诉")
    assert plain.endswith("转人工")
