"""Every refusal, every end and every answer about an order has a dialogue, by SMS and on the web."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.conversations.test_conversations import cases

DOMAIN = Path(__file__).resolve().parents[2] / "bot" / "domain"
ANSWERS = re.compile(r"utter_(topup|credit|order|refund|payment)_\w+")
UNSAID = {  # what no customer can bring about in words: tests/actions has them
    "utter_topup_package_unclear": "only a payload that nobody offered gives a size that is no number",
    "utter_credit_unclear": "only a payload that nobody offered gives an amount that is no number",
    "utter_topup_start_again": "only a confirmation of before an update has lost what it confirms",
}


def _responses(capability: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = YAML(typ="safe").load(DOMAIN / f"{capability}.yml")["responses"]
    return found


@pytest.mark.parametrize("channel", ["sms", "web"])
@pytest.mark.parametrize("capability", ["topup", "topup_credit"])
def test_every_answer_of_topping_up_is_given_in_a_dialogue(capability: str, channel: str) -> None:
    wanted = {name for name in _responses(capability) if ANSWERS.fullmatch(name)} - set(UNSAID)
    told = {name for on, case in (param.values for param in cases()) if on == channel for name in case.get("tells", ())}
    assert wanted - told == set()


def test_what_no_customer_can_bring_about_exists() -> None:
    assert set(UNSAID) <= {*_responses("topup"), *_responses("topup_credit")}
