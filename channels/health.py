"""Health and metrics of this process."""

from __future__ import annotations

import asyncio
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


def blueprint(app: App) -> Blueprint:
    """GET /healthz and GET /metrics."""
    routes: Blueprint = Blueprint("health")

    @routes.get("/healthz")
    async def healthz(_request: Request[Any, Any]) -> HTTPResponse:
        ok, reason = await _asked(app)
        return json_response({"ok": True}) if ok else problem(503, "unhealthy", reason)

    @routes.get("/metrics")
    async def metrics(_request: Request[Any, Any]) -> HTTPResponse:
        return raw(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    return routes


async def _asked(app: App) -> tuple[bool, str]:
    try:
        return await asyncio.wait_for(app.health(), TIME_LIMIT)
    except TimeoutError:
        return False, f"no answer within {TIME_LIMIT:g} s"
    except StoreUnavailable:
        return False, "the database does not answer"
