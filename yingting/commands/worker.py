"""`yingting worker`: turns and deliveries without a port."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.settings import Settings
from yingting.model import leave_out_training


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the data are."""
    parser.add_argument("--data-dir", type=Path)


def run(options: argparse.Namespace) -> None:
    """Work until stopped."""
    settings = Settings.load(data_dir=options.data_dir)
    leave_out_training(options.data_dir)
    from yingting.worker import work

    work(settings)
