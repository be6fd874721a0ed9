"""`yingting serve`: the whole hall in one process on one port."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.settings import Settings
from yingting.model import leave_out_training


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen and where the data are."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--data-dir", type=Path)


def run(options: argparse.Namespace) -> None:
    """Serve until stopped."""
    settings = Settings.load(data_dir=options.data_dir, port=options.port)
    leave_out_training(options.data_dir)
    from yingting.serve import serve

    serve(settings, options.host, options.port)
