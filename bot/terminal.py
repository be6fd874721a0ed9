"""Talk to the bot in the terminal: the real turns, without a server."""

from __future__ import annotations

import asyncio
import sys
import uuid

from bot.app import build
from bot.messages import Inbound
from bot.settings import Settings


async def chat(settings: Settings, channel: str, msisdn: str | None) -> None:
    """Read lines, print answers, until the end of the input."""
    house = build(settings)
    await house.open()
    house.deliver()
    sender, seen = msisdn or uuid.uuid4().hex, 0
    try:
        print(f"({channel}; end with Ctrl-D)", file=sys.stderr)
        while True:
            try:
                line = await asyncio.to_thread(input, "> ")
            except EOFError:
                return
            inbound = Inbound(channel, "terminal", sender, uuid.uuid4().hex, line, msisdn=msisdn)
            await house.turns.replies(await house.turns.accept(inbound), within=30)
            for entry in await house.turns.log(inbound.conversation, seen):
                seen = entry.seq
                if entry.author != "customer":
                    print(entry.text)
                    for number, button in enumerate(entry.buttons, start=1):
                        print(f"  {number} {button['title']}")
    finally:
        await house.close()
