"""Values that have names: scope, carrier, service, plan, place, document. Pure functions on normalised text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from rapidfuzz import fuzz, process

from bot.nlu import vocabulary
from bot.nlu.values import Found

CLOSE = 75  # per cent that a misspelt name must agree
_SCOPES = re.compile(r"(?P<national>全国|国内|通用流量|全网通用)|(?P<provincial>省内|本省|省里|本地)")
_NOT_SCOPE = re.compile(r"(?:流量)?(?:漫游|长途|电话|通话|区号)")
_WAYS = re.compile(r"(?P<wechat>微信|weixin|wechat|\bwx\b)|(?P<alipay>支付宝|zhifubao|alipay|\bzfb\b)", re.IGNORECASE)
_CARRIER = re.compile(r"(?:中国)?(移动|联通|电信|广电|铁通)(?!数据|网络开关|支付|电源|硬盘|诈骗|端|设备)(?<!不移动)")
_PLAN = re.compile(
    r"(?:月租)?(?P<n>\d{1,3})\s*(?:元|块钱?)?的?(?:那个|这个)?(?P<plan>套餐)|(?P<m>[一二三四五六七八九]?十[一二三四五六七八九]?|[一二]百[^套]{0,3})(?:元|块钱?)的?套餐"
)
_WANTS = re.compile(r"(?:开通|取消|退订|订购|关闭|关掉|停了|停掉|退掉|退了|办理|不要|设置|推订|退定|开个|办个)")
_PLACE_TAIL = re.compile(r"(?:省|市|县|区|州)?")
_ADDRESS = re.compile(
    r"(?:在|去|到|离|是)?(?P<p>[\u4e00-\u9fff]{1,4}?(?:[路街巷镇乡村县]|大道|小区|广场|火车站|汽车站|开发区)(?:\d+号)?)(?=附近|有|能|的|哪|那|营业|怎|,|$)"
)
_NOT_PLACE = re.compile(r"网络|线路|道路|一条|通路|电路|走哪|怎么|什么|哪|最近|附近|农村|我们|你们|这|那")


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
    """The operator's short name."""
    for match in _CARRIER.finditer(text):
        yield Found("carrier", match[1], match.start(), match.end())


def documents(text: str) -> Iterator[Found]:
    """Kinds of identity documents, by their usual name."""
    yield from _listed(text, "document_type", "documents.tsv")


def services(text: str) -> Iterator[Found]:
    """Services by their present name; with a verb beside it also a misspelt one."""
    found = list(_listed(text, "service_name", "services.tsv"))
    yield from found
    if not found and (verb := _WANTS.search(text)) and len(text) <= 20:
        yield from _misspelt(text, verb.span())


def plans(text: str) -> Iterator[Found]:
    """Plans by name, or `39元套餐` where only the price was said."""
    found = list(_listed(text, "plan_name", "plans.tsv"))
    yield from found
    for match in _PLAN.finditer(text):
        if all(match.end() <= f.start or match.start() >= f.end for f in found) and match["n"]:
            yield Found("plan_name", f"{int(match['n'])}元套餐", match.start(), match.end())


def places(text: str) -> Iterator[Found]:
    """Provinces, cities, districts; and streets or villages where a place is spoken of."""
    end = -1
    for match in _pattern("places").finditer(text):
        tail = _PLACE_TAIL.match(text, match.end())
        end = tail.end() if tail else match.end()
        yield Found("place", match.group(), match.start(), end)
    for match in _ADDRESS.finditer(text, max(end, 0)):
        if not _NOT_PLACE.search(match["p"]):
            yield Found("place", match["p"], match.start("p"), match.end("p"))


@cache
def _pattern(file: str) -> re.Pattern[str]:
    listed = vocabulary.places() if file == "places" else vocabulary.names(file)
    return re.compile("|".join(re.escape(name) for name in sorted(listed, key=len, reverse=True)))


def _listed(text: str, entity: str, file: str) -> Iterator[Found]:
    listed = vocabulary.names(file)
    for match in _pattern(file).finditer(text):
        yield Found(entity, listed[match.group()], match.start(), match.end())


@lru_cache(maxsize=1)
def _long_services() -> list[str]:
    return [name for name in vocabulary.names("services.tsv") if len(name) >= 3 and not name.isascii()]


def _misspelt(text: str, verb: tuple[int, int]) -> Iterator[Found]:
    """The service nearest to what stands beside the verb."""
    before, after = text[: verb[0]], text[verb[1] :]
    rest, offset = (after, verb[1]) if len(after) >= 3 else (before, 0)
    if len(rest) < 3:
        return
    best = process.extractOne(rest, _long_services(), scorer=fuzz.partial_ratio, score_cutoff=CLOSE)
    if best is None:
        return
    name = vocabulary.names("services.tsv")[best[0]]
    place = fuzz.partial_ratio_alignment(best[0], rest)
    if place is not None and place.dest_end - place.dest_start >= len(best[0]) - 1:
        yield Found("service_name", name, offset + place.dest_start, offset + place.dest_end)
