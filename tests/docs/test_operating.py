"""docs/operating.md names metrics, log lines and reasons that the program has, and a backup that can be read."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

from bot.settings import ROOT

PAGE = (ROOT / "docs" / "operating.md").read_text("utf-8")
CODE = {
    path: path.read_text("utf-8")
    for package in ("actions", "bot", "channels", "hall", "yingting")
    for path in (ROOT / package).rglob("*.py")
}
METRIC = re.compile(r"(Counter|Histogram|Gauge)\(\s*\"(yingting_\w+)\"")


def test_the_page_has_every_metric_and_no_other() -> None:
    made = {
        name + ("_total" if kind == "Counter" else "") for text in CODE.values() for kind, name in METRIC.findall(text)
    }
    listed = set(re.findall(r"^\| `(yingting_\w+)` \|", PAGE, re.M))
    assert listed == made


def test_log_lines_and_reasons_of_the_runbook_are_in_the_program() -> None:
    runbook = PAGE.partition("## Runbook")[2]
    quoted = re.findall(r"(?:log lines?:? |`/healthz`: )((?:`[^`]+`(?:, )?)+)", runbook)
    phrases = [phrase for some in quoted for phrase in re.findall(r"`([^`]+)`", some)]
    assert len(phrases) >= 7
    everything = "\n".join(CODE.values())
    assert not [phrase for phrase in phrases if not _said(phrase, everything)]


def test_the_backup_of_a_running_sqlite_holds_what_was_committed(tmp_path: Path) -> None:
    script = re.search(r"python3 - <<'END'\n(.*?)^END$", PAGE, re.M | re.S)
    assert script is not None
    source, copy = tmp_path / "running.sqlite", tmp_path / "copy.sqlite"
    text = script[1].replace("/srv/yingting/yingting.sqlite", str(source)).replace("/backup/yingting.sqlite", str(copy))
    running = sqlite3.connect(source)
    running.execute("PRAGMA journal_mode=WAL")
    running.execute("CREATE TABLE kept (what TEXT)")
    running.execute("INSERT INTO kept VALUES ('in the write-ahead log')")
    running.commit()
    subprocess.run([sys.executable, "-c", text], check=True)
    running.close()
    assert sqlite3.connect(copy).execute("SELECT what FROM kept").fetchall() == [("in the write-ahead log",)]


def _said(phrase: str, code: str) -> bool:
    """Whether the phrase's fixed parts stand in the code; N, KIND, … and numbers stand for a value."""
    parts = re.split(r"\b(?:N|KIND|3)\b|…", phrase)
    return all(part.strip() in code for part in parts if len(part.strip()) > 3)
