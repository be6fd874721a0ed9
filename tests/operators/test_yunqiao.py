"""A second operator plays the same dialogues with its own name, prices, rules and hours, by the same model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.engine.domain import answers
from bot.engine.engine import Engine
from bot.engine.training import ensure_model
from bot.nlu import vocabulary
from bot.settings import ROOT
from channels.web.assets import Asset
from channels.web.pages import widget
from hall import catalogue, msisdn
from hall.clock import SHANGHAI
from hall.operator import Operator, demonstrations, problems
from testing.apps import demo_app, fill
from testing.dialogue import Talk

HERE = Path(__file__).parent
FOLDER = HERE / "yunqiao"


def cases() -> Iterator[Any]:
    for case in YAML(typ="safe").load(HERE / "yunqiao_dialogues.yml"):
        for channel in case.get("on", ["sms", "web"]):
            yield pytest.param(channel, case, id=f"{case['case']} [{channel}]")


def _demonstrations_words() -> set[str]:
    """What only the demonstration's operator calls something."""
    base = demonstrations()
    return {base.brand.name, base.brand.app, *(plan.name for plan in base.catalogue.plans)}


@pytest.fixture(scope="module")
def operator() -> Operator:
    return Operator.load(FOLDER)


@pytest.fixture(scope="module", autouse=True)
def _demonstration_again() -> Iterator[None]:
    """The numbering plan and the names are the process's: other tests find the demonstration's."""
    yield
    vocabulary.use(catalogue.demonstrations())
    msisdn.use(msisdn.PREFIXES)


@pytest.fixture(scope="module")
def engine(operator: Operator) -> Engine:
    return Engine(ensure_model(), operator)


@pytest.fixture(scope="module")
def its_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(fill(tmp_path_factory.mktemp("yunqiao"), OPERATOR=str(FOLDER)))


@pytest.mark.parametrize(("channel", "case"), cases())
async def test_dialogue(channel: str, case: dict[str, Any], engine: Engine, its_people: Path, tmp_path: Path) -> None:
    opened = demo_app(engine, tmp_path, its_people, start=case.get("clock"), OPERATOR=str(FOLDER))
    async with opened as (app, bss):
        talk = Talk(app, bss, channel, str(case["as"]))
        await talk.play(case["dialogue"])
        assert [text for text in await talk.sent() for word in _demonstrations_words() if word in text] == []


def test_its_folder_is_without_problems() -> None:
    assert problems(FOLDER) == []


def test_no_answer_names_the_demonstration(operator: Operator) -> None:
    """Texts of bot/domain name whoever's hall it is: the demonstration's own words stand in none of them."""
    said = answers(operator=operator)
    written = [str(variants) for variants in said.source.responses.values()]
    written += [str(words) for words in said.source.words.values()]
    assert [text for text in written for word in _demonstrations_words() if word in text] == []


@pytest.mark.parametrize("package", ["actions", "bot", "channels", "hall"])
def test_no_code_and_no_page_names_the_demonstration(package: str) -> None:
    files = [path for path in (ROOT / package).rglob("*") if path.suffix in {".py", ".js", ".html", ".css", ".yml"}]
    named = [
        (path.relative_to(ROOT), word)
        for path in files
        for word in _demonstrations_words()
        if word in path.read_text("utf-8")
    ]
    assert files
    assert named == []


async def test_its_pages_and_its_widget_bear_its_name(operator: Operator) -> None:
    pages = [path for room in ("web", "desk") for path in (ROOT / "channels" / room).rglob("*.html")]
    assert len(pages) >= 3
    assert all(f"<title>{operator.brand.name} · " in Asset.page(page, operator.brand).body.decode() for page in pages)
    assert f'BRAND = "{operator.brand.name}"' in widget(operator.brand).body.decode()


def test_results_are_sent_in_its_hours(operator: Operator) -> None:
    hours, late = operator.policy.contact.results, datetime(2026, 11, 15, 19, tzinfo=SHANGHAI)
    assert hours.next(late) == datetime(2026, 11, 16, 9, tzinfo=SHANGHAI)
    assert demonstrations().policy.contact.results.next(late) == late


def test_an_answer_that_does_not_exist_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "phrases.yml").write_text(
        "source: me\ndate: 2026-11-26\nresponses:\n  utter_greeet:\n  - text: Hi\n", "utf-8"
    )
    with pytest.raises(Exception, match=r"phrases\.yml line 4: responses\.utter_greeet: is no answer.*utter_greet"):
        answers(operator=Operator.load(tmp_path))
