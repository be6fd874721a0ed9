"""The profile's stages name code that exists: a moved file must not turn its stage into "the rest"."""

from __future__ import annotations

import ast

import pytest

from benchmarks.profile import ORDER, ROOT, RULES

OURS = [(path.strip("/"), function) for path, function, _ in RULES if not path.startswith(("/rasa/", "/sanic/"))]


@pytest.mark.parametrize(("path", "function"), OURS)
def test_every_rule_for_our_code_finds_it(path: str, function: str) -> None:
    assert (ROOT / path).exists()
    if function:
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        defined = {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))}
        assert function in defined


def test_every_stage_is_shown() -> None:
    assert {stage for _, _, stage in RULES} <= set(ORDER)
