"""Normalises a message before anything else reads it: one way to write everything.

Positions: every character of the normalised text knows the character of the original it came from, so that
entities found in the one can be marked in the other.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from zhconv import convert

from bot.nlu import homophones, pinyin, vocabulary
from bot.nlu.component import NluComponent
from bot.nlu.values import AS_WRITTEN
from hall.text import UNSEEN

NORMALISED = "normalised"
ORIGINAL = "original"  # the Normalised, only inside the pipeline
LONGEST = 2000  # characters; of a longer message only head and tail are read
_HAN = "\u4e00-\u9fff"
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2b00-\u2bff\u20e3]"
    "|\\[[\u4e00-\u9fff]{1,3}\\]"  # [微笑], as chats write them
)
_BLANK = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])|^\s+|\s+$|(?<=\s)\s+")
# fillers before a wish; what is left must still be a sentence
_FILLER = re.compile(
    r"^(?:喂+|哎+|诶+|欸+|嗨|嗯+|呃+|额+|啊+|哦+|噢+|那个+|这个那个|就是说|就是|是这样的?|我说|话说|你听我说"
    r"|[你您]好[啊呀哈]?(?![吗嘛的])|(?:请问(?:一?下)?|我?(?:就|是)?想(?:要)?(?:请)?(?:问|咨询|请教)(?:一)?下?(?!题)|咨询一下|问一下)(?![的是]))"
    rf"[,。、!?~.\s]*(?=[,]?\s*[{_HAN}\w]{{3,}})"
)
# in 余额,我 the comma is not a hesitation
_HESITATION = re.compile(
    r"(?:呃+|(?<![余金全定总名限面差税数])额+(?=[,那我就这想要])|(?<=[我你他的下把给])嗯+(?=\w)|就是说(?=\w{3}))[,、.]?\s*"
)
_LETTERS_FOR_DIGITS = re.compile(r"(?<![A-Za-z\d])(?=\w*\d)[1lI][3-9][\doOlI]{9}(?![A-Za-z\d])")
_DIGITS = str.maketrans("oOlI", "0011")
_KEPT_DOUBLE = frozenset("好对是行嗯不谢哈喂人工看试想说查问办天拜宝爸妈奶爷哥姐弟妹常刚仅多慢快早")
_NUMERAL = "[零〇洞一幺二两三四五六七八九十百千万]"  # they may repeat in a number
_ECHO = re.compile(rf"(?![{_HAN}][不没])([{_HAN}]{{2,4}})\1+")  # 能不能不 is a question, no echo
_NUMBER = re.compile(rf"{_NUMERAL}+")
# doubled by hesitation, never doubled on purpose
_TWICE = re.compile(r"([我你您他她这那就要给有把和俺])(?:[,、\s]*\1)+")
_RUN = re.compile(rf"((?!{_NUMERAL})[^\d\soO上下])\1{{2,}}")


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normalised text and, for each of its characters, where it stood in the original."""

    text: str
    origin: tuple[int, ...]
    original: str

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original for a span of the normalised text."""
        if start >= end:
            return (0, 0)
        return self.origin[start], self.origin[end - 1] + 1


def normalise(text: str) -> str:
    """`　查 話 費費費 😀` → `查话费`."""
    return align(text).text


@vocabulary.derived
@lru_cache(maxsize=1024)
def align(text: str) -> Normalised:
    """The normalised text with its positions in the original."""
    original = text
    if len(text) > LONGEST:
        text = text[: LONGEST // 2] + text[-LONGEST // 2 :]
        kept = [*range(LONGEST // 2), *range(len(original) - LONGEST // 2, len(original))]
    else:
        kept = list(range(len(text)))
    chars, origin = _width(*_drop(text, kept, UNSEEN))
    chars = _LETTERS_FOR_DIGITS.sub(lambda match: match.group().translate(_DIGITS), chars)
    for pattern in (_EMOJI, _BLANK):
        chars, origin = _drop(chars, origin, pattern)
    chars, origin = pinyin.restore(chars, origin)
    chars = _simplify(chars)
    chars, origin = _collapse(chars, origin)
    chars, origin = _fillers(chars, origin)
    return Normalised(homophones.restore(chars), tuple(origin), original)


def _width(text: str, origin: list[int]) -> tuple[str, list[int]]:
    """Full-width and compatibility forms to plain ones, character by character."""
    if text.isascii():
        return text, origin
    chars: list[str] = []
    places: list[int] = []
    for char, place in zip(text, origin, strict=True):
        # circled digits come from copied buttons: convert them by NFKC before the emoji pattern removes them
        plain = char if "\u4e00" <= char <= "\u9fff" else unicodedata.normalize("NFKC", char)
        if len(plain) == 1 and not plain.isascii() and (digit := unicodedata.digit(plain, None)) is not None:
            plain = str(digit)  # digits of other scripts, and ❶, which NFKC leaves as they are
        chars.append(plain)
        places.extend([place] * len(plain))
    return "".join(chars), places


def _drop(text: str, origin: list[int], pattern: Any) -> tuple[str, list[int]]:
    if (match := pattern.search(text)) is None:
        return text, origin
    pieces, places, last = [text[: match.start()]], origin[: match.start()], match.end()
    for match in pattern.finditer(text, last):
        pieces.append(text[last : match.start()])
        places += origin[last : match.start()]
        last = match.end()
    return "".join(pieces) + text[last:], places + origin[last:]


def _simplify(text: str) -> str:
    if text.isascii():
        return text
    simple = str(convert(text, "zh-hans"))
    # a phrase may change its length; convert character by character then, to keep the positions
    return simple if len(simple) == len(text) else "".join(convert(c, "zh-hans")[:1] or c for c in text)


def _collapse(text: str, origin: list[int]) -> tuple[str, list[int]]:
    """哈哈哈哈 → 哈哈, 流流量 → 流量, 转人工转人工 → 转人工; doubling that means something stays."""
    for match in reversed(list(_RUN.finditer(text))):
        char = match.group(1)
        keep = match.start() + (2 if char in _KEPT_DOUBLE or char.isascii() or not char.isalnum() else 1)
        text = text[:keep] + text[match.end() :]
        del origin[keep : match.end()]
    for match in reversed(list(_TWICE.finditer(text))):
        text = text[: match.start() + 1] + text[match.end() :]
        del origin[match.start() + 1 : match.end()]
    for match in reversed(list(_ECHO.finditer(text))):
        if _NUMBER.fullmatch(match.group(1)):
            continue
        keep = match.start() + len(match.group(1))
        text = text[:keep] + text[match.end() :]
        del origin[keep : match.end()]
    for place in range(len(text) - 2, -1, -1):
        if text[place] == text[place + 1] and _stutter(text, place):
            text = text[:place] + text[place + 1 :]
            del origin[place]
    return text, origin


def _stutter(text: str, place: int) -> bool:
    """A doubled first or last character of a word of the domain: 流流量, 话费费; 话费费用 is two words."""
    char, words = text[place], vocabulary.dictionary()
    if not "\u4e00" <= char <= "\u9fff":
        return False
    if text[place + 1 : place + 3] in words:
        return text[max(0, place - 1) : place + 1] not in words
    return char not in _KEPT_DOUBLE and text[max(0, place - 1) : place + 1] in words


def _fillers(text: str, origin: list[int]) -> tuple[str, list[int]]:
    text, origin = _drop(text, origin, _HESITATION) if len(text) > 4 else (text, origin)
    while match := _FILLER.match(text):
        text, origin = text[match.end() :], origin[match.end() :]
    return text, origin


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class Normalise(NluComponent):
    """Replaces a message's text by its normalised form for the components that follow."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """The same for training examples."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Keeps the original under `original`; messages without text (button presses) pass."""
        for message in messages:
            if (text := message.get(TEXT)) is None:
                continue
            aligned = align(text)
            message.set(ORIGINAL, aligned)
            message.set(TEXT, aligned.text, add_to_output=True)
            message.set(NORMALISED, aligned.text, add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Restore(NluComponent):
    """Puts the text back as it was written and moves the entities to where they stand in it."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Runs last in the pipeline."""
        for message in messages:
            aligned: Normalised | None = message.get(ORIGINAL)
            if aligned is None:
                continue
            for entity in message.get(ENTITIES, []):
                start, end = entity["start"], entity["end"] = aligned.place(entity["start"], entity["end"])
                if entity["entity"] in AS_WRITTEN:
                    entity["value"] = aligned.original[start:end]
            message.set(TEXT, aligned.original, add_to_output=True)
        return messages
