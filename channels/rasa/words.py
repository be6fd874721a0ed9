"""What the hall says, in the words of Rasa's protocol: `bot_uttered` of Socket.IO, and the list of the REST webhook."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urljoin

from bot.answers.renderer import Answers
from bot.conversations.service import LogLine

FIRST, SERVICES = "utter_greet", "services"  # of bot/domain: what greets who comes
_MASK = re.compile(r"\*{2,}")


def for_markdown(text: str) -> str:
    """A text that these widgets, which read it as Markdown, show as it is: masks stay masks, lines stay lines."""
    masked = _MASK.sub(lambda found: "•" * len(found[0]), text)
    return masked.replace("\n", "  \n")


def greeting(answers: Answers) -> LogLine:
    """What answers a page that says hello, as its `initPayload` does: no customer wrote that, so it is not logged."""
    now = datetime.now(timezone.utc)
    return LogLine(0, "bot", answers.text(FIRST, "web"), services(answers), None, None, now)


def services(answers: Answers) -> tuple[dict[str, str], ...]:
    """The buttons of the first screen."""
    return tuple({"title": title, "payload": f"/{intent}"} for intent, title in answers.words(SERVICES).items())


def uttered(line: LogLine, public_url: str) -> list[dict[str, Any]]:
    """A line of the log as messages of `bot_uttered`."""
    said: dict[str, Any] = {"text": for_markdown(line.text)}
    if line.buttons:
        said["quick_replies"] = [{"content_type": "text", **button} for button in line.buttons]
    if not line.image:
        return [said]
    source = {"src": urljoin(public_url, line.image), "title": ""}
    return [said, {"attachment": {"type": "image", "payload": source}}]


def webhook(line: LogLine, recipient: str, public_url: str) -> dict[str, Any]:
    """The same as one message of the REST webhook."""
    said: dict[str, Any] = {"recipient_id": recipient, "text": for_markdown(line.text), "seq": line.seq}
    if line.buttons:
        said["buttons"] = list(line.buttons)
    if line.image:
        said["image"] = urljoin(public_url, line.image)
    return said
