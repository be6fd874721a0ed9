"""What a message does: it asks, sets a condition, or tells; which values it rules out; what a question is about.

Chinese marks most questions by words of a closed class (吗, 多少, 哪, 能不能), which rules find. What asks in open
words (想知道, 确定能退) is learned (bot/nlu/act_model.py): that can only add questions, never take one away. A polite
order in the form of a question (能帮我充1G吗) tells. Pure functions on normalised text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu import features, vocabulary
from bot.nlu.component import NluComponent
from bot.nlu.prefilter import Prefilter

ACT, TOPICS, RULED_OUT, HAPPENED = "act", "topics", "ruled_out", "happened"
DOES = "does"  # the acts that were learned (bot/nlu/act_model.py)
REOPENS, PICK, REFUSED = "reopens", "pick", "refused"
ASK, CONDITION, TELL = "ask", "if", ""
SHORTEST = 4  # characters of a question in open words
ANSWERS = frozenset(("affirm", "deny", "cancel"))  # intents

_END = r"(?=$|[\s,。!?;、])"
_WHATEVER = re.compile(
    r"(?:什么|啥|哪个?种?|怎么|多少|几个?)(?:样|些)?(?:方式|方法)?(?:付款?|支付|给钱|交|用|选|来|充)?都"
    r"(?:行|可以|好|成|能?要|没关系|一样)|随便(?:什么|啥|哪个?种?)?|无所谓"
)
_WH = re.compile(
    r"多少|多钱|(?:要|得|是|收|月|剩|差|退|能|还有|有)好多|^好多(?=[钱块个分])|(?<![了我贵便大少])好多(?:钱|块|分|个)?(?=[?？呢啊嘛哦]*$)|(?:要|得|还|用得?)等?好久|多久|多长|多大|多贵|(?<![前这好])几(?=[个块元天号点分小时月日兆GgMm种次钱档时倍百千集部首本条])|什么|啥|哪(?!怕)|谁|怎么|怎样|咋|如何"
    r"|岂不|不就?是白|不(?:就)?是[\u4e00-\u9fff]{2,12}吗|为何|为嘛|凭什么|干嘛|干吗|是否|能否|可否|何时|几时|边度|边个|几多|几耐|点解|乜"
)
_YES_NO = re.compile(
    rf"[?]|吗|[么呢咧哩喃嘞]{_END}|(?<![的个号些GgMm兆元块\d])嘛{_END}|(?:没有|没|不|冇){_END}(?<=[行能可要会用够贵有到成在钱费合好停以退充办改算值远快准多][不没])|有没有|有[\u4e00-\u9fff]{{1,6}}没{_END}|(?P<v>[\u4e00-\u9fff]{{1,2}})[不没](?P=v)|可不可|是不是|有冇"
    rf"|够[^,。!?;、\s不没]{{1,8}}[不没冇]{_END}|(?:用|拿)[^,。!?;、\s]{{2,6}}(?:可以|能行|行)吧{_END}"
    rf"|(?:划算|合算|便宜|实惠|省钱)[些点]?吧{_END}|(?:对|是|没错)吧{_END}|(?:了|完|清|好)就(?:能|可以|会)[^,。?]{{1,6}}吧{_END}|[退批办修装停转设开换加改订][好完掉成通上]?了没有?{_END}"
)
_ABLE_NOT = re.compile(rf"(?:能|可以|要|会|得)(?!帮|给我|替|为我)[\u4e00-\u9fff]{{1,12}}不{_END}")  # 能退不
_OR = re.compile(r"(?<!^)(?<![,。!?;、\s那就])(?:还是|或者是?)(?=\S)")
_BUT = re.compile(
    r"(?:算了|不了|不对|不是|不|哦|噢|嗯|那|要不|我|就|唉|哎|好吧|[,，。!\s])+(?=还是)"
)  # 不，还是流量 decides
_IF = re.compile(r"如果|要是|假如|假设|倘若|万一|的话(?!费)")  # 充的话费 is no condition
# an order that is only worded as a question: somebody is to do something for me
_ORDER = re.compile(
    r"(?<![转送])(?:帮|给|(?<![我俺咱])替|为)(?:一?下|我|俺|咱|他|她|1\d{10})|(?:麻烦|请|劳驾)(?:一?下|您|你|我|帮|给)|[我俺](?:要|想|就要)|(?:^|[,。!?;\s])(?:换成?|改成?|来(?![电显])|就|那(?:就|来|换|改|充|给|我?要|[\d一二两三五十百千])|再?加(?![油速密])|充(?=[\d半一二两三五十百点个流话]))"
)
_GRUMBLE = re.compile(
    r"(?:怎么|咋)(?:又|老是?|总是?|才)[^,。!?\s]{0,6}?(?:了|啊|呢|这样)[,。!?\s]*"
)  # 流量怎么又没了，给我充1G asks nothing
# a reproach in the form of a question, and whether anybody is there, ask nothing: 什么破网, 有完没完, 在吗
_REPROACH = re.compile(
    r"什么(?:破|烂|垃圾|狗屁|鬼|态度|玩意儿?|名堂)|(?:有完没完|烦不烦|冤不冤|要不要脸|累不累|气人不气人)"
    r"|(?:蒙|骗|糊弄|忽悠|逗|耍|唬)(?:谁|鬼)|^(?:你好|您好|喂|hello|hi)?[,。!?\s]*(?:人)?(?:在吗|在不在|有人吗|有人没|在么)[,。!?\s]*(?=.)"
)
_ASSURED = re.compile(  # 确定能退, 肯定不扣钱: no yes
    r"(?:你们?|您)?(?:确定|肯定|保证)(?:是)?(?:(?:能|可以|会|不会|不扣|不收)[\u4e00-\u9fff]|免费)"
)
_TAG = re.compile(rf"(?:好吗|好不好|行吗|行不行|行不|可以吗|可以不|可以么|成吗|成不|好么|好嘛|中不|可好|吗)[?]*{_END}")
# 查一下流量包价格: to be told something is wished in the form of an order
_TELL_ME = re.compile(
    r"(?:查|看|问|了解|介绍|说|讲|告诉|列|报)(?:一?下|一?[查看问]|说|讲|给|我|你们)*[^,。!?;、\s]{0,8}"
    rf"(?:价格|价钱|价目表?|价位|报价|收费标准|有效期){_END}"
)
_ABLE = re.compile(r"能不能|可不可以|可以|能|可否|能否")

_HAPPENED = re.compile(
    r"了(?![吗么?]*$|还?能|还?可以|还?会|就|以?后|之后|马上|多久|不想)|还没|没到|刚|昨|前天|已经|上次|之前|早上|上午|中午|半天|怎么没|咋没"
)
_PICKS = (
    ("value", re.compile(r"(?:最|比较)?(?:划算|合算|实惠|性价比)(?:高|最高)?的?")),
    (
        "smallest",
        re.compile(r"[最顶](?:便宜|小|少|低)的?|^(?:要|来|选|就|那|那就)?(?:便宜|小)的(?:那个|那种|那档)?[吧呗。!]*$"),
    ),
    ("largest", re.compile(r"[最顶](?:贵|大|多|高)的?")),
    ("clears", re.compile(r"(?:交|还|付|结|缴|补)(?:清|齐)|全(?:部)?(?:交|还|缴|补)|都(?:交|还|缴)(?:了|清|掉)")),
    (
        "longest",
        re.compile(
            r"^(?:要|来|就|那|能|可以|有效期?|管|选|充|买|用)*(?:一个月|30天|三十天)的?(?:那个|那种)?[吧。]*$|(?:用得?|时间|有效期)最?(?:久|长)(?:一?点|些)?的?"
        ),
    ),
    ("middle", re.compile(r"(?:最?中间|中等|适中|居中)的?")),
    (
        "larger",
        re.compile(
            r"换个?(?:再|更)?大(?:一?[点些])?的|(?<!声音)(?:再|更|稍微?)?[大多](?:(?:一|那么)?[点些]儿?|一[档号级])|[再更][大多](?!的?声)|[上高]一档"
        ),
    ),
    (
        "smaller",
        re.compile(
            r"换个?(?:再|更)?(?:小|便宜)(?:一?[点些])?的|(?:再|更|稍微?)?(?:小|少|便宜)(?:(?:一|那么)?[点些]儿?|一[档号级])|[再更](?:小|少|便宜)|[下低]一档"
        ),
    ),
)
_CLAUSE = re.compile(r"[,。!?;、\s]")
_NOT_BEFORE = re.compile(
    r"(?:不要(?:充|选|买)?|不用|别(?:用|充|冲|选|买)?|(?<!有)没有?|不是|不想(?:用|要|充|选)?|不(?:充|选|买|办|开|会(?:用|使|弄|搞)?|能用|喜欢)|甭|除了|取消)(?:那个|这个|什么|你的|我的)?$"
)
_NOT_AFTER = re.compile(
    r"^(?:的|支付|付款?|流量|包|那个|这个)*(?:[我也都就实在太]{0,2})"
    r"(?:不要|不行(?!吗)|没有(?!问题)|用不[了成起]|付不[了成]|不会|不想|不用|不选|不够|没[装绑钱开]|(?:太)?[贵多少大小]了)"
)


@dataclass(frozen=True, slots=True)
class Act:
    """`kind`: ask, if or "" (it tells); `topics` of a question, as data/nlu/topics.tsv names them."""

    kind: str
    topics: tuple[str, ...] = ()


def read(text: str) -> Act:
    """What a normalised message does."""
    plain = features.plainly(text)
    topics = tuple(_named("topics.tsv", text)) or tuple(_named("topics.tsv", plain))
    if _IF.search(text) and not _polite(text):
        return Act(CONDITION, topics)
    return Act(ASK, topics) if is_question(text) or (plain != text and is_question(plain)) else Act(TELL, topics)


def is_question(text: str) -> bool:
    """Whether a normalised message asks; an order that is worded as a question does not."""
    plain = _REPROACH.sub("", _WHATEVER.sub("", text))
    calm = _GRUMBLE.sub("", plain)
    plain = calm if calm != plain and _ORDER.search(calm) else plain
    if _WH.search(plain) or _ABLE_NOT.search(plain) or _TELL_ME.search(plain):
        return True
    if _OR.search(_BUT.sub("", plain, count=1) if _BUT.match(plain) else plain):
        return True
    if _ASSURED.match(plain):
        return True
    found = _YES_NO.search(plain)
    return found is not None and not _is_order(plain)


def _is_order(text: str) -> bool:
    """换成5G好吗, 能帮我充1G吗: a tag or an auxiliary around an order."""
    without = _TAG.sub("", _ABLE.sub("", text)).rstrip("?嘛")  # 那就全国的嘛
    return _ORDER.search(text) is not None and _YES_NO.search(without) is None


def _polite(text: str) -> bool:
    return re.search(r"(?:方便|可以|行|能)的话", text) is not None


def picked(text: str) -> str:
    """Which of the choices is meant: smallest, largest, middle, value; larger or smaller than one; "" for none."""
    return next((name for name, pattern in _PICKS if pattern.search(text)), "")


def ruled_out(text: str, start: int, end: int) -> bool:
    """Whether the value at `start`…`end` is named only to be refused: 不要1G, 没有微信, 微信用不了."""
    before = _CLAUSE.split(text[:start])[-1]
    after = _CLAUSE.split(text[end:])[0]
    return _NOT_BEFORE.search(before) is not None or _NOT_AFTER.match(after) is not None


def _named(file: str, text: str) -> Iterator[str]:
    """The names of a list, in its order, of which a pattern is in the text."""
    patterns, prefilter = _patterns(file)
    return (patterns[index][0] for index in prefilter.among(text) if patterns[index][1].search(text))


@cache
def _patterns(file: str) -> tuple[list[tuple[str, re.Pattern[str]]], Prefilter]:
    found: dict[str, list[str]] = {}
    for name, pattern in vocabulary.rows(file):
        found.setdefault(name, []).append(pattern)
    compiled = [(name, re.compile("|".join(patterns), re.I)) for name, patterns in found.items()]
    return compiled, Prefilter([pattern for _, pattern in compiled])


def learned(text: str, does: Sequence[str], intent: str) -> str:
    """A question or a condition in open words: no answer to a question, no grumble and no mere word is one."""
    grumbles = _GRUMBLE.search(text) or _REPROACH.search(text)
    if grumbles or len(text) < SHORTEST or intent in ANSWERS or "yes" in does:
        return TELL
    return next((kind for kind in (CONDITION, ASK) if kind in does), TELL)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Acts(NluComponent):
    """Sets `act`, `topics` and `ruled_out`; values that are ruled out are no entities any more."""

    def process(self, messages: list[Message]) -> list[Message]:
        """After the extractors and the classifier, which see every value."""
        for message in messages:
            if text := message.get(TEXT):
                self._mark(message, text)
        return messages

    @staticmethod
    def _mark(message: Message, text: str) -> None:
        act = read(text)
        intent = str((message.get(INTENT) or {}).get("name"))
        kind = act.kind or learned(text, message.get(DOES) or (), intent)
        message.set(ACT, kind, add_to_output=True)
        message.set(TOPICS, list(act.topics), add_to_output=True)
        message.set(HAPPENED, _HAPPENED.search(text) is not None, add_to_output=True)
        reopens = [] if kind else list(_named("changes.tsv", text))
        for key, value in ((REOPENS, reopens), (PICK, picked(text))):
            if value:
                message.set(key, value, add_to_output=True)
        values: Sequence[dict[str, Any]] = message.get(ENTITIES) or ()
        refused = [v for v in values if ruled_out(text, v["start"], v["end"])]
        if refused:
            message.set(RULED_OUT, [v["entity"] for v in refused], add_to_output=True)
            message.set(REFUSED, [v["value"] for v in refused], add_to_output=True)
            message.set(ENTITIES, [v for v in values if v not in refused], add_to_output=True)
