"""The same look-ups as the hall's on a copy of its demonstration database, and as many rows written for an order.

Plain `sqlite3` on one connection, every commit on the disk: the least that an action server can pay.
The environment gives BENCH_DATABASE (the file) and BENCH_NOW (the day on which the dialogues are held).
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

NOW = datetime.fromisoformat(os.environ["BENCH_NOW"])
PACKAGES = Path(os.environ["BENCH_PACKAGES"])  # data/operator/catalogue/packages.tsv
EXPIRY = timedelta(minutes=30)


@dataclass(frozen=True)
class Package:
    sku: str
    scope: str
    data_mb: int
    price_fen: int
    valid: str


def _packages() -> dict[tuple[str, int], Package]:
    with PACKAGES.open(encoding="utf-8") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        found = [Package(r["sku"], r["scope"], int(r["data_mb"]), int(r["price_fen"]), r["valid"]) for r in rows]
    return {(package.scope, package.data_mb): package for package in found}


packages = _packages()
TABLES = """
CREATE TABLE IF NOT EXISTS stock_orders (order_no TEXT PRIMARY KEY, confirmation TEXT NOT NULL UNIQUE,
  conversation TEXT NOT NULL, payer TEXT, msisdn TEXT NOT NULL, sku TEXT NOT NULL, scope TEXT NOT NULL,
  data_mb INTEGER NOT NULL, valid TEXT NOT NULL, price_fen INTEGER NOT NULL, way TEXT NOT NULL, state TEXT NOT NULL,
  expires_at TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stock_order_events (order_no TEXT, version INTEGER, after TEXT NOT NULL,
  cause TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (order_no, version));
CREATE TABLE IF NOT EXISTS stock_payments (payment_no TEXT PRIMARY KEY, provider TEXT NOT NULL, way TEXT NOT NULL,
  amount_fen INTEGER NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stock_due (key TEXT PRIMARY KEY, body TEXT NOT NULL, next_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS ix_stock_due ON stock_due (next_at);
"""
_database = sqlite3.connect(os.environ["BENCH_DATABASE"], isolation_level=None)
_database.row_factory = sqlite3.Row
for _pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
    _database.execute(f"PRAGMA {_pragma}")
_database.executescript(TABLES)


def subscriber(line: str) -> sqlite3.Row | None:
    """The line's record: money, flags, plan."""
    found: sqlite3.Row | None = _database.execute("SELECT * FROM bss_subscribers WHERE msisdn = ?", (line,)).fetchone()
    return found


def so_far_fen(line: str) -> int | None:
    """This month's bill up to now; None when there is none."""
    key = (line, f"{NOW:%Y-%m}")
    if _database.execute("SELECT * FROM bss_bills WHERE msisdn = ? AND month = ?", key).fetchone() is None:
        return None
    rows = _database.execute(
        "SELECT * FROM bss_bill_items WHERE msisdn = ? AND month = ? ORDER BY position", key
    ).fetchall()
    return sum(int(row["amount_fen"]) for row in rows)


def refusal(line: str) -> str | None:
    """Why that line cannot be topped up, or None: the rules of data/operator/policy/topup.yml, in their order."""
    record = subscriber(line)
    if record is None:
        return None
    flags = json.loads(record["flags"])
    reasons = {
        "virtual_number": "mvno" in flags,
        "arrears": record["arrears_fen"] > 0,
        "not_registered": not record["real_name"],
        "blacklisted": "blacklisted" in flags,
        "excluded": "excludes_data_packages" in flags,
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def place(conversation: str, key: str, payer: str, line: str, package: Package, way: str) -> str:
    """Write the order with its history, its payment and its expiry in one transaction; its number."""
    confirmation = f"{conversation}|{key}|{line}|{package.sku}"
    found = _database.execute("SELECT order_no FROM stock_orders WHERE confirmation = ?", (confirmation,)).fetchone()
    if found is not None:
        return str(found["order_no"])
    number, now, expires = _number(confirmation), _text(NOW), _text(NOW + EXPIRY)
    _database.execute("BEGIN IMMEDIATE")
    with _database:
        _insert("stock_orders", order_no=number, confirmation=confirmation, conversation=conversation, payer=payer,
                msisdn=line, sku=package.sku, scope=package.scope, data_mb=package.data_mb, valid=package.valid,
                price_fen=package.price_fen, way=way, state="AWAIT_PAY", expires_at=expires,
                created_at=now)  # fmt: skip
        _insert("stock_order_events", order_no=number, version=1, after="AWAIT_PAY", cause="placed", actor="customer",
                at=now)  # fmt: skip
        _insert("stock_payments", payment_no=number, provider="demo", way=way, amount_fen=package.price_fen,
                created_at=now)  # fmt: skip
        _insert("stock_due", key=f"topup.expire:{number}:0", body=json.dumps({"order_no": number, "step": 0}),
                next_at=expires)  # fmt: skip
    return number


def _number(confirmation: str) -> str:
    for probe in range(50):
        digest = hashlib.sha256(f"{confirmation}#{probe}".encode()).digest()
        number = f"T{NOW:%Y%m%d}{int.from_bytes(digest[:8], 'big') % 100_000:05d}"
        if _database.execute("SELECT 1 FROM stock_orders WHERE order_no = ?", (number,)).fetchone() is None:
            return number
    raise LookupError("no free order number")


def _insert(table: str, **values: object) -> None:
    columns, gaps = ", ".join(values), ", ".join("?" * len(values))
    _database.execute(f"INSERT INTO {table} ({columns}) VALUES ({gaps})", tuple(values.values()))


def _text(moment: datetime) -> str:
    return moment.isoformat(sep=" ")
