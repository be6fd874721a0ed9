"""Doors for programs, gateways and REST: from where they may come, with which keys, and how guessing is slowed.

Two keys may be valid at a time, separated by a comma, so that one can be changed without losing a message.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from sanic import Request

from bot.proxies import within
from channels.address import client_address
from channels.http import Refused, bearer, same_secret

if TYPE_CHECKING:
    from bot.app import App

FORGOTTEN = 300.0  # seconds after its last wrong key, an address starts anew
KNOWN = 10_000  # addresses that are remembered; the oldest go first
FREE, LONGEST_WAIT = 3, 5.0  # wrong keys that are answered at once; seconds that later ones wait at most


class Guessing:
    """Wrong keys by address, in this process: each later one waits longer, a right key never does."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait_of(self, address: str, now: float) -> float:
        """Count one more wrong key; how many seconds its refusal waits."""
        count, last = self._wrong.pop(address, (0, now))
        count = 1 if now - last > FORGOTTEN else count + 1
        self._wrong[address] = count, now
        while len(self._wrong) > KNOWN:
            self._wrong.popitem(last=False)
        return 0.0 if count <= FREE else min(0.25 * 2.0 ** min(count - FREE, 8), LONGEST_WAIT)


async def wait_of_wrong(guessing: Guessing, request: Request[Any, Any]) -> None:
    """Wait before a wrong key is refused, longer the more often this address was wrong."""
    await asyncio.sleep(guessing.wait_of(client_address(request), time.monotonic()))


class Door:
    """One entrance for programs: `keys` as in the setting, `code` for a wrong one."""

    def __init__(self, app: App, keys: str, code: str) -> None:
        self._app, self._code = app, code
        self._keys = both(keys)
        self._guessing = Guessing()

    def check_address(self, request: Request[Any, Any]) -> None:
        """403 for who comes from elsewhere than YINGTING_GATEWAY_NETWORKS."""
        if not within(self._app.settings.gateway_networks, client_address(request)):
            raise Refused(403, "foreign_address", "this door is not open to that address")

    async def check(self, request: Request[Any, Any], given: str) -> None:
        """403 for a foreign address, 401 without a right key."""
        self.check_address(request)
        if not any(same_secret(given, key) for key in self._keys):
            await self.refuse(request, "the key is missing or wrong")

    async def refuse(self, request: Request[Any, Any], why: str) -> None:
        """401, later the more often this address was wrong."""
        await wait_of_wrong(self._guessing, request)
        raise Refused(401, self._code, why)


def both(setting: str) -> tuple[str, ...]:
    """The one key, or the two, of a setting."""
    return tuple(key for word in setting.split(",") if (key := word.strip()))


def key_of(request: Request[Any, Any]) -> str:
    """The key in the header, as a bearer or as the password of `Basic`: addresses are logged by every proxy."""
    scheme, _, given = (request.headers.get("authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return bearer(request)
    try:
        return base64.b64decode(given.strip()).decode("utf-8").partition(":")[2]
    except ValueError:
        return ""
