"""Rasa's message processor with our runner, our actions and our manners.

Actions run in the process; one that raises fails the turn, which is then run again or answered
with an apology by bot/turns.py: nothing is swallowed, and no events are lost half-way.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rasa.engine.loader
from rasa.core.actions.action import Action as RasaAction
from rasa.core.actions.action import action_for_name_or_text, create_bot_utterance
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.common import TempDirectoryPath, get_temp_dir_name
from rasa_sdk import Action as SdkAction
from rasa_sdk import Tracker as SdkTracker
from rasa_sdk.executor import CollectingDispatcher

from bot.engine.runner import PlainGraphRunner


class Collector(OutputChannel):
    """Keeps what the bot said, in order; its name selects the responses' channel variants."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.said: list[BotUttered] = []

    def name(self) -> str:  # type: ignore[override]  # a class method in Rasa; there is one channel class here
        return self._channel


class InProcessAction(RasaAction):
    """A custom action, called as a function: no HTTP, no schema check of what we wrote ourselves."""

    def __init__(self, action: SdkAction) -> None:
        self._action = action

    def name(self) -> str:
        return str(self._action.name())

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        dispatcher = CollectingDispatcher()
        view = SdkTracker(
            tracker.sender_id, tracker.current_slot_values(), {}, [], False, None, {}, tracker.latest_action_name
        )
        events = await self._action.run(dispatcher, view, {"responses": domain.responses})
        said = [await _utter(message, output_channel, nlg, tracker) for message in dispatcher.messages]
        return [*said, *(SlotSet(event["name"], event["value"]) for event in events)]


async def _utter(
    message: dict[str, Any], channel: OutputChannel, nlg: NaturalLanguageGenerator, tracker: DialogueStateTracker
) -> BotUttered:
    """As `RemoteAction._utter_responses` does it, but a response that does not exist is an error."""
    facts = {key: value for key, value in message.items() if key != "response"}
    draft = await nlg.generate(message["response"], tracker, channel.name(), **facts)
    if draft is None:
        raise KeyError(f"no response {message['response']} in bot/domain")
    draft["buttons"] = [*(draft.get("buttons") or ()), *(message.get("buttons") or ())]
    draft["utter_action"] = message["response"]
    if message.get("image"):
        draft["image"] = message["image"]
    utterance: BotUttered = create_bot_utterance(draft)
    return utterance


class HallProcessor(MessageProcessor):
    """One turn: understand, predict, act, until the bot listens."""

    def __init__(self, model_path: Path, actions: Mapping[str, SdkAction], **parts: Any) -> None:
        super().__init__(model_path, **parts)
        known = {name: InProcessAction(action) for name, action in actions.items()}
        if missing := [n for n in self.domain.user_actions if n.startswith("action_") and n not in known]:
            raise LookupError(f"the domain names actions that do not exist: {', '.join(missing)}")
        self._actions: dict[str, RasaAction] = {
            name: known.get(name) or action_for_name_or_text(name, self.domain, None)
            for name in self.domain.action_names_or_texts
        }

    @staticmethod
    def _load_model(model_path: str | Path) -> tuple[str, Any, Any]:
        with TempDirectoryPath(get_temp_dir_name()) as folder:
            metadata, runner = rasa.engine.loader.load_predict_graph_runner(
                Path(folder), Path(model_path), LocalModelStorage, PlainGraphRunner
            )
        return Path(model_path).name, metadata, runner

    def _get_action(self, action_name: str) -> RasaAction | None:
        return self._actions.get(action_name)

    def predict_next_with_tracker_if_should(self, tracker: DialogueStateTracker) -> tuple[RasaAction, PolicyPrediction]:
        prediction = self._predict_next_with_tracker(tracker)
        name = self.domain.action_names_or_texts[prediction.max_confidence_index]
        return self._actions[name], prediction

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        return tracker  # all slots are `custom`: flows and actions set them

    async def run_anonymization_pipeline(self, tracker: DialogueStateTracker) -> None:
        return None  # what is stored is masked where it is stored

    async def _run_action(
        self,
        action: RasaAction,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        tracker.update_with_events(prediction.events, self.domain)
        events = await action.run(output_channel, nlg, tracker, self.domain)
        tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(events, self.domain)
        if isinstance(output_channel, Collector):
            output_channel.said += [event for event in events if isinstance(event, BotUttered)]
        return bool(self.should_predict_another_action(action.name()))
