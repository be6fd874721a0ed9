"""The command line as a user types it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "yingting", *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=240,
        cwd=ROOT,
        env=os.environ | {f"YINGTING_{name}": value for name, value in environment.items()},
    )


@pytest.mark.e2e
def test_parse_gives_one_json_object_a_line_in_order() -> None:
    lines = ["查话费", "", "/restart", "给13800138000充5G省内流量", "x" * 3000]
    done = run("parse", given="\n".join(lines) + "\n")
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [item["text"] for item in found] == lines
    assert all(set(item) == {"text", "intent", "confidence", "entities"} for item in found)
    assert found[0]["intent"] == "check_balance"
    assert {e["entity"]: e["value"] for e in found[3]["entities"]} == {
        "phone_number": "13800138000",
        "data_mb": 5120,
        "scope": "provincial",
    }


@pytest.mark.e2e
def test_parse_takes_a_thousand_lines_of_anything() -> None:
    """Order and number are kept, whatever the lines hold; the encoding of the terminal does not matter."""
    odd = [
        b"\xef\xbb\xbf\xe6\x9f\xa5\xe8\xaf\x9d\xe8\xb4\xb9",  # a byte order mark
        b"",
        b"   ",
        b"\xff\xfe\x80 50",
        b"\xe6\x9f",  # half a character
        b"a\x00b\x00",
        b"\x00",
        "查话费".encode() + b"\r",
        "查\r话费".encode(),
        "查\u2028流量\x85\x0c".encode(),
        ("很不高兴" * 5000).encode(),
        b"1" * 100_000,
        "充50元".encode("gbk"),
        '{"text": "查话费"}\\'.encode(),
        "😀👍🏽\U000e0067".encode(),
        b'/inform{"month": "x"}',
    ]
    lines = odd + [f"给138{number:08d}充{number % 9 + 1}G流量".encode() for number in range(1000 - len(odd))]
    done = subprocess.run(
        [sys.executable, "-m", "yingting", "parse"],
        input=b"\n".join(lines),  # the last line is not ended
        capture_output=True, timeout=240, cwd=ROOT, env=os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.decode().removesuffix("\n").split("\n")]
    given = [line.removeprefix(b"\xef\xbb\xbf").removesuffix(b"\r").decode(errors="replace") for line in lines]
    assert [item["text"] for item in found] == given
    assert all(isinstance(item["intent"], str) and 0 <= item["confidence"] <= 1 for item in found)
    assert found[0]["intent"] == found[7]["intent"] == "check_balance"
    for number, item in enumerate(found[len(odd) :]):
        values = {e["entity"]: e["value"] for e in item["entities"]}
        assert values["data_mb"] == (number % 9 + 1) * 1024


@pytest.mark.e2e
def test_chat_answers_in_the_terminal(tmp_path: Path) -> None:
    done = run("chat", "--channel", "sms", "--msisdn", "13800138000", "--data-dir", str(tmp_path), given="查话费\n")
    assert done.returncode == 0, done.stderr
    assert "88.50" in done.stdout


@pytest.mark.e2e
def test_db_upgrade_and_check(tmp_path: Path) -> None:
    missing = run("db", "check", "--data-dir", str(tmp_path))
    assert missing.returncode != 0
    assert "yingting db upgrade" in missing.stderr
    assert run("db", "upgrade", "--data-dir", str(tmp_path)).returncode == 0
    assert run("db", "check", "--data-dir", str(tmp_path)).returncode == 0


@pytest.mark.e2e
def test_production_with_the_demonstrations_defaults_does_not_start(tmp_path: Path) -> None:
    done = run("serve", "--data-dir", str(tmp_path), ENV="production")
    assert done.returncode != 0
    for name in ("SESSION_SECRET", "DESK_ADMIN_PASSWORD", "BSS", "SUPPLIER_ZHICHONG_URL"):
        assert f"YINGTING_{name}" in done.stderr


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"DATABASE_URL": "mysql://u:geheim@127.0.0.1/x"}, "YINGTING_DATABASE_URL must begin with"),
        ({"DATABASE_URL": "sqlite:////nowhere/x.sqlite"}, "unable to open database file"),
        ({"DATABASE_URL": "postgresql://u:geheim@127.0.0.1:1/x"}, "YINGTING_DATABASE_URL: the database cannot be used"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_in_a_line(
    tmp_path: Path, environment: dict[str, str], told: str
) -> None:
    done = run("serve", "--port", "0", "--data-dir", str(tmp_path), **environment)
    assert done.returncode != 0
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "geheim" not in done.stderr


@pytest.mark.e2e
def test_a_port_in_use_is_told_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = run("serve", "--port", str(other.getsockname()[1]), "--data-dir", str(tmp_path))
    assert done.returncode != 0
    assert "cannot listen on" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.e2e
def test_flows_prints_a_diagram_of_each() -> None:
    done = run("flows")
    assert done.returncode == 0, done.stderr
    assert "%% topup_data\nflowchart TD" in done.stdout
