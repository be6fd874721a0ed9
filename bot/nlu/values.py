"""Values that are counted: phone numbers and data. Pure functions on normalised text; see also months, amounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from bot.nlu.numerals import NUMERAL, number
from hall import phone_reader

ENTITIES = (  # the kinds that the extractors find
    *("phone_number", "month", "plan_name", "data_mb", "amount_fen", "service_name"),
    *("document_type", "place", "scope", "carrier", "pay_method", "invoice_title", "tax_number"),
)
AS_WRITTEN = frozenset(
    {"invoice_title", "tax_number"}
)  # names: their value is the original's, not the normalised text's


@dataclass(frozen=True, slots=True)
class Found:
    """An entity and its span."""

    entity: str
    value: str | int
    start: int
    end: int


def phone_numbers(text: str) -> Iterator[Found]:
    """Mainland mobile numbers, 3-4-4, spoken (幺三八…, 双零), with +86; the value is the eleven digits.

    Digits that are such a number but for one too few or too many are one, too.
    """
    found = [*phone_reader.phone_numbers(text)]
    for one in found:
        yield Found("phone_number", one.digits, one.start, one.end)
    for match in _MISTYPED.finditer(text):  # whoever takes a number says what is wrong with it
        if all(match.end() <= one.start or one.end <= match.start() for one in found):
            yield Found("phone_number", match[0], *match.span())


_MISTYPED = re.compile(
    r"(?<![\dA-Za-z.*+\-])1[3-9]\d(?:\d{6,7}|\d{9,10})(?![\dA-Za-z.*\-])"
)  # a digit or two short, or too many


_DATA = re.compile(
    rf"(?<![\d.a-zA-Z+])(?P<n>半|\.\d|{NUMERAL})(?:多|来)?\s*个?(?P<half>半)?(?:全国|国内|省内|流量)?的?\s*"
    r"(?P<unit>[gG][bB]?|[tT][bB]?|[mM][bB]?|兆|[jJ]i|吉(?=流量|的|吧|包|$))(?![a-zA-Z])(?P<tail>半)?"
)
_BARE_SIZE = re.compile(  # the number of a size, which is no price and no choice: 512的吧
    r"(?:那就?|就|还是|要|来|换成?|改成?|充|选)*(?P<n>512|1024|2048|5120|10240)(?:的|吧|嘛|那个|好了|呗|[,。!])*"
)
_BINARY = re.compile(  # the same anywhere: nobody pays 512元
    r"(?<![\d.\-a-zA-Z])(?P<n>512|1024|2048|5120)(?=的|流量|国内|省内|全国|来|那|这|吧|呢|行|$|[,，。? ])"
)
_GENERATION = re.compile(r"[2345]\s*[gG]")
_NETWORK_NOUN = re.compile(
    r"\s*(?:网|信号|手机|套餐|卡|服务|功能|业务|制式|开关|基站|覆盖|用户|时代|消息|会员|权益|上网)"
)
_NETWORK_AFTER = re.compile(r"\s*(?:变|上不|无|没|慢|不能|断|(?:升级?|换|改|变|转)[成到为]?\s*[2345][gG])")
_NETWORK_BEFORE = re.compile(
    r"(?:开通?|升级?[到成为]?|办理?|关闭?掉?|取消|支持|没有?|用|退出?|显示|切换到?|接收|连)(?:个|了|我的|的)?$"
)
_OTHER_NETWORK = re.compile(r"[2345]\s*[gG]\s*(?:升级?|换|改|变|转)[成到为]?$")
_DATA_AFTER = re.compile(
    r"\s*(?:的)?(?:全国|国内|省内|本省|通用|定向|夜间)?(?:的)?(?:流量|数据|加油包|包)|\s*的?(?:什么|啥)价"
    r"|\s*的?(?:多少钱(?!一个?月|每月|包月)|够|太[多少贵]|会不会|贵不贵|划算|不要了?|(?:[和跟与]|还是)(?:1|\d{2,})[gG])"
)
_DATA_BEFORE = re.compile(
    r"(?:充|冲|买|订购?|加|来|要|再来|叠加|改成?|换成?|选|给我|发|剩下?|还有|用了|用掉|超了?|国内|省内|全国|流量"
    r"|(?:错了?|不对|不是)[,。 ]*(?:我)?(?:应该|其实|要的|说的)*是"
    r"|(?<!\d)(?:1|\d{2,})[gG]好?(?:和|跟|与|还是|或者?)|^还是|那就|^就|^那|就是)[个了到的]?$"
)
_CHOICE_BEFORE = re.compile(r"(?:那么?|就|还是|要不|不如|干脆|我|也|选)*")  # 那就5G, 还是5G吧
_LINE_BEFORE = re.compile(r"(?:宽带|网速|带宽|光纤|网络?速度|下载)[^,。]{0,6}$")
_LINE_AFTER = re.compile(r"\s*的?(?:宽带|光纤|光宽|带宽|网速|速率|网(?![上购]))")
_DEVICE_BEFORE = re.compile(r"(?:内存|存储|硬盘|苹果|华为|小米|荣耀|iPhone|[uU]盘|手机)[^,。充买]{0,2}$", re.I)
_DEVICE_AFTER = re.compile(r"\s*的?(?:内存|存储|硬盘|手机|[uU]盘|显卡|苹果|华为|小米|平板|RAM|ROM)")
_PER_UNIT = {"g": 1024, "t": 1024 * 1024, "m": 1, "兆": 1, "j": 1024, "吉": 1024}


def data_sizes(text: str) -> Iterator[Found]:
    """Data in MB: 1G, 半个G, 五百兆, 1个半G. 5G is a network, 充5G is five gigabytes."""
    if bare := _BARE_SIZE.fullmatch(text):
        yield Found("data_mb", int(bare["n"]), *bare.span("n"))
    else:
        for match in _BINARY.finditer(text):
            yield Found("data_mb", int(match["n"]), *match.span("n"))
    for match in _DATA.finditer(text):
        value = _amount(match["n"])
        if value is None or _is_network(text, match) or _is_speed_or_storage(text, match):
            continue
        if match["half"] or match["tail"]:
            value += Decimal("0.5")
        size = value * _PER_UNIT[match["unit"][0].lower()]
        if 0 < size == size.to_integral_value():
            yield Found("data_mb", int(size), match.start(), match.end())


def _amount(numeral: str) -> Decimal | None:
    if numeral == "半":
        return Decimal("0.5")
    return Decimal(f"0{numeral}") if numeral.startswith(".") else number(numeral)


def _is_network(text: str, match: re.Match[str]) -> bool:
    """Whether 3G, 4G, 5G is a generation of the network here."""
    if not _GENERATION.fullmatch(match.group()):
        return False
    before, after = text[: match.start()], text[match.end() :]
    if _DATA_AFTER.match(after):
        return False
    if _NETWORK_NOUN.match(after) or _OTHER_NETWORK.search(before):
        return True
    if _DATA_BEFORE.search(before):
        return False
    if _NETWORK_AFTER.match(after) or _NETWORK_BEFORE.search(before):
        return True
    alone = re.fullmatch(r"(?:的|吧|的吧|嘛|那个|国内|省内|全国|微信|支付宝|付|\W)*", after) is not None
    return not (alone and (_CHOICE_BEFORE.fullmatch(before) or before.endswith((",", " ", "包"))))


def _is_speed_or_storage(text: str, match: re.Match[str]) -> bool:
    """100M of a broadband line is its speed, 128G of a phone its storage."""
    before, after = text[: match.start()], text[match.end() :]
    return bool(
        _LINE_BEFORE.search(before)
        or _LINE_AFTER.match(after)
        or _DEVICE_BEFORE.search(before)
        or _DEVICE_AFTER.match(after)
    )
