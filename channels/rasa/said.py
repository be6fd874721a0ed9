"""What a customer said through a widget of Rasa's protocol, which tells a pressed button from a text by nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.answers.renderer import Answers
from bot.conversations.service import LogLine
from channels.rasa.words import services
from channels.web.frames import MAX_TEXT
from hall.text import readable

_HELLO = re.compile(r"/[A-Za-z_]+")


@dataclass(frozen=True, slots=True)
class Said:
    """A text, or a pressed button: then `payload` is the button's and `text` its title."""

    text: str
    payload: str | None = None

    @property
    def too_long(self) -> bool:
        """Whether it is longer than a message may be."""
        return len(self.text) > MAX_TEXT


class Offers:
    """The buttons that may be pressed: those of the first screen, and those that were shown, by their payload.

    A payload counts only while it is on offer: a typed `/topup_data` is a text or, alone, no wish at all.
    """

    def __init__(self, answers: Answers) -> None:
        self._titles = {one["payload"]: one["title"] for one in services(answers)}

    def add(self, line: LogLine) -> None:
        """The buttons of a line were shown."""
        self._titles |= {one["payload"]: one["title"] for one in line.buttons}

    def read(self, message: object) -> Said | None:
        """The message, or None for a page's own hello: none, or a command that nobody was offered."""
        if not isinstance(message, str) or not (text := readable(message).strip()):
            return None
        if (title := self._titles.get(text)) is not None:
            return Said(title, text)
        return None if _HELLO.fullmatch(text) else Said(text)
