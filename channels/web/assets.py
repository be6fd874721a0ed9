"""Pages, scripts and styles: read once, served with an ETag and headers that let nothing else in."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from sanic import HTTPResponse, Request
from sanic.response import empty, raw

from hall.brand import Brand

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_PAGES = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    body: bytes
    content_type: str
    etag: str
    packed: bytes  # by gzip

    @classmethod
    def of(cls, body: bytes, suffix: str) -> Asset:
        """An asset of `body`, of the type of files that end in `suffix`."""
        return cls(body, TYPES[suffix], f'"{hashlib.sha256(body).hexdigest()[:20]}"', gzip.compress(body, 9))

    @classmethod
    def file(cls, path: Path) -> Asset:
        """The file at `path`."""
        return cls.of(path.read_bytes(), path.suffix)

    @classmethod
    def page(cls, path: Path, brand: Brand) -> Asset:
        """The page at `path`, a template that may name the operator's `brand`."""
        return cls.of(_PAGES.from_string(path.read_text("utf-8")).render(brand=brand).encode(), path.suffix)

    def response(self, request: Request[Any, Any]) -> HTTPResponse:
        """200 with the file, or 304 when the browser has it."""
        headers = HEADERS | {"ETag": self.etag, "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == self.etag:
            return empty(304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return raw(self.packed, headers=headers | {"Content-Encoding": "gzip"}, content_type=self.content_type)
        return raw(self.body, headers=headers, content_type=self.content_type)


def folder(path: Path, brand: Brand) -> dict[str, Asset]:
    """Every servable file of a folder, by name; folders within it are left out. Pages name the operator's brand."""
    files = [file for file in sorted(path.iterdir()) if file.suffix in TYPES]
    return {file.name: Asset.page(file, brand) if file.suffix == ".html" else Asset.file(file) for file in files}
