"""To whom an invoice is made out, in other people's words; what only sounds like it is none."""

from __future__ import annotations

import pytest

from bot.nlu.invoice_values import TAX_NUMBER, TITLE, find

NUMBER = "91350100M000100Y43"


@pytest.mark.parametrize(
    ("text", "title", "number"),
    [
        (f"给我开上个月的发票,抬头昆明山茶商贸有限公司,税号{NUMBER}", "昆明山茶商贸有限公司", NUMBER),
        (f"昆明启航科技有限公司 {NUMBER}", "昆明启航科技有限公司", NUMBER),
        (f"昆明启航科技有限公司,税号是{NUMBER}", "昆明启航科技有限公司", NUMBER),
        ("给昆明小张五金店开张发票", "昆明小张五金店", None),
        ("我们公司叫云南启明科技有限公司", "云南启明科技有限公司", None),
        ("抬头改成李小红", "李小红", None),
        ("电子发票麻烦开一下,个人抬头", "个人", None),
        ("我要报销,开张公司抬头的发票", None, None),
        ("发票抬头怎么改", None, None),
        ("抬头写什么", None, None),
        ("开发票", None, None),
        ("中国移动公司", None, None),
        ("查一下我的账单", None, None),
        ("订单T2611272308458", None, None),
    ],
)
def test_titles_and_tax_numbers(text: str, title: str | None, number: str | None) -> None:
    found = {one.entity: one.value for one in find(text)}
    assert (found.get(TITLE), found.get(TAX_NUMBER)) == (title, number)
