"""Months as people name them, relative to the customer's date. Pure functions on normalised text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bot.nlu.numerals import number, spoken_digits
from bot.nlu.values import Found

FEW = 3  # 这几个月
OLDEST = 5  # years back for which six digits alone are a month, not a code
_YEAR_STEPS = {"前年": -2, "去年": -1, "上年": -1, "今年": 0, "本年": 0, "明年": 1}
_YEAR = (
    r"(?:(?P<y>20\d\d|\d\d|二[零〇][一二三][零〇一二三四五六七八九]|二[一二三四五六七八九]|两千零?二十[一二三四五六七八九]?)\s*年\s*的?"
    r"|(?P<rel>前年|去年|上年|今年|本年|明年)[的度]?)"
)
_M = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九壹贰叁肆伍陆柒捌玖]|元(?=月))"
_TO = r"(?:到|至|[-—~])"
_NEXT_TO = rf"(?=(?:{_TO}|[、,和跟与]){_M}\s*月)"  # 7到9月, 8、9月份: the first one without 月
_SINGLE = re.compile(
    rf"{_YEAR}?\s*(?<![\d.元块每停交存保满])(?P<m>{_M})"
    rf"(?:\s*月份?(?!租|费(?!用)|内|天|桂|饼|嫂|\d+[gG兆])(?!底?消)|{_NEXT_TO}|(?=[一二三四五六七八九]月))"
    r"|(?P<two>二|两)月份"
    r"|(?<!\d)(?P<ny>20[12]\d)(?P<sep>[-/.年—]?)(?P<nm>1[0-2]|0[1-9]|(?<=[-/.年—])[1-9])(?:[-/.]?(?:[012]\d|3[01]))?(?:月份?)?(?!\d)"
    r"|(?<!\d)(?P<by>20[12]\d) (?P<bm>1[0-2]|0[1-9])(?!\d)"
    r"|(?P<again>上个月的?上个月)|(?P<back>大?上+[一1]?个?上*[一1]?个?月份?)|(?P<before>前个?月)|(?P<last>前[一1]个?月|上[一1]?[个]?(?:账期|期(?=账|话|费)))"
    r"|(?P<this>这[一1]?个?月份?|本月份?|当前?月|今一?个?月|本期(?=账|话|费))|(?P<next>下+[一1]?个?月份?|次月)"
)
_DAY = r"(?:\d{1,2}[号日])?"
_JOIN = re.compile(rf"\s*{_DAY}\s*{_TO}\s*(?:了)?\s*")
_COUNT = r"(?:\d{1,2}|十[一二]|[一二两俩三四五六七八九十几])"
_COUNTED = re.compile(
    rf"(?P<how>前|近|最近|过去|这|上)的?(?P<n>{_COUNT})个?月"
    rf"|(?P<ago>{_COUNT})个月(?:之|以)?前(?=的?(?:账|话费|费用|消费|扣|那|$|[,。?]))"
    r"|(?P<half>(?:最近|近|前|这|过去)半年[内来]?|半年[内来])(?!后)|(?P<year>(?:近|最近|过去)一年)"
)
_PART = re.compile(
    rf"{_YEAR}?(?:(?P<half>[上下])半年|第?(?P<quarter>[一二三四1-4])季度?(?![^度账的话费]))"
    r"|(?P<quarters>上|这|本)[一1]?个?季度"
    rf"|(?P<since>(?:从)?(?:(?P<sm>{_M})\s*月份?|(?:今年)?年初|今年以来)(?:(?<=以来)|(?:开始)?(?:到|至)(?:现在|目前|今天|如今|这会儿?)))"
    rf"|(?P<whole>(?:(?P<wy>20\d\d)年|(?P<wrel>前年|去年|上年|今年))"
    rf"(?:全年|一整年|整年|一年(?!多)|(?=[^\d月]{{0,8}}(?:一共|总共|合计|总计|累计|加起来|平均|哪个月|花了|用了|消费))))"
    r"|(?P<wrel2>前年|去年|上年|今年)(?=的?(?:账单|呢[?]?$))"
)
_MONTH_WORDS = frozenset("月年季期")


@dataclass(frozen=True, slots=True)
class _Month:
    """A month named in a text; `sure` if its year was named too."""

    start: int
    end: int
    year: int
    month: int
    sure: bool

    @property
    def count(self) -> int:
        return self.year * 12 + self.month - 1


def text_of(count: int) -> str:
    """`YYYY-MM` of a count of months since year 0."""
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def find(text: str, today: date) -> Iterator[Found]:
    """Months as `YYYY-MM`, ranges as `YYYY-MM/YYYY-MM`; a month without a year is the latest that has begun."""
    named = not _MONTH_WORDS.isdisjoint(text)
    if not named and "20" not in text:
        return
    taken: set[int] = set()
    finders = (_parts, _counted, _singles) if named else (_singles,)
    for finder in finders:
        for found in finder(text, today):
            span = range(found.start, found.end)
            if taken.isdisjoint(span):
                taken.update(span)
                yield found


def _parts(text: str, today: date) -> Iterator[Found]:
    """Halves, quarters and whole years."""
    now = today.year * 12 + today.month - 1
    for match in _PART.finditer(text):
        if match["since"]:
            month = int(number(match["sm"]) or 1) if match["sm"] else 1
            first = 12 * (today.year if month <= today.month else today.year - 1) + month - 1
            length = now - first + 1
        elif match["whole"] or match["wrel2"]:
            relative = match["wrel"] or match["wrel2"]
            first, length = 12 * (int(match["wy"]) if match["wy"] else today.year + _YEAR_STEPS[relative]), 12
        elif match["quarters"]:
            first, length = now - now % 3 - (3 if match["quarters"] == "上" else 0), 3
        else:
            length = 6 if match["half"] else 3
            offset = 6 * (match["half"] == "下") if match["half"] else 3 * (int(number(match["quarter"]) or 1) - 1)
            year = _year(match, today)
            first = 12 * (today.year if year is None else year) + offset
            if year is None and first > now:
                first -= 12
        yield _range(match.start(), match.end(), first, first + length - 1)


def _counted(text: str, today: date) -> Iterator[Found]:
    """So many months up to the last closed one; 这三个月 counts the running one, too."""
    now = today.year * 12 + today.month - 1
    for match in _COUNTED.finditer(text):
        if match["ago"]:
            back = int(number(match["ago"]) or FEW)
            yield _range(match.start(), match.end(), now - back, now - back)
            continue
        count = int(number(match["n"]) or FEW) if match["n"] else (12 if match["year"] else 6)
        last = now if match["how"] == "这" else now - 1
        if 1 <= count <= 24 and match["half"] != "半年":  # alone, 半年 is a duration
            yield _range(match.start(), match.end(), last - count + 1, last)


def _singles(text: str, today: date) -> Iterator[Found]:
    """Single months, and ranges from one to another."""
    waiting: _Month | None = None
    for one in _named(text, today):
        if waiting is not None and _JOIN.fullmatch(text[waiting.end : one.start]):
            yield _joined(waiting, one)
            waiting = None
            continue
        if waiting is not None:
            yield _range(waiting.start, waiting.end, waiting.count, waiting.count)
        waiting = one
    if waiting is not None:
        yield _range(waiting.start, waiting.end, waiting.count, waiting.count)


def _joined(first: _Month, last: _Month) -> Found:
    """The range of two months; a year that was not named follows from the other month."""
    start, end = first.count, last.count
    if not last.sure and first.sure:
        end = start + (last.month - first.month) % 12
    elif not first.sure and start > end:
        start = end - (last.month - first.month) % 12
    return _range(first.start, last.end, min(start, end), max(start, end))


def _named(text: str, today: date) -> Iterator[_Month]:
    now = today.year * 12 + today.month - 1
    for match in _SINGLE.finditer(text):
        if match["m"] or match["two"]:
            word = match["m"] or match["two"]
            month, year = 1 if word == "元" else int(number(word) or 0), _year(match, today)
            assumed = today.year if month <= today.month else today.year - 1
            yield _Month(match.start(), match.end(), assumed if year is None else year, month, year is not None)
        elif match["ny"] or match["by"]:
            year, month = int(match["ny"] or match["by"]), int(match["nm"] or match["bm"])
            if match["sep"] or -12 * OLDEST <= year * 12 + month - 1 - now <= 12:
                yield _Month(match.start(), match.end(), year, month, True)
        else:
            year, month = divmod(now - _back(match), 12)
            yield _Month(match.start(), match.end(), year, month + 1, True)


def _back(match: re.Match[str]) -> int:
    """How many months ago; negative for months to come."""
    if match["back"]:
        return match["back"].count("上") + match["back"].count("大")
    if match["next"]:
        return -max(1, match["next"].count("下"))
    return 2 if match["again"] or match["before"] else 1 if match["last"] else 0


def _year(match: re.Match[str], today: date) -> int | None:
    if match["y"]:
        said = match["y"]
        year = int(number(said) or 0) if "千" in said else int(spoken_digits(said))
        return year + 2000 if year < 100 else year
    return today.year + _YEAR_STEPS[match["rel"]] if match["rel"] else None


def _range(start: int, end: int, first: int, last: int) -> Found:
    value = text_of(first) if first == last else f"{text_of(first)}/{text_of(last)}"
    return Found("month", value, start, end)
