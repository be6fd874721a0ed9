"""The encoder beside the linear model: its pieces, its files, when it is asked and what it changes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot import checks
from bot.nlu import classify, encoder, linear, mixture
from bot.nlu.classify import Model
from bot.nlu.mixture import BELOW, BELOW_OF_SHORT, SHORT, Mixture, below
from bot.nlu.pieces import MOST, Pieces
from yingting.commands import doctor

WORDS = [line.split("\t") for line in Path(__file__).with_name("pieces.tsv").read_text("utf-8").splitlines()[2:]]
needs_encoder = pytest.mark.skipif(not encoder.there(), reason="this installation has no encoder")


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return Pieces.load(encoder.FOLDER / encoder.PIECES)


@needs_encoder
@pytest.mark.parametrize(("text", "cut"), WORDS)
def test_a_text_is_cut_as_the_encoder_learned_it(pieces: Pieces, text: str, cut: str) -> None:
    names = {number: piece for piece, number in pieces.numbers.items()} | {pieces.unknown: "?"}
    begin, *inner, end = pieces.ids(text)
    assert (begin, end) == (pieces.begin, pieces.end)
    assert "|".join(names[one] for one in inner) == cut


@needs_encoder
def test_of_a_long_text_beginning_and_end_are_read(pieces: Pieces) -> None:
    ids = pieces.ids("查话费" + "啊" * 200 + "开发票")
    assert len(ids) == MOST + 2
    assert ids[:4] == pieces.ids("查话费")[:4]
    assert ids[-3:] == pieces.ids("开发票")[-3:]  # 开 may be joined with what is before


@needs_encoder
def test_the_card_tells_the_files_as_they_are() -> None:
    card = encoder.check()
    assert card["bytes"] == {name: (encoder.FOLDER / name).stat().st_size for name in card["sha256"]}
    assert sum(card["bytes"].values()) <= 32_000_000
    assert len(card["labels"]) == len(set(card["labels"]))


@needs_encoder
def test_the_encoder_understands_other_words_for_the_same_wish() -> None:
    second = encoder.installed()
    for text, intent in (
        ("话费还剩多少", "check_balance"),
        ("手机卡丢了赶紧帮我停掉", "report_lost"),
        ("今天天气怎么样", "out_of_scope"),
    ):
        assert second.labels[int(second.likely(text).argmax())] == intent
        assert np.exp(second.likely(text)).sum() == pytest.approx(1, abs=1e-3)


@needs_encoder
@pytest.mark.parametrize("name", [encoder.NETWORK, encoder.PIECES, encoder.TRIAL, encoder.CARD])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, name: str) -> None:
    shutil.copytree(encoder.FOLDER, tmp_path / "encoder")
    damaged = tmp_path / "encoder" / name
    damaged.write_bytes(damaged.read_bytes()[:-100])
    with pytest.raises(encoder.EncoderError, match=r"encoder.*YINGTING_NLU_ENCODER=off"):
        encoder.Encoder.load(tmp_path / "encoder")


@needs_encoder
def test_a_missing_file_is_told_too(tmp_path: Path) -> None:
    shutil.copytree(encoder.FOLDER, tmp_path / "encoder")
    (tmp_path / "encoder" / encoder.PIECES).unlink()
    with pytest.raises(encoder.EncoderError, match=r"pieces\.json"):
        encoder.check(tmp_path / "encoder")


def test_switched_off_or_not_there_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(encoder.SWITCH, encoder.OFF)
    assert not encoder.wanted()
    assert classify.second() is None
    monkeypatch.setenv(encoder.SWITCH, "on")
    monkeypatch.setattr(encoder, "FOLDER", tmp_path)
    assert not encoder.wanted()
    assert classify.second() is None


class Second:
    """An encoder that is asked, and says of everything that it is the last label."""

    labels = ["other", "bill", "balance"]

    def __init__(self) -> None:
        self.asked: list[str] = []

    def likely(self, text: str) -> Any:
        self.asked.append(text)
        return np.log(np.array([0.01, 0.01, 0.98], np.float32))


SAID = {
    "balance": ["查话费余额", "话费还有多少", "我的话费余额"],
    "bill": ["查账单", "上月账单", "我的账单明细"],
    "other": ["今天天气", "讲个笑话", "会唱歌吗"],
}


@pytest.fixture(scope="module")
def small() -> linear.Linear:
    """A model of three intents."""
    rows = [(classify.features(text, []), intent) for intent, texts in SAID.items() for text in texts * 4]
    model = linear.fit([row[0] for row in rows], [row[1] for row in rows])
    return linear.replace(model, temperature=10.0)


@pytest.mark.parametrize(("temperature", "asked"), [(0.05, False), (10.0, True)])
def test_only_what_the_linear_model_is_unsure_of_is_asked(
    small: linear.Linear, temperature: float, asked: bool
) -> None:
    first = linear.replace(small, temperature=temperature)
    alone = classify.rank(Model(first), "查账单", [])
    assert alone[0][0] == "bill"
    assert (alone[0][1] < below("查账单")) is asked
    second: Any = Second()
    together = classify.rank(Model(first, Mixture(0.9, 1.0)), "查账单", [], second)
    assert second.asked == (["查账单"] if asked else [])
    assert together[0][0] == ("balance" if asked else "bill")


@pytest.mark.parametrize(("text", "asked"), [("账单", False), ("我想查一下上个月的账单明细", True)])
def test_a_short_text_is_left_to_the_linear_model_where_it_is_rather_sure(
    small: linear.Linear, text: str, asked: bool
) -> None:
    assert (len(text) >= SHORT) is asked
    models = [linear.replace(small, temperature=temperature) for temperature in np.geomspace(0.05, 10.0, 200)]
    sure = [classify.rank(Model(model), text, [])[0][1] for model in models]
    rather = next(model for model, share in zip(models, sure, strict=True) if BELOW > share > BELOW_OF_SHORT)
    second: Any = Second()
    classify.rank(Model(rather, Mixture(0.9, 1.0)), text, [], second)
    assert second.asked == ([text] if asked else [])


def test_who_overrules_the_linear_model_is_less_sure() -> None:
    mixture, linear_shares = Mixture(0.9, 1.0), np.array([0.6, 0.4], np.float32)
    other, same = np.log(np.array([0.1, 0.9], np.float32)), np.log(np.array([0.9, 0.1], np.float32))
    assert mixture.together(linear_shares, other).max() < mixture.shares(linear_shares, other).max()
    assert (mixture.together(linear_shares, same) == mixture.shares(linear_shares, same)).all()


@pytest.mark.parametrize("text", ["", "???", "qwxyz"])
def test_what_has_no_known_word_is_not_asked(small: linear.Linear, text: str) -> None:
    second: Any = Second()
    classify.rank(Model(small, Mixture(0.9, 1.0)), text, [], second)
    assert second.asked == []


def test_a_model_without_a_mixture_asks_nobody(small: linear.Linear) -> None:
    second: Any = Second()
    assert classify.rank(Model(small), "查账单余额", [], second) == classify.rank(Model(small), "查账单余额", [])
    assert second.asked == []


def test_the_better_of_two_weighs_more() -> None:
    """Of sentences held back from both: where one opinion is right and the other is noise, the right one is taken."""
    dice = np.random.default_rng(0)
    truth = dice.integers(0, 3, mixture.FEWEST)
    right = np.eye(3, dtype=np.float32)[truth] * 3
    noise = dice.normal(size=right.shape).astype(np.float32)
    texts = [str(number) for number in range(len(truth))]
    labels = ["a", "b", "c"]
    model: Any = type("Linear", (), {"temperature": 1.0})
    for scores, likely, weighs in ((noise, right, True), (right, noise, False)):
        tried = linear.Tried(labels, list(range(len(truth))), truth.tolist(), scores)
        said = encoder.Trial(labels, dict(zip(texts, np.log(linear.softmax(likely)), strict=True)))
        found = mixture.fit(tried, texts, said, model)
        assert found is not None
        assert (found.weight > 0.5) is weighs


def test_too_few_sentences_fit_nothing() -> None:
    tried = linear.Tried(["a"], [0], [0], np.zeros((1, 1), np.float32))
    model: Any = type("Linear", (), {"temperature": 1.0})
    assert mixture.fit(tried, ["x"], encoder.Trial(["a"], {"x": np.zeros(1, np.float32)}), model) is None


def test_labels_of_another_order_are_found_and_strange_ones_are_faint() -> None:
    likely = np.log(np.array([0.7, 0.3], np.float32))
    assert np.exp(mixture.aligned(likely, ["b", "a"], ["a", "b", "new"])) == pytest.approx([0.3, 0.7, 1e-6], abs=1e-5)


@needs_encoder
def test_the_card_tells_what_it_is_made_of_and_under_which_licence() -> None:
    card = json.loads((encoder.FOLDER / encoder.CARD).read_text("utf-8"))
    assert "MIT" in card["made of"]
    assert "MIT License" in (encoder.FOLDER / "LICENSE").read_text("utf-8")


@needs_encoder
def test_check_and_doctor_tell_of_a_damaged_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copytree(encoder.FOLDER, tmp_path / "encoder")
    (tmp_path / "encoder" / encoder.NETWORK).write_bytes(b"cut off")
    monkeypatch.setattr(encoder, "FOLDER", tmp_path / "encoder")
    monkeypatch.setattr(encoder.check, "__defaults__", (tmp_path / "encoder",))
    monkeypatch.setenv(encoder.SWITCH, "on")
    (problem,) = checks.encoder_problems()
    assert "encoder.onnx is damaged" in problem.what
    assert [(one.state, "encoder.onnx is damaged" in one.says) for one in [doctor.encoder_finding()]] == [
        ("missing", True)
    ]
    monkeypatch.setenv(encoder.SWITCH, encoder.OFF)
    assert list(checks.encoder_problems()) == []
    assert doctor.encoder_finding().state == "note"
