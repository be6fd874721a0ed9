"""What must not be kept is taken out in every spelling; what only looks like it stays."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.nlu.normalise import normalise
from bot.nlu.values import phone_numbers
from hall import privacy
from hall.text import readable
from testing.tables import assert_table

NEVER_KEPT = {
    "我的服务密码是147258": "147258", "密码147369": "147369", "网上营业厅密码abcD7788!": "abcD7788",
    "密码：一四七二五八": "一四七二五八", "147258是我的服务密码": "147258", "密码设置成 x9y8z7": "x9y8z7",
    "口令 hello123": "hello123", "6222021234567890123": "1234567", "6222 0212 3456 7890": "3456",
    "我的银行卡号是9558801234567": "9558", "4111-1111-1111-1111": "1111", "卡背面后三位是123": "123",
    "4111111111111111 有效期12/28 CVV 123": "12/28", "信用卡 cvv2：987": "987", "身份证后六位是011234": "011234",
    "前面530102后面198001011234": "1980", "邮箱是zhangsan@example.com": "zhangsan", "ＡＢＣ＠example.cn": "example",
    "我微信zs_13888": "zs_13888", "QQ号是123456789": "123456789", "车牌云A12345": "A12345", "京A·D12345": "D12345",
    "我叫欧阳建国，查余额": "欧阳建国", "姓名：张伟": "张伟", "机主是王小芳": "王小芳", "我叫李明想查话费": "李明",
    "我住在昆明市五华区翠湖北路2号3栋501": "翠湖", "地址：北京市朝阳区建国路88号院5号楼2单元1203室": "1203",
    "密码我设的是147258": "147258", "密 码 147258": "147258", "密码→147258": "147258", "我的mm是147258": "147258",
    "我老公叫刘德华": "刘德华", "机主是我妈李桂芳": "李桂芳", "1980年1月1日出生": "1980",
    "军官证 军字第1234567号": "1234567",
    "寄到上海市徐汇区漕溪北路1200弄3号602": "漕溪", "我出生日期1990年3月2日": "1990",
}  # fmt: skip

STAYS = """查余额|密码忘了怎么办|重置服务密码|忘记密码 13800138000|密码是什么|我叫什么名字|给13800138000充5G
T2611272308458到账了吗|订单2611272308458|查2026年10月账单|2号线上没信号|人民路18号的营业厅几点开门|微信支付50元|充100元
CXYE|流量有效期到几号|姓名不对怎么改|为什么扣我38.5元|套餐里有30G流量和500分钟|KTSJLL 13800138000|我叫了人工怎么没人
验证码收不到|验证码是482913|我住在昆明，附近有营业厅吗|微信账单上是 4200001234202611271234567890|尾号1234|5号的账单
宽带200M|小区停电了|🇨🇳👍🏽|我妈叫我来查话费|密码忘了用的是哪个|mm""".replace("\n", "|").split("|")

NUMBERS = """15912345678|一五九一二三四五六七八|159.1234.5678|1 5 9 1 2 3 4 5 6 7 8|+86 159-1234-5678
幺五九，幺二三四五六七八|①⑤⑨①②③④⑤⑥⑦⑧|1️⃣5️⃣9️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣|l59l2345678|１５９１２３４５６７８|159*1234*5678
159😀1234😀5678|壹伍玖壹贰叁肆伍陆柒捌""".replace("\n", "|").split("|")


def test_nothing_of_it_is_kept() -> None:
    assert_table(((text, True) for text in NEVER_KEPT), lambda text: NEVER_KEPT[text] not in privacy.at_intake(text))
    assert_table(((text, True) for text in NEVER_KEPT), lambda text: "***]" in privacy.at_intake(text))


def test_what_is_masked_stays_as_it_is() -> None:
    for text in (*NEVER_KEPT, *NUMBERS):
        once = privacy.mask(privacy.at_intake(text))
        assert privacy.mask(privacy.at_intake(once)) == once


def test_what_only_looks_like_it_stays() -> None:
    assert_table(((text, text) for text in STAYS), privacy.at_intake)


def test_a_number_is_masked_in_every_spelling() -> None:
    assert_table(((text, True) for text in NUMBERS), lambda text: privacy.mask(text).startswith("159****5678"))
    assert privacy.mask("打0871-63123456找我") == "打0871-****56找我"
    landlines = ("(0871)63123456", "0871 6312 3456", "0871-6312-3456", "（0871）6312 3456")
    assert_table(((text, True) for text in landlines), lambda text: "****56" in privacy.mask(text))


def test_a_code_that_nobody_asked_for_is_dots() -> None:
    assert privacy.mask("验证码 852963") == "验证码 ••••••"


def test_review_sees_no_longer_number() -> None:
    assert privacy.for_review("我单号 2026112712345 查10月账单") == "我单号 [***] 查10月账单"


@settings(deadline=None)
@example([*"零零", "三个八", "三个八", "零", "三个八"])
@example([*"零" * 8, " ", "然后", "零"])
@given(st.lists(st.sampled_from([*"零一二三四五六七八九幺双0123456789 -,.、嗯O", "三个八", "然后"]), max_size=16))
def test_what_the_hall_reads_as_a_number_it_also_masks(rest: list[str]) -> None:
    text = "".join(["给1", "三", *rest])
    for found in phone_numbers(normalise(text)):
        assert "****" in privacy.mask(text), found


NASTY = [
    "护照 123456 ", "1\u200b", "台胞证A12345678", "一 一 ", "CXXZ ", "CXXZ # ", "1 ", "6222 ", "a@", "密码是", "密码",
    "我叫", "我叫王", "路2号", "翠湖北路2号3栋", "昆", "A1", "云A1", "13800138000 ", "138-", "1,", "1嗯", "身份证",
    "前面530102后面", "微信", "@a.", "双", "1双", "1三个八", "123456789012 ", "1.2", "验证码 ", "CVV", "有效期12/",
    "出生", "0871", "\u0301e", "😀", "👩\u200d", "0", "12-", "[ID***]", "x_", "6-", "  ", "是", "号",
]  # fmt: skip


@pytest.mark.parametrize("work", [privacy.at_intake, privacy.mask, privacy.for_review, privacy.mask_codes, readable])
def test_twice_the_text_takes_twice_the_time(work: Callable[[str], str]) -> None:
    """Doubled three times, in seconds of the processor: what grows faster than the text triples each time."""

    def cost(text: str) -> float:
        def once() -> float:
            began = time.process_time()
            work(text)
            return time.process_time() - began

        return min(once() for _ in range(3))

    def grows(nasty: str) -> bool:
        shorter, longer = (nasty * 8000)[:1000], (nasty * 8000)[:8000]
        return cost(longer) > max(27 * cost(shorter), 0.004)

    assert [nasty for nasty in NASTY if grows(nasty) and grows(nasty)] == []


@pytest.mark.parametrize("text", ["密码1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣", "4111 1111 1111 1111️⃣", "1️⃣5️⃣9️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣"])
def test_no_mark_is_left_of_a_character_that_is_masked(text: str) -> None:
    for kept in (privacy.mask(text), privacy.for_review(text), privacy.for_review("T123 4567" + text)):
        assert readable(kept) == kept
        assert "\u20e3" not in kept
