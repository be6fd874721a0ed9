"""Reviewed sentences as files: a table for a spreadsheet, and training data for the next model.

An operator's sentences are the operator's: they lie in the data directory, beside the database, not
in the repository. `yingting train` writes them there; whoever loads a model takes the file along.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hall import review
from hall.context import Hall
from hall.errors import HallError
from hall.privacy import ID_MARK, MARK, for_review
from hall.private_files import write_private
from hall.review import Review, Verdict
from hall.text import readable

FILE = "reviewed.yml"
COLUMNS = ("id", "text", "reason", "task", "understood", "confidence", "chosen", "intent")
DROP = "-"  # in the column `intent`: leave the message out of the training
MOST = 10_000  # messages of each state in an export
REVIEWER = "file"  # reviewer recorded for verdicts of a file
# a cell that begins so is a formula in a spreadsheet, or swallows the cells after it
_SPREADSHEET = ("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠", "|", "%", '"', "'")
_MASKED = re.compile(r"(1\d{2})\*{4}(\d{4})")


class BadFile(HallError):
    """A file with mistakes, each named with its line. Nothing was changed."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass
class Lines:
    """The content of a file: verdicts on messages in review, and the operator's own sentences."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)


def reviewed_file(data_dir: Path) -> Path:
    """Where the reviewed sentences of an operator are."""
    return data_dir / FILE


async def export(hall: Hall, path: Path) -> int:
    """Write every message in review as a table (tabs, UTF-8); returns how many lines.

    The column `intent` is to be filled in: the intent, or `-` to leave the message out.
    """
    rows = [one for state in (review.OPEN, review.DECIDED, review.DROPPED) for one in await _all(hall, state)]
    table = ["\t".join(cells) for cells in (COLUMNS, *map(_line, rows))]
    write_private(path, ("\n".join(table) + "\n").encode("utf-8-sig"))
    return len(rows)


async def _all(hall: Hall, state: str) -> list[Review]:
    return await review.listed(hall, state, limit=MOST)


def _line(one: Review) -> list[str]:
    verdict = DROP if one.state == review.DROPPED else one.verdict or ""
    text = re.sub(r"\s+", " ", readable(one.text)).strip()
    text = f"'{text}" if text.startswith(_SPREADSHEET) else text
    return [one.id, text, one.reason, one.task, one.intent, f"{one.confidence:.2f}", one.chosen or "", verdict]


async def take_in(hall: Hall, path: Path, intents: Collection[str]) -> int:
    """Import a table: verdicts by `id`, and the operator's own sentences, which have none.

    Returns how many messages changed. Raises BadFile naming every bad line; then nothing was changed.
    """
    lines = read(path, intents, await review.known(hall))
    return await review.import_verdicts(hall, list(lines.verdicts.values()), list(lines.own.items()), REVIEWER)


def read(path: Path, intents: Collection[str], known: Collection[str]) -> Lines:
    """The filled-in lines of a table. Raises BadFile."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile([f"{path.name} is not UTF-8 (byte {error.start})"]) from error
    rows = [row.rstrip("\r") for row in text.split("\n")]
    head = [name.strip() for name in rows[0].split("\t")]
    if missing := [name for name in ("text", "intent") if name not in head]:
        raise BadFile([f"line 1: no column {' and no column '.join(missing)}; columns are parted by tabs"])
    lines, problems = Lines(), list[str]()
    for number, row in enumerate(rows[1:], start=2):
        cells = [cell.strip() for cell in row.split("\t")]
        if not any(cells):
            continue
        if len(cells) > len(head):
            problems.append(f"line {number}: {len(cells)} cells instead of {len(head)}")
        elif problem := _take_line(lines, dict(zip(head, cells, strict=False)), intents, known):
            problems.append(f"line {number}: {problem}")
    if problems:
        raise BadFile(problems)
    return lines


def _take_line(lines: Lines, row: dict[str, str], intents: Collection[str], known: Collection[str]) -> str:
    """Add a line. Returns what is wrong with it, or ""."""
    key, intent = row.get("id", ""), row.get("intent", "")
    text = for_review(readable(row.get("text", "").removeprefix("'")))
    if intent not in ("", DROP) and intent not in intents:
        return f"there is no intent {intent!r}"
    if key and key not in known:
        return f"there is no message {key!r} in review"
    if not intent:
        return "" if key else "a sentence without an intent"
    if key:
        verdict = Verdict(key, None if intent == DROP else intent)
        return _once(lines.verdicts, key, verdict, "this message")
    if intent == DROP or not text:
        return "a sentence of one's own needs a text and an intent"
    if len(text) > review.MAX_TEXT_LENGTH:
        return f"the text has more than {review.MAX_TEXT_LENGTH} characters"
    return _once(lines.own, text, intent, "this sentence")


def _once(found: dict[str, object] | dict[str, Verdict] | dict[str, str], key: str, value: object, what: str) -> str:
    if found.setdefault(key, value) != value:  # type: ignore[arg-type]
        return f"{what} stands in the file with another intent, too"
    return ""


def write_training_data(path: Path, sentences: Sequence[tuple[str, str]], say: Callable[[str], None] = print) -> bool:
    """Write (text, intent) pairs as Rasa's training data, atomically. Returns whether the file changed.

    What is written is read back first, by the reader that trains. A sentence that does not come back as it was is left
    out and named: it would stop every training, and so every start.
    """
    pairs = sorted({(intent, example) for text, intent in sentences if (example := as_example(text))})
    if pairs and not _comes_back(pairs):
        for intent, example in [pair for pair in pairs if not _comes_back([pair])]:
            pairs.remove((intent, example))
            say(f"left out, the training cannot read it: {example!a} ({intent})")
    whole = _as_training_data(pairs)
    before = path.read_text("utf-8") if path.exists() else ""
    if whole == before:
        return False
    if not whole:
        path.unlink()
        return True
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".", delete=False) as file:
        file.write(whole)
    os.replace(file.name, path)
    return True


def _comes_back(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether Rasa reads the very sentences, each with its intent."""
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

    try:
        read = RasaYAMLReader().reads(_as_training_data(pairs))
    except Exception:  # whatever its parser says, it does not read them
        return False
    return {(one.get("intent"), one.get("text")) for one in read.training_examples} == set(pairs)


def _as_training_data(pairs: Sequence[tuple[str, str]]) -> str:
    by_intent: dict[str, list[str]] = {}
    for intent, example in pairs:
        by_intent.setdefault(intent, []).append(example)
    lines = [
        'version: "3.1"',
        "",
        "# Written by `yingting train` from what was reviewed; changes here are lost.",
        "nlu:",
    ]
    for intent in sorted(by_intent):
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - {text}" for text in by_intent[intent])]
    return "\n".join(lines) + "\n" if by_intent else ""


def as_example(text: str) -> str:
    """A masked text as a training sentence: a number for each masked number, no markup of Rasa's."""
    text = _MASKED.sub(r"\g<1>0013\2", readable(text).replace(ID_MARK, "").replace(MARK, ""))
    return re.sub(r"[\s\[\]{}]+", " ", text).strip().lstrip("/- ")
