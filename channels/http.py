"""Shared by every HTTP edge: errors as JSON, size-limited bodies, constant-time comparison of secrets.

A channel raises `Refused` for input that it does not take; nothing was stored then. Every error of
the application leaves as `{"error": {"code", "message"}}`. Neither answers nor log lines repeat what
a customer wrote.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl

from prometheus_client import Counter
from sanic import Request, Sanic
from sanic.exceptions import MethodNotAllowed, SanicException
from sanic.response import HTTPResponse, html
from sanic.response import json as json_response
from sanic.router import Router

from channels.address import client_address
from hall import security_log
from hall.error_location import location_of
from hall.errors import StoreUnavailable
from hall.text import is_name

log = logging.getLogger(__name__)

REFUSED = Counter("yingting_refused", "Requests that were refused and left nothing, by reason", ["reason"])
MISSING = Path(__file__).with_name("missing.html").read_text("utf-8")
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'"
}
LOCKED = (401, 403, 429)  # refusals that are about who asks
MAX_FIELDS = 20  # of a form; our pages send four at most
RETRY_AFTER = 5  # seconds; sent when the database cannot be written

_CODES = {400: "malformed", 404: "no_route", 405: "method", 413: "too_large", 417: "expectation", 503: "unavailable"}


class Refused(SanicException):
    """A request that is not taken: `status` and a machine-readable `code` with the reason in English."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: int | None = None) -> None:
        headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
        super().__init__(message, status_code=status, quiet=True, headers=headers)
        self.code, self.reason = code, message


def form_fields(request: Request[Any, Any]) -> dict[str, str]:
    """The fields of a form as our pages send them, the first of each name; of any other body none.

    Sanic's own reader logs a traceback for a multipart body that is none, which anybody may send.
    """
    kind = str(request.headers.get("content-type", "")).partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return {}
    try:
        pairs = parse_qsl(request.body.decode(), max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}
    return dict(reversed(pairs))


def count_refused(reason: str) -> None:
    """Count something that was refused and left nothing."""
    REFUSED.labels(reason=reason).inc()


def problem(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    """The JSON error of the interface."""
    body = {"error": {"code": code, "message": message}}
    return json_response(body, status=status, headers=dict(headers or {}), ensure_ascii=False)


class HeadRouter(Router):
    """Answers HEAD wherever GET is answered; the server leaves the body out."""

    def get(self, path: str, method: str, host: str | None) -> Any:  # type: ignore[override]
        """The route and its arguments."""
        try:
            return super().get(path, method, host)
        except MethodNotAllowed:
            if method != "HEAD":
                raise
            return super().get(path, "GET", host)


def install_errors(app: Sanic[Any, Any]) -> None:
    """Answer every error of `app` as the interface's JSON."""
    app.error_handler.add(SanicException, _refusal)
    app.error_handler.add(StoreUnavailable, _store_down)
    app.error_handler.add(Exception, _unexpected)


def _refusal(request: Request, error: SanicException) -> HTTPResponse:
    status = error.status_code
    if isinstance(error, Refused):
        code, reason = error.code, error.reason
    else:
        code, reason = _CODES.get(status, "error"), HTTPStatus(status).phrase.lower()
    count_refused(code)
    log.info("refused: %s %s %s", _route(request), status, code)
    if status in LOCKED:
        security_log.event("refused", code=code, route=_route(request), address=client_address(request))
    if code == "no_route" and _is_a_person(request):
        return html(MISSING, status=status, headers=PAGE_HEADERS)
    return problem(status, code, reason, error.headers)


def _is_a_person(request: Request) -> bool:
    """Whether a browser opens an address: programs and scripts do not ask for a page."""
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")


def _store_down(request: Request, error: StoreUnavailable) -> HTTPResponse:
    log.error("database unavailable: %s %s", _route(request), error)
    return problem(
        503, "unavailable", "the database cannot be written; nothing was changed", {"Retry-After": str(RETRY_AFTER)}
    )


def _unexpected(request: Request, error: Exception) -> HTTPResponse:
    # An error's message may repeat the customer's words, so only its kind and location_of are logged.
    log.error("unexpected: %s: %s", _route(request), location_of(error))
    return problem(500, "internal", "something went wrong here; it was logged")


def _route(request: Request) -> str:
    return f"{request.method} /{request.route.path if request.route else ''}"


def same_secret(given: str, secret: str) -> bool:
    """Whether they are equal, compared in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode("utf-8", "replace"))


def bearer(request: Request) -> str:
    """The token of `Authorization: Bearer …`, or ""."""
    scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def read_body(request: Request, limit: int) -> bytes:
    """The body; 413 over `limit` bytes, without reading further. For routes with `stream=True`."""
    declared = request.headers.get("content-length") or "0"
    body = bytearray(request.body)
    if not declared.isdecimal() or int(declared) > limit:
        raise Refused(413, "too_large", f"the body may have {limit} bytes")
    if request.stream is not None and not body:
        async for chunk in cast(AsyncIterator[bytes], request.stream):
            body += chunk
            if len(body) > limit:
                break
    if len(body) > limit:
        raise Refused(413, "too_large", f"the body may have {limit} bytes")
    return bytes(body)


async def read_utf8(request: Request, limit: int) -> str:
    """The body as text; 413 over `limit` bytes, 400 when it is not UTF-8."""
    return utf8(await read_body(request, limit))


def utf8(body: bytes) -> str:
    """Bytes of a request as text, or 400."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(400, "not_utf8", "the body is not UTF-8") from None


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body, or 400."""
    try:
        data = _JSON.decode(utf8(body))
    except (ValueError, RecursionError):
        raise Refused(400, "not_json", "the body is not JSON") from None
    if not isinstance(data, dict):
        raise Refused(400, "not_json", "the body must be a JSON object")
    return data


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; ValueError for a name that is there twice, which others may read otherwise."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice")
    return found


_JSON = json.JSONDecoder(object_pairs_hook=_each_once)


def field(data: Mapping[str, Any], name: str, longest: int) -> str:
    """A required string of 1 to `longest` printable characters, as names and ids are; else 400."""
    value = data.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise Refused(400, "bad_field", f"{name} must be a string of 1 to {longest} characters")
    if not is_name(value):
        raise Refused(400, "bad_field", f"{name} has characters that no name has")
    return value
