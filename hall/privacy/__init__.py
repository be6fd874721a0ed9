"""Masks what people write, before anything is stored.

Two masks. `at_intake`: what nobody here ever needs (documents, cards, passwords, addresses, names …) is gone before a
message is stored. `mask`: what is kept beyond its turn (log, events, review) has no readable phone number either.
Masking too much costs one more question; masking too little stores what must not be stored. An order number (`T` and
digits) and an eleven-digit phone number are never taken for anything else.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from hall import tax_number
from hall.phone_reader import written_numbers
from hall.privacy import documents, sensitive
from hall.privacy.folding import folded, replaced, signs_folded, whole

ID_MARK = "[ID***]"  # stands where an identity number stood; no word of a language, so no text to translate
MARK = "[***]"  # … and where any other thing stood that is not kept
MSISDN_DIGITS = 11
REMEMBERED = 64  # texts: a turn masks its own several times, for log, review and what it kept; never on the disk

_NUMERAL = "[0-9０-９零〇幺一二三四五六七八九]"
_CODE = re.compile(rf"(?<!{_NUMERAL})(?:{_NUMERAL}[ -]?){{3,7}}{_NUMERAL}(?!{_NUMERAL})")
_DOTS = "••••••"
# a code that nobody asked for
_TOLD = re.compile(
    r"(?:验证码|驗證碼|校验码|动态密?码|短信密码|随机密?码)(?:[\s:=,]|是|为|為|就是){0,4}(\d(?:[ \-]?\d){3,7})(?!\d)"
)
_LANDLINE = re.compile(
    r"(?<![0-9A-Za-z])(?:\+?86[ \-]?)?[(（]?0(?:10|2\d|[3-9]\d{2})[)）]?[ \-]{0,2}([2-8]\d{2,3}[ \-]?\d{4})(?!\d)"
)
_LONG_ENOUGH = re.compile(r"[0-9A-Za-z]{15}")
_UNIFIED = re.compile(r"(?<![0-9A-Za-z])[159Yy][0-9A-Za-z]{17}(?![0-9A-Za-z])")
_TAX_SAID = re.compile(
    r"(?:税号|识别号|信用代码)[\s:=是为]{0,4}([0-9A-Za-z]{15}|[0-9A-Za-z]{18}|[0-9A-Za-z]{20})(?![0-9A-Za-z])"
)
_LONG = re.compile(r"\d(?:[ \-]?\d){5,}")
# most messages have none of these, and are not looked at any further
_WORTH = re.compile(
    r"[\d\u2460-\u249b\u2776-\u2793零〇一二三四五六七八九幺@＠\uff21-\uff3a\uff41-\uff5a]"
    r"|密[码碼]|口令|叫|名|[机户]主|[件货系卡办]人|(?i:pass|pwd|mima|CXXZ|SQXZ|SMDJ)"
)
_NUMERALS = re.compile(r"[\d\u2460-\u249b\u2776-\u2793零〇洞一二两三四五六七八九幺么腰妖壹贰叁肆伍陆柒捌玖双]")


def mask_msisdn(msisdn: str) -> str:
    """`13800138000` → `138****8000`."""
    return f"{msisdn[:3]}****{msisdn[-4:]}"


def mask_ids(text: str) -> tuple[str, bool]:
    """`text` with every identity number replaced by ID_MARK, and whether there was one.

    Resident numbers of 18 or 15 digits (also in groups, full-width or as Chinese numerals), passports
    and passes where their form or the words around them give them away; all that is sent along with the
    SMS codes of porting and registration, names too.
    """
    if len(text) < documents.FEWEST:
        return text, False
    spans = documents.spans(text, folded(text))
    return (replaced(text, spans, ID_MARK), True) if spans else (text, False)


@lru_cache(maxsize=REMEMBERED)
def at_intake(text: str) -> str:
    """`text` without identity numbers, and with MARK for cards, passwords, addresses, names, accounts elsewhere."""
    if not _WORTH.search(text):
        return text
    plain = folded(text)
    companies = tax_numbers(plain)
    if documented := _without(documents.spans(text, plain), companies):
        text = replaced(text, documented, ID_MARK)
        plain = folded(text)
        companies = tax_numbers(plain)
    spans = _without(sensitive.spans(text, plain), companies)
    return replaced(text, spans, MARK) if spans else text


def tax_numbers(plain: str) -> list[tuple[int, int]]:
    """Where tax numbers of companies stand, which are no secret: right ones, and others after such a word.

    What may be a person's identity number is none, whatever is said of it.
    """
    if not _LONG_ENOUGH.search(plain):
        return []
    right = (match for match in _UNIFIED.finditer(plain) if tax_number.fault(match[0].upper()) is None)
    found = [match.span() for match in right]
    found += [match.span(1) for match in _TAX_SAID.finditer(plain)]
    return [span for span in found if not documents.is_resident(plain[slice(*span)])]


def _without(spans: list[tuple[int, int]], kept: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return (
        [(start, end) for start, end in spans if not any(a <= start and end <= b for a, b in kept)] if kept else spans
    )


def mask(text: str) -> str:
    """`text` as it is kept: as `at_intake`, and as `mask_numbers`."""
    return mask_numbers(at_intake(text))


@lru_cache(maxsize=REMEMBERED)
def mask_numbers(text: str) -> str:
    """`text` with every number that the hall reads as `138****8000`, landlines too, and told codes as dots."""
    if len(_NUMERALS.findall(text)) < documents.FEWEST - 2:
        return text
    plain = folded(text)
    spans = [(one.start, one.end, mask_msisdn(one.digits)) for one in written_numbers(signs_folded(text))]
    spans += [(*match.span(1), _DOTS) for match in _TOLD.finditer(plain)]
    spans += [(*match.span(1), f"****{match[1][-2:]}") for match in _LANDLINE.finditer(plain)]
    pieces, last = [], 0
    for start, end, instead in sorted(spans):
        if start >= last:
            pieces += [text[last:start], instead]
            last = whole(text, end)
    return "".join(pieces) + text[last:]


def mask_json(value: Any) -> Any:
    """JSON of the hall's own words without identity numbers and with every phone number masked."""
    if isinstance(value, str):
        return mask_numbers(mask_ids(value)[0])
    if isinstance(value, list):
        return [mask_json(item) for item in value]
    return {name: mask_json(item) for name, item in value.items()} if isinstance(value, dict) else value


def for_review(text: str) -> str:
    """`text` for people and for training: as `mask`, and without any longer number."""
    kept = mask(text)
    return replaced(kept, [match.span() for match in _LONG.finditer(kept)], MARK)


def mask_codes(text: str) -> str:
    """Mask what may be a one-time code or a password: runs of four to eight digits become dots.

    Spoken and full-width digits and blanks between them count; longer runs (numbers of lines) are left to `mask`.
    """
    return replaced(text, [match.span() for match in _CODE.finditer(text)], _DOTS)
