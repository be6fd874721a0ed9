"""The sites that may embed the web chat: WIDGET_ORIGINS, read once and compared as browsers mean it.

A site is `https://www.op.cn` exactly, or `https://*.op.cn`: every host below op.cn, not op.cn itself. Case does not
matter, a scheme's usual port is the same as none, and a site without a scheme is one of https.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}
ANY = "*."


class OriginError(ValueError):
    """It is no origin; the message says why."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A scheme, a host (or, with `below`, all hosts below it) and a port."""

    scheme: str
    host: str
    port: int
    below: bool = False

    @classmethod
    def of(cls, text: str) -> Origin:
        """An origin as a browser or a setting writes it. Raises OriginError."""
        try:
            parts = urlsplit(text.strip() if "://" in text else f"https://{text.strip()}")
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError as error:
            raise OriginError(f"{text!r} is no origin") from error
        if parts.scheme not in PORTS or not host or parts.path.strip("/") or parts.query or parts.fragment:
            raise OriginError(f"{text!r} is no origin: https://www.example.cn or https://*.example.cn")
        below, host = host.startswith(ANY), host.removeprefix(ANY)
        if "*" in host or "@" in parts.netloc or (below and "." not in host):
            raise OriginError(f"{text!r} names too many sites: only hosts below a domain of its own")
        return cls(parts.scheme, _ascii(host, text), PORTS[parts.scheme] if port is None else port, below)

    def covers(self, other: Origin) -> bool:
        """Whether a page of `other` is one of this site."""
        if (self.scheme, self.port) != (other.scheme, other.port):
            return False
        return other.host.endswith(f".{self.host}") if self.below else other.host == self.host


def _ascii(host: str, text: str) -> str:
    """A host as browsers send it: of Chinese names the punycode."""
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise OriginError(f"{text!r} has no host that exists") from error


def read(setting: str) -> tuple[Origin, ...]:
    """The sites of a setting, separated by commas or blanks. Raises OriginError."""
    return tuple(Origin.of(one) for one in setting.replace(",", " ").split())


def is_one_of(given: str, sites: Iterable[Origin]) -> bool:
    """Whether the Origin header of a browser is one of the sites; `null` and what is none never is."""
    try:
        page = Origin.of(given)
    except OriginError:
        return False
    return "://" in given and not page.below and any(site.covers(page) for site in sites)
