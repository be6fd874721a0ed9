"""Rasa's message processor with our graph runner and our actions.

Actions run in the process; one that raises fails the turn, which is then run again or answered
with an apology by bot/conversations/service.py: nothing is swallowed, and no events are lost half-way.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rasa.engine.loader
from rasa.core.actions.action import Action as RasaAction
from rasa.core.actions.action import action_for_name_or_text, create_bot_utterance
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import Policy
from rasa.core.processor import MessageProcessor
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.common import TempDirectoryPath, get_temp_dir_name
from rasa_sdk import Action as SdkAction
from rasa_sdk import Tracker as SdkTracker
from rasa_sdk.executor import CollectingDispatcher

from bot.answers.source import NoAnswer
from bot.dialogue.interpreter import LISTEN
from bot.dialogue.policy import STATE, FlowPolicy, last_state
from bot.dialogue.state import State
from bot.engine.runner import PlainGraphRunner
from bot.engine.tracker import TRACKER
from bot.nlu.classify import Classify


class Collector(OutputChannel):
    """Collects the replies of a turn, in order; its name selects the answers' channel variants."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.said: list[BotUttered] = []

    def name(self) -> str:  # type: ignore[override]  # a class method in Rasa; there is one channel class here
        return self._channel


class InProcessAction(RasaAction):
    """A custom action, called as a function: no HTTP, no schema check of our own code."""

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
        changed = (event for event in events if view.slots.get(event["name"]) != event["value"])
        return [*said, *(SlotSet(event["name"], event["value"]) for event in changed)]


async def _utter(
    message: dict[str, Any], channel: OutputChannel, nlg: NaturalLanguageGenerator, tracker: DialogueStateTracker
) -> BotUttered:
    """Like `RemoteAction._utter_responses`, but an unknown response is an error."""
    facts = {key: value for key, value in message.items() if key != "response"}
    draft = await nlg.generate(message["response"], tracker, channel.name(), **facts)
    if draft is None:
        raise NoAnswer(f"no response {message['response']} in bot/domain")
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
        self._policy = self._only_policy()
        self._policy_name = type(self._policy).__name__
        self._nobody = DialogueStateTracker("", ())  # understanding does not depend on the tracker
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

    def _only_policy(self) -> FlowPolicy:
        nodes = self.graph_runner._instantiated_nodes.values()
        policies = [node._component for node in nodes if isinstance(node._component, Policy)]
        if len(policies) != 1 or not isinstance(policies[0], FlowPolicy):
            raise LookupError("the model must have one policy, the one that runs flows")
        return policies[0]

    def understanding(self) -> Classify:
        """The component that tells what a message means."""
        nodes = self.graph_runner._instantiated_nodes.values()
        return next(node._component for node in nodes if isinstance(node._component, Classify))

    @property
    def policy(self) -> FlowPolicy:
        """The policy that runs the flows."""
        return self._policy

    def _get_action(self, action_name: str) -> RasaAction | None:
        return self._actions.get(action_name)

    async def parse_message(
        self, message: UserMessage, tracker: DialogueStateTracker | None = None, only_output_properties: bool = True
    ) -> dict[str, Any]:
        """Like Rasa's, without copies for its debug log and without the check for unknown intents."""
        parsed: dict[str, Any] = self._parse_message_with_graph(
            message, tracker or self._nobody, only_output_properties
        )
        return parsed

    async def handle_message(self, message: UserMessage) -> State:
        """One turn on the tracker that `TRACKER` holds: what Rasa's loop does with one policy, a flow policy.

        Returns the dialogue's state after it.

        The dialogue's state stays an object from one prediction to the next; the last action, listening,
        carries it in its metadata as in Rasa. `message` comes with its understanding and a `Collector`.
        """
        tracker, parse, out = TRACKER.get(), message.parse_data, message.output_channel
        if parse is None or not isinstance(out, Collector):
            raise TypeError("a turn needs a message that is understood and a collector")
        state = State.load(last_state(tracker))
        uttered = UserUttered(
            message.text,
            parse["intent"],
            parse["entities"],
            parse,
            input_channel=message.input_channel,
            message_id=message.message_id,
            metadata=message.metadata,
        )
        tracker.update(uttered, self.domain)
        name = ""
        while name != LISTEN:
            name, changes = self._policy.decide(state, tracker, self.domain)
            for event in changes:
                tracker.update(event, self.domain)
            await self._act(name, tracker, out, {STATE: state.dump()} if name == LISTEN else None)
        return state

    async def _act(
        self, name: str, tracker: DialogueStateTracker, out: Collector, metadata: dict[str, Any] | None
    ) -> None:
        events = await self._actions[name].run(out, self.nlg, tracker, self.domain)
        tracker.update(ActionExecuted(name, self._policy_name, 1.0, metadata=metadata))
        for event in events:
            tracker.update(event, self.domain)
            if event.type_name == BotUttered.type_name:
                out.said.append(event)
