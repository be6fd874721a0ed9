"""Rasa custom actions: slots in, one call into the hall, events and a response key out."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actions.base import HallAction


def all_actions() -> dict[str, HallAction]:
    """Every action of this package, by name: the subclasses of HallAction that have one."""
    from actions.base import HallAction

    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return {cls.name_: cls() for cls in _subclasses(HallAction) if cls.name_}


def _subclasses(cls: type[HallAction]) -> list[type[HallAction]]:
    return [found for sub in cls.__subclasses__() for found in (sub, *_subclasses(sub))]
