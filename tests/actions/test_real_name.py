"""Guidance for real-name registration."""

from typing import Any

import pytest

from actions.real_name import AskRealNameCase, CheckRealNameCase, GuideRealName, RealNameState
from hall import real_name
from hall.bss.demo import DemoBss
from hall.context import Hall
from hall.privacy import ID_MARK


async def test_an_unregistered_line_is_told_and_its_case_is_known(play: Any) -> None:
    told = await play(RealNameState, line="13600136003", text="实名登记")
    assert (told.keys, told.slots) == (["utter_real_name_not_registered"], {"real_name_case": "far_from_home"})


async def test_a_registered_line_is_told_with_the_holder_masked(play: Any) -> None:
    told = await play(RealNameState, text="我实名了没有")
    assert "李*" in told.texts[0]
    assert told.slots == {"real_name_case": None}


async def test_a_case_in_the_words_goes_before_the_own_line(play: Any) -> None:
    told = await play(RealNameState, line="13600136003", text="过户要带什么")
    assert (told.keys, told.slots) == ([], {"real_name_case": "change_of_owner"})


async def test_an_identity_number_typed_in_is_no_case(play: Any) -> None:
    told = await play(RealNameState, line=None, text=f"实名登记 {ID_MARK}")
    assert (told.keys, told.slots) == ([], {"real_name_case": None})
    told = await play(CheckRealNameCase, real_name_case=ID_MARK, text=ID_MARK)
    assert (told.result, told.keys) == ("again", ["utter_real_name_case_unclear"])


async def test_guidance_goes_on_when_the_records_are_down(play: Any, demo: DemoBss) -> None:
    demo.faults["subscriber"] = "down"
    told = await play(RealNameState, text="实名登记")
    assert (told.result, told.keys) == ("ok", ["utter_real_name_state_unknown"])


async def test_the_cases_are_offered_and_the_state_to_who_is_not_proved(play: Any) -> None:
    offered = await play(AskRealNameCase, line=None)
    assert len(offered.choices) == 10
    assert offered.choices[-1] == "查我登记了没有"
    assert len((await play(AskRealNameCase)).choices) == 9


@pytest.mark.parametrize(
    ("said", "case"), [("minor", "minor"), ("护照", "foreign_passport"), ("我在外地", "far_from_home")]
)
async def test_a_button_a_document_or_words_choose_the_case(play: Any, said: str, case: str) -> None:
    assert (await play(CheckRealNameCase, real_name_case=said)).slots == {"real_name_case": case}


async def test_words_that_tell_no_case_are_asked_again(play: Any) -> None:
    told = await play(CheckRealNameCase, real_name_case="哈哈")
    assert (told.result, told.keys) == ("again", ["utter_real_name_case_unclear"])


async def test_every_case_has_its_words_and_one_sms(play: Any, hall: Hall) -> None:
    for case in real_name.cases(hall.policy):
        long = (await play(GuideRealName, real_name_case=case)).texts[0]
        short = (await play(GuideRealName, real_name_case=case, channel="sms")).texts[0]
        assert "营业厅" in long
        assert "带上" in long
        assert "{" not in long
        assert len(short) <= 70, short


async def test_the_deadline_is_told(play: Any) -> None:
    text = (await play(GuideRealName, real_name_case="own_line")).texts[0]
    assert "30天" in text
    assert "60天" in text
    assert "停机" in text
