"""Renders answers: each compiled once for a channel, then called with its facts.

A text whose gaps are plain names is filled in without Jinja2, which would cost some microseconds more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment

from bot.answers import cards
from bot.answers.environment import environment
from bot.answers.source import NoAnswer, Source, variant

Facts = dict[str, Any]
Render = Callable[[Facts], str]

_GAP = re.compile(r"{{ *([a-z_]+) *}}")


@dataclass(frozen=True, slots=True)
class Compiled:
    """One answer in the words of one channel."""

    text: Render
    buttons: tuple[tuple[Render, Render], ...]  # title, payload
    image: str | None
    card: Callable[[Facts], dict[str, Any]] | None


class Answers:
    """What the hall says, by the name of the answer and the channel."""

    def __init__(self, source: Source, shared: Facts | None = None) -> None:
        """`shared` are values that every template may name."""
        self.source, self._shared = source, shared
        self._environments: dict[str, Environment] = {}
        self._compiled: dict[tuple[str, str], Compiled] = {}

    def __contains__(self, name: object) -> bool:
        return name in self.source.responses

    def text(self, name: str, channel: str, facts: Facts | None = None) -> str:
        """The text of an answer alone: what is pushed, and the titles of choices."""
        return self.compiled(name, channel).text(facts or {})

    def words(self, table: str) -> dict[str, str]:
        """A table of words, as the web says them."""
        return {key: word if isinstance(word, str) else word["text"] for key, word in self.source.words[table].items()}

    def formatted(self, name: str, value: Any) -> str:
        """A value as a filter says it on the web."""
        return str(self.environment("web").filters[name](value))

    def render_text(self, channel: str, name: str, /, **facts: Any) -> str:
        """The same, for an action, which has its channel once and its facts by name."""
        return self.compiled(name, channel).text(facts)

    def render(self, name: str, channel: str, facts: Facts) -> dict[str, Any]:
        """An answer as Rasa passes it on: `text`, `buttons`, `image` and, where it is drawn, `card`.

        Raises LookupError for an answer that does not exist, and for a fact that its template names and was not given;
        CardError for a card that is not of its kind.
        """
        found = self.compiled(name, channel)
        said: dict[str, Any] = {"text": found.text(facts)}
        if found.buttons:
            said["buttons"] = [{"title": title(facts), "payload": payload(facts)} for title, payload in found.buttons]
        if found.image:
            said["image"] = found.image
        if found.card and channel in cards.CHANNELS:
            said["card"] = found.card(facts)
        return said

    def compiled(self, name: str, channel: str) -> Compiled:
        """An answer for a channel. Raises LookupError, or TemplateSyntaxError for what is no template."""
        key = name, channel
        if key not in self._compiled:
            if name not in self.source.responses:
                raise NoAnswer(f"no answer {name} in bot/domain")
            said = variant(self.source.responses[name], channel)
            self._compiled[key] = _compile(said, self.environment(channel))
        return self._compiled[key]

    def environment(self, channel: str) -> Environment:
        """The environment of a channel."""
        if channel not in self._environments:
            self._environments[channel] = environment(self.source, channel, shared=self._shared)
        return self._environments[channel]


def _compile(said: Mapping[str, Any], env: Environment) -> Compiled:
    buttons = ((_render(b["title"], env), _render(b["payload"], env)) for b in said.get("buttons") or ())
    card = said.get("card")
    return Compiled(_render(said["text"], env), tuple(buttons), said.get("image"), _card(card, env) if card else None)


def _render(text: str, env: Environment) -> Render:
    text = text.rstrip("\n")
    between = _GAP.split(text)
    plain, names = between[::2], between[1::2]
    if any("{{" in part or "{%" in part or "{#" in part for part in plain):
        return _template(text, env)
    if not names:
        return lambda _: text
    if any(name in env.globals for name in names):
        return _template(text, env)
    return _filled(plain, names)


def _filled(between: Sequence[str], names: Sequence[str]) -> Render:
    """A text with plain names as gaps."""
    frame = "%s".join(part.replace("%", "%%") for part in between)

    def fill(facts: Facts) -> str:
        try:
            values = tuple([facts[name] for name in names])
        except KeyError as error:
            raise NoAnswer(f"no fact {error.args[0]}") from None
        if None in values:
            raise ValueError(f"a value of {', '.join(names)} is None")
        return frame % values

    return fill


def _template(text: str, env: Environment) -> Render:
    """A template, with one context for all its renderings: to make a new one takes longer than most answers.

    Rendering does not wait for anything, so no two are under way at once in the hall's one thread.
    """
    template = env.from_string(text)
    run, context, known = template.root_render_func, template.new_context(), dict(env.globals)

    def render(facts: Facts) -> str:
        context.parent, context.vars = {**known, **facts}, {}
        try:
            # the last line of a loop or a condition brings its line break
            return "".join(run(context)).rstrip("\n")
        finally:
            context.parent = known  # nothing of a customer stays

    return render


def _card(card: Mapping[str, str], env: Environment) -> Callable[[Facts], dict[str, Any]]:
    """`kind` is a name and `note` a text; the other fields are expressions of the answer's facts."""
    note = _render(card["note"], env) if "note" in card else None
    fields = {
        name: env.compile_expression(value, undefined_to_none=False)
        for name, value in card.items()
        if name not in cards.NO_EXPRESSION
    }

    def fill(facts: Facts) -> dict[str, Any]:
        values = {name: value(**facts) for name, value in fields.items()}
        return cards.plain(card["kind"], values | ({"note": note(facts)} if note else {}))

    return fill
