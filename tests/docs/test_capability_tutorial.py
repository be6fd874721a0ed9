"""The tutorial of a capability, followed to the letter in a copy of the repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.yingting.test_new import copy_of_the_repository, run

PAGE = (ROOT / "docs" / "tutorials" / "capability.md").read_text("utf-8")
FILE = re.compile(r"^```(?:python|yaml)\n# (?P<name>[\w/]+\.\w+)\n(?P<text>.*?)^```$", re.M | re.S)
TOLD = re.compile(r"^```text\n(.*?)\n```$", re.M | re.S)


@pytest.mark.process
def test_its_files_are_well_formed_and_pass_their_test(tmp_path: Path) -> None:
    root = copy_of_the_repository(tmp_path)
    run(root, "yingting", "new", "voucher", "--title", "代金券")
    files = {match["name"]: match["text"] for match in FILE.finditer(PAGE)}
    assert len(files) == 5
    for name, text in files.items():
        assert (root / name).exists(), f"yingting new does not write {name}"
        (root / name).write_text(text, "utf-8")
    assert "nothing is wrong" in run(root, "yingting", "check")
    assert run(root, "pytest", "-q", "-p", "no:cacheprovider", "tests/hall/test_voucher.py").startswith("......")
    flow = root / "data/flows/voucher.yml"
    flow.write_text(flow.read_text("utf-8").replace("say: action_voucher", "say: action_vouchr"), "utf-8")
    told = TOLD.search(PAGE)
    assert told
    assert told[1] in run(root, "yingting", "check", fails=True)
