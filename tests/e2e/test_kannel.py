"""Through a real Kannel: Chinese goes out of a handset, round through the hall, and back."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from testing import kannel as gateway

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

LINE = "13800138000"  # the everyday customer: a balance of 88.50
START = 240.0  # seconds: the first start may train the model


@dataclass
class Hall:
    """A running hall behind a running gateway."""

    base: str
    handsets: gateway.Handsets
    database: Path

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the hall has stored."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()


@contextmanager
def _hall(folder: Path, **settings: str) -> Iterator[Hall]:
    """The real server and the real gateway, each knowing the other."""
    if not gateway.installed():
        if os.environ.get("CI") == "true":
            pytest.fail("Kannel is not installed here: apt-get install kannel kannel-extras")
        pytest.skip("Kannel is not installed")
    port, sendsms = gateway.free_port(), gateway.free_port()
    environ = (
        {name: value for name, value in os.environ.items() if not name.startswith("YINGTING_")}
        | {
            "YINGTING_SMS_KANNEL_KEY": gateway.KEY,
            "YINGTING_SMS_KANNEL_SENDSMS_URL": f"http://127.0.0.1:{sendsms}/cgi-bin/sendsms?username=hall&password=hall-password",
        }
        | settings
    )
    command = [sys.executable, "-m", "yingting", "serve", "--port", str(port), "--data-dir", str(folder / "data")]
    log = folder / "hall.log"
    with gateway.running(command, log, env=environ) as process:
        base = f"http://127.0.0.1:{port}"
        gateway.wait_for(f"the hall, see {log}", lambda: process.poll() is not None or _healthy(base), START)
        assert process.poll() is None, log.read_text(encoding="utf-8")[-2000:]
        with gateway.kannel(folder, port, sendsms) as handsets:
            yield Hall(base, handsets, folder / "data" / "yingting.sqlite")


def _healthy(base: str) -> bool:
    try:
        return httpx.get(f"{base}/healthz", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    with _hall(tmp_path_factory.mktemp("hall")) as running:
        yield running


def test_a_customer_reads_the_balance(hall: Hall) -> None:
    hall.handsets.write(LINE, "查话费")
    assert "88.50" in hall.handsets.read(LINE)


def test_a_number_with_country_code_is_the_same_customer(hall: Hall) -> None:
    hall.handsets.write(f"+86{LINE}", "查一下话费余额")
    assert "88.50" in hall.handsets.read(f"+86{LINE}")


def test_a_reply_of_several_parts_arrives_whole(hall: Hall) -> None:
    """The whole menu is more than one part has; each part is whole on air."""
    before = len(hall.handsets.parts)
    hall.handsets.write(LINE, "帮助")
    said = hall.handsets.read(LINE)
    parts = hall.handsets.parts[before:]
    assert len(said) > 70, said
    assert len(parts) > 1
    assert "".join(part.decode("utf-16-be") for part in parts) == said
    assert "\ufffd" not in said


def test_emoji_and_nonsense_are_answered_in_clean_chinese(hall: Hall) -> None:
    hall.handsets.write(LINE, "😀😀👨‍👩‍👧")
    said = hall.handsets.read(LINE)
    assert any("\u4e00" <= char <= "\u9fff" for char in said)
    assert "\ufffd" not in said


def test_a_repeat_runs_the_bot_once_and_gets_the_same_answer(hall: Hall) -> None:
    line = "13700137004"
    params = {"key": gateway.KEY, "id": "repeat-1", "from": line, "to": "10000", "ts": "1773547200"}

    def post(_: int) -> str:
        answer = httpx.post(f"{hall.base}/sms/kannel", params=params, content="查话费".encode(), trust_env=False)
        assert answer.status_code == 200
        return answer.text

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(post, range(4)))
    assert len(set(answers)) == 1
    assert answers[0]
    assert hall.rows("select count(*) from turns where message_id = 'repeat-1'") == [(1,)]
    said = hall.rows(f"select author from messages where conversation = 'sms:kannel:{line}' order by seq")
    assert [author for (author,) in said].count("customer") == 1


def test_two_texts_of_one_sender_are_answered_in_the_order_in_which_they_came(hall: Hall) -> None:
    line = "13700137004"
    for text in ("查话费", "😀", "查话费"):
        hall.handsets.write(line, text)
    for _ in range(3):
        assert hall.handsets.read(line)
    came = hall.rows(f"select message_id from inbox where conversation = 'sms:kannel:{line}' order by arrival")
    ran = hall.rows(f"select message_id from turns where conversation = 'sms:kannel:{line}' order by turn")
    assert came == ran


def test_a_forged_message_leaves_nothing(hall: Hall) -> None:
    before = hall.rows("select count(*) from inbox")
    params = {"key": "guess", "id": "forged", "from": LINE, "to": "10000"}
    answer = httpx.post(f"{hall.base}/sms/kannel", params=params, content="查话费".encode(), trust_env=False)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "bad_key"
    assert hall.rows("select count(*) from inbox") == before


def test_a_body_without_end_is_cut_off_with_a_reason(hall: Hall) -> None:
    """The length is not told beforehand, so the limit must hold while reading."""
    params = {"key": gateway.KEY, "id": "endless", "from": LINE, "to": "10000"}
    body = (b"x" * 1024 for _ in range(64))
    answer = httpx.post(f"{hall.base}/sms/kannel", params=params, content=body, trust_env=False)
    assert answer.status_code == 200  # final: Kannel comes again with anything else
    assert "太长" in answer.text
    assert hall.rows("select count(*) from inbox where message_id = 'endless'") == [(0,)]


SENT = "from outbox where kind like 'sms%'"


def test_a_slow_turns_reply_is_pushed_once_and_its_delivery_report_kept(tmp_path: Path) -> None:
    """With no time to answer in the response, every reply goes out through sendsms."""
    with _hall(tmp_path, YINGTING_SMS_ANSWER_LIMIT="0") as hall:
        hall.handsets.write(LINE, "查话费")
        assert "88.50" in hall.handsets.read(LINE)
        gateway.wait_for("the delivery report", lambda: hall.rows(f"select state {SENT}") == [("delivered",)])
        assert hall.rows(f"select receipt {SENT}") == [("1",)]
        assert hall.handsets.quiet(2), "one reply, not two"
