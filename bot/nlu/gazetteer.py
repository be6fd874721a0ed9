"""Values with names: scope, carrier, service, plan, place, document. Pure functions on normalised text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from rapidfuzz import fuzz, process

from bot.nlu import vocabulary
from bot.nlu.numerals import NUMERAL, number
from bot.nlu.values import Found

CLOSE = 75  # per cent: the lowest similarity of a misspelt name
_DATA_FOLLOWS = (
    r"(?=$|[,。!?\d半吧呢啊嘛噻哈咯嘞给]|\s+\d|\s*最[大小贵便多少]|的?(?:都)?有?哪些|的?(?:要)?[贵便](?:宜|多少)|流量|通用|的最|还是|不[要行选用]|太|[和跟与比]|都?能用|用|范围|包|[一二两三五十]个"
    r"|[的得](?:$|[,。!?\d半吧呢啊嘛噻哈咯嘞给帮充来]|流量|包|那[个种]|这[个种]))"
)
_SCOPES = re.compile(
    rf"(?P<national>\b(?:nation(?:al|wide)|domestic)\b|(?:全国|国内)(?:通用流量|通用)?{_DATA_FOLLOWS}|通用流量|^通用的?$|(?<=要)通用的"
    r"|(?<=要)(?:(?:她|他|我|在)?(?:那边|那儿|外面|外地|到处|哪儿都|在?哪里?都)?能用的(?:那种|那个|那款|流量)?)(?=$|[吧呗,。])"
    r"|(?:到处|哪里?儿?都|外地也?|外面也?|她?他?那边)能用的|(?:外省|跨省|出了?省)(?=也|都|能用|可以用|用|流量|的$)|省外(?!的?[号卡人]))"
    rf"|(?P<provincial>\b(?:provincial|in[- ]province)\b|省内|本省|省里|当地流量|本地{_DATA_FOLLOWS})"
)
_NOT_SCOPE = re.compile(r"(?:流量)?(?:漫游|长途|电话|通话|区号)")
_WAYS = re.compile(r"(?P<wechat>微信|weixin|wechat|\bwx\b)|(?P<alipay>支付宝|zhifubao|alipay|\bzfb\b)", re.IGNORECASE)
_CARRIER = re.compile(
    r"(?:中国|中)?(?P<name>(?<!不)(?<!可)(?<!怎么)移动(?!数据|网络(?!公司)|支付|电源|硬盘|诈骗|端|设备|办公|互联|一下|位置|图标|到桌|照片|文件|光标|[uU]盘)"
    r"|联通(?![率性器])|电信(?!诈骗|网络诈骗|条例|设备)|广电(?!总局|中心)|铁通|网通)"
    r"|(?P<letters>CMCC|cmcc|CUCC|cucc|CTCC|ctcc)(?![A-Za-z])"
)
_CARRIERS = {"网通": "联通", "cmcc": "移动", "cucc": "联通", "ctcc": "电信"}
_PLAN = re.compile(
    rf"(?:月租|每月)?(?<![\d.])(?P<n>{NUMERAL})\s*(?:元|块钱?|快)?的?(?:那个|这个)?(?:月租)?的?套餐(?![余内外用])"
    rf"|套餐(?P<m>{NUMERAL})(?:元|块钱?)的?(?:那个|这个)?"
)
_PRICES = range(5, 1000)  # yuan a month
_PRICED = re.compile(r"(\D+?)(?:套餐)?(\d+)(?:元套餐|元|)")
_NETWORK = re.compile(
    r"(?:开通|开启|打开|开个?|取消|关闭|关掉|关了|停用|退订|办理|办个?)(?:一下|个|我的|手机的?|了)*(?P<g>[45][gG])(?:了|吧|呢|啊|吗|怎么[开弄办])?$"
)
_WANTS = re.compile(r"(?:开通|取消|退订|订购|关闭|关掉|停了|停掉|退掉|退了|办理|不要|设置|推订|退定|开个|办个)")
_PLACE_TAIL = re.compile(r"省(?!内)|[市县区州]|")
_STREET_TAIL = re.compile(r"[东西南北中]?(?:路(?!由)|街|大道)")
_NO_CITY = re.compile(r"中山装|日照时|大理石|保山歌|黄山松")
_ADDRESS = re.compile(
    r"(?P<p>[\u4e00-\u9fff]{1,4}?(?:[路街巷镇乡村县]|大道|小区|广场|火车站|汽车站|开发区)(?:\d+号)?)(?=附近|有|能|的|哪|那|营业|怎|,|$)"
)
_BEFORE_PLACE = re.compile(r".*(?:在|去|到|离|住|是)")
_NOT_PLACE = re.compile(
    r"^路上|走不|带路|问路|[他她]|公路|铁路|马路|大路|高速|网络|线路|道路|一条|通路|电路|走哪|怎么|什么|哪|最近|附近|农村|我们|你们|这|那"
)


def scopes(text: str) -> Iterator[Found]:
    """`national` or `provincial`; 国内漫游 and 国内长途 are services, not scopes."""
    for match in _SCOPES.finditer(text):
        if not _NOT_SCOPE.match(text, match.end()):
            yield Found("scope", str(match.lastgroup), match.start(), match.end())


def ways_to_pay(text: str) -> Iterator[Found]:
    """`wechat` or `alipay`."""
    for match in _WAYS.finditer(text):
        yield Found("pay_method", str(match.lastgroup), match.start(), match.end())


def carriers(text: str) -> Iterator[Found]:
    """The operator's short name; 网通 has long been part of 联通."""
    for match in _CARRIER.finditer(text):
        name = match["name"] or match["letters"].lower()
        yield Found("carrier", _CARRIERS.get(name, name), match.start(), match.end())


