"""Masks identity numbers and phone numbers in what people write, before anything is stored.

Masking too much costs one more question; masking too little stores what must not be stored. An order
number (`T` and digits) and an eleven-digit phone number are never taken for an identity number.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

ID_MARK = "[ID***]"  # stands where an identity number stood; no word of a language, so no text to translate

# One character for one, so that places in the folded text are places in the original.
_FOLD = (
    str.maketrans(
        "０１２３４５６７８９Ｘｘ×〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖",
        "0123456789XXX001234567891123456789",
    )
    | {0xFF21 + i: chr(ord("A") + i) for i in range(26)}
    | {0xFF41 + i: chr(ord("a") + i) for i in range(26)}
)

FEWEST = 6  # digits of the shortest number that is masked; most messages have fewer and skip the search
_DIGIT = re.compile(r"\d")
_SEP = r"[\W_]{0,2}"  # separators between groups of digits, zero-width ones included
_GROUP = re.compile(rf"\d+(?:{_SEP}[Xx](?![A-Za-z0-9]))?")
_GLUE = re.compile(_SEP)
_PHONE = re.compile(r"1[3-9]\d{9}")
_REGION = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)\d{4}"
_RESIDENT_18 = re.compile(rf"{_REGION}(?:18|19|20)\d{{2}}\d{{7}}[\dX]")  # any month and day: they may be mistyped
_RESIDENT_15 = re.compile(rf"{_REGION}\d{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{{3}}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

# Passports of China (E, G, old P S D), passes to and from Hong Kong, Macau and Taiwan (H M C W L K), and
# permits of permanent residence (three letters).
_DOCUMENT = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    rf"[EGHMCWLKDSPegmhcwlkdsp]{_SEP}\d(?:[ \-]?\d){{7}}(?:\d{{2}})?"
    r"|[EeCcLl][A-HJ-NP-Za-hj-np-z]\d{7}|[A-Za-z]{3}\d{12}"
    r")(?![A-Za-z0-9])"
)
# CXXZ#name#number: a name and a document number follow these SMS codes
_WITH_CODE = re.compile(
    r"(?<![A-Za-z])(?:CXXZ|SQXZ|SMDJ)(?:\s*[#＃]|(?=.*\d{6}))[\s#＃+,，:：]*(.+)", re.IGNORECASE | re.S
)
_NAMED = re.compile(  # number formats that are masked only near the name of a document
    r"(?P<foreign>护照|護照|passport|hu ?zhao|居留|永居)|(?P<pass>台胞证|臺胞證|台胞證|通行证|通行證|回乡证|回鄉證)"
    r"|(?P<resident>身份证|身份證|身分证|身分證|证件号|證件號|居住证|户口|shen ?fen ?zheng|sfz)",
    re.IGNORECASE,
)
_NEAR = 12  # characters between such words and the number
_BY_NAME = {
    "foreign": re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{0,3}\d{6,10}[A-Za-z]?(?![A-Za-z0-9])"),
    "pass": re.compile(r"(?<![A-Za-z0-9])[A-Za-z]?\d{8}(?:\d{2}[A-Za-z]?)?(?![A-Za-z0-9])"),
    "resident": re.compile(r"(?<![A-Za-z0-9])\d{14,19}[Xx]?(?![A-Za-z0-9])"),
}
MSISDN_DIGITS = 11
_WIDE = {0xFF10 + i: str(i) for i in range(10)} | {0xFF0B: "+"}
_MSISDN = re.compile(r"(?<![0-9A-Za-z+])(?:(?:\+|00)?86[\s\-]?)?(1[3-9]\d)[\s\-]?(\d{4})[\s\-]?(\d{4})(?!\d)")

_NUMERAL = "[0-9０-９零〇幺一二三四五六七八九]"
_CODE = re.compile(rf"(?<!{_NUMERAL})(?:{_NUMERAL}[ -]?){{3,7}}{_NUMERAL}(?!{_NUMERAL})")
_DOTS = "••••••"

Span = tuple[int, int]


def _folded(text: str) -> str:
    """`text` with every kind of digit as an ASCII one, character for character."""
    plain = text.translate(_FOLD)
    if plain.isascii():
        return plain
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in plain)


def mask_msisdn(msisdn: str) -> str:
    """`13800138000` → `138****8000`."""
    return f"{msisdn[:3]}****{msisdn[-4:]}"


def mask_ids(text: str) -> tuple[str, bool]:
    """`text` with every identity number replaced by ID_MARK, and whether there was one.

    Resident numbers of 18 or 15 digits (also in groups, full-width or as Chinese numerals), passports
    and passes where their form or the words around them give them away; all that is sent along with the
    SMS codes of porting and registration, names too.
    """
    if len(text) < FEWEST:
        return text, False
    folded = _folded(text)
    spans = [match.span(1) for match in _WITH_CODE.finditer(folded)]
    if len(_DIGIT.findall(folded)) >= FEWEST:  # most messages have no long number
        spans += [*_residents(folded), *(match.span() for match in _DOCUMENT.finditer(folded)), *_named(text, folded)]
    return (_cut(text, spans), True) if spans else (text, False)


def mask(text: str) -> str:
    """`text` for logs and transcripts: no identity numbers, and phone numbers as `138****8000`."""
    text, _ = mask_ids(text)
    if len(text) < MSISDN_DIGITS:
        return text
    folded = text.translate(_WIDE)
    pieces, last = [], 0
    for match in _MSISDN.finditer(folded):
        pieces += [text[last : match.start()], f"{match[1]}****{match[3]}"]
        last = match.end()
    return "".join(pieces) + text[last:]


def mask_json(value: Any) -> Any:
    """JSON with every text in it as `mask` leaves it."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [mask_json(item) for item in value]
    return {name: mask_json(item) for name, item in value.items()} if isinstance(value, dict) else value


