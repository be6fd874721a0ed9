"""Identity numbers are taken out, whatever they are dressed in; other numbers stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.privacy import ID_MARK, mask, mask_codes, mask_ids, mask_msisdn
from testing.tables import assert_table

IDENTITY_NUMBERS = [
    "530102199001011234", "53010219900101123X", "53010219900101123x", "５３０１０２１９９００１０１１２３Ｘ",
    "530102 19900101 1234", "5301 0219 9001 0112 34", "530102-19900101-123X", "530102199001011234。",
    "530102 19900101 123 X", "5 3 0 1 0 2 1 9 9 0 0 1 0 1 1 2 3 4", "五三零一零二一九九零零一零一一二三四",
    "530102*19900101*1234", "5301021990\u200b01011234", "530102~1990—0101|1234", "530102／19900101／1234",
    "𝟓𝟑𝟎𝟏𝟎𝟐𝟏𝟗𝟗𝟎𝟎𝟏𝟎𝟏𝟏𝟐𝟑𝟒",
    "530102900101123", "530102199013011234", "E12345678", "G12345678", "e 1234 5678", "EA1234567", "H12345678",
    "H1234567801", "C12345678", "CB1234567", "M12345678", "830000199201150019", "身份证号5301021990010112",
    "护照号 AB123456", "passport: 987654321", "台胞证12345678", "12345678是我的台胞证号",
]  # fmt: skip


@pytest.mark.parametrize("around", ["{}", "我的证件{}，帮我登记", "实名 {} 谢谢"])
def test_an_identity_number_does_not_survive(around: str) -> None:
    def gone(text: str) -> tuple[bool, bool, list[str]]:
        masked, found = mask_ids(around.format(text))
        left = [part for part in ("1990", "12345678", "0101", "九九零", "987654321") if part in masked]
        return found, ID_MARK in masked, left

    assert_table(((text, (True, True, [])) for text in IDENTITY_NUMBERS), gone)


@pytest.mark.parametrize(
    "text",
    [
        "13800138000", "给13800138000充5G流量", "138 0013 8000 和 139 0013 9002", "T202611150001234567",
        "T530102199001011234",
        "订单T20261115000123到账没", "12345678", "2026-08到2026-10",
        "查2026-08 2026-09 2026-10账单", "10086", "100元", "5G",
        "护照能办实名吗", "身份证后四位", "我的身份证 手机13800138000", "８８５０", "2026年11月15日10点30分20秒", "",
    ],
)  # fmt: skip
def test_other_numbers_stay_as_they_are(text: str) -> None:
    assert mask_ids(text) == (text, False)


def test_a_phone_number_beside_an_identity_number_stays() -> None:
    assert mask_ids("530102199001011234 13800138000") == (f"{ID_MARK} 13800138000", True)
    assert mask_ids("13800138000530102199001011234") == (f"13800138000{ID_MARK}", True)
    assert mask_ids("530102199001011234和53010219900101123X") == (f"{ID_MARK}和{ID_MARK}", True)


def test_masking_twice_changes_nothing_more() -> None:
    once = mask("身份证530102199001011234，电话+86 138-0013-8000")
    assert once == f"身份证{ID_MARK}，电话138****8000"
    assert mask(once) == once


@pytest.mark.parametrize("text", ["13800138000", "138 0013 8000", "+8613800138000", "１３８００１３８０００"])
def test_logs_show_a_phone_number_masked(text: str) -> None:
    assert mask(f"给{text}充") == "给138****8000充"
    assert mask_msisdn("13800138000") == "138****8000"


RESIDENT = r"[1-5][1-3]0102(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}[0-9X]"


@given(st.from_regex(RESIDENT, fullmatch=True))
def test_no_resident_number_survives(number: str) -> None:
    assert number not in mask_ids(f"我是{number}")[0]


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    masked, found = mask_ids(text)
    assert found or masked == text


@pytest.mark.parametrize(
    "code", ["482913", "4829", "48291356", "４８２９１３", "4 8 2 9 1 3", "四八二九一三", "482-913"]
)
def test_a_code_is_dots(code: str) -> None:
    assert mask_codes(f"验证码{code}。") == "验证码••••••。"


def test_of_a_code_that_ends_in_a_keycap_nothing_unseen_is_left() -> None:
    assert mask_codes("验证码是 583926\ufe0f\u20e3") == "验证码是 ••••••"


@pytest.mark.parametrize("text", ["13800138000", "取消", "重新发送", "5G", "123"])
def test_what_is_no_code_stays(text: str) -> None:
    assert mask_codes(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("CXXZ#张三#530102199001010011", "CXXZ#[ID***]"),
        ("cxxz#张三#53010219900101001X", "cxxz#[ID***]"),
        ("ＳＱＸＺ＃欧阳娜娜＃E12345678", "ＳＱＸＺ＃[ID***]"),
        ("发送SQXZ # 李四 # 530102199001010011", "发送SQXZ # [ID***]"),
        ("CXXZ 张三 530102199001010011", "CXXZ [ID***]"),
        ("SMDJ#王五", "SMDJ#[ID***]"),
        ("CXXZ", "CXXZ"),
        ("CXXZ怎么发", "CXXZ怎么发"),
    ],
)
def test_a_name_sent_along_with_a_code_does_not_survive(text: str, kept: str) -> None:
    assert mask_ids(text)[0] == kept
    assert mask_ids(kept)[0] == kept
