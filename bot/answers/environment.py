"""The Jinja2 environment in which everything is said, answers and pages alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined

from bot.answers.filters import filters
from bot.answers.source import Source


def environment(
    source: Source,
    channel: str = "",
    *,
    shared: Mapping[str, Any] | None = None,
    html: bool = False,
    loader: BaseLoader | None = None,
) -> Environment:
    """For one channel. `shared` are values that every template may name; `html` escapes what is put in.

    A name that is not known and a value of None are errors: a turn that fails is better than half a sentence.
    """
    made = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_present,
        autoescape=html,
        loader=loader,
    )
    made.filters.update(filters(_in_the_words_of(channel, source)))
    made.globals.update(shared or {})
    return made


def _present(value: Any) -> Any:
    if value is None:
        raise ValueError("a template says a value that is None")
    return value


def _in_the_words_of(channel: str, source: Source) -> dict[str, dict[str, str]]:
    return {
        table: {key: word if isinstance(word, str) else word.get(channel, word["text"]) for key, word in words.items()}
        for table, words in source.words.items()
    }
