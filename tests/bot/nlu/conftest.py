"""Understanding, trained once for all tests of this room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.engine import stand_ins

stand_ins.install()

from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: E402
from rasa.engine.storage.resource import Resource  # noqa: E402
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer  # noqa: E402
from rasa.shared.importers.utils import training_data_from_paths  # noqa: E402
from rasa.shared.nlu.training_data.message import Message  # noqa: E402

from bot.nlu.classify import Classify  # noqa: E402
from bot.nlu.commands import Commands  # noqa: E402
from bot.nlu.entities import Entities  # noqa: E402
from bot.nlu.normalise import Normalise, Restore  # noqa: E402
from bot.nlu.vocabulary import FOLDER  # noqa: E402
from hall import clock  # noqa: E402

Parse = Callable[[str], dict[str, Any]]
TODAY = datetime(2026, 11, 22, 10, 0)


@pytest.fixture(autouse=True)
def _november() -> Any:
    """It is November 2026, to which months are relative."""
    before = clock.current()
    clock.use(clock.Clock(TODAY))
    yield
    clock.use(before)


@pytest.fixture(scope="session")
def parse(tmp_path_factory: pytest.TempPathFactory) -> Parse:
    """The pipeline of config.yml without Rasa's graph: text → what `parse_message` gives."""
    storage = LocalModelStorage(tmp_path_factory.mktemp("model"))
    resource = Resource("classify")
    paths = sorted(str(path) for path in Path(FOLDER).glob("*.yml"))
    tokenizer = JiebaTokenizer.create(
        {**JiebaTokenizer.get_default_config(), "dictionary_path": str(FOLDER / "dictionary")},
        storage,
        Resource("jieba"),
        None,  # type: ignore[arg-type]
    )
    examples = Normalise().process_training_data(training_data_from_paths(paths, language="zh"))
    Classify(storage, resource).train(examples)
    classifier = Classify.load({}, storage, resource, None)  # type: ignore[arg-type]
    components = [Normalise(), tokenizer, Entities(), classifier, Commands(), Restore()]

    def run(text: str) -> dict[str, Any]:
        messages = [Message(data={"text": text})]
        for component in components:
            messages = component.process(messages)
        return dict(messages[0].as_dict(only_output_properties=True))

    return run
