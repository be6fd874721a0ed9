"""`/privacy`: the times of the rules by which data is deleted, or the operator's own text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from channels.documents import privacy
from hall.context import Hall
from hall.policy.retention import KINDS, RetentionRules


def test_it_tells_how_long_each_kind_is_kept(hall: Hall) -> None:
    text = privacy.text(hall)
    assert hall.brand.name in text
    for kind in KINDS:
        time = hall.policy.retention.kinds[kind].time
        assert (f"{time.days}天" if time.days else f"{time.seconds // 3600}小时") in text


@pytest.mark.parametrize("kind", KINDS)
def test_another_rule_changes_the_page(hall: Hall, kind: str) -> None:
    kinds = dict(hall.policy.retention.kinds)
    kinds[kind] = replace(kinds[kind], time=timedelta(days=4321))
    policy = replace(hall.policy, retention=RetentionRules(kinds))
    assert "<td>4321天</td>" in privacy.text(replace(hall, policy=policy))


def test_it_names_what_can_be_asked_for_in_words_that_are_understood(hall: Hall) -> None:
    text = privacy.text(hall)
    assert "把我的资料给我一份" in text
    assert "删掉我的聊天记录" in text


def test_the_operators_own_text_takes_its_place(hall: Hall) -> None:
    brand = replace(hall.brand, privacy="# 我们怎么做\n只留<b>三</b>天。\n")
    text = privacy.text(replace(hall, brand=brand))
    assert "<h2>我们怎么做</h2>" in text
    assert "<p>只留&lt;b&gt;三&lt;/b&gt;天。</p>" in text
    assert "会计档案" not in text
