"""README names every command of the program and of make that it should, and none that is gone."""

from __future__ import annotations

import re

from bot.settings import ROOT
from yingting.cli import COMMANDS

README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def test_the_table_of_commands_is_that_of_the_program() -> None:
    table = README.partition("| command | does |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)", table, re.M)
    assert sorted(rows) == sorted(COMMANDS)


def test_every_make_target_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.M))
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    named = {target for page in pages for target in re.findall(r"`make ([a-z-]+)", page.read_text("utf-8"))}
    assert named <= targets
    assert {"run", "test", "unit", "proofs", "check"} <= named
