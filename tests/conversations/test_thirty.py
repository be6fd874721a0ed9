"""Thirty kinds of people: how many of their messages get no answer to what they said; printed by kind.

A message counts as missed when the hall did not understand it, sent it away, or handed it over unasked.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.engine.engine import Engine
from testing.apps import demo_app
from testing.dialogue import Talk

MISSED = ("没听懂", "不太确定", "暂时不能", "帮不上忙", "您是想")
HANDED_OVER = ("已为您转接", "正在为您转人工")
WANTED = ("人工", "真人", "客服", "骗", "偷", "转了", "验证码", "怎么办")  # who writes so may well be handed over
ALLOWED = 0.08
SMS_PART, LONG = 70, 3


def people() -> list[tuple[str, str, list[str]]]:
    lines = Path(__file__).with_name("thirty").joinpath("people.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(kind, line, said.split(" / ")) for kind, line, said in rows]


def missed(text: str, answer: str) -> bool:
    """Whether an answer is none to what was said."""
    handed_over = any(word in answer for word in HANDED_OVER) and not any(word in text for word in WANTED)
    return not answer.strip() or handed_over or any(word in answer for word in MISSED)


async def test_at_most_eight_of_a_hundred_messages_are_missed(
    engine: Engine, tmp_path: Path, seeded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heard, lost, parts, misses = Counter[str](), Counter[str](), Counter[int](), list[str]()
    for number, (kind, line, messages) in enumerate(people()):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with demo_app(engine, folder, seeded) as (app, bss):
            talk = Talk(app, bss, "sms", line)
            for text in messages:
                await talk.write(text)
                talk.parsed, answer = True, talk._text()
                heard[kind] += 1
                parts[1 if len(answer) <= SMS_PART else -(-len(answer) // 67)] += 1
                if missed(text, answer):
                    lost[kind] += 1
                    misses.append(f"  {kind}: {text} → {answer[:60]!r}")
    share = lost.total() / heard.total()
    with capsys.disabled():
        print(
            f"\n{heard.total()} messages of {len(heard)} kinds of people: {share:.1%} missed; SMS parts {dict(parts)}"
        )
        print(", ".join(f"{kind} {lost[kind]}/{heard[kind]}" for kind in heard if lost[kind]))
        print("\n".join(misses))
    assert heard.total() >= 250
    assert share <= ALLOWED
