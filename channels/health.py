"""Health, readiness and metrics of this process.

/healthz: whether messages are taken, answered and delivered. /readyz: whether this process takes messages, so whether
a load balancer should send any. In production the public port says neither why not, nor any figures: those are for
the operations port (channels/operations.py).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json as json_response
from sanic.response import raw

from channels.http import problem
from hall.errors import StoreUnavailable

if TYPE_CHECKING:
    from bot.app import App

TIME_LIMIT = 3.0  # seconds for a probe, then it fails
KEPT = 1.0  # seconds for which the answer to a probe holds: each writes to the database
State = tuple[bool, str]


def blueprint(app: App) -> Blueprint:
    """The public port's: with reasons and metrics in a demonstration only."""
    return routes(app, open_to_all=app.settings.demonstration)


def routes(app: App, *, open_to_all: bool) -> Blueprint:
    """GET /healthz and GET /readyz; with `open_to_all` also their reasons, and GET /metrics."""
    found: Blueprint = Blueprint("health")
    healthy, ready = Probe(app.health), Probe(app.readiness)

    @found.get("/healthz")
    async def healthz(_request: Request[Any, Any]) -> HTTPResponse:
        return _said("unhealthy", await healthy.state(), reason_told=open_to_all)

    @found.get("/readyz")
    async def readyz(_request: Request[Any, Any]) -> HTTPResponse:
        return _said("not_ready", await ready.state(), reason_told=open_to_all)

    if open_to_all:

        @found.get("/metrics")
        async def metrics(_request: Request[Any, Any]) -> HTTPResponse:
            return raw(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    return found


class Probe:
    """A question to the running app whose answer holds for a moment, however many ask."""

    def __init__(self, ask: Callable[[], Awaitable[State]]) -> None:
        self._ask = ask
        self._state: State = (False, "")
        self._until = 0.0
        self._asking = asyncio.Lock()

    async def state(self) -> State:
        """Whether it is so, and if not, why."""
        async with self._asking:
            if time.monotonic() >= self._until:
                self._state = await self._asked()
                self._until = time.monotonic() + KEPT
            return self._state

    async def _asked(self) -> State:
        try:
            return await asyncio.wait_for(self._ask(), TIME_LIMIT)
        except TimeoutError:
            return False, f"no answer within {TIME_LIMIT:g} s"
        except StoreUnavailable:
            return False, "the database does not answer"


def _said(code: str, state: State, *, reason_told: bool) -> HTTPResponse:
    ok, reason = state
    return json_response({"ok": True}) if ok else problem(503, code, reason if reason_told else "ask the operator")
