"""SMS codes (data/nlu/sms_codes.tsv) and the hall's own commands: whole messages whose meaning is certain."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu import months, values, vocabulary
from bot.nlu.component import NluComponent
from bot.nlu.entities import as_rasa
from bot.nlu.values import Found
from hall import clock

COMMAND = "command"
SMS_CODE = "sms_code"
BACK, REPEAT = "back", "repeat"
SHORTEST_MISSPELT = 4  # letters; shorter codes and numbers are only taken as they are
_CODE = re.compile(r"\s*([A-Za-z]*)\s*(\d*)(?:[#+,:\s]+(.*)|)\s*[.。!?]*\s*", re.S)
_BACK = re.compile(r"0|(?:返回|上一步|回上一步|返回上一步|返回上级|后退|返回上一级|上一级)[吧。.!]*")
_REPEAT = re.compile(
    r"(?:请|麻烦)?[你您]?(?:再|重新?)[说讲发念](?:一遍|一次|一下|遍)?[吧啊呗。.!]*"
    r"|重复(?:一遍|一下)?|没[听看]清楚?|没看懂|再来一遍"
)
_PERSON = re.compile(r"9")
_HELP = re.compile(r"菜单|主菜单|帮助|[?？]+|help|HELP|Help|menu")


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means."""

    code: str
    intent: str
    argument: str  # none | month | phone_number | amount_fen | rest
    service: str | None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a message that is a code or a command means."""

    intent: str | None
    entities: tuple[Found, ...] = ()
    command: str | None = None
    code: str | None = None


@lru_cache(maxsize=1)
def codes() -> dict[str, Code]:
    """The codes of the table, by their capital letters or digits."""
    return {
        row[0]: Code(row[0], row[1], row[2], None if row[3] == "-" else row[3])
        for row in vocabulary.rows("sms_codes.tsv")
    }


def read(text: str) -> Meaning | None:
    """The meaning of a normalised message that is a command or a code, or None for one that must be understood."""
    plain = text.strip()
    if _BACK.fullmatch(plain):
        return Meaning(None, command=BACK)
    if _REPEAT.fullmatch(plain):
        return Meaning(None, command=REPEAT)
    if _PERSON.fullmatch(plain):
        return Meaning("talk_to_human")
    if _HELP.fullmatch(plain):
        return Meaning("ask_help")
    return _read_code(plain)


def _read_code(text: str) -> Meaning | None:
    if not text[:1].isascii():
        return None
    squeezed = re.sub(r"(?<=[A-Za-z])[\s.\-_]+(?=[A-Za-z])", "", text)
    match = _CODE.fullmatch(squeezed)
    if match is None:
        return None
    letters, digits, rest = match[1].upper(), match[2], (match[3] or "").strip()
    for code, argument in ((letters + digits, rest), (letters, digits + rest)):
        if code and (known := _known(code)) and _fits(known, argument):
            return Meaning(known.intent, _arguments(known, argument, text), code=known.code)
    return None


def _known(code: str) -> Code | None:
    """The code as written, or the only one that is one slip away."""
    if exact := codes().get(code):
        return exact
    if len(code) < SHORTEST_MISSPELT or not code.isalpha():
        return None
    lettered = [c for c in codes() if c.isalpha() and len(c) >= SHORTEST_MISSPELT]
    near = process.extract(code, lettered, scorer=DamerauLevenshtein.distance, score_cutoff=1, limit=2)
    return codes()[near[0][0]] if near and len({codes()[n[0]].intent for n in near}) == 1 else None


def _fits(code: Code, argument: str) -> bool:
    """A code that takes nothing is not a code when something follows it."""
    return not argument or code.argument != "none"


def _arguments(code: Code, argument: str, text: str) -> tuple[Found, ...]:
    found: list[Found] = []
    if code.service:
        found.append(Found("service_name", code.service, 0, len(text)))
    if code.argument == "month":
        found.extend(months.find(text, clock.current().local().date()))
    if code.argument == "phone_number" and (phone := next(values.phone_numbers(argument), None)):
        found.append(Found("phone_number", phone.value, text.find(argument), len(text)))
    if code.argument == "amount_fen" and argument.isdecimal():
        found.append(Found("amount_fen", int(argument) * 100, text.find(argument), len(text)))
    return tuple(found)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Commands(NluComponent):
    """Overrules what the model thinks of a message that is a code or a command."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets `command` and `sms_code` where there are any, and intent and entities where they are certain."""
        for message in messages:
            if (text := message.get(TEXT)) is None:
                continue
            if (meaning := read(text)) is None:
                continue
            message.set(COMMAND, meaning.command, add_to_output=True)
            message.set(SMS_CODE, meaning.code, add_to_output=True)
            if meaning.intent:
                certain = {"name": meaning.intent, "confidence": 1.0}
                message.set(INTENT, certain, add_to_output=True)
                message.set(INTENT_RANKING_KEY, [certain], add_to_output=True)
                if meaning.code:
                    message.set(ENTITIES, [as_rasa(one) for one in meaning.entities], add_to_output=True)
        return messages
