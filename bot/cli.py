"""The command `yingting`: serve, train, review, chat, parse, flows, db."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
warnings.filterwarnings("ignore")

from bot.engine.stand_ins import install  # noqa: E402  (before anything imports Rasa)

install()

import jieba  # noqa: E402

from bot.settings import Settings, SettingsError  # noqa: E402
from hall.errors import StoreUnavailable  # noqa: E402


def main(arguments: list[str] | None = None) -> None:
    """Run a command; a setting that is wrong is told by name."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("bot").setLevel(logging.INFO)
    jieba.setLogLevel(logging.WARNING)
    try:
        options.run(options)
    except (SettingsError, StoreUnavailable) as error:
        sys.exit(f"yingting: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yingting", description="营厅: a self-service hall for telecom customers")
    commands = parser.add_subparsers(required=True, metavar="command")

    serve = commands.add_parser("serve", help="everything in one process")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--data-dir", type=Path)
    serve.set_defaults(run=_serve)

    train = commands.add_parser("train", help="train the model, with what was reviewed")
    train.add_argument("--data-dir", type=Path)
    train.set_defaults(run=_train)

    review = commands.add_parser("review", help="messages that were not understood, as a table")
    review.add_argument("what", choices=("export", "import"))
    review.add_argument("file", type=Path)
    review.add_argument("--data-dir", type=Path)
    review.set_defaults(run=_review)

    chat = commands.add_parser("chat", help="talk to the bot in the terminal, no server")
    chat.add_argument("--channel", choices=("sms", "web"), default="web")
    chat.add_argument("--msisdn", help="the line that the gateway would vouch for")
    chat.add_argument("--data-dir", type=Path)
    chat.set_defaults(run=_chat)

    commands.add_parser("parse", help="understand standard input, a JSON object a line").set_defaults(run=_parse)
    commands.add_parser("flows", help="check the flows and draw them (Mermaid)").set_defaults(run=_flows)

    db = commands.add_parser("db", help="migrations")
    db.add_argument("what", choices=("upgrade", "check"))
    db.add_argument("--data-dir", type=Path)
    db.set_defaults(run=_db)
    return parser


def _serve(options: argparse.Namespace) -> None:
    from channels.server import serve

    serve(Settings.load(data_dir=options.data_dir, port=options.port), options.host, options.port)


def _train(options: argparse.Namespace) -> None:
    from bot.learning import learn

    asyncio.run(learn(options.data_dir))


def _review(options: argparse.Namespace) -> None:
    from bot.learning import review_file
    from bot.review import BadFile

    try:
        print(asyncio.run(review_file(options.what, options.file, options.data_dir)))
    except BadFile as error:
        sys.exit(f"yingting: {options.file} was not taken in, nothing was changed\n{error}")
    except OSError as error:
        sys.exit(f"yingting: {options.file}: {error.strerror}")


def _chat(options: argparse.Namespace) -> None:
    from bot.terminal import chat

    asyncio.run(chat(Settings.load(data_dir=options.data_dir), options.channel, options.msisdn))


def _parse(_options: argparse.Namespace) -> None:
    from bot.engine.engine import Engine
    from bot.engine.training import ensure_model
    from bot.review import reviewed_file
    from bot.settings import data_folder

    reviewed = reviewed_file(data_folder())
    engine = Engine(ensure_model(lambda line: print(line, file=sys.stderr), reviewed))

    async def run() -> None:
        for line in sys.stdin:
            text = line.rstrip("\r\n")
            found = await engine.parse(text)
            entities = [{"entity": e["entity"], "value": e["value"]} for e in found["entities"]]
            intent = found["intent"]
            result = {"text": text, "intent": intent["name"], "confidence": intent["confidence"], "entities": entities}
            print(json.dumps(result, ensure_ascii=False))

    asyncio.run(run())


def _flows(_options: argparse.Namespace) -> None:
    from bot.flows.diagram import checked_diagrams

    print(checked_diagrams())


def _db(options: argparse.Namespace) -> None:
    from hall.store import migrations
    from hall.store.unit import Store

    settings = Settings.load(data_dir=options.data_dir)
    settings.data_dir.mkdir(parents=True, exist_ok=True)

    async def run() -> str:
        store = Store(settings.database_url)
        try:
            if options.what == "upgrade":
                await migrations.upgrade(store)
            return await migrations.check(store)
        finally:
            await store.close()

    problem = asyncio.run(run())
    if problem:
        sys.exit(f"yingting: {problem}")
    print("the database is up to date")
