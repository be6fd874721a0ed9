"""Rasa's response generator, replaced by one that renders the answers of bot/domain."""

from __future__ import annotations

from typing import Any

from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.trackers import DialogueStateTracker

from bot.answers import Answers


class AnswerGenerator(NaturalLanguageGenerator):
    """Takes facts from the action, and missing ones from the slots."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any]:
        """The answer in the channel's words. Raises LookupError when there is none of that name."""
        return self._answers.render(utter_action, output_channel, {**tracker.current_slot_values(), **kwargs})
