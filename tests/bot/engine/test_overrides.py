"""What we replace in Rasa still is what we replaced: each test fails when that part of Rasa changes."""

from __future__ import annotations

import hashlib
import importlib.metadata
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import UserMessage
from rasa.core.nlg import NaturalLanguageGenerator, interpolator
from rasa.core.policies.policy import Policy
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import TrackerStore
from rasa.engine.graph import GraphNode
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.policy import FlowPolicy
from bot.engine.engine import Engine
from bot.engine.nlg import AnswerGenerator
from bot.engine.processor import HallProcessor
from bot.engine.runner import PlainGraphRunner
from bot.engine.tracker import TurnTrackerStore

SEEN = {  # what each replaced piece looked like when it was replaced (Rasa 3.6.21)
    (MessageProcessor, "_load_model"): "17f24faf9681",
    (MessageProcessor, "_run_action"): "6d383d0179ef",
    (MessageProcessor, "handle_message"): "0c41d4780d2d",
    (MessageProcessor, "predict_next_with_tracker_if_should"): "7ef2b933ac1e",
    (MessageProcessor, "run_action_extract_slots"): "ff52049be97d",
    (MessageProcessor, "run_anonymization_pipeline"): "1a0953a2cbf3",
    (MessageProcessor, "_update_tracker_session"): "b0d44217b5ca",
    (RemoteAction, "_utter_responses"): "7a3bd35c9790",
    (TrackerStore, "get_or_create_tracker"): "0b08ab42bd97",
    (DaskGraphRunner, "run"): "45f0f52f574f",
    (GraphNode, "__call__"): "66127a2bfb6f",
    (MessageProcessor, "parse_message"): "b98d8e49b9f2",
    (MessageProcessor, "_handle_message_with_tracker"): "f42e1ae30393",
    (MessageProcessor, "_run_prediction_loop"): "cb30a0cbb690",
    (DialogueStateTracker, "__init__"): "8f39eb22462a",
    (DialogueStateTracker, "update"): "b55e6b1c724f",
    (interpolator, "interpolate_text"): "103660b426d1",
}


def digest(owner: Any, name: str) -> str:
    return hashlib.sha256(inspect.getsource(getattr(owner, name)).encode()).hexdigest()[:12]


def test_rasa_is_the_version_that_was_read() -> None:
    assert importlib.metadata.version("rasa") == "3.6.21"


@pytest.mark.parametrize(("owner", "name"), list(SEEN), ids=lambda part: getattr(part, "__name__", part))
def test_a_replaced_piece_of_rasa_is_unchanged(owner: Any, name: str) -> None:
    assert digest(owner, name) == SEEN[owner, name]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (HallProcessor, MessageProcessor),
        (TurnTrackerStore, TrackerStore),
        (PlainGraphRunner, DaskGraphRunner),
        (AnswerGenerator, NaturalLanguageGenerator),
    ],
)
def test_what_overrides_has_the_parameters_of_what_it_overrides(ours: type, theirs: type) -> None:
    for name in vars(ours):
        if name.startswith("__") or not callable(getattr(theirs, name, None)):
            continue
        wanted = list(inspect.signature(getattr(theirs, name)).parameters)
        assert list(inspect.signature(getattr(ours, name)).parameters) == wanted, name


def test_the_policy_still_gets_what_it_needs() -> None:
    assert list(inspect.signature(Policy._prediction).parameters)[:3] == ["self", "probabilities", "events"]
    assert "action_metadata" in inspect.signature(Policy._prediction).parameters
    assert FlowPolicy.get_default_config()["priority"] > 0


def test_the_plain_runner_gives_what_dasks_gives(engine: Engine, tmp_path: Path) -> None:
    results = []
    for number, runner in enumerate((DaskGraphRunner, PlainGraphRunner)):
        folder = tmp_path / str(number)
        folder.mkdir()
        metadata, graph = load_predict_graph_runner(folder, engine.model_path, LocalModelStorage, runner)
        inputs = {
            "__message__": [UserMessage("帮我查一下上个月的账单")],
            "__tracker__": DialogueStateTracker.from_events("x", []),
        }
        parsed = graph.run(inputs=inputs, targets=[metadata.nlu_target])[metadata.nlu_target][0]
        results.append(parsed.as_dict(only_output_properties=True))
    assert results[0] == results[1]


@pytest.mark.process
def test_nothing_of_tensorflow_is_installed_or_loaded() -> None:
    program = (
        "from bot.engine.import_stubs import install; install()\n"
        "import importlib.metadata, sys, bot.engine.engine\n"
        "assert not any('tensorflow' in d.metadata['Name'].lower() for d in importlib.metadata.distributions())\n"
        "assert sys.modules['tensorflow'].__version__ == '0'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120, cwd=Path(__file__).parents[3])


def test_a_stand_in_that_is_really_used_fails() -> None:
    import tensorflow

    class Layer(tensorflow.keras.layers.Layer):  # type: ignore[name-defined,misc]
        pass

    with pytest.raises(RuntimeError, match="not part of the installation"):
        Layer()