def _residents(folded: str) -> list[Span]:
    """Resident numbers: groups of digits, one or several in a row, that together make one."""
    spans: list[Span] = []
    groups = [match for match in _GROUP.finditer(folded) if not _is_order(folded, match.start())]
    for first, group in enumerate(groups):
        if len(group[0]) == 29:  # written together with a phone number
            spans += [(group.start() + at, group.start() + at + 18) for at in (0, 11) if _is_id(group[0][at : at + 18])]
        number, end = "", group.start()
        for nxt in groups[first:]:
            if number and not _GLUE.fullmatch(folded, end, nxt.start()):
                break
            if _PHONE.fullmatch(nxt[0]):
                break
            number, end = number + re.sub(r"[^\dXx]", "", nxt[0]).upper(), nxt.end()
            if _is_id(number):
                spans.append((group.start(), end))
            if len(number) >= 18:
                break
    return spans


def _is_order(folded: str, start: int) -> bool:
    return bool(re.search(r"(?<![A-Za-z0-9])[Tt]$", folded[max(0, start - 2) : start]))


def _is_id(number: str) -> bool:
    """Accept by region and birth year, or by the check digit: a number with a mistyped digit is masked too."""
    if len(number) == 15:
        return bool(_RESIDENT_15.fullmatch(number))
    if len(number) != 18 or "X" in number[:-1]:
        return False
    return number[-1] == "X" or bool(_RESIDENT_18.fullmatch(number)) or _checks(number)


def _checks(number: str) -> bool:
    """The check digit of GB 11643."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return number[0] != "0" and "10X98765432"[total % 11] == number[-1]


def _named(text: str, folded: str) -> list[Span]:
    """Numbers without a recognisable format, found by the name of a document near them."""
    spans: list[Span] = []
    for name in _NAMED.finditer(text):
        assert name.lastgroup is not None
        for match in _BY_NAME[name.lastgroup].finditer(folded):
            gap = max(match.start() - name.end(), name.start() - match.end())
            if gap <= _NEAR and not _PHONE.fullmatch(match[0]) and not re.match(r"[Tt]\d", match[0]):
                spans.append(match.span())
    return spans


def _cut(text: str, spans: list[Span]) -> str:
    """`text` with ID_MARK in place of each span; spans that touch or overlap become one."""
    pieces, last = [], 0
    for start, end in sorted(spans):
        if start >= last:
            pieces += [text[last:start], ID_MARK]
        last = max(last, end)
    return "".join(pieces) + text[last:]


def mask_codes(text: str) -> str:
    """Mask what may be a one-time code or a password: runs of four to eight digits become dots.

    Spoken and full-width digits and blanks between them count; longer runs (numbers of lines) are left to `mask`.
    """
    return _CODE.sub(_DOTS, text)
