"""`yingting flows`: check the flows and draw them."""

from __future__ import annotations

import argparse

from bot.dialogue.diagram import checked_diagrams


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(_options: argparse.Namespace) -> None:
    """Print a Mermaid diagram of every flow."""
    print(checked_diagrams())
