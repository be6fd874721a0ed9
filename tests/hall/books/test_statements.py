"""Statement files as providers and suppliers write them; what cannot be read is named by its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.books.statements import PAYMENT_LAYOUTS, SUPPLIER_LAYOUTS, BadStatement, read

PLAIN = "kind,payment_no,provider_no,refund_no,amount_fen"
WECHAT = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
    "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,"
    "申请退款金额,费率备注\n"
    "`2026-11-15 10:00:01,`wx1,`1900,`0,`,`420001,`T2026111500001,`o,`NATIVE,`SUCCESS,`CMB,`CNY,`25.00,"
    "`0.00,`0,`0,`0.00,`0.00,`,`,`1GB,`,`0.15,`0.60%,`25.00,`0.00,`\n"
    "`2026-11-15 11:00:01,`wx1,`1900,`0,`,`420002,`T2026111500002,`o,`NATIVE,`REFUND,`CMB,`CNY,`25.00,`0.00,`503,"
    "`R2026111500002,`10.00,`0.00,`ORIGINAL,`SUCCESS,`1GB,`,`0,`0.60%,`25.00,`10.00,`\n"
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\n"
    "`2,`25.00,`10.00,`0.00,`0.15,`25.00,`10.00\n"
)
ALIPAY = (
    "#支付宝业务明细查询\n#账号：[2088]\n#-----业务明细列表-----\n"
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,订单金额（元）,商家实收（元）,退款批次号/请求号,备注\n"
    "2026A1\t,T2026111500003\t,交易,1GB,2026-11-15 10:00:00,2026-11-15 10:00:09,25.00,25.00,,\n"
    "2026A2\t,T2026111500004\t,退款,1GB,2026-11-15 10:00:00,2026-11-15 10:00:09,-25.00,-25.00,R2026111500004,\n"
    "#-----业务明细列表结束-----\n#交易合计：1笔\n"
)


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "file.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("goods", ["充值,流量,包", "一,二", '{"a":1,"b":"2,3"}', ""])
def test_commas_in_wechats_cells_move_no_amount(tmp_path: Path, goods: str) -> None:
    found = read(written(tmp_path, WECHAT.replace("`1GB,", f"`{goods},")), PAYMENT_LAYOUTS)
    assert [line.amount_fen for line in found.lines] == [2500, 1000]
    assert not found.bad


def test_wechats_bill_is_read_without_its_totals(tmp_path: Path) -> None:
    found = read(written(tmp_path, WECHAT, "utf-8-sig"), PAYMENT_LAYOUTS)
    assert [(line.row, line.party, line.kind, line.number, line.order_no, line.amount_fen) for line in found.lines] == [
        (2, "payment:wechat", "payment", "420001", "T2026111500001", 2500),
        (3, "payment:wechat", "refund", "R2026111500002", "T2026111500002", 1000),
    ]
    assert not found.bad


def test_alipays_bill_is_read_in_its_own_encoding(tmp_path: Path) -> None:
    found = read(written(tmp_path, ALIPAY, "gb18030"), PAYMENT_LAYOUTS)
    assert [(line.kind, line.number, line.order_no, line.amount_fen) for line in found.lines] == [
        ("payment", "2026A1", "T2026111500003", 2500),
        ("refund", "R2026111500004", "T2026111500004", 2500),
    ]
    assert (found.parties, found.bad) == ({"payment:alipay"}, ())


def test_suppliers_lines_count_where_they_were_delivered(tmp_path: Path) -> None:
    text = "商户订单号,平台订单号,金额（元）,状态\nT1,S1,25.00,充值成功\nT2,S2,25.00,充值失败\nT3,S3,25,充值中\n"
    found = read(written(tmp_path, text, "gb18030"), SUPPLIER_LAYOUTS)
    assert [(line.number, line.amount_fen) for line in found.lines] == [("T1", 2500)]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("payment,T1,P1", "has 3 of 5 columns"),
        ("payment,T1,P1,,25.00", "amount_fen is '25.00', not an amount"),
        ("payment,T1,P1,,0", "amount_fen is 0"),
        ("payment,T1,,,2500", "provider_no is empty"),
        ("bonus,T1,P1,,2500", "kind is 'bonus', none of payment, refund"),
        (f"payment,T1,{'9' * 81},,2500", "provider_no is too long"),
        ("payment,T1,P0,,2500", "P0 is on line 2 already"),
        ("payment,T1,P1,,NaN", "amount_fen is 'NaN', not an amount"),
    ],
)
def test_a_bad_line_is_named_by_its_number_and_the_rest_is_read(tmp_path: Path, bad: str, why: str) -> None:
    text = f"{PLAIN}\npayment,T0,P0,,2500\n{bad}\nrefund,T2,P2,R2,1000\n"
    found = read(written(tmp_path, text), PAYMENT_LAYOUTS, default="payment:demo")
    assert [line.number for line in found.lines] == ["P0", "R2"]
    assert [(line.row, line.why) for line in found.bad] == [(3, why)]


@pytest.mark.parametrize("amount", ["25.005", "1e400", "abc", "", "Infinity"])
def test_an_amount_in_yuan_that_is_no_whole_number_of_fen_is_refused(tmp_path: Path, amount: str) -> None:
    text = f"商户订单号,金额（元）,状态\nT1,{amount},成功\n"
    assert [line.row for line in read(written(tmp_path, text), SUPPLIER_LAYOUTS).bad] == [2]


def test_a_plain_file_says_of_whom_it_is_by_a_column(tmp_path: Path) -> None:
    text = f"{PLAIN},provider\npayment,T1,P1,,2500,wechat\npayment,T2,P2,,2500,\n"
    found = read(written(tmp_path, text), PAYMENT_LAYOUTS)
    assert [line.party for line in found.lines] == ["payment:wechat"]
    assert [line.row for line in found.bad] == [3]


@pytest.mark.parametrize("content", [b"", b"a,b,c\n1,2,3\n", b"\xff\xfe\x00\xff", b"PK\x03\x04"])
def test_a_file_that_is_no_statement_is_refused_whole(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(BadStatement, match=r"file\.csv"):
        read(path, PAYMENT_LAYOUTS)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadStatement, match=r"none\.csv"):
        read(tmp_path / "none.csv", PAYMENT_LAYOUTS)


@given(st.text(max_size=200))
def test_whatever_a_line_holds_it_is_read_or_named(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "file.csv"
    path.write_text(f"{PLAIN}\n{text}\npayment,T0,P0,,2500\n", "utf-8", "surrogatepass", newline="")
    try:
        found = read(path, PAYMENT_LAYOUTS, default="payment:demo")
    except BadStatement:
        return
    assert all(line.amount_fen > 0 for line in found.lines)
