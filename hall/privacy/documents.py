"""Identity numbers: resident numbers, passports, passes.

An order number (`T` and digits) and an eleven-digit phone number are never taken for one. Each search looks at every
place once, whatever is written: a message is masked before anything limits its author.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from hall.privacy.folding import Span

FEWEST = 6  # digits of the shortest number that is masked; most messages have fewer and skip the search
_DIGIT = re.compile(r"\d")
_SEP = r"[\W_]{0,2}"  # separators between groups of digits, zero-width ones included
_GROUP = re.compile(rf"\d+(?:{_SEP}[Xx](?![A-Za-z0-9]))?")
_GLUE = re.compile(_SEP)
_EIGHTEEN = re.compile(r"\d{18}")
BESIDE_A_PHONE = 29  # digits of a resident number and a phone number written together
_NOT_IN_NUMBERS = re.compile(r"[^\dXx]")
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
_CODE = re.compile(r"(?<![A-Za-z])(?:CXXZ|SQXZ|SMDJ)(?P<sign>\s{0,4}#)?[\s#+,，:：]{0,9}(?=\S)", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\d{6}")
_NAMED = re.compile(  # number formats that are masked only near the name of a document
    r"(?P<foreign>护照|護照|passport|hu ?zhao|居留|永居)|(?P<pass>台胞证|臺胞證|台胞證|通行证|通行證|回乡证|回鄉證)"
    r"|(?P<resident>身份证|身份證|身分证|身分證|证件号|證件號|居住证|户口|shen ?fen ?zheng|sfz)"
    r"|(?P<officer>军官证|士兵证|军人证|文职人员证|警官证)",
    re.IGNORECASE,
)
_NEAR = 12  # characters between such words and the number
_BY_NAME = {
    "foreign": re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{0,3}\d{6,10}[A-Za-z]?(?![A-Za-z0-9])"),
    "pass": re.compile(r"(?<![A-Za-z0-9])[A-Za-z]?\d{8}(?:\d{2}[A-Za-z]?)?(?![A-Za-z0-9])"),
    "officer": re.compile(r"(?<![A-Za-z0-9])(?:[\u4e00-\u9fff]{1,2}字第?\s?)?\d{6,10}(?![A-Za-z0-9])"),
    "resident": re.compile(r"(?<![A-Za-z0-9])\d{14,19}[Xx]?(?![A-Za-z0-9])"),
}
# a part of a resident number: 身份证后六位是011234, 前面530102后面198001011234
_PART = re.compile(
    r"身[份分][证證](?:号码?|號碼?|的|数字|最)*(?:[前后後末尾]面?(?:[\d几]位)?(?:数字?)?)?"
    r"[\W_]{0,3}(?:是|为|為)?[\W_]{0,3}(\d{6,17}[Xx]?|(?<=[位是为:])\d{3,5}[Xx]?)(?!\d)"
    r"|前面?[\W_]{0,2}(\d{6}[\W_]{0,3}后面?[\W_]{0,2}\d{4,12}[Xx]?)(?![\dXx])"
)


def spans(text: str, folded: str) -> list[Span]:
    """Where identity numbers stand in `text`; `folded` is the same text in plain digits."""
    found = _with_codes(folded)
    if len(_DIGIT.findall(folded)) >= FEWEST:  # most messages have no long number
        found += [*_residents(folded), *(match.span() for match in _DOCUMENT.finditer(folded)), *_named(text, folded)]
        found += [match.span(match.lastindex or 0) for match in _PART.finditer(folded) if not _is_phone(match)]
    return found


def _is_phone(match: re.Match[str]) -> bool:
    return _PHONE.fullmatch(match[match.lastindex or 0]) is not None


def _with_codes(folded: str) -> list[Span]:
    """All that follows the first such code, if it is set off by its sign or has a long number in it."""
    first = _CODE.search(folded)
    if first is None:
        return []
    longest = max((match.end() for match in _LONG_NUMBER.finditer(folded)), default=0)
    for code in _CODE.finditer(folded):
        if code["sign"] or longest >= code.end():
            return [(code.end(), len(folded))]
    return []


def _residents(folded: str) -> list[Span]:
    """Resident numbers: groups of digits, one or several in a row, that together make one."""
    found: list[Span] = []
    for chain in _chains(folded):
        ends, digits = {0: chain[0].start()}, ""
        starts = {}
        for group in chain:
            starts[len(digits)] = group.start()
            digits += _NOT_IN_NUMBERS.sub("", group[0]).upper()
            ends[len(digits)] = group.end()
        for first, start in starts.items():
            lengths = (length for length in (15, 18) if first + length in ends)
            found += [(start, ends[first + length]) for length in lengths if _is_id(digits[first : first + length])]
    return found


def _chains(folded: str) -> Iterator[list[re.Match[str]]]:
    """Groups of digits with nothing but separators between them; phone and order numbers part them."""
    chain: list[re.Match[str]] = []
    for group in _GROUP.finditer(folded):
        if chain and not _GLUE.fullmatch(folded, chain[-1].end(), group.start()):
            yield chain
            chain = []
        if _PHONE.fullmatch(group[0]) or _is_order(folded, group.start()):
            if chain:
                yield chain
            chain = []
        elif len(group[0]) == BESIDE_A_PHONE:
            yield from _without_phone(folded, group.start())
        else:
            chain.append(group)
    if chain:
        yield chain


def _without_phone(folded: str, start: int) -> Iterator[list[re.Match[str]]]:
    """The eighteen digits before or after a phone number that is written together with them."""
    for at in (0, BESIDE_A_PHONE - 18):
        if match := _EIGHTEEN.match(folded, start + at):
            yield [match]


def _is_order(folded: str, start: int) -> bool:
    return bool(re.search(r"(?<![A-Za-z0-9])[Tt]$", folded[max(0, start - 2) : start]))


def _is_id(number: str) -> bool:
    """Accept by region and birth year, or by the check digit: a number with a mistyped digit is masked too."""
    if len(number) == 15:
        return bool(_RESIDENT_15.fullmatch(number))
    if len(number) != 18 or "X" in number[:-1]:
        return False
    return number[-1] == "X" or bool(_RESIDENT_18.fullmatch(number)) or _checks(number)


def is_resident(number: str) -> bool:
    """Whether a number of 15, 18 or 20 characters has the form of a person's, with region and birth, at its start."""
    plain = number.upper()
    return bool(_RESIDENT_15.fullmatch(plain) or _RESIDENT_18.fullmatch(plain[:18]))


def _checks(number: str) -> bool:
    """The check digit of GB 11643."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return number[0] != "0" and "10X98765432"[total % 11] == number[-1]


def _named(text: str, folded: str) -> list[Span]:
    """Numbers without a recognisable format, found by the name of a document near them."""
    found: list[Span] = []
    names: dict[str, list[Span]] = {}
    for name in _NAMED.finditer(text):
        names.setdefault(name.lastgroup or "", []).append(name.span())
    for kind, places in names.items():
        starts = [start for start, _ in places]
        for match in _BY_NAME[kind].finditer(folded):
            if _PHONE.fullmatch(match[0]) or re.match(r"[Tt]\d", match[0]):
                continue
            after = bisect_left(starts, match.start())  # the names before and after it that are nearest
            near = places[max(0, after - 1) : after + 1]
            if any(max(match.start() - end, start - match.end()) <= _NEAR for start, end in near):
                found.append(match.span())
    return found
