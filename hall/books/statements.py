"""Statement files of payment providers and suppliers: CSV in the layouts that they publish.

A layout says what each column means. Everything before its heading, comments and the totals at the end are skipped. A
line that cannot be read is reported by its number, and the rest is read.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hall.errors import HallError
from hall.money import fen

Kind = Literal["payment", "refund", "delivery"]
Key = tuple[str, str, str]  # party, kind, number
ENCODINGS = ("utf-8-sig", "gb18030")  # providers' files in Chinese are often in the second
MAX_NUMBER_LENGTH = 80  # characters
MAX_AMOUNT_FEN = 2**31 - 1
_FEN = re.compile(r"-?[0-9]{1,12}")
_YUAN = re.compile(r"-?[0-9]{1,10}(\.[0-9]{1,2}0*)?")


class BadStatement(HallError):
    """A file that cannot be read at all: it is missing, is not text, or has no known heading."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line. `number` is the provider's number of a payment, our number of a refund or a delivery."""

    row: int  # of the file, from 1
    party: str  # payment:<provider> | supplier
    kind: Kind
    number: str
    order_no: str
    amount_fen: int

    @property
    def key(self) -> Key:
        """What it is about."""
        return self.party, self.kind, self.number


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be read, and why."""

    row: int
    why: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A file: its lines, and those that could not be read. `parties` are those whose statement it is."""

    lines: tuple[StatementLine, ...]
    bad: tuple[BadLine, ...]
    parties: frozenset[str]


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a kind of file. `kinds` maps the words of column `kind`; lines of kind "" are skipped.

    `amounts` are columns by kind, in fen where the column's name ends with `_fen`, else in yuan.
    """

    name: str
    columns: Mapping[str, str]  # kind, payment_no, provider_no, refund_no, order_no, [provider]
    kinds: Mapping[str, Kind | Literal[""]]
    amounts: Mapping[str, str]
    party: str = ""  # "": taken from column `provider`
    ends: tuple[str, ...] = ()  # a line that begins so ends the list

    @property
    def heading(self) -> frozenset[str]:
        """The columns that must be there."""
        return frozenset({*self.columns.values(), *self.amounts.values()})


@dataclass(slots=True)
class _Reader:
    layout: Layout
    default: str
    lines: list[StatementLine] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    seen: dict[Key, int] = field(default_factory=dict)

    def add(self, row: int, values: Mapping[str, str]) -> None:
        try:
            line = _line(self.layout, row, values, self.default)
            if line is None:
                return
            if line.key in self.seen:
                raise ValueError(f"{line.number} is on line {self.seen[line.key]} already")
            self.seen[line.key] = row
            self.lines.append(line)
        except ValueError as error:
            self.bad.append(BadLine(row, str(error)))


PAYMENT_LAYOUTS = (
    Layout(
        "plain",
        {"kind": "kind", "payment_no": "payment_no", "provider_no": "provider_no", "refund_no": "refund_no"},
        {"payment": "payment", "refund": "refund"},
        {"payment": "amount_fen", "refund": "amount_fen"},
    ),
    Layout(  # 微信支付 交易账单（ALL）
        "wechat",
        {"kind": "交易状态", "payment_no": "商户订单号", "provider_no": "微信订单号", "refund_no": "商户退款单号"},
        {"SUCCESS": "payment", "REFUND": "refund", "REVOKED": ""},
        {"payment": "订单金额", "refund": "申请退款金额"},
        "payment:wechat",
        ends=("总交易单数",),
    ),
    Layout(  # 支付宝 业务明细
        "alipay",
        {
            "kind": "业务类型",
            "payment_no": "商户订单号",
            "provider_no": "支付宝交易号",
            "refund_no": "退款批次号/请求号",
        },
        {"交易": "payment", "退款": "refund"},
        {"payment": "订单金额（元）", "refund": "订单金额（元）"},
        "payment:alipay",
    ),
)
_DONE = {"success": "delivery", "succeeded": "delivery", "成功": "delivery", "充值成功": "delivery"}
_NOT_DONE = dict.fromkeys(("failed", "fail", "失败", "充值失败", "processing", "处理中", "充值中"), "")
SUPPLIER_LAYOUTS = (
    Layout(
        "plain",
        {"kind": "status", "order_no": "order_no"},
        {**_DONE, **_NOT_DONE},  # type: ignore[dict-item]
        {"delivery": "amount_fen"},
        "supplier",
    ),
    Layout(
        "直充",
        {"kind": "状态", "order_no": "商户订单号"},
        {**_DONE, **_NOT_DONE},  # type: ignore[dict-item]
        {"delivery": "金额（元）"},
        "supplier",
    ),
)


def read(path: Path, layouts: Iterable[Layout], *, default: str = "") -> Statement:
    """Read a file in the layout that its heading shows. Raises BadStatement.

    `default` is the party of a plain file that has no column `provider`.
    """
    rows = _rows(_text(path))
    for _, cells in rows:
        for layout in layouts:
            if layout.heading <= set(cells):
                return _read(layout, cells, rows, default)
    raise BadStatement(f"{path.name}: no known heading, such as {_an_example(layouts)}")


def _read(layout: Layout, heading: list[str], rows: Iterator[tuple[int, list[str]]], default: str) -> Statement:
    reader = _Reader(layout, layout.party or default)
    for row, cells in rows:
        if layout.ends and cells[0].startswith(layout.ends):
            break
        if len(cells) < len(heading):
            reader.bad.append(BadLine(row, f"has {len(cells)} of {len(heading)} columns"))
        else:
            reader.add(row, dict(zip(heading, cells, strict=False)))
    parties = {line.party for line in reader.lines} | ({reader.default} if reader.default else set())
    return Statement(tuple(reader.lines), tuple(reader.bad), frozenset(parties))


def _line(layout: Layout, row: int, values: Mapping[str, str], default: str) -> StatementLine | None:
    word = values[layout.columns["kind"]]
    if word not in layout.kinds:
        raise ValueError(f"{layout.columns['kind']} is {word!r}, none of {', '.join(layout.kinds)}")
    kind = layout.kinds[word]
    if not kind:
        return None
    provider = values.get("provider", "")
    party = layout.party or (f"payment:{provider}" if provider else default)
    if not party:
        raise ValueError("does not say of which provider it is: add a column `provider`")
    number = _number(values, layout.columns[{"payment": "provider_no", "refund": "refund_no"}.get(kind, "order_no")])
    order_no = _number(values, layout.columns.get("payment_no") or layout.columns["order_no"])
    return StatementLine(row, party, kind, number, order_no, _amount(values, layout.amounts[kind]))


def _number(values: Mapping[str, str], column: str) -> str:
    number = values[column]
    if not 0 < len(number) <= MAX_NUMBER_LENGTH:
        raise ValueError(f"{column} is {'empty' if not number else 'too long'}")
    return number


def _amount(values: Mapping[str, str], column: str) -> int:
    text = values[column]
    pattern = _FEN if column.endswith("_fen") else _YUAN
    if not pattern.fullmatch(text):
        raise ValueError(f"{column} is {text[:40]!r}, not an amount")
    amount = abs(int(text) if pattern is _FEN else fen(text))  # some providers write refunds as negative amounts
    if not 0 < amount <= MAX_AMOUNT_FEN:
        raise ValueError(f"{column} is {'0' if not amount else 'too large'}")
    return amount


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadStatement(f"{path}: {error.strerror}") from error
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadStatement(f"{path.name}: neither UTF-8 nor GB 18030")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Numbered rows with clean cells without comments and empty lines.

    WeChat puts a backtick before each cell and no quotes around those with commas in them.
    """
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        try:
            split = line.split(",`") if line.startswith("`") else next(csv.reader([line]), [])
            cells = [cell.strip().lstrip("`").strip() for cell in split]
        except csv.Error:
            cells = ["?"]  # fewer columns than any layout has, so it is reported
        if any(cells) and not cells[0].startswith("#"):
            yield number, cells


def _an_example(layouts: Iterable[Layout]) -> str:
    return ",".join(sorted(next(iter(layouts)).heading))
