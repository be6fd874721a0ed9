"""SMS codes and hall commands: certain, whatever the spelling."""

from __future__ import annotations

import pytest

from bot.nlu.commands import read
from bot.nlu.normalise import normalise


@pytest.mark.parametrize(
    ("written", "intent"),
    [
        ("CXYE", "check_balance"),
        ("cxye", "check_balance"),
        ("ＣＸＹＥ", "check_balance"),
        ("c x y e", "check_balance"),
        (" CXYE。", "check_balance"),
        ("CXYEE", "check_balance"),
        ("ye", "check_balance"),
        ("102", "check_balance"),
        ("CXHF", "check_balance"),
        ("CXLL", "check_usage"),
        ("CXL", None),
        ("108", "check_usage"),
        ("CXTC", "check_plan"),
        ("CXJF", "check_points"),
        ("0000", "cancel_service"),
        ("00000", "cancel_service"),
        ("QXYLTX", "cancel_service"),
        ("KTWLAN", "subscribe_service"),
        ("SMDJ", "register_real_name"),
        ("CXXZ#张三#530102199001010011", "port_number"),
        ("9", "talk_to_human"),
        ("菜单", "ask_help"),
        ("？", "ask_help"),
        ("帮助", "ask_help"),
        ("1020", None),
        ("103", None),
        ("YEE", None),
        ("CXYE 你好吗", None),
        ("查话费", None),
        ("13800138000", None),
        ("", None),
    ],
)
def test_a_code_means_an_intent(written: str, intent: str | None) -> None:
    meaning = read(normalise(written))
    assert (meaning.intent if meaning else None) == intent


@pytest.mark.parametrize("written", ["CXZD 202608", "cxzd202608", "CXZD#202608", "ＣＸＺＤ　２０２６０８"])
def test_the_bill_of_a_month_by_code(written: str) -> None:
    meaning = read(normalise(written))
    assert meaning is not None
    assert (meaning.intent, [one.value for one in meaning.entities]) == ("check_bill", ["2026-08"])


def test_a_code_names_its_service_and_its_number() -> None:
    off = read("QXWLAN")
    family = read("SD13900139002")
    assert off is not None
    assert family is not None
    assert [(one.entity, one.value) for one in off.entities] == [("service_name", "WLAN")]
    assert [(one.entity, one.value) for one in family.entities] == [
        ("service_name", "亲情号"),
        ("phone_number", "13900139002"),
    ]


@pytest.mark.parametrize(
    ("written", "command"),
    [
        ("0", "back"),
        ("返回", "back"),
        ("上一步", "back"),
        ("再说一遍", "repeat"),
        ("重复", "repeat"),
        ("没听清楚", "repeat"),
        ("返回主菜单吧我想查", None),
    ],
)
def test_a_hall_command(written: str, command: str | None) -> None:
    meaning = read(normalise(written))
    assert (meaning.command if meaning else None) == command
