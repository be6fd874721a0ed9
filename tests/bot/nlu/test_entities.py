"""Values, in the forms that people write them; the day is the 22nd of November 2026."""

from __future__ import annotations

from datetime import date

from bot.nlu.entities import find
from bot.nlu.normalise import normalise
from testing.tables import assert_table

TODAY = date(2026, 11, 22)


def values(text: str, entity: str) -> list[str | int]:
    return [one.value for one in find(normalise(text), TODAY) if one.entity == entity]


def test_a_mobile_number_however_it_is_written() -> None:
    table = [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 138 0013 8000",
        "+8613800138000",
        "8613800138000",
        "１３８００１３８０００",
        "号码是13800138000。",
        "幺三八零零幺三八零零零",
        "一三八零零一三八零零零",
        "幺三八 零零幺三 八零零零",
        "给13800138000充50元",
        "尾号不记得了，是13800138000吧",
    ]
    assert_table(((written, ["13800138000"]) for written in table), lambda written: values(written, "phone_number"))


def test_other_digits_are_no_mobile_number() -> None:
    table = ["12345678901", "010-88889999", "10086", "530102199001011234", "08712345678"]
    assert_table(((written, []) for written in table), lambda written: values(written, "phone_number"))


def test_a_month_relative_to_today() -> None:
    table = [
        ("上月", "2026-10"),
        ("上个月账单", "2026-10"),
        ("上上个月", "2026-09"),
        ("上上月的话费", "2026-09"),
        ("大上个月", "2026-09"),
        ("这个月用了多少", "2026-11"),
        ("本月", "2026-11"),
        ("当月费用", "2026-11"),
        ("下个月", "2026-12"),
        ("8月", "2026-08"),
        ("08月账单", "2026-08"),
        ("八月份", "2026-08"),
        ("十月", "2026-10"),
        ("十一月的", "2026-11"),
        ("12月", "2025-12"),
        ("去年12月", "2025-12"),
        ("去年十二月份的账单", "2025-12"),
        ("今年3月", "2026-03"),
        ("明年1月", "2027-01"),
        ("2026年8月", "2026-08"),
        ("26年8月", "2026-08"),
        ("二零二六年八月", "2026-08"),
        ("202608", "2026-08"),
        ("CXZD 202608", "2026-08"),
        ("2026-08", "2026-08"),
        ("2026/8", "2026-08"),
        ("前一个月", "2026-10"),
        ("前三个月", "2026-08/2026-10"),
        ("近3个月账单", "2026-08/2026-10"),
        ("最近半年", "2026-05/2026-10"),
        ("7月到9月", "2026-07/2026-09"),
        ("11月至1月", "2025-11/2026-01"),
        ("去年上半年", "2025-01/2025-06"),
        ("去年全年", "2025-01/2025-12"),
    ]
    assert_table(((written, [value]) for written, value in table), lambda written: values(written, "month"))


def test_a_length_of_time_is_no_month() -> None:
    table = ["停三个月", "一个月多少钱", "13月", "每个月扣多少", "202613", "半年没用了", "20260815123"]
    assert_table(((written, []) for written in table), lambda written: values(written, "month"))


def test_an_amount_in_fen() -> None:
    table = [
        ("50元", 5000),
        ("五十块", 5000),
        ("五十块钱", 5000),
        ("充50", 5000),
        ("交100话费", 10000),
        ("给13800138000充100", 10000),
        ("50", 5000),
        ("一百", 10000),
        ("一百二", 12000),
        ("一百二十元", 12000),
        ("一百零二块", 10200),
        ("两百五", 25000),
        ("充二百五", 25000),
        ("20块5", 2050),
        ("五块五", 550),
        ("19.9元", 1990),
        ("一毛钱", 10),
        ("三百块", 30000),
        ("¥30", 3000),
        ("为什么多扣了20元", 2000),
    ]
    assert_table(((written, [value]) for written, value in table), lambda written: values(written, "amount_fen"))


def test_other_numbers_are_no_amount() -> None:
    table = ["10086", "你是二百五吗", "二百五", "39元套餐", "13800138000", "5G", "202608", "1", "第一个"]
    assert_table(((written, []) for written in table), lambda written: values(written, "amount_fen"))


def test_an_amount_of_data_in_mb() -> None:
    table = [
        ("1G", 1024),
        ("1g", 1024),
        ("1GB", 1024),
        ("半个G", 512),
        ("一个G", 1024),
        ("1个半G", 1536),
        ("1.5G", 1536),
        ("十个G", 10240),
        ("500兆", 500),
        ("五百兆", 500),
        ("500M流量", 500),
        ("1024M", 1024),
        ("充5G", 5120),
        ("5G流量", 5120),
        ("5个G", 5120),
        ("5G", 5120),
        ("给13800138000充5G省内流量", 5120),
        ("不对，改成5G", 5120),
        ("省内5G", 5120),
    ]
    assert_table(((written, [value]) for written, value in table), lambda written: values(written, "data_mb"))


def test_a_network_or_a_speed_is_no_data() -> None:
    table = [
        "开通5G",
        "5G套餐多少钱",
        "5G网络",
        "5G手机",
        "升级到5G",
        "5G没信号",
        "4G上不了网",
        "100M宽带",
        "宽带提速到500兆",
        "换5G卡",
    ]
    assert_table(((written, []) for written in table), lambda written: values(written, "data_mb"))


def test_a_name_has_one_form() -> None:
    table = [
        ("国内流量", "scope", "national"),
        ("要全国的", "scope", "national"),
        ("省内1G", "scope", "provincial"),
        ("本省的", "scope", "provincial"),
        ("移动卡", "carrier", "移动"),
        ("我是中国联通的", "carrier", "联通"),
        ("电信号", "carrier", "电信"),
        ("退订彩铃", "service_name", "彩铃"),
        ("取消来显", "service_name", "来电显示"),
        ("开通来点显示", "service_name", "来电显示"),
        ("取消农网才信", "service_name", "农网彩信"),
        ("开通5G网络", "service_name", "5G功能"),
        ("退了校讯通", "service_name", "校讯通"),
        ("设置亲情号码", "service_name", "亲情号"),
        ("畅享39元套餐", "plan_name", "畅享39元套餐"),
        ("改成畅享39", "plan_name", "畅享39元套餐"),
        ("换成18元的套餐", "plan_name", "18元套餐"),
        ("5G套餐", "plan_name", "5G套餐"),
        ("昆明营业厅", "place", "昆明"),
        ("我在山东", "place", "山东"),
        ("人民路12号能装宽带吗", "place", "人民路12号"),
        ("带身份证吗", "document_type", "身份证"),
        ("生份证", "document_type", "身份证"),
        ("拿户口簿", "document_type", "户口本"),
        ("港澳通行证", "document_type", "港澳通行证"),
        ("外国护照", "document_type", "护照"),
        ("营业执照", "document_type", "营业执照"),
    ]
    assert_table((((written, entity), [value]) for written, entity, value in table), lambda row: values(*row))


def test_look_alikes_are_no_names() -> None:
    table = [
        ("国内漫游", "scope"),
        ("国内长途", "scope"),
        ("移动数据打不开", "carrier"),
        ("营业厅在哪条路", "place"),
        ("网络不好", "place"),
    ]
    assert_table(((row, []) for row in table), lambda row: values(*row))


def test_everything_in_one_sentence() -> None:
    text = "给幺三八零零幺三八零零零充5个G省内流量"
    found = {one.entity: one.value for one in find(normalise(text), TODAY)}
    assert found == {"phone_number": "13800138000", "data_mb": 5120, "scope": "provincial"}
