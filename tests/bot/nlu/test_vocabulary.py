"""What an operator calls its plans and services is found in messages; another operator's names are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.nlu import gazetteer, vocabulary
from hall.catalogue import Catalogue, Plan, Service, demonstrations

OTHER = Catalogue(
    (Plan("云桥畅聊9元套餐", 900, 1024, 10, 0, ("畅聊9",)),), (Service("KIDS", "云桥守护", 600, ("孩子守护",)),)
)


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    vocabulary.use(demonstrations())


def _values(found: Any) -> set[object]:
    return {one.value for one in found}


def test_the_demonstrations_plans_are_known_from_the_start() -> None:
    assert _values(gazetteer.plans("我要换成畅享39")) == {"畅享39元套餐"}


def test_an_operators_own_names_are_known_once_it_is_in_use() -> None:
    assert _values(gazetteer.services("开通孩子守护")) == set()
    vocabulary.use(OTHER)
    assert _values(gazetteer.plans("畅聊9怎么收费")) == {"云桥畅聊9元套餐"}
    assert _values(gazetteer.services("开通孩子守护")) == {"云桥守护"}
    assert "畅享39元套餐" not in vocabulary.names("plans.tsv").values()
    assert "彩铃" in vocabulary.names("services.tsv").values()  # what services are called at large stays known
