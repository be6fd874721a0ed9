"""Values that are counted: phone numbers, months, money, data. Pure functions on normalised text.

Each finder yields `Found` spans; `today` is the customer's date, to which months are relative.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.nlu.numerals import NUMERAL, SPOKEN, number, spoken_digits


@dataclass(frozen=True, slots=True)
class Found:
    """An entity and where it stands."""

    entity: str
    value: str | int
    start: int
    end: int


_PHONE = re.compile(
    rf"(?<![\d{SPOKEN}])(?:\+?86[- ]?)?([1一幺](?:[ \-,]?[\d{SPOKEN}]){{10}})(?![\d{SPOKEN}])(?!\s*[-]\s*\d)"
)
_MOBILE = re.compile(r"1[3-9]\d{9}")


def phone_numbers(text: str) -> Iterator[Found]:
    """Mainland mobile numbers, 3-4-4, spoken (幺三八…), with +86; the value is the eleven digits."""
    for match in _PHONE.finditer(text):
        digits = spoken_digits(re.sub(r"[ \-,]", "", match.group(1)))
        if _MOBILE.fullmatch(digits):
            yield Found("phone_number", digits, match.start(), match.end())


def months_back(today: date, back: int) -> str:
    """`YYYY-MM` of so many months ago; negative for months to come."""
    count = today.year * 12 + today.month - 1 - back
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


_CN_MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_COUNT = r"(?:\d{1,2}|[一二两三四五六七八九十])"
_CALENDAR = re.compile(
    r"(?<!\d)(?:(?P<y>20\d\d|\d\d|二[零〇][一二三四五六七八九][零〇一二三四五六七八九])\s*年\s*的?"
    r"|(?P<rel>前年|去年|上年|今年|明年|本年)[的度]?)?"
    rf"(?<![\d.])(?P<m>{_CN_MONTH})\s*月份?(?!租|费|\d+[gG兆])(?!底?消)"
    rf"(?:\s*[到至\-~]\s*(?P<rel2>今年|本年)?(?P<m2>{_CN_MONTH})\s*月份?)?"
)
_NUMERIC = re.compile(r"(?<!\d)(20[12]\d)[-/.]?(0[1-9]|1[0-2])(?!\d)(?![-/.]?\d)|(?<!\d)(20[12]\d)[-/.]([1-9])(?!\d)")
_RELATIVE = re.compile(
    r"(?P<back>大?上+[一1]?个?上*[一1]?个?月份?)|(?P<this>[这本当今]一?个?月份?)"
    r"|(?P<next>下+[一1]?个?月份?)|(?P<last>前[一1]个月)"
)
_RANGE = re.compile(
    rf"(?:前|近|最近|过去|这|上)的?(?P<n>{_COUNT})个?月"
    r"|(?P<half>(?:最近|近|前|这|过去)?半年[内来]?)(?!后)|(?P<year>(?:近|最近)一年)"
)
_YEARS = re.compile(
    r"(?P<lastyear>[去上]年)(?:全年|一年|一整年|整年)"
    r"|(?P<half1>(?P<hy>[去今]年)?上半年)|(?P<half2>(?P<hy2>[去今]年)?下半年)"
)


def months(text: str, today: date) -> Iterator[Found]:
    """Months as `YYYY-MM`, ranges as `YYYY-MM/YYYY-MM`; a month without a year is the latest that has begun."""
    taken: list[tuple[int, int]] = []
    for finder in (_halves, _ranges, _numeric, _calendar, _relative):
        for found in finder(text, today):
            if all(found.end <= s or found.start >= e for s, e in taken):
                taken.append((found.start, found.end))
                yield found


def _span(match: re.Match[str], value: str) -> Found:
    return Found("month", value, match.start(), match.end())


def _halves(text: str, today: date) -> Iterator[Found]:
    for match in _YEARS.finditer(text):
        if match["lastyear"]:
            yield _span(match, f"{today.year - 1}-01/{today.year - 1}-12")
            continue
        year = today.year - ((match["hy"] or match["hy2"]) == "去年")
        yield _span(match, f"{year}-01/{year}-06" if match["half1"] else f"{year}-07/{year}-12")


def _ranges(text: str, today: date) -> Iterator[Found]:
    for match in _RANGE.finditer(text):
        counted = number(match["n"]) if match["n"] else None
        count = int(counted) if counted else (12 if match["year"] else 6)
        if match["half"] == "半年" or not 1 <= count <= 24:
            continue  # 半年 alone is a length of time, not which months
        start = months_back(today, count)
        yield _span(match, start if count == 1 else f"{start}/{months_back(today, 1)}")


def _numeric(text: str, today: date) -> Iterator[Found]:
    for match in _NUMERIC.finditer(text):
        year, month = match[1] or match[3], match[2] or match[4]
        yield _span(match, f"{year}-{int(month):02d}")


def _calendar(text: str, today: date) -> Iterator[Found]:
    for match in _CALENDAR.finditer(text):
        month, year = int(number(match["m"]) or 0), _year(match, today)
        if not 1 <= month <= 12:
            continue
        year = year or (today.year if month <= today.month else today.year - 1)
        value = f"{year}-{month:02d}"
        if match["m2"]:
            last = int(number(match["m2"]) or 0)
            last_year = today.year if match["rel2"] else year + (last < month)
            value = f"{value}/{last_year}-{last:02d}"
        yield _span(match, value)


def _year(match: re.Match[str], today: date) -> int | None:
    if match["y"]:
        year = int(spoken_digits(match["y"]))
        return year + 2000 if year < 100 else year
    steps = {"前年": -2, "去年": -1, "上年": -1, "今年": 0, "本年": 0, "明年": 1}
    return today.year + steps[match["rel"]] if match["rel"] else None


def _relative(text: str, today: date) -> Iterator[Found]:
    for match in _RELATIVE.finditer(text):
        if match["back"]:
            back = match["back"].count("上") + match["back"].count("大")
        else:
            back = 0 if match["this"] else 1 if match["last"] else -match["next"].count("下")
        yield _span(match, months_back(today, back))


_MONEY = re.compile(
    rf"(?<![\d.\-])(?P<n>{NUMERAL})\s*(?:个)?(?P<unit>元|块钱?|圆|rmb|RMB|毛钱?|角|分钱)"
    rf"(?:(?P<tail>[\d一二三四五六七八九])(?:毛|角)?(?!\d|[gGmM兆个]))?钱?"
)
_YEN = re.compile(r"[¥￥]\s*(\d+(?:\.\d{1,2})?)")
_PAY = (
    r"(?:充值?|交费?|缴费?|存|预存|打|冲值?|付|扣了?|多扣了?|收了?|退|就|改成|换成|来)"
    r"(?:我|给|个|了|话费|电话费|手机费|一下|点)*"
)
_BARE = re.compile(
    rf"{_PAY}(?P<n>\d{{1,4}}|[一二两三四五六七八九十百千]{{2,5}})"
    r"(?![\d.gGmMkK兆年月号日个分天点折张次秒条岁台]|\s*[gGmM兆]|块|元)(?:话费|的|吧|$|[,。!])?"
)
_WHOLE = re.compile(
    r"[就要充]?(?P<n>\d{2,3}|[一二两三四五六七八九]?[百十][一二三四五六七八九十]?十?"
    r"|[一两二三四五六七八九]百[一二三四五六七八九])[吧的]?"
)
_COINS = {"毛": 10, "角": 10, "分": 1}
_IDIOM = "二百五"


def amounts(text: str) -> Iterator[Found]:
    """Money as integer fen: 50元, 五十块, 20块5, 一百二, 充50. 10086 and 二百五 (a fool) are none."""
    taken: set[int] = set()
    for match in _MONEY.finditer(text):
        value = number(match["n"])
        if value is None or re.match(r"\s*(?:套餐|月租套餐)", text[match.end() :]):
            continue
        fen = value * _COINS.get(match["unit"][0], 100)
        if match["tail"]:
            fen += (number(match["tail"]) or 0) * 10
        taken.update(range(*match.span()))
        yield from _money(fen, match.start(), match.end())
    for match in _YEN.finditer(text):
        yield from _money(Decimal(match[1]) * 100, match.start(), match.end())
    for match in _bare(text):
        value = number(match["n"])
        if value is not None and match.start("n") not in taken:
            yield from _money(value * 100, match.start("n"), match.end("n"))


def _bare(text: str) -> Iterator[re.Match[str]]:
    """Numbers that are money only by what stands beside them, or because nothing does."""
    whole = _WHOLE.fullmatch(text)
    if whole and (value := number(whole["n"])) is not None:
        if text != _IDIOM and 10 <= value <= 500 and value % 10 == 0:
            yield whole
        return
    yield from _BARE.finditer(text)


def _money(fen: Decimal, start: int, end: int) -> Iterator[Found]:
    if 0 < fen <= 10_000_000 and fen == fen.to_integral_value():
        yield Found("amount_fen", int(fen), start, end)


_DATA = re.compile(
    rf"(?<![\d.a-zA-Z])(?P<n>半|{NUMERAL})\s*个?(?P<half>半)?(?:全国|国内|省内|流量)?的?\s*"
    r"(?P<unit>[gG][bB]?|[tT][bB]?|[mM][bB]?|兆|[jJ]i)(?![a-zA-Z])(?P<tail>半)?"
)
_GENERATION = re.compile(r"[2345]\s*[gG]")
_NETWORK_AFTER = re.compile(
    r"\s*(?:网|信号|手机|套餐|卡|服务|功能|业务|制式|开关|基站|覆盖|用户"
    r"|时代|消息|会员|权益|上网|变|上不|无|没|慢|不能|断)"
)
_NETWORK_BEFORE = re.compile(
    r"(?:开通?|升级?[到成为]?|办理?|关闭?掉?|取消|支持|没有?|用|退出?|显示|切换到?|接收|连)(?:个|了|我的|的)?$"
)
_DATA_AFTER = re.compile(r"\s*(?:的)?(?:全国|国内|省内|本省|通用|定向|夜间)?(?:的)?(?:流量|数据|加油包|包)")
_DATA_BEFORE = re.compile(
    r"(?:充|冲|买|订购?|加|来|要|再来|叠加|改成?|换成?|选|给我|发|剩下?|用了|超了?|国内|省内|全国|流量)[个了到的]?$"
)
_PER_UNIT = {"g": 1024, "t": 1024 * 1024, "m": 1, "兆": 1, "j": 1024}


def data_sizes(text: str) -> Iterator[Found]:
    """Data in MB: 1G, 半个G, 五百兆, 1个半G. 5G the network is none, 充5G is five gigabytes."""
    for match in _DATA.finditer(text):
        value = Decimal("0.5") if match["n"] == "半" else number(match["n"])
        if value is None or _is_network(text, match) or _is_broadband(text, match):
            continue
        if match["half"] or match["tail"]:
            value += Decimal("0.5")
        size = value * _PER_UNIT[match["unit"][0].lower()]
        if 0 < size == size.to_integral_value():
            yield Found("data_mb", int(size), match.start(), match.end())


def _is_network(text: str, match: re.Match[str]) -> bool:
    """Whether 3G, 4G, 5G is a generation of the network here."""
    if not _GENERATION.fullmatch(match.group()):
        return False
    before, after = text[: match.start()], text[match.end() :]
    if _DATA_AFTER.match(after):
        return False
    if _NETWORK_AFTER.match(after) or _NETWORK_BEFORE.search(before):
        return True
    alone = re.fullmatch(r"(?:的|吧|的吧|那个|国内|省内|全国|微信|支付宝|付|\W)*", after) is not None
    return not (_DATA_BEFORE.search(before) or (alone and (not before or before.endswith((",", " ", "包")))))


def _is_broadband(text: str, match: re.Match[str]) -> bool:
    """100M of a broadband line is its speed."""
    return bool(
        re.search(r"宽带[^,。]{0,6}$", text[: match.start()])
        or re.match(r"\s*的?(?:宽带|光纤|光宽)", text[match.end() :])
    )
