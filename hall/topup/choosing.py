"""Which of a customer's orders a text means: by its number, its place, whom it is for, or what it costs or brings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta

from hall.clock import SHANGHAI
from hall.topup.orders import Order

ORDER_NO = re.compile(r"T\d{13}(?!\d)")
_ALL = re.compile(r"[都全]部?(?:给我|帮我)?(?:取消|不要|不充|撤|删|退|作废)|全部|所有|^[都全]$|统统")
_PLACE = re.compile(r"第([一二两三四五六七八九1-9])")
_LAST = re.compile(r"最后|最新|最近|刚才|刚刚|刚下")
_FIRST = re.compile(r"最早|最先|最开始|前面那")
_NUMERALS = {numeral: place for place, numeral in enumerate("一二三四五六七八九", start=1)} | {"两": 2}
_PRODUCTS = (("流量", "data"), ("话费", "credit"))
_DAYS = {"今天": 0, "昨天": 1, "昨晚": 1, "前天": 2}
_DAY = re.compile("|".join(_DAYS))
_LINE = re.compile(r"(?<!\d)1\d{10}(?!\d)")
_TAIL = re.compile(r"尾号(?:是|为)?(\d{3,4})|(?<!\d)(\d{4})(?:那|的)")
_YUAN = re.compile(r"(?<!\d)(\d{1,4})\s*(?:元|块)")
_SIZE = re.compile(r"(?<!\d)(\d{1,4}(?:\.\d)?)\s*([GMgm])")


def meant(text: str, among: Sequence[Order], today: date | None = None) -> list[Order]:
    """The orders that a text means, of those that it may mean, oldest first; [] when it does not tell them apart."""
    plain = unicodedata.normalize("NFKC", text)
    numbers = ORDER_NO.findall(plain.upper())
    if numbers:
        return [order for order in among if order.order_no in numbers]
    if _ALL.search(plain):
        return list(among)
    if place := _PLACE.search(plain):
        at = _NUMERALS.get(place[1]) or int(place[1])
        return list(among[at - 1 : at])
    found = described(plain, among, today)
    if len(found) == 1:
        return found
    if _LAST.search(plain):
        return list((found or among)[-1:])
    return list((found or among)[:1]) if _FIRST.search(plain) else []


def described(text: str, among: Sequence[Order], today: date | None = None) -> list[Order]:
    """Those of which all is true that the text says: what, for whom, how much, and with `today` (Shanghai) the day."""
    plain = unicodedata.normalize("NFKC", text)
    return [order for order in among if _fits(plain, order, today)]


def worth(amount_fen: int, among: Sequence[Order]) -> list[Order]:
    """The orders for which that amount was, or is to be, paid."""
    return [order for order in among if amount_fen in (order.price_fen, order.face_fen)]


def _fits(plain: str, order: Order, today: date | None) -> bool:
    """Whether everything that the text says of an order is true of it; at least one thing must be said."""
    said = [line == order.msisdn for line in _LINE.findall(plain)]
    said += [order.msisdn.endswith("".join(tail)) for tail in _TAIL.findall(plain)]
    said += [int(yuan) * 100 in (order.price_fen, order.face_fen) for yuan in _YUAN.findall(plain)]
    said += [order.product == product for word, product in _PRODUCTS if word in plain]
    if today is not None and (day := _DAY.search(plain)):
        placed = order.created_at.astimezone(SHANGHAI).date()
        said.append(placed == today - timedelta(days=_DAYS[day[0]]))
    for size, unit in _SIZE.findall(plain):
        said.append(round(float(size) * (1024 if unit in "Gg" else 1)) == order.data_mb)
    return bool(said) and all(said)
