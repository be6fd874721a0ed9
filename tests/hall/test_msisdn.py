"""Phone numbers as people write them."""

import pytest

from hall import msisdn


@pytest.mark.parametrize(
    "written",
    ["13800138000", "138 0013 8000", "138-0013-8000", "+86 13800138000", "8613800138000", "0086-138-0013-8000",
     "１３８００１３８０００", "＋８６ 138 0013 8000", " 13800138000\n", "（138）00138000"],
)  # fmt: skip
def test_a_mobile_number_is_read_however_it_is_written(written: str) -> None:
    assert msisdn.normalise(written) == "13800138000"


@pytest.mark.parametrize(
    "written", ["", "1380013800", "138001380000", "12345678901", "给13800138000充", "087165123456"]
)
def test_what_is_not_just_a_mobile_number_is_none(written: str) -> None:
    assert msisdn.normalise(written) is None


@pytest.mark.parametrize(
    ("number", "kind", "carrier"),
    [
        ("13800138000", "mobile", "移动"),
        ("13480000000", "mobile", "移动"),
        ("18600186006", "mobile", "联通"),
        ("18900189007", "mobile", "电信"),
        ("19200000000", "mobile", "广电"),
        ("17000170008", "virtual", "虚拟运营商"),
        ("17100000000", "virtual", "虚拟运营商"),
        ("16200000000", "virtual", "虚拟运营商"),
        ("13490000000", "invalid", None),  # satellite
        ("14100000000", "invalid", None),  # things
        ("15400000000", "invalid", None),  # never allotted
        ("0871-65123456", "landline", None),
        ("01065123456", "landline", None),
        ("+86 10 65123456", "invalid", None),
        ("10086", "invalid", None),
        ("你好", "invalid", None),
    ],
)
def test_kind_and_first_carrier_follow_from_the_prefix(number: str, kind: str, carrier: str | None) -> None:
    assert (msisdn.kind(number), msisdn.carrier(number)) == (kind, carrier)


def test_a_number_is_read_back_in_groups() -> None:
    assert msisdn.spaced("13800138000") == "138 0013 8000"
