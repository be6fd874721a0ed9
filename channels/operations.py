"""The operations port: health with its reasons and metrics, for whoever runs the hall and for nobody else.

It listens where YINGTING_OPERATIONS says (`127.0.0.1:9100`); bind it to an address that customers cannot reach.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from sanic import Sanic

from channels import headers, health
from channels.http import HeadRouter, install_errors

if TYPE_CHECKING:
    from sanic.server import AsyncioServer

    from bot.app import App


class Operations:
    """The second, small server of a process."""

    def __init__(self, app: App, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._server: AsyncioServer | None = None
        self._bound: socket.socket | None = None
        self._sanic: Sanic[Any, Any] = Sanic(f"operations-{id(self):x}", configure_logging=False, router=HeadRouter())
        self._sanic.config.TOUCHUP = False  # it rewrites Sanic itself, which the process's first server has done
        install_errors(self._sanic)
        headers.install(self._sanic, "")
        self._sanic.blueprint(health.routes(app, open_to_all=True))

    async def open(self) -> None:
        """Listen. Raises OSError."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        self._bound = socket.create_server((self._host, self._port), family=family)
        self._server = await self._sanic.create_server(sock=self._bound, return_asyncio_server=True)
        assert self._server is not None, "return_asyncio_server gives one"
        await self._server.startup()  # type: ignore[no-untyped-call]
        await self._server.start_serving()  # type: ignore[no-untyped-call]

    @property
    def port(self) -> int:
        """The port on which it listens; 0 before it is open."""
        return int(self._bound.getsockname()[1]) if self._bound is not None else 0

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()  # type: ignore[no-untyped-call]
            await self._server.wait_closed()  # type: ignore[no-untyped-call]
