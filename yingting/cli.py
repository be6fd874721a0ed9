"""The command `yingting`. Each command is a file of `yingting/commands`, imported only when it is asked for."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from importlib import import_module

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
warnings.filterwarnings("ignore")

from bot.engine.import_stubs import install  # noqa: E402  (before anything imports Rasa)

install()

from bot.settings import SettingsError, log_settings  # noqa: E402
from hall import logs  # noqa: E402
from hall.errors import StoreUnavailable  # noqa: E402
from hall.policy import PolicyError  # noqa: E402
from hall.private_files import keep_private  # noqa: E402
from hall.problems import Mistakes  # noqa: E402

COMMANDS = {
    "serve": "everything in one process",
    "worker": "turns and deliveries only, beside others on one PostgreSQL",
    "train": "train the model, with what was reviewed",
    "review": "messages that were not understood, as a table",
    "chat": "talk to the bot in the terminal, no server",
    "parse": "understand standard input, a JSON object a line",
    "check": "every mistake in flows, answers, sentences, the operator's folder and settings",
    "doctor": "what is wrong with this set-up, before it is started",
    "new": "the files of a new capability, with a dialogue that passes",
    "flows": "check the flows and draw them (Mermaid)",
    "db": "migrations",
    "export": "all that is kept about a line",
    "erase": "delete what is kept about a line",
    "agents": "people at the desk: add, role, password, disable, enable, list",
    "reconcile": "a day's books against the statements of provider and supplier",
}


def main(arguments: list[str] | None = None) -> None:
    """Run a command. A wrong setting ends it with one line that names the setting."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser(given).parse_args(given)
    if given[:1] != ["new"] and given[:1] != ["train"]:  # what they write is the project's, or for every process
        keep_private()
    try:
        logs.configure(*log_settings())
        options.run(options)
    except Mistakes as mistakes:
        sys.exit(str(mistakes))
    except (SettingsError, PolicyError, StoreUnavailable) as error:
        sys.exit(f"yingting: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    """Parse every command name, and the arguments of the given command only: its module is imported for them."""
    parser = argparse.ArgumentParser(prog="yingting", description="营厅: a self-service hall for telecom customers")
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, does in COMMANDS.items():
        command = commands.add_parser(name, help=does)
        if name in arguments[:1]:
            module = import_module(f"yingting.commands.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser
