"""Rasa's responses without its regular expressions and dice at every turn: the same texts."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.nlg.interpolator import interpolate_text

_GAP = re.compile(r"{([^\n{}]+?)}")


class Responses(TemplatedNaturalLanguageGenerator):
    """Renders the responses of the domain; which variants fit a channel is found once."""

    def __init__(self, responses: dict[str, list[dict[str, Any]]]) -> None:
        super().__init__(responses)
        self._only: dict[tuple[str, str], dict[str, Any] | None] = {}

    def generate_from_slots(
        self, utter_action: str, filled_slots: dict[str, Any], output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The response with its gaps filled; None when there is no such response."""
        only = self._the_only(utter_action, output_channel)
        if only is None:
            found: dict[str, Any] | None = super().generate_from_slots(
                utter_action, filled_slots, output_channel, **kwargs
            )
            return found
        values = {**filled_slots, **kwargs}
        return {key: _filled(value, values) if key in _TEXTS else value for key, value in only.items()}

    def _the_only(self, name: str, channel: str) -> dict[str, Any] | None:
        """The variant that is said on a channel, where there is no choice; else Rasa chooses."""
        key = (name, channel)
        if key not in self._only:
            variants = self.responses.get(name) or []
            own = [v for v in variants if v.get("channel") == channel] or [v for v in variants if not v.get("channel")]
            fixed = len(own) == 1 and not any(v.get("condition") for v in variants)
            self._only[key] = own[0] if fixed else None
        return self._only[key]


_TEXTS = ("text", "image", "custom", "buttons", "attachment", "quick_replies")


def _filled(value: Any, values: dict[str, Any]) -> Any:
    """`value` with the gaps of every text in it filled; always a copy.

    Raises KeyError for a gap that nothing fills: a turn that fails is better than braces on a customer's screen.
    """
    if isinstance(value, str):
        template, simple = _template(value)
        if not simple:
            return interpolate_text(value, values)
        return template.format(values)
    if isinstance(value, dict):
        return {key: _filled(inner, values) for key, inner in value.items()}
    return [_filled(inner, values) for inner in value] if isinstance(value, list) else value


@lru_cache(maxsize=4096)
def _template(text: str) -> tuple[str, bool]:
    """A text as a format of its values, and whether it has no braces but its gaps."""
    return _GAP.sub(r"{0[\1]}", text), "{" not in _GAP.sub("", text) and "}" not in _GAP.sub("", text)
