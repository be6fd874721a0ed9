"""What every kind of records has: a time limit around each call, and a look at each answer.

Whatever goes wrong behind an adapter comes out as `Unavailable(part)`: no answer in time, an error, an answer of the
wrong shape, or one about another line. Only `NotFound` passes, it is an answer.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from async_timeout import timeout

from hall.error_location import location_of
from hall.errors import StoreUnavailable, Unavailable

log = logging.getLogger(__name__)

SECONDS = 3.0
BROKEN = (OSError, StoreUnavailable, ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
Call = TypeVar("Call", bound=Callable[..., Any])
Sound = Callable[..., bool]


def limited(part: str, sound: Sound = lambda *_: True) -> Callable[[Call], Call]:
    """A call of a kind: `part` names what is down without it; `sound(answer, *arguments)` refuses nonsense.

    The limit holds for every adapter's own method of that name.
    """

    def mark(call: Call) -> Call:
        call.limit = _Limit(part, sound)  # type: ignore[attr-defined]
        return call

    return mark


@dataclass(frozen=True, slots=True)
class _Limit:
    part: str
    sound: Sound

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call within the limit of its adapter."""

        @functools.wraps(call)
        async def within(adapter: Records, *arguments: Any) -> Any:
            try:
                async with timeout(adapter.seconds):
                    answer = await call(adapter, *arguments)
                if self.sound(answer, *arguments):
                    return answer
                why = "answered with nonsense"
            except TimeoutError:
                why = f"no answer within {adapter.seconds:g} s"
            except BROKEN as error:
                why = location_of(error)
                log.warning("%s: %s", self.part, why)
            raise Unavailable(self.part, why)

        return within


class Records:
    """Base of every kind: a class whose calls are `limited`. Its subclasses are adapters."""

    seconds = SECONDS

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        for name, call in list(vars(cls).items()):
            for kind in cls.__mro__[1:]:
                if limit := getattr(vars(kind).get(name), "limit", None):
                    setattr(cls, name, limit.around(call))
                    break


Kind = TypeVar("Kind", bound=Records)


class Bss:
    """The operator's records by kind."""

    def __init__(self, adapters: Iterable[Records] = (), seconds: float = SECONDS) -> None:
        """`seconds`: the time limit of every call."""
        self.seconds = seconds
        self._adapters: dict[type[Records], Records] = {}
        for adapter in adapters:
            self.put(adapter)

    def __getitem__(self, kind: type[Kind]) -> Kind:
        return cast(Kind, self._adapters[kind])

    def wait(self, seconds: float) -> None:
        """Every call may take so long from now on."""
        self.seconds = seconds
        for adapter in self._adapters.values():
            adapter.seconds = seconds

    def put(self, adapter: Records) -> None:
        """Let an adapter answer for its kind."""
        adapter.seconds = self.seconds
        kind = next(cls for cls in type(adapter).__mro__ if any(hasattr(call, "limit") for call in vars(cls).values()))
        self._adapters[kind] = adapter


def is_fen(value: object) -> bool:
    """Whether a value is an amount of money."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_count(value: object) -> bool:
    """Whether a value is a number of things."""
    return is_fen(value) and cast(int, value) >= 0
