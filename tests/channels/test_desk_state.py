"""The desk's state machine: its own tests, by Node where there is one. No browser, no server."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

NODE = shutil.which("node")
TESTS = Path(__file__).with_name("desk_state.test.mjs")


@pytest.mark.skipif(NODE is None, reason="there is no Node here")
def test_the_desks_states() -> None:
    done = subprocess.run([str(NODE), "--test", str(TESTS)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-4000:]
