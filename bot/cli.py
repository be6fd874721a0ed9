"""The command `yingting`: serve, worker, train, review, chat, parse, flows, db, reconcile, bench."""

from __future__ import annotations

import argparse
import asyncio
import codecs
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

from bot.settings import ROOT, Settings, SettingsError  # noqa: E402
from hall.errors import StoreUnavailable  # noqa: E402
from hall.policy import PolicyError  # noqa: E402


def main(arguments: list[str] | None = None) -> None:
    """Run a command; a setting that is wrong is told by name."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("bot").setLevel(logging.INFO)
    try:
        options.run(options)
    except (SettingsError, PolicyError, StoreUnavailable) as error:
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

    worker = commands.add_parser("worker", help="turns and deliveries only, beside others on one PostgreSQL")
    worker.add_argument("--data-dir", type=Path)
    worker.set_defaults(run=_worker)

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

    bench = commands.add_parser("bench", help="measure beside stock Rasa (make bench), or show where a turn goes")
    bench.add_argument("--profile", action="store_true", help="the CPU of a turn by stage")
    bench.add_argument("--seconds", type=float, default=10.0, help="of each dialogue of the profile")
    bench.set_defaults(run=_bench)

    db = commands.add_parser("db", help="migrations")
    db.add_argument("what", choices=("upgrade", "check"))
    db.add_argument("--data-dir", type=Path)
    db.set_defaults(run=_db)

    reconcile = commands.add_parser("reconcile", help="a day's books against the statements of provider and supplier")
    reconcile.add_argument("--day", help="YYYY-MM-DD in Asia/Shanghai; yesterday when it is not given")
    reconcile.add_argument("--payments", type=Path, action="append", default=[], metavar="FILE.csv")
    reconcile.add_argument("--supplier", type=Path, action="append", default=[], metavar="FILE.csv")
    reconcile.add_argument("--whole", action="store_true", help="the books of every order, not only of the day's")
    reconcile.add_argument("--data-dir", type=Path)
    reconcile.set_defaults(run=_reconcile)
    return parser


def _only_serving(data_dir: Path | None = None) -> None:
    """Have a model; then leave out of this process what only training needs, before Rasa is imported."""
    from bot.engine.training import ensure_model_apart
    from bot.review import reviewed_file
    from bot.settings import data_folder

    ensure_model_apart(sys.stderr, reviewed_file(data_folder(data_dir)))
    install(serving=True)


def _serve(options: argparse.Namespace) -> None:
    settings = Settings.load(data_dir=options.data_dir, port=options.port)
    _only_serving(options.data_dir)
    from channels.server import serve

    serve(settings, options.host, options.port)


def _worker(options: argparse.Namespace) -> None:
    settings = Settings.load(data_dir=options.data_dir)
    _only_serving(options.data_dir)
    from channels.worker import work

    work(settings)


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
    _only_serving()
    from bot.terminal import chat

    asyncio.run(chat(Settings.load(data_dir=options.data_dir), options.channel, options.msisdn))


def _parse(_options: argparse.Namespace) -> None:
    _only_serving()
    from bot.engine.engine import Engine
    from bot.engine.training import model_path
    from bot.review import reviewed_file
    from bot.settings import data_folder

    engine = Engine(model_path(reviewed_file(data_folder())))

    async def run() -> None:
        # Bytes, so that nothing but a line feed ends a line and the terminal's encoding does not matter.
        for line in sys.stdin.buffer:
            text = line.removeprefix(codecs.BOM_UTF8).rstrip(b"\r\n").decode("utf-8", errors="replace")
            found = await engine.parse(text)
            entities = [{"entity": e["entity"], "value": e["value"]} for e in found["entities"]]
            intent = found["intent"]
            result = {"text": text, "intent": intent["name"], "confidence": intent["confidence"], "entities": entities}
            sys.stdout.buffer.write(json.dumps(result, ensure_ascii=False).encode() + b"\n")
            sys.stdout.buffer.flush()

    asyncio.run(run())


def _flows(_options: argparse.Namespace) -> None:
    from bot.flows.diagram import checked_diagrams

    print(checked_diagrams())


def _bench(options: argparse.Namespace) -> None:
    sys.path.insert(0, str(ROOT))  # benchmarks are of the checkout, not of the package
    try:
        from benchmarks import __main__ as benchmarks
        from benchmarks import profile
    except ImportError as error:
        sys.exit(f"yingting: bench needs the project's checkout and its development packages: {error}")
    if options.profile:
        profile.show(options.seconds)
    else:
        benchmarks.main([])


def _reconcile(options: argparse.Namespace) -> None:
    from bot.reconcile import command

    settings = Settings.load(data_dir=options.data_dir)
    sys.exit(asyncio.run(command(settings, options.day, options.payments, options.supplier, whole=options.whole)))


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
