"""Errors of the hall that others are expected to handle."""

from __future__ import annotations


class HallError(Exception):
    """Base of every error that the hall raises on purpose."""


class OfTheHouse(Exception):
    """A mistake in the house's own files, answers or settings. Its text names those and nothing of customers."""


class Unavailable(HallError):
    """A system outside did not answer in time or answered nonsense.

    `part` names the system. The dialogue says what cannot be done now, and which flows do not need that part.
    """

    def __init__(self, part: str, why: str = "") -> None:
        super().__init__(f"{part} unavailable: {why}" if why else f"{part} unavailable")
        self.part = part
        self.why = why


class OutcomeUnknown(HallError):
    """A call that changes something was sent and its answer was lost: query, never send anew."""


class NotFound(HallError):
    """The record that was asked for does not exist."""


class Conflict(HallError):
    """Somebody else changed the same record first: read it again and decide anew."""


class StoreUnavailable(HallError):
    """The database is locked, read-only or gone: nothing was changed."""
