"""`yingting check`: every mistake in what people write, with file, line and a hint; in seconds, without a model."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from bot import checks
from bot.engine.domain import answers
from bot.settings import Settings, SettingsError, operator_folder
from hall import operator
from hall.operator import Operator
from hall.policy import PolicyError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the data are, as for `serve`."""
    parser.add_argument("--data-dir", type=Path)


def run(options: argparse.Namespace) -> None:
    """Print every mistake; ends with 1 if there is one."""
    found = [*map(str, checks.problems()), *_operator(operator_folder()), *_settings(options.data_dir)]
    if found:
        sys.exit("\n".join(found))
    print("flows, answers, sentences, the operator's folder and settings: nothing is wrong")


def _operator(folder: Path | None) -> list[str]:
    """What is wrong with the folder, or else with the answers in the operator's own words."""
    if found := operator.problems(folder):
        return found
    try:
        answers(operator=Operator.load(folder))
    except PolicyError as error:
        return [str(error)]
    return []


def _settings(data_dir: Path | None) -> Iterator[str]:
    try:
        Settings.load(data_dir=data_dir)
    except SettingsError as error:
        yield from str(error).split("; ")
