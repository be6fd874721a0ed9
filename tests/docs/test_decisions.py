"""Decision records have one head, and their index knows each of them."""

from __future__ import annotations

import re

from bot.settings import ROOT

FOLDER = ROOT / "docs" / "decisions"
HEAD = re.compile(
    r"# (?P<number>\d{4})\. (?P<title>.+)\n\n- Date: \d{4}-\d\d-\d\d\n"
    r"- Status: (?:proposed|accepted|superseded by \d{4})(?:; .+)?\n\n## Context\n"
)
PARTS = (["Context", "Decision", "Consequences"], ["Context", "Decision", "Rejected", "Consequences"])


def test_every_record_has_the_head_and_its_parts() -> None:
    wrong = []
    for path in sorted(FOLDER.glob("[0-9]*.md")):
        text = path.read_text("utf-8")
        head = HEAD.match(text)
        parts = re.findall(r"^## (.+)$", text, re.M)
        if head is None or head["number"] != path.name[:4] or parts not in PARTS:
            wrong.append(path.name)
    assert not wrong, f"their head or their parts differ from docs/decisions/README.md: {wrong}"


def test_the_index_has_every_record_with_its_title() -> None:
    listed = re.findall(r"^\| \[\d{4}\]\((.+?)\) \| (.+) \|$", (FOLDER / "README.md").read_text("utf-8"), re.M)
    records = sorted(FOLDER.glob("[0-9]*.md"))
    titles = [(path.name, path.read_text("utf-8").splitlines()[0].split(". ", 1)[-1]) for path in records]
    assert listed == titles
