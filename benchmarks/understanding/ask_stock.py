"""Asks a model of stock Rasa, in stock Rasa's environment: `python ask_stock.py MODELS ASKED.json FOUND.json`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent


async def main() -> None:
    """Writes for each text the ranking of intents and the CPU seconds it took."""
    models, asked, found = map(Path, sys.argv[1:4])
    agent = Agent.load(str(max(models.glob("*.tar.gz"))))
    answers: list[dict[str, Any]] = []
    for text in json.loads(asked.read_text(encoding="utf-8")):
        began = time.process_time()
        parsed = await agent.parse_message(text)
        spent = time.process_time() - began
        ranking = [(one["name"], one["confidence"]) for one in parsed["intent_ranking"]]
        answers.append({"ranking": ranking, "seconds": spent})
    found.write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
