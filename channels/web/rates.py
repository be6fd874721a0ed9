"""How often a session and an address may write, and how many sockets an address may hold, in this process.

A web chat's sockets all lie in the process that counts them. An address is known where no proxy hides it: one of this
machine or of a private network, of which no setting says that it is a proxy's word, may stand for everybody.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.proxies import Proxies

KNOWN = 20_000  # keys that are remembered; the one that was quiet longest goes first
MOST_SOCKETS, MOST_OF_ADDRESS = 6000, 64  # open at a time, of the process and of an address


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many within so many seconds."""

    most: int
    seconds: float


SESSION = (Rate(20, 10.0), Rate(400, 3600.0))  # messages of a session, over all its sockets
ADDRESS = (Rate(100, 10.0), Rate(3000, 3600.0))  # of an address or an IPv6 network of /64: an office, a street


class Rates:
    """Counts by key, in bounded memory."""

    def __init__(self, rates: tuple[Rate, ...]) -> None:
        self._rates = rates
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, key: str, now: float) -> bool:
        """Count one more, if there is room; `now` in seconds of any clock that only moves on."""
        seen = self._seen.pop(key, None) or deque(maxlen=max(rate.most for rate in self._rates))
        self._seen[key] = seen
        while len(self._seen) > KNOWN:
            self._seen.popitem(last=False)
        if any(len(seen) >= rate.most and now - seen[-rate.most] < rate.seconds for rate in self._rates):
            return False
        seen.append(now)
        return True


class Crowd:
    """Who writes and who is connected to a process."""

    def __init__(self) -> None:
        self._sessions, self._addresses = Rates(SESSION), Rates(ADDRESS)
        self._open: Counter[str] = Counter()

    @contextmanager
    def socket(self, address: str) -> Iterator[bool]:
        """Count an open socket; gives whether there is room for it."""
        room = self._open.total() < MOST_SOCKETS and not (address and self._open[address] >= MOST_OF_ADDRESS)
        if not room:
            yield False
            return
        self._open[address] += 1
        try:
            yield True
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    def may_write(self, session: str, address: str, now: float) -> bool:
        """Count a message, if session and address may send one more."""
        return self._sessions.take(session, now) and (not address or self._addresses.take(address, now))


def origin_of(secret: bytes, address: str) -> str:
    """A name for a counted address that tells nobody which it is; "" for none."""
    return hmac.new(secret, b"origin:" + address.encode(), "sha256").hexdigest()[:16] if address else ""


def counted(address: str, proxies: Proxies) -> str:
    """The address by which somebody is counted, of IPv6 its /64; "" where it may stand for everybody."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if not proxies.given and not found.is_global:
        return ""
    return str(found) if found.version == 4 else str(ipaddress.ip_network(f"{found}/64", strict=False))
