"""A server on a free port, and the ways in which a system outside fails."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sanic import HTTPResponse, Request, Sanic
from sanic.response import raw

FAULTS = ("hang", "drop", "garbage", "error", "unsigned", "busy")
LATE = 0.6  # seconds


def pem_pair() -> tuple[str, str, rsa.RSAPrivateKey]:
    """A new private key and its public key as PEM, and the key itself; a short one, which is loaded quickly."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode(), key


@asynccontextmanager
async def serving(add_routes: Callable[[Sanic[Any, Any]], None]) -> AsyncIterator[str]:
    """The application on a free port; yields its address."""
    app: Sanic[Any, Any] = Sanic(f"outside-{uuid.uuid4().hex}", configure_logging=False)
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 0.1
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.TOUCHUP = False  # rewrites Sanic itself, once a process
    add_routes(app)
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    server: Any = await app.create_server(sock=bound, return_asyncio_server=True, access_log=False)
    await server.startup()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()
        bound.close()
        Sanic._app_registry.pop(app.name, None)


async def failing(fault: str | None, request: Request[Any, Any]) -> HTTPResponse | None:
    """The answer of a system that fails that way; None when it does not fail before its answer is signed."""
    if fault == "hang":
        await asyncio.sleep(30)
    if fault == "late":
        await asyncio.sleep(LATE)
    if fault == "truncated":
        return raw(b'{"code": "0", "da', content_type="application/json")
    if fault == "drop":
        connection: Any = request.transport
        connection.abort()
        return raw(b"")
    if fault == "garbage":
        return raw(b"<html>gateway</html>", content_type="text/html")
    if fault == "error":
        return raw(b'{"code":"SYSTEM_ERROR"}', status=500, content_type="application/json")
    if fault == "busy":
        return raw(b'{"code":"FREQUENCY_LIMITED"}', status=429, content_type="application/json")
    return None


def limit_of(request: Any) -> float:
    """Seconds for a call in a test (`request` of its fixture): short only where the server hangs."""
    callspec = getattr(request.node, "callspec", None)
    hangs = callspec is not None and callspec.params.get("fault") == "hang"
    return 0.5 if hangs else 30.0
