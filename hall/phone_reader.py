"""Reads mobile numbers in a text: in digits, spoken, doubled (双零), with whatever people put between the digits.

The dialogue and the masks read by the same rules, so that what is understood as a number is also masked as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SPOKEN = "零〇洞一幺二两三四五六七八九"
_HEARD = str.maketrans("么腰妖壹贰叁肆伍陆柒捌玖", "幺幺幺一二三四五六七八九")  # of the same length
_AS_DIGITS = str.maketrans("零〇洞一幺二两三四五六七八九", "00011223456789")
_DIGIT = rf"[\d{SPOKEN}]"
_MOST_TIMES = r"(?:双|[两二三四俩]个)"
_DOUBLED = re.compile(rf"(双|[两二三四俩]个)({_DIGIT})")  # 双零, 三个八
_COUNTED = "[人个起共样次下块百千十家边条]"  # 189…7一人充50: the numeral behind a number counts something
_TIMES = {"双": 2, "两": 2, "俩": 2, "二": 2, "三": 3, "四": 4}
_MOBILE = re.compile(r"1[3-9]\d{9}")
_NO_DIGIT = re.compile(rf"[^\d{SPOKEN}]")
_LETTERS = re.compile(r"(?<![A-Za-z\d])[1lI][3-9][\doOlI]{9}(?![A-Za-z\d])")  # letters typed for digits
_LETTERS_AS_DIGITS = str.maketrans("oOlI", "0011")
_FEWEST = 6  # characters that a spoken number has at least: 一三双八双零…


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A mainland mobile number's eleven digits, and where they stand."""

    digits: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Reader:
    plain: re.Pattern[str]
    spelled: re.Pattern[str]
    stutters: bool

    @classmethod
    def of(cls, between: str, most: int = 10, *, stutters: bool = False) -> _Reader:
        """`between`: what may stand between two digits; `most`: digits and doubled ones after the first.

        `stutters`: 三个八三个八 may have been meant once, as normalising takes it, so a number may seem longer.
        """
        prefix = r"(?:(?:\(?\+?(?:00)?86\)?|0)[ \-]?)?"
        first = rf"(?<![\d{SPOKEN}]){prefix}(?P<n>[1一幺]"
        return cls(
            re.compile(rf"{first}(?:{between}{_DIGIT}){{10}})(?!{_DIGIT}(?!{_COUNTED}))(?!\s*[-]\s*\d)"),
            re.compile(rf"(?<!{_DIGIT})(?P<n>[1一幺](?:{between}{_MOST_TIMES}?{_DIGIT}){{5,{most}}})(?!{_DIGIT})"),
            stutters,
        )

    def find(self, text: str) -> Iterator[PhoneNumber]:
        heard = text.translate(_HEARD)
        pattern = self.spelled if _DOUBLED.search(heard) and not self.plain.search(heard) else self.plain
        for match in pattern.finditer(heard):
            said = _DOUBLED.sub(lambda m: m[2] * _TIMES[m[1][0]], match["n"])
            digits = _NO_DIGIT.sub("", said).translate(_AS_DIGITS)
            if _MOBILE.fullmatch(digits) or (self.stutters and pattern is self.spelled and _MOBILE.match(digits)):
                yield PhoneNumber(digits, match.start(), match.end())


_STRICT = _Reader.of(r"(?:[ \-,.、/_·—–]{1,2}|[嗯呃额啊]|然后)?")
_WIDE = _Reader.of(r"(?:[\W_嗯呃额啊]|然后){0,8}", 16, stutters=True)


def phone_numbers(text: str) -> Iterator[PhoneNumber]:
    """The numbers of a normalised text."""
    return _STRICT.find(text)


def written_numbers(text: str) -> Iterator[PhoneNumber]:
    """The numbers of a text as it was written, in plain digits (hall.privacy.folding) or spoken ones.

    More may stand between the digits here, for what normalising takes out is still there.
    """
    return _WIDE.find(_LETTERS.sub(lambda match: match[0].translate(_LETTERS_AS_DIGITS), text))
