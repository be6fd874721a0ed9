"""Customers who do what gateways do: send a message again, with the same id, until it is answered."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode

from benchmarks.client import Answer, Sender
from benchmarks.dialogues import BALANCE, FOR_OTHERS, LINE, check, topup
from tests.proofs.chaos.gateway import Gateway
from tests.proofs.chaos.nursery import TOKEN

PAYMENT = re.compile(r"http://[^\s]+")
CUSTOMERS = 6  # at once
# whom they top up: a day has a limit for each, as it has for each payer
NUMBERS = ("13400134009", "18700187010", "18900189007", "17300173012", "13800138000")
SUCCEED = 25  # top-ups of one number at most: what is paid back does not count towards its day's limit
PAUSE = 0.03  # seconds before a message is sent again
OPENS_AGAIN = 300.0  # seconds: the hall answers within so long, whatever happened


@dataclass
class Ledger:
    """What customers saw, for the audit: names of those who ordered and of those who paid, by how."""

    ordered: set[str] = field(default_factory=set)
    paid: dict[str, str] = field(default_factory=dict)
    succeeding: Counter[str] = field(default_factory=Counter)  # by the number that is topped up
    messages: int = 0
    repeats: int = 0


async def persist(sender: Sender, message: str, message_id: str, seen: Ledger) -> Answer:
    """Send until it is answered; the answer. Raises AssertionError when that takes too long."""
    until = asyncio.get_running_loop().time() + OPENS_AGAIN
    seen.messages += 1
    while True:
        try:
            answer = await sender.say(message, message_id)
            if answer.status == 200:
                return answer
        except (TimeoutError, OSError):
            sender.close()
        seen.repeats += 1
        assert asyncio.get_running_loop().time() < until, f"{sender.name}: {message} was not answered"
        await asyncio.sleep(PAUSE)


async def top_up(url: str, name: str, seen: Ledger, dice: random.Random, mode: str = "") -> None:
    """Order and pay; every reply must be the right one, whatever happens to the hall meanwhile.

    `mode` is what becomes of it, succeed or fail; else the dice say.
    """
    own = zlib.crc32(name.encode())
    number = NUMBERS[own % len(NUMBERS)]
    mode = mode or ("fail" if seen.succeeding[number] == SUCCEED else dice.choice(("succeed", "fail")))
    seen.succeeding[number] += mode == "succeed"
    sender = Sender(url, name, f"139{own % 10**8:08d}", TOKEN)
    try:
        for turn, line in enumerate((FOR_OTHERS, *topup(number)[1:])):
            answer = await persist(sender, line.message, f"{name}-{turn}", seen)
            check(line, answer)
    finally:
        sender.close()
    seen.ordered.add(name)
    await _pay(answer.text, name, seen, mode, dice)


async def top_up_by_sms(gateway: Gateway, port: int, line: str, seen: Ledger, dice: random.Random, mode: str) -> None:
    """The same from a handset behind a gateway."""
    own, words = zlib.crc32(line.encode()), ""
    for turn, said in enumerate((FOR_OTHERS, *topup(NUMBERS[own % len(NUMBERS)])[1:])):
        words = await gateway.ask(port, line, f"{line}-{turn}", said.message)
        seen.messages += 1
    seen.ordered.add(line)
    await _pay(words, line, seen, mode, dice)


async def _pay(words: str, name: str, seen: Ledger, mode: str, dice: random.Random) -> None:
    await press(PAYMENT.findall(words)[0], act="pay", supplier=mode, notice=dice.choice(("once", "twice")))
    seen.paid[name] = mode


class Crowd:
    """Customers who top up one after the other until they are told to stop."""

    def __init__(self, url: str, seed: int) -> None:
        self.seen, self._url, self._dice, self._over = Ledger(), url, random.Random(seed), False
        self._tasks = [asyncio.create_task(self._come(place)) for place in range(CUSTOMERS)]

    async def leave(self) -> Ledger:
        """Let everyone finish; what they saw. Raises what went wrong for anybody."""
        self._over = True
        await asyncio.gather(*self._tasks)
        return self.seen

    def scatter(self) -> None:
        """Send everyone home, whatever they wait for."""
        self._over = True
        for task in self._tasks:
            task.cancel()

    async def _come(self, place: int) -> None:
        number = 0
        while not self._over:
            number += 1
            await top_up(self._url, f"{place}-{number}", self.seen, self._dice)


async def ask_once(url: str) -> int:
    """The status of one question of a new customer, without trying again."""
    sender = Sender(url, f"once-{next(_newcomers)}", LINE, TOKEN)
    try:
        return (await sender.say(BALANCE[0].message)).status
    finally:
        sender.close()


_newcomers = itertools.count()


async def press(url: str, **form: str) -> None:
    """Press a button of the payment page until the hall says that it took it."""
    until = asyncio.get_running_loop().time() + OPENS_AGAIN
    while True:
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            status, leads_to = await asyncio.wait_for(_posted(url, urlencode(form)), 30)
            if status == 303:
                return
            if status == 307:  # a short address, to its page
                url = leads_to
                continue
        assert asyncio.get_running_loop().time() < until, f"{url} could not be pressed"
        await asyncio.sleep(PAUSE)


async def _posted(url: str, form: str) -> tuple[int, str]:
    """The status of a form that was sent, 0 when the hall hung up, and where it leads to."""
    host, _, path = url.removeprefix("http://").partition("/")
    reader, writer = await asyncio.open_connection(*host.split(":"))
    head = f"POST /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {len(form)}\r\n"
    writer.write(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}".encode())
    try:
        status, leads_to = await reader.readline(), ""
        while (header := (await reader.readline()).decode()).strip():
            name, _, value = header.partition(":")
            leads_to = value.strip() if name.lower() == "location" else leads_to
        return (int(status.split()[1]) if status else 0), leads_to
    finally:
        writer.transport.abort()
