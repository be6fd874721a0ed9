"""Rasa without TensorFlow and its channels; and, in a process that only serves, without what only training needs.

Rasa imports these in many places even when no component of a pipeline uses them. None of ours
does, so these names are answered by empty modules whose every attribute is a class: enough for
imports, base classes and annotations, and an error as soon as anything is really called.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

# not installed (pyproject.toml leaves them out): TensorFlow, Rasa's channels, brokers, stores and drawings
NAMES = (
    *("tensorflow", "tensorflow_hub", "tensorflow_text", "tensorflow_addons", "keras"),
    *("fbmessenger", "mattermostwrapper", "rocketchat_API", "slack_sdk", "socketio", "twilio", "webexteamssdk"),
    *("aio_pika", "aiogram", "aiormq", "apscheduler", "boto3", "botocore", "kafka", "matplotlib", "pymongo", "redis"),
    "sentry_sdk",
)
# imported by Rasa for training and its command line; never used while serving
UNUSED = ("aiohttp", "dask", "networkx", "prompt_toolkit", "questionary", "randomname", "sklearn", "sklearn_crfsuite")


class _Meta(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Absent

    def __or__(cls, other: Any) -> Any:
        return cls

    def __getitem__(cls, item: Any) -> Any:
        return cls


class _Absent(metaclass=_Meta):
    """A stub for any of their names: can be subclassed and used as a decorator, nothing else."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is _Absent and len(args) == 1 and callable(args[0]) and not kwargs:
            return args[0]  # a decorator, as in @tf.function
        if cls is _Absent:
            return super().__new__(cls)
        raise RuntimeError("this is not part of the installation, or the process was started to serve only")

    def __call__(self, function: Any) -> Any:
        return function

    def __init_subclass__(cls, **kwargs: Any) -> None:
        return None


class _Module(ModuleType):
    __path__: list[str] = []
    __version__ = "0"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Absent


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self) -> None:
        self.names = set(NAMES)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.split(".")[0] not in self.names:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        return None


def install(*, serving: bool = False) -> None:
    """Answer imports of what is not installed; call before the first import of Rasa. Does nothing twice.

    `serving`: also of all that only training and Rasa's own server use; this process cannot train then.
    """
    finder = next((finder for finder in sys.meta_path if isinstance(finder, _Finder)), None)
    if finder is None:
        finder = _Finder()
        sys.meta_path.insert(0, finder)
    if serving:
        finder.names.update(name for name in UNUSED if name not in sys.modules)
