"""`yingting parse`: one utterance a line in, one JSON object a line out."""

from __future__ import annotations

import argparse
import asyncio
import codecs
import json
import sys

from bot.learning.review_file import reviewed_file
from bot.settings import data_folder
from yingting.model import leave_out_training


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """No arguments: utterances come from standard input."""


def run(_options: argparse.Namespace) -> None:
    """Understand every line: `text`, `intent`, `confidence`, `entities`, in order."""
    leave_out_training()
    from bot.engine.engine import Engine
    from bot.engine.training import model_path

    engine = Engine(model_path(reviewed_file(data_folder())))

    async def understand_all() -> None:
        # Bytes, so that nothing but a line feed ends a line and the terminal's encoding does not matter.
        for line in sys.stdin.buffer:
            text = line.removeprefix(codecs.BOM_UTF8).rstrip(b"\r\n").decode("utf-8", errors="replace")
            found = await engine.parse(text)
            entities = [{"entity": e["entity"], "value": e["value"]} for e in found["entities"]]
            intent = found["intent"]
            result = {"text": text, "intent": intent["name"], "confidence": intent["confidence"], "entities": entities}
            sys.stdout.buffer.write(json.dumps(result, ensure_ascii=False).encode() + b"\n")
            sys.stdout.buffer.flush()

    asyncio.run(understand_all())
