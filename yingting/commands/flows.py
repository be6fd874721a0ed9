"""`yingting flows`: check the flows and draw them."""

from __future__ import annotations

import argparse

from bot import checks
from bot.dialogue import registry
from bot.dialogue.diagram import diagrams


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(_options: argparse.Namespace) -> None:
    """Print a Mermaid diagram of every flow."""
    checks.refuse()
    print(diagrams(registry.flows()))
