"""Recognises SMS codes and commands: whole messages with a certain meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.dialogue import numbered
from bot.dialogue.registry import codes
from bot.dialogue.sms_code import Code
from bot.nlu import cues, months, person_words, values
from bot.nlu.component import NluComponent
from bot.nlu.entities import as_rasa
from bot.nlu.values import Found
from hall import clock

COMMAND = "command"
CUES = "cues"
SMS_CODE = "sms_code"
BACK, REPEAT, RESTART = "back", "repeat", "restart"
SHORTEST_MISSPELT = 4  # letters; shorter codes and numeric ones must be exact
_LETTERED = re.compile(r"([A-Za-z]+)(?:[#+,:*\s]+(?=\S)|(?=[\d\u4e00-\u9fff\[]))?(.*)", re.S)
_NUMBERED = re.compile(r"\d{3,7}")
_ROUND = re.compile(r"[oO]{4,5}|[oO\d]*\d[oO\d]*")  # zeros typed as the letter O
# 发送CXYE到10086, 回复“0000”退订
_SENT = re.compile(
    r"(?:请|我要?|帮我)?(?:编辑)?(?:短信)?(?:发送?个?|回复?|编写|编辑|输入)(?:短信|代码|指令)?[:\s]*"
    r"(?P<code>[\"'“‘【\[]?[A-Za-z0-9][^\u4e00-\u9fff]*?)[\"'”’】\]]?\s*"
    r"(?:(?:发送?)?[到至给]\s*1\d{4,7})?(?:退订|查询|办理)?[了吧。.!]*"
)
_TO = re.compile(r"(?P<code>[A-Za-z][A-Za-z0-9# ]*?)\s*(?:发送?)?[到至]\s*1\d{4,7}[了吧。.!]*")
_QUOTES = "\"'“”‘’【】。.!?~、 "
BACK_LABELS = ("返回上一步", "返回上级", "返回主菜单")  # what texts print, or people write, beside 0 …
PERSON_LABELS = ("转人工客服", "人工服务", "找人工")  # … and beside 9
_BACK = re.compile(
    r"(?:返回|(?:返回|退?回到?|倒回|退)?(?:上|前)(?:一|1)?(?:步|级|个问题|层)|返回上级|后退|往回退?)[吧。.!]*"
)
_RESTART = re.compile(
    r"(?:我要|我想|那|请|还是|算了|不对)*[,， ]?(?:重来|(?:再|都)?重新(?:来过?|开始|选|填|输入?|办理?|弄|搞)"
    r"|从头(?:再)?(?:来过?|开始)|推倒重来)"
    r"(?:一?[次遍下])?(?:吧|啊|了|算了)*[。.!]*"
)
_REPEAT = re.compile(
    r"(?:请|麻烦)?[你您]?(?:再|重新?)[说讲发念](?:一遍|一次|一下|遍)?[吧啊呗。.!]*"
    r"|重复(?:一遍|一下)?|没[听看]清楚?|没看懂|再来一遍"
)
_HELP = re.compile(r"菜单|主菜单|帮助|[?？]+|(?i:help|menu)[.!]?")


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a code or command."""

    intent: str | None
    entities: tuple[Found, ...] = ()
    command: str | None = None
    code: str | None = None


def read(text: str) -> Meaning | None:
    """The meaning of a normalised message that is a command or a code, or None for any other."""
    plain = text.strip()
    if _BACK.fullmatch(plain) or numbered.is_own(plain, 0, BACK_LABELS):
        return Meaning(None, command=BACK)
    if _RESTART.fullmatch(plain):
        return Meaning(None, command=RESTART)
    if _REPEAT.fullmatch(plain):
        return Meaning(None, command=REPEAT)
    if numbered.is_own(plain, 9, PERSON_LABELS):
        return Meaning("talk_to_human")
    if _HELP.fullmatch(plain):
        return Meaning("ask_help")
    if said := person_words.read(plain):
        return Meaning(None, command=said)
    return _read_code(plain)


def _read_code(text: str) -> Meaning | None:
    """The meaning of a code, alone or in 发送…到10086."""
    if not text.isascii() and (exact := codes().get(text)):
        return Meaning(exact.intent, code=exact.code)
    wrapped = _SENT.fullmatch(text) or _TO.fullmatch(text)
    text = (wrapped["code"] if wrapped else text).strip(_QUOTES)
    if _ROUND.fullmatch(text):
        text = re.sub("[oO]", "0", text)
    if _NUMBERED.fullmatch(text):
        known = codes().get(text)
        return Meaning(known.intent, code=known.code) if known else None
    squeezed = re.sub(r"(?<=[A-Za-z])[\s.\-_]+(?=[A-Za-z])", "", text)
    if (match := _LETTERED.fullmatch(squeezed)) is None:
        return None
    argument = match[2].strip(_QUOTES + "#+")
    if (known := _known(match[1].upper())) is None or not _fits(known, argument):
        return None
    return Meaning(known.intent, _arguments(known, argument, text), code=known.code)


def _known(code: str) -> Code | None:
    """The code as written, or the only code within one typing error."""
    if exact := codes().get(code):
        return exact
    if len(code) < SHORTEST_MISSPELT:
        return None
    lettered = [c for c in codes() if c.isalpha() and c.isascii() and len(c) >= SHORTEST_MISSPELT]
    near = process.extract(code, lettered, scorer=DamerauLevenshtein.distance, score_cutoff=1, limit=2)
    meant = {codes()[c].intent for c, _, _ in near}
    # codes are pinyin initials: an English word is not a mistyped code (CALL is not CXLL)
    spoken = any(vowel in code and vowel not in c for vowel in "AEIOU" for c, _, _ in near)
    return codes()[near[0][0]] if len(meant) == 1 and not spoken else None


def _fits(code: Code, argument: str) -> bool:
    """Whether the argument fits: a code without one must stand alone; a short code for a number needs it."""
    if code.argument == "phone_number":
        return next(values.phone_numbers(argument), None) is not None or (not argument and len(code.code) > 2)
    if code.argument in ("month", "amount_fen"):
        return not argument or any(map(str.isdigit, argument)) or bool(_months(argument))
    return not argument or code.argument == "rest"


def _months(argument: str) -> list[Found]:
    """The months of an argument; 8, 2608 and 201706 alone are months too."""
    today = clock.current().local().date()
    if argument.isdecimal() and len(argument) in (4, 6):
        argument = f"{argument[:-2]}年{argument[-2:]}"
    return list(months.find(argument, today)) or list(months.find(f"{argument}月", today))


def _arguments(code: Code, argument: str, text: str) -> tuple[Found, ...]:
    """The values that a code implies or its argument holds; names and document numbers are left out."""
    start, end, found = max(text.find(argument), 0), len(text), list[Found]()
    if code.service:
        found.append(Found("service_name", code.service, 0, end))
    if code.argument == "month":
        found.extend(Found("month", one.value, start, end) for one in _months(argument) if argument)
    if code.argument == "phone_number" and (phone := next(values.phone_numbers(argument), None)):
        found.append(Found("phone_number", phone.value, start, end))
    if code.argument == "amount_fen" and (amount := re.match(r"\d{1,4}", argument)):
        found.append(Found("amount_fen", int(amount.group()) * 100, start, end))
    return tuple(found)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Commands(NluComponent):
    """Overrules the model's intent for a code or a command; notices what is no wish."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets `cues`; `command` and `sms_code` where there are any; intent and entities where they are certain."""
        for message in messages:
            if (text := message.get(TEXT)) is None:
                continue
            message.set(CUES, sorted(cues.find(text) | cues.moods(text)), add_to_output=True)
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
