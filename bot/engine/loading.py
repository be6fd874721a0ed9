"""Loading a model that serves: the newest that works, and never a hall that does not start for want of it.

What an operator's reviewers taught may be what training or loading stumbles over. Then the hall starts with the model
without it, or with the one that was used last, and says so.
"""

from __future__ import annotations

import ctypes
import gc
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.engine.engine import Engine
from bot.engine.training import ensure_model_apart, kept_models
from hall.error_location import location_of
from hall.operator import Operator
from hall.problems import Mistakes

log = logging.getLogger(__name__)


def load_engine(reviewed: Path, operator: Operator | None = None) -> Engine:
    """The engine with the model for the present training data, or the next best.

    Raises Mistakes when the files of the house are wrong, and the first fault when no model at all can be loaded.
    """
    first: Exception | None = None
    for what, model in _models(reviewed):
        try:
            engine = Engine(model(), operator)
        except Mistakes:
            raise
        except Exception as error:  # whatever is wrong with this model, another may do
            log.error("model %s: %s; the hall tries another one", what, location_of(error))
            first = first or error
        else:
            if first is not None:
                log.warning("the hall serves with the model %s: what was reviewed since is not in it", what)
            settle()
            return engine
    assert first is not None  # there is always one to try
    raise first


def settle() -> None:
    """After a model was loaded or let go: what stays is not looked through again, memory goes back to the system.

    A model is hundreds of thousands of objects that live as long as the process. Where the collector looks through
    them all it takes a third of a second, in which nobody is answered. A fifteenth of what loading took is given back.
    """
    gc.unfreeze()  # a model that was replaced is garbage now
    gc.collect()
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; other libraries give it back by themselves
    if trim is not None:
        trim(0)


def _models(reviewed: Path) -> Iterator[tuple[str, Callable[[], Path]]]:
    if reviewed.exists():
        yield "with the reviewed sentences", lambda: ensure_model_apart(reviewed=reviewed)
    yield "without reviewed sentences", ensure_model_apart
    for path in kept_models():
        yield path.name, lambda path=path: path  # type: ignore[misc]
