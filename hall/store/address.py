"""Addresses of databases as hosts hand them out, in the form that the drivers take.

What libpq calls otherwise is translated; a parameter that nobody here knows is named, in one line and without the
address, which holds a password.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

SQLITE, ASYNCPG = "sqlite:///", "postgresql+asyncpg"
_POSTGRES = re.compile(r"postgres(?:ql)?(?:\+\w+)?://")
_SEVERAL_HOSTS = re.compile(r"(?P<who>^[^@/]*@|^)(?P<hosts>[^/?@]*,[^/?]*)(?P<rest>.*)$", re.S)
_OPTION = re.compile(r"(?:-c\s*|--)([\w.]+)=((?:\\.|\S)*)")
_SSL = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


@dataclass(frozen=True, slots=True)
class Address:
    """A server's address, and what the driver is told beside it."""

    url: URL
    options: Mapping[str, Any] = field(default_factory=dict)


def sqlite(url: str) -> URL:
    """The file of `sqlite:///PATH`, whatever characters are in the path. Raises ValueError."""
    path = url.removeprefix(SQLITE)
    try:
        return make_url(url) if path == url or path.startswith("file:") else URL.create("sqlite", database=path)
    except (ArgumentError, ValueError):
        raise ValueError("is no address of a database") from None


def is_postgres(url: str) -> bool:
    """Whether it is an address of PostgreSQL, whatever driver it names."""
    return _POSTGRES.match(url) is not None


def postgres(url: str) -> Address:
    """The address for asyncpg. Raises ValueError, naming what is not known and nothing else."""
    bare = _one_host_each(_POSTGRES.sub("", url, count=1))
    try:
        found = make_url(f"{ASYNCPG}://{bare}")
    except (ArgumentError, ValueError):
        raise ValueError("is no address of a database") from None
    kept: dict[str, Any] = {}
    options: dict[str, Any] = {"server_settings": {"application_name": "yingting"}}
    strange = []
    for name, value in found.query.items():
        if name in ("host", "port"):
            kept[name] = value
        elif name in _TAKEN:
            _TAKEN[name](options, value if isinstance(value, str) else value[-1])
        else:
            strange.append(name)
    if strange:
        raise ValueError(f"has parameters that are not known here: {', '.join(sorted(strange))}")
    return Address(found.set(query=kept), options)


def _one_host_each(bare: str) -> str:
    """`h1:1,h2:2/name` as `/name?host=h1:1&host=h2:2`."""
    match = _SEVERAL_HOSTS.match(bare)
    if match is None:
        return bare
    hosts = "&".join(f"host={host if ':' in host else f'{host}:5432'}" for host in match["hosts"].split(","))
    return f"{match['who']}{match['rest']}{'&' if '?' in match['rest'] else '?'}{hosts}"


def _ssl(options: dict[str, Any], value: str) -> None:
    if value not in _SSL:
        raise ValueError(f"has an sslmode that is none of {', '.join(_SSL)}")
    options["ssl"] = value


def _seconds(name: str) -> Callable[[dict[str, Any], str], None]:
    def take(options: dict[str, Any], value: str) -> None:
        try:
            options[name] = float(value) or None  # 0 is for ever
        except ValueError:
            raise ValueError(f"has a {name} that is no number") from None

    return take


def _cache(options: dict[str, Any], value: str) -> None:
    if not value.isdecimal():
        raise ValueError("has a statement_cache_size that is no number")
    options["statement_cache_size"] = int(value)


def _setting(name: str) -> Callable[[dict[str, Any], str], None]:
    return lambda options, value: options["server_settings"].update({name: value})


def _settings(options: dict[str, Any], value: str) -> None:
    """`-c statement_timeout=5000 -c search_path=hall`."""
    if _OPTION.sub("", value).strip():
        raise ValueError("has options of another form than -c name=value")
    options["server_settings"].update({name: text.replace("\\ ", " ") for name, text in _OPTION.findall(value)})


_TAKEN: Mapping[str, Callable[[dict[str, Any], str], None]] = {
    "sslmode": _ssl,
    "ssl": _ssl,
    "connect_timeout": _seconds("timeout"),
    "timeout": _seconds("timeout"),
    "command_timeout": _seconds("command_timeout"),
    "application_name": _setting("application_name"),
    "client_encoding": lambda _options, _value: None,  # it is always UTF-8
    "options": _settings,
    "statement_cache_size": _cache,
    "prepared_statement_cache_size": _cache,
}
