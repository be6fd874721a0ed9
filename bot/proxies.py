"""The proxies before us, and whose address a request then bears.

YINGTING_TRUSTED_PROXIES names the proxies before us, by their number or their networks. Without it no header is
believed: anybody may write one.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class BadProxies(ValueError):
    """A value that is neither a number nor networks."""


@dataclass(frozen=True, slots=True)
class Proxies:
    """How many proxies stand before us, or in which networks they are."""

    count: int = 0
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, text: str) -> Proxies:
        """`1`, or `10.0.0.0/8, 127.0.0.1`; "" for none. Raises BadProxies."""
        words = text.replace(",", " ").split()
        if len(words) == 1 and words[0].isascii() and words[0].isdecimal():
            return cls(int(words[0]))
        try:
            return cls(networks=networks_of(text))
        except ValueError:
            raise BadProxies("is a number of proxies, or their addresses or networks") from None

    @property
    def given(self) -> bool:
        """Whether there are any."""
        return bool(self.count or self.networks)

    def client(self, connected: str, forwarded: str) -> str:
        """The address that reached the outermost proxy of ours. `forwarded`: X-Forwarded-For, one line."""
        hops = [hop for word in forwarded.split(",") if (hop := bare(word))]
        if self.count:
            return hops[-self.count] if len(hops) >= self.count else connected
        address = connected
        while hops and self._ours(address):
            address = hops.pop()
        return address

    def _ours(self, address: str) -> bool:
        return within(self.networks, address)


NO_PROXIES = Proxies()


def networks_of(text: str) -> tuple[Network, ...]:
    """`10.0.0.0/8, 192.0.2.7`. Raises ValueError."""
    return tuple(ipaddress.ip_network(word, strict=False) for word in text.replace(",", " ").split())


@lru_cache(maxsize=4096)
def within(networks: tuple[Network, ...], address: str) -> bool:
    """Whether an address is in one of them; False for what is no address."""
    found = _address(address)
    return found is not None and any(found in network for network in networks)


@lru_cache(maxsize=4096)  # a gateway comes from one address
def bare(word: str) -> str:
    """`203.0.113.7:4711` and `[2001:db8::1]:443` without brackets and port; "" for what is no address."""
    text = word.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    found = _address(text)
    return str(found) if found is not None else ""


@lru_cache(maxsize=4096)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found
