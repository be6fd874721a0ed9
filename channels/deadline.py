"""Connections that cannot be held by sending slowly: a request has to be whole within a time, not each byte of it.

Sanic starts its clock anew with every byte. Sockets of the web chat are not requests any more, they have limits of
their own (channels/web/socket.py).
"""

from __future__ import annotations

from typing import Any

from sanic import Sanic
from sanic.http import Stage
from sanic.server.protocols.websocket_protocol import WebSocketProtocol

WHOLE_REQUEST = 20  # seconds from the first byte to the last
WHOLE_ANSWER = 60  # seconds that a handler may take; a body that is read in pieces counts to it
AT_ONCE = 8192  # connections of one process; those beyond are closed unread


class WholeRequest(WebSocketProtocol):
    """The protocol of a connection, with the clock of a request started once."""

    def connection_made(self, transport: Any) -> None:
        """Take the connection, or close it when there are too many."""
        if len(self.connections) >= AT_ONCE:
            transport.abort()
            return
        super().connection_made(transport)  # type: ignore[no-untyped-call]

    def data_received(self, data: bytes) -> None:
        """Take bytes; those after the first of a request do not move its deadline."""
        http = self.http
        began = None if self.websocket is not None or http is None or http.stage is Stage.IDLE else self._time
        super().data_received(data)  # type: ignore[no-untyped-call]
        if began is not None:
            self._time = began


def set_times(server: Sanic[Any, Any]) -> None:
    """Give `server` the deadlines."""
    server.config.REQUEST_TIMEOUT = WHOLE_REQUEST
    server.config.RESPONSE_TIMEOUT = WHOLE_ANSWER
    server.config.KEEP_ALIVE_TIMEOUT = 75  # longer than the proxies' before us, so that they close first
