"""Another site, whose page embeds the chat."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Site(ThreadingHTTPServer):
    """It serves one page and scripts: by `localhost` it may embed the chat, by `127.0.0.1` it may not."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SitePage)
        self.page = self.policy = ""
        self.files: dict[str, bytes] = {}  # scripts, by path


class SitePage(BaseHTTPRequestHandler):
    """The site's page."""

    server: Site

    def do_GET(self) -> None:
        script = self.server.files.get(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if script else "text/html; charset=utf-8")
        if self.server.policy:
            self.send_header("Content-Security-Policy", self.server.policy)
        self.end_headers()
        self.wfile.write(script or self.server.page.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def another_site() -> Iterator[Site]:
    """The site, served."""
    with Site() as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield site
        site.shutdown()