def documents(text: str) -> Iterator[Found]:
    """Kinds of identity documents, by their usual name."""
    yield from _listed(text, "document_type", "documents.tsv")


def services(text: str) -> Iterator[Found]:
    """Services by their present name; with a verb beside it also a misspelt one, and 5G for the network."""
    found = list(_listed(text, "service_name", "services.tsv"))
    yield from found
    if found:
        return
    if match := _NETWORK.search(text):
        yield Found("service_name", f"{match['g'].upper()}功能", match.start("g"), match.end("g"))
    elif (verb := _WANTS.search(text)) and len(text) <= 20:
        yield from _misspelt(text, verb.span())


def plans(text: str) -> Iterator[Found]:
    """Plans by name, or `39元套餐` where only the price was said."""
    if text.isascii():
        return
    found = [*_branded(text), *_listed(text, "plan_name", "plans.tsv")]
    yield from found
    for match in _PLAN.finditer(text) if "套餐" in text else ():
        price = number(match["n"] or match["m"])
        if price in _PRICES and all(match.end() <= f.start or match.start() >= f.end for f in found):
            yield Found("plan_name", f"{price:f}元套餐", match.start(), match.end())


def _branded(text: str) -> Iterator[Found]:
    """畅享39, 冰淇淋九十九元套餐: a brand and its price."""
    pattern, brands = _brands()
    for match in pattern.finditer(text):
        if (price := number(match["n"])) in _PRICES:
            yield Found("plan_name", f"{brands[match['brand']]}{price:f}元套餐", match.start(), match.end())


def places(text: str) -> Iterator[Found]:
    """Provinces, cities, districts, countries; and streets or villages where a place is spoken of."""
    end = -1
    for match in _pattern("places").finditer(text):
        if _NO_CITY.match(text, match.start()):
            continue
        street, tail = _STREET_TAIL.match(text, match.end()), _PLACE_TAIL.match(text, match.end())
        end = (street or tail or match).end()
        yield Found("place", text[match.start() : end] if street else match.group(), match.start(), end)
    for match in _ADDRESS.finditer(text, max(end, 0)):
        before = _BEFORE_PLACE.match(match["p"])
        name = match["p"][before.end() :] if before else match["p"]
        if len(name) > 1 and not _NOT_PLACE.search(name):
            yield Found("place", name, match.end("p") - len(name), match.end("p"))


@vocabulary.derived
@cache
def _brands() -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern for a plan's brand, and every way to write a brand → the brand."""
    found: dict[str, str] = {}
    for written, name in vocabulary.names("plans.tsv").items():
        if (other := _PRICED.fullmatch(written)) and (proper := _PRICED.fullmatch(name)):
            found[other[1]] = proper[1]
    longest_first = "|".join(sorted(map(re.escape, found), key=len, reverse=True))
    return re.compile(rf"(?P<brand>{longest_first})(?:套餐)?(?P<n>{NUMERAL})(?:元|块钱?)?的?(?:套餐)?"), found


@vocabulary.derived
@cache
def _pattern(file: str) -> re.Pattern[str]:
    listed = vocabulary.places() if file == "places" else vocabulary.names(file)
    return re.compile("|".join(re.escape(name) for name in sorted(listed, key=len, reverse=True)))


def _listed(text: str, entity: str, file: str) -> Iterator[Found]:
    listed, small = vocabulary.names(file), text.lower()
    for match in _pattern(file).finditer(small if len(small) == len(text) else text):
        yield Found(entity, listed[match.group()], match.start(), match.end())


@vocabulary.derived
@lru_cache(maxsize=1)
def _long_services() -> list[str]:
    return [name for name in vocabulary.names("services.tsv") if len(name) >= 3 and not name.isascii()]


def _misspelt(text: str, verb: tuple[int, int]) -> Iterator[Found]:
    """The service most similar to the words beside the verb."""
    before, after = text[: verb[0]], text[verb[1] :]
    rest, offset = (after, verb[1]) if len(after) >= 3 else (before, 0)
    if len(rest) < 3 or rest.endswith("流量"):  # 不要国内流量: data, not a misspelt 流量包
        return
    best = process.extractOne(rest, _long_services(), scorer=fuzz.partial_ratio, score_cutoff=CLOSE)
    if best is None:
        return
    name = vocabulary.names("services.tsv")[best[0]]
    place = fuzz.partial_ratio_alignment(best[0], rest)
    if place is not None and place.dest_end - place.dest_start >= len(best[0]) - 1:
        yield Found("service_name", name, offset + place.dest_start, offset + place.dest_end)
