"""The thin skin that makes the interpreter a Rasa policy.

The dialogue's state travels in the metadata of `ActionExecuted`; the slots that a prediction
changes are its events. Predictions are certain: flows decide, nothing is guessed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from rasa.core.featurizers.tracker_featurizers import TrackerFeaturizer
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue import flow_file, registry
from bot.dialogue.fallback import Thresholds
from bot.dialogue.flow import parsed
from bot.dialogue.flow_file import Known
from bot.dialogue.interpreter import LISTEN, Interpreter
from bot.dialogue.patterns import Patterns
from bot.dialogue.questions import Likeness
from bot.dialogue.state import ParsedMessage, SlotView, State
from hall.problems import Mistakes

STATE = "dialogue"  # the key in the metadata of ActionExecuted


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class FlowPolicy(Policy):
    """Runs the flows of `data/flows`; checks them against the domain when the model is trained."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "priority": 6,
            "flows": "data/flows",
            "sure": 0.5,
            "strong": 0.9,
            "chance": 0.08,
            "close": 0.2,
            "within": 0.25,
            "exact_yes": [
                "确认",
                "是",
                "是的",
                "对",
                "对的",
                "好",
                "好的",
                "可以",
                "同意",
                "确定",
                "y",
                "Y",
                "yes",
                "ok",
                "OK",
            ],
        }

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Flow files are training data too: a change of one must not be served from Rasa's cache."""
        digest = hashlib.sha256()
        folder = Path(config.get("flows", cls.get_default_config()["flows"]))
        for path in sorted(folder.glob("*.yml")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: TrackerFeaturizer | None = None,
        raw_flows: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context, featurizer)
        self._raw = raw_flows or {}
        self.flows = parsed(self._raw)
        self._minds: dict[int, tuple[Interpreter, Patterns]] = {}
        self._likeness: Likeness | None = None

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Reads the flows and checks them against the domain. Raises Mistakes naming file and line of each."""
        files = flow_file.read(Path(self.config["flows"]))
        files.check()
        self._raw = registry.with_elsewhere(files.raw(), registry.intents())
        names = ({*domain.user_actions}, domain.responses, {slot.name for slot in domain.slots})
        known = Known(*map(frozenset, (*names, domain.intents, domain.entities, registry.topics())))
        if problems := [*flow_file.problems(files, parsed(self._raw), known)]:
            raise Mistakes(problems)
        with self._model_storage.write_to(self._resource) as directory:
            text = json.dumps(self._raw, ensure_ascii=False, indent=1)
            (directory / "flows.json").write_text(text, encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FlowPolicy:
        with model_storage.read_from(resource) as directory:
            raw = json.loads((directory / "flows.json").read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, execution_context, raw_flows=raw)

    def know(self, likeness: Likeness) -> None:
        """From now on questions are known by what they are like. To be told before the first message."""
        self._likeness = likeness

    def mind(self, domain: Domain) -> tuple[Interpreter, Patterns]:
        """The interpreter and its patterns for a domain."""
        if id(domain) not in self._minds:
            interpreter = Interpreter(self.flows, set(domain.user_actions) | set(domain.responses))
            limits = Thresholds(**{name: self.config[name] for name in Thresholds.__annotations__})
            patterns = Patterns(interpreter, limits, frozenset(self.config["exact_yes"]))
            if self._likeness is not None:
                patterns.know(self._likeness)
            self._minds[id(domain)] = interpreter, patterns
        return self._minds[id(domain)]

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        state = State.load(last_state(tracker))
        action, events = self.decide(state, tracker, domain)
        probabilities = self._default_predictions(domain)
        probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities, events=events, action_metadata={STATE: state.dump()})

    def decide(self, state: State, tracker: DialogueStateTracker, domain: Domain) -> tuple[str, list[Event]]:
        """The next action and the slots that are set before it; the state is changed in place."""
        interpreter, hearing = self.mind(domain)
        view = SlotView(tracker.current_slot_values())
        if tracker.latest_action_name in (None, LISTEN) and tracker.latest_message is not None:
            hearing.hear(state, heard_from(tracker), view)
        action = interpreter.decide(state, view)
        return action, [SlotSet(slot, value) for slot, value in view.changes.items()]


def last_state(tracker: DialogueStateTracker) -> dict[str, Any] | None:
    """The dialogue's state as the last action left it."""
    for event in reversed(tracker.events):
        if isinstance(event, ActionExecuted):
            state: dict[str, Any] | None = (event.metadata or {}).get(STATE)
            return state
    return None


def heard_from(tracker: DialogueStateTracker) -> ParsedMessage:
    """What the last message of a tracker meant."""
    message = tracker.latest_message
    return understood((message.parse_data if message else None) or {})


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text but for these spans, which may overlap."""
    pieces, last = list[str](), 0
    for start, end in sorted(spans):
        pieces.append(text[last:start])
        last = max(last, end)
    return "".join(pieces) + text[last:]


def understood(data: dict[str, Any]) -> ParsedMessage:
    """What parse data means to the dialogue."""
    text = str(data.get("text") or "")
    intent = data.get("intent") or {}
    entities = data.get("entities") or []
    spans = [(e["start"], e["end"]) for e in entities if e.get("start") is not None and e.get("end") is not None]
    rest = _without(text, spans)
    return ParsedMessage(
        text=text,
        intent=str(intent.get("name") or ""),
        confidence=float(intent.get("confidence") or 0.0),
        ranking=tuple((r["name"], float(r["confidence"])) for r in data.get("intent_ranking") or ()),
        entities=tuple((e["entity"], e["value"]) for e in entities),
        rest=rest,
        fills=dict(data.get("fills") or {}),
        chosen=bool(data.get("chosen")),
        command=str(data.get("command") or ""),
        leaves=str(data.get("leaves") or ""),
        event=dict(data.get("event") or {}),
        cues=frozenset(data.get("cues") or ()),
        act=str(data.get("act") or ""),
        does=frozenset(data.get("does") or ()),
        topics=tuple(data.get("topics") or ()),
        ruled_out=tuple(data.get("ruled_out") or ()),
        refused=tuple(data.get("refused") or ()),
        happened=bool(data.get("happened")),
        reopens=tuple(data.get("reopens") or ()),
        pick=str(data.get("pick") or ""),
        parts=tuple(map(understood, data.get("wishes") or ())),
    )
