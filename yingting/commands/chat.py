"""`yingting chat`: talk to the bot in the terminal; the real turns, without a server."""

from __future__ import annotations

import argparse
import asyncio
import sys
import uuid
from pathlib import Path

from bot.messages import InboundMessage
from bot.settings import Settings
from yingting.model import leave_out_training


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The channel, the line that a gateway would vouch for, and where the data are."""
    parser.add_argument("--channel", choices=("sms", "web"), default="web")
    parser.add_argument("--msisdn", help="the line that the gateway would vouch for")
    parser.add_argument("--data-dir", type=Path)


def run(options: argparse.Namespace) -> None:
    """Talk until the end of the input."""
    leave_out_training(options.data_dir)
    asyncio.run(chat(Settings.load(data_dir=options.data_dir), options.channel, options.msisdn))


async def chat(settings: Settings, channel: str, msisdn: str | None) -> None:
    """Read lines, print answers, until the end of the input."""
    from yingting.wiring import build

    app = build(settings)
    await app.open()
    app.deliver()
    sender, seen = msisdn or uuid.uuid4().hex, 0
    try:
        print(f"({channel}; end with Ctrl-D)", file=sys.stderr)
        while True:
            try:
                line = await asyncio.to_thread(input, "> ")
            except EOFError:
                return
            inbound = InboundMessage(channel, "terminal", sender, uuid.uuid4().hex, line, msisdn=msisdn)
            await app.conversations.wait_for_reply(await app.conversations.accept(inbound), within=30)
            for entry in await app.conversations.log(inbound.conversation, seen):
                seen = entry.seq
                if entry.author != "customer":
                    print(entry.text)
                    for number, button in enumerate(entry.buttons, start=1):
                        print(f"  {number} {button['title']}")
    finally:
        await app.close()
