"""The base class of our pipeline components."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

from bot.nlu import encoder
from hall.operator_files import DEMONSTRATION, PLANS, SERVICES

PACKAGE = Path(__file__).parent
DATA = PACKAGE.parent.parent / "data" / "nlu"


class NluComponent(GraphComponent):
    """A component whose code and word lists count as training data.

    Rasa keeps what it trained and serves it again while configuration and data are the same; it
    does not look at programs. With this it learns anew when one of this room changes, and only then.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NluComponent:
        """Nothing to configure."""
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return _fingerprint()


@functools.lru_cache(maxsize=1)
def _fingerprint() -> str:
    digest = hashlib.sha256()
    names = (DEMONSTRATION / PLANS, DEMONSTRATION / SERVICES)
    cards = encoder.FOLDER.glob(encoder.CARD)  # none where there is no encoder
    for path in sorted([*PACKAGE.glob("*.py"), *DATA.rglob("*.tsv"), *(DATA / "dictionary").iterdir(), *names, *cards]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
