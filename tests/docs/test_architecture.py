"""docs/architecture.md says what the tree and the import contract say."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise

from bot.settings import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
LAYERS = next(contract["layers"] for contract in CONTRACTS if contract["type"] == "layers")
STEPS = ("accept", "schedule", "run", "commit", "reply")


def test_the_layers_are_those_of_the_import_contract() -> None:
    written = re.search(r"`([a-z]+(?: → [a-z]+)+)`", PAGE)
    assert written is not None
    assert written[1].split(" → ") == LAYERS


def test_the_picture_has_an_arrow_from_each_layer_to_the_next_and_none_upwards() -> None:
    arrows = set(re.findall(r"^ {4}(\w+)(?:\[[^\]]*\])? --> (\w+)", PAGE, re.M))
    between = {(above, below) for above, below in arrows if above in LAYERS and below in LAYERS}
    assert between == set(pairwise(LAYERS))


def test_every_package_of_the_contract_has_its_row() -> None:
    rows = re.findall(r"^\| `(\w+)/` \|", PAGE, re.M)
    assert [row for row in rows if row in LAYERS] == LAYERS


def test_the_five_steps_are_told_in_order_each_with_a_module() -> None:
    rows = re.findall(r"^\| (\w+) \| `([\w/]+\.py)` \|", PAGE, re.M)
    assert tuple(step for step, _ in rows) == STEPS
    assert all((ROOT / module).is_file() for _, module in rows)


def test_the_page_has_every_import_contract_and_no_other() -> None:
    listed = re.findall(r"^- \*\*(.+?)\*\*", PAGE.partition("| package | holds |")[0], re.M)
    assert listed == [contract["name"] for contract in CONTRACTS]


def test_no_contract_has_an_exception() -> None:
    assert not [contract["name"] for contract in CONTRACTS if contract.get("ignore_imports")]
