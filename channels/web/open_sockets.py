"""Closes the open sockets when the server stops, instead of waiting for the browsers to leave."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sanic import Blueprint, Websocket

GOING_AWAY = 1001


class Sockets:
    """The open sockets of a blueprint; all are closed before the server stops."""

    def __init__(self, bp: Blueprint) -> None:
        self._open: set[Websocket] = set()
        bp.before_server_stop(self._close_all)

    @contextmanager
    def holding(self, socket: Websocket) -> Iterator[None]:
        """Count `socket` as open for as long as it is served."""
        self._open.add(socket)
        try:
            yield
        finally:
            self._open.discard(socket)

    async def _close_all(self, *_: Any) -> None:
        for socket in list(self._open):
            socket.fail_connection(GOING_AWAY)
