"""Real-name registration: own state, and complete guidance for every case."""

from dataclasses import replace

import pytest

from hall import real_name
from hall.context import Hall
from hall.policy import PolicyError
from hall.real_name import Registration

CASES = (
    "own_line", "far_from_home", "change_of_owner", "minor", "agent", "foreign_passport", "hk_macau_taiwan", "company",
    "card_limit",
)  # fmt: skip


async def test_the_state_of_ones_own_line(hall: Hall) -> None:
    assert await real_name.registration(hall, "13800138000") == Registration(True, "李*", None)
    assert await real_name.registration(hall, "13600136003") == Registration(False, "王**", "far_from_home")
    assert await real_name.registration(hall, "13800000000") is None


def test_every_case_has_documents_place_and_time(hall: Hall) -> None:
    assert real_name.cases(hall.policy) == CASES
    for case in CASES:
        found = real_name.guidance(hall.policy, case)
        assert found.documents
        assert found.where
        assert found.notes
        assert (found.minutes is None) != (found.days is None)


def test_own_line_tells_what_happens_after_the_deadline(hall: Hall) -> None:
    found = real_name.guidance(hall.policy, "own_line")
    assert (found.barred_out_days, found.barred_all_days) == (30, 60)


@pytest.mark.parametrize(
    ("said", "case"),
    [
        ("我在外地 卡是云南的", "far_from_home"), ("过户怎么办", "change_of_owner"),
        ("把号过户给我儿子", "change_of_owner"),
        ("给孩子办实名", "minor"), ("替我妈办实名", "agent"), ("护照", "foreign_passport"),
        ("港澳通行证", "hk_macau_taiwan"),
        ("公司的卡", "company"), ("名下太多卡了", "card_limit"), ("minor", "minor"), ("户口本", "minor"),
        ("实名登记", None), ("", None), ("身份证", None),
    ],
)  # fmt: skip
def test_words_and_documents_tell_the_case(hall: Hall, said: str, case: str | None) -> None:
    assert real_name.case_of(hall.policy, said) == case


def test_rules_that_are_missing_or_wrong_name_file_and_key(hall: Hall) -> None:
    with pytest.raises(PolicyError, match=r"real_name.yml: cases.martian"):
        real_name.guidance(hall.policy, "martian")
    broken = replace(hall.policy, real_name={**hall.policy.real_name, "cases": {"minor": {"documents": []}}})
    with pytest.raises(PolicyError, match=r"cases.minor: KeyError"):
        real_name.guidance(broken, "minor")
    with pytest.raises(PolicyError, match="must be a mapping"):
        real_name.cases(replace(hall.policy, real_name={}))
