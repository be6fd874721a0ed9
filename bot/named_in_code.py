"""Slots and answers that actions name: a misspelt one would only be noticed when a customer gets there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bot.dialogue.flow_file import Known
from hall.problems import Problem, meant

_ANSWER = re.compile(r"utter_[a-z0-9_]*[a-z0-9]")
_SET_SLOTS = {"proceed", "again", "end"}  # of actions/base.py; what they take by name are slots


def problems(folder: Path, known: Known) -> Iterator[Problem]:
    """What the Python files of a folder name and does not exist."""
    for path in sorted(folder.glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"), str(path))
        for line, answer in _answers(tree):
            if answer not in known.responses:
                yield Problem(path, line, f"there is no answer {answer}", meant(answer, known.responses))
        for line, slot in _slots(tree):
            if slot not in known.slots:
                hint = meant(slot, known.slots) or "a slot is collected in a flow, or listed there under slots:"
                yield Problem(path, line, f"there is no slot {slot}", hint)


def _answers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    pieces = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        whole = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in pieces
        if whole and _ANSWER.fullmatch(node.value):  # type: ignore[attr-defined]
            yield node.lineno, node.value  # type: ignore[attr-defined]


def _slots(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SET_SLOTS:
            yield from ((node.lineno, keyword.arg) for keyword in node.keywords if keyword.arg)
        elif isinstance(node, ast.Subscript) and _is_slots(node.value):
            yield from _constant(node.slice)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_slots(node.func.value):
            yield from _constant(node.args[0])  # of turn.slots.get(…)


def _is_slots(node: ast.expr) -> bool:
    """`turn.slots`, or a variable of that name."""
    return isinstance(node, ast.Attribute) and node.attr == "slots" and ast.unparse(node.value) == "turn"


def _constant(node: ast.expr) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
