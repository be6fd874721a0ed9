"""Hostile requests, made from a seed: every route, with values, bodies and headers that no honest client sends.

Most have the right key, so that they come past the door; what is wrong is what lies behind it.
"""

from __future__ import annotations

import hmac
import json
import random
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import quote, urlencode

KANNEL_KEY, SIGNED_SECRET, TOKEN = "fuzz kannel key", "fuzz signed secret", "fuzz"
NOON = 1_794_708_000  # the hall's clock when it starts, in seconds since 1970
METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "get", "FOO", "PROPFIND")
LINES = ("13800138000", "13900139002", "18600186006", "+8613400134009", "0086 136 0013 6003", "１３５００１３５００５")
SAID = (
    "查话费",
    "充流量",
    "给别人充流量",
    "1",
    "确认",
    "取消",
    "转人工",
    "0",
    "9",
    "我要投诉",
    "开发票",
    "13800138000",
    "000000",
    "上个月账单",
    "退出登录",
    "删掉我的聊天记录",
    "我的订单",
    "1G",
    "微信支付",
    "验证码是123456",
    "满意",
)
PIECES = (
    "\x00",
    "\x01\x1b[31m",
    "\x7f",
    "\x85",
    "\u200b",
    "\u202e",
    "\u2066",
    "\ufeff",
    "\ufffe",
    "\U0010ffff",
    "\u0301" * 60,
    "🇨🇳",
    "👨‍👩‍👧‍👦",
    "1️⃣",
    "ﷺ",
    "𝟙",
    "İ",
    "ß" * 3,
    "\r\n",
    "\u2028",
    "\t",
    " " * 50,
    "'; DROP TABLE orders;--",
    '" OR 1=1 --',
    "{{7*7}}",
    "{0.__class__}",
    "${jndi:ldap://x}",
    "%s%n%x",
    "%00",
    "../../etc/passwd",
    "..\\..\\",
    "<script>alert(1)</script>",
    "`id`",
    "EXTERNAL: x",
    "/restart",
    '/inform{"proved_line":"13800138000"}',
    '["a"](b:c)',
    "- x: &a [*a]",
    "T2611150000000",
    "13800138000",
    "一三八零零一三八零零零",
    "530102199001011234",
    "6222021234567890123",
    "密码147369",
    "9" * 40,
    "1e309",
    "NaN",
    "护照 123456 " * 8,
    "A" * 300,
    "中" * 600,
    "\\ud800",
    "&amp;#x0;",
    "=cmd|'/C calc'!A0",
    "＝1+1",
)
VALUES = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**31,
    2**63,
    2**64,
    10**30,
    -(10**9),
    1e308,
    [],
    {},
    [[]],
    {"$ne": 1},
    "",
    " ",
)
KEYS = (
    "sender",
    "message",
    "metadata",
    "msisdn",
    "message_id",
    "id",
    "from",
    "to",
    "text",
    "time",
    "name",
    "password",
    "old",
    "new",
    "note",
    "approve",
    "outcome",
    "delivered_fen",
    "act",
    "key",
    "intent",
    "version",
    "payload",
    "type",
    "state",
    "kind",
    "limit",
    "offset",
    "agent",
    "role",
    "supplier",
    "notice",
    "trade_no",
    "out_trade_no",
    "total_amount",
    "sign",
    "code",
    "month",
    "t",
)
HEADERS = (
    (
        "Content-Type",
        (
            "application/json",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/xml",
            "",
            "application/json; charset=utf-7",
            "x" * 300,
        ),
    ),
    ("Origin", ("null", "https://evil.example", "http://127.0.0.1", "HTTP://LOCALHOST:1", "*", "\u00ff")),
    ("Host", ("evil.example", "", "127.0.0.1:99999", "[::1", "a" * 400)),
    ("Cookie", ("yingting_desk=x", "yingting_desk=" + "y" * 5000, "a=\x01", ";;;=", "yingting_desk=.;yingting_desk=")),
    ("X-Forwarded-For", ("1.2.3.4", "::1, x", "," * 50, "999.1.1.1", "unknown")),
    ("X-Timestamp", ("0", "-1", "nan", "9" * 30, "１", "")),
    ("X-Signature", ("sha256=", "sha256=" + "0" * 64, "md5=x", "\u00e9")),
    ("Authorization", ("Bearer", "Basic ====", "Basic " + b64encode(b"\xff:\xff").decode(), "Bearer " + "x" * 3000)),
    ("Accept", ("text/html", "*/*;q=9", "\x7f")),
    ("Range", ("bytes=9-1", "bytes=0-0")),
    ("Expect", ("100-continue", "200")),
    ("Transfer-Encoding", ("gzip", "identity")),
    ("Upgrade", ("websocket", "h2c")),
    ("If-None-Match", ("*", '"x"' * 99)),
    ("Wechatpay-Timestamp", ("9" * 30,)),
    ("Wechatpay-Signature", ("x",)),
    ("Content-Encoding", ("gzip", "br")),
)


@dataclass(frozen=True, slots=True)
class Hostile:
    """One request; `raw` is what goes out."""

    route: str
    raw: bytes
    head: bool  # whether its answer has no body


@dataclass
class Grammar:
    """The requests of a seed, for the routes of the hall: `(path, methods)`, with gaps as `<name:str>`."""

    seed: int
    routes: Sequence[tuple[str, tuple[str, ...]]]
    cookie: str = ""  # of somebody who is signed in at the desk
    began: float = field(default_factory=time.monotonic)  # when the hall's clock stood at NOON
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def request(self) -> Hostile:
        """The next one."""
        door = self.dice.random()
        if door < 0.12:
            return self._rest()
        if door < 0.24:
            return self._kannel()
        if door < 0.34:
            return self._signed()
        return self._anywhere()

    def text(self) -> str:
        """What a hostile customer writes."""
        pick = self.dice.choice
        parts = [pick(SAID) if self.dice.random() < 0.5 else pick(PIECES) for _ in range(self.dice.randint(1, 3))]
        if self.dice.random() < 0.1:
            parts.append("".join(chr(self._code_point()) for _ in range(self.dice.randint(1, 30))))
        return "".join(parts)

    def _code_point(self) -> int:
        return self.dice.choice((self.dice.randrange(0x110000), self.dice.randrange(0x3000), self.dice.randrange(0xA0)))

    def value(self, depth: int = 0) -> object:
        """Any JSON value."""
        kind = self.dice.random()
        if kind < 0.55:
            return self.text()
        if kind < 0.85 or depth > 2:
            return self.dice.choice(VALUES)
        if kind < 0.92:
            return [self.value(depth + 1) for _ in range(self.dice.randint(0, 3))]
        return self.object(depth + 1)

    def object(self, depth: int = 0) -> dict[str, object]:
        """An object of names that the hall knows."""
        names = self.dice.sample(KEYS, self.dice.randint(0, 6))
        return {name: self.value(depth) for name in names}

    def body(self) -> bytes:
        """A body: JSON, a form, or what is neither."""
        kind = self.dice.random()
        if kind < 0.5:
            return _dumped(self.object())
        if kind < 0.7:
            pairs = [(name, self.text()) for name in self.dice.sample(KEYS, self.dice.randint(0, 5))]
            return urlencode([(name, text.encode("utf-8", "surrogatepass")) for name, text in pairs]).encode()
        return self.dice.choice(
            (
                b"",
                b"{",
                b"[" * 3000,
                b'{"a":' * 500,
                b"\xff\xfe\x00",
                self.dice.randbytes(200),
                b"null",
                b'"x"',
                b"[]",
                b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e 'x'>]><x>&e;</x>",
                b'{"text":1,"text":2}',
                b"1" * 5000,
                b'{"id":"\\ud800","text":"\\u0000"}',
                b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--',
            )
        )

    def headers(self) -> list[tuple[str, str]]:
        """A few that are wrong."""
        return [(name, self.dice.choice(values)) for name, values in self.dice.sample(HEADERS, self.dice.randint(0, 3))]

    def _rest(self) -> Hostile:
        known = {"sender": f"f{self.dice.randrange(300)}", "message": self.text()}
        more = self.object() if self.dice.random() < 0.3 else {}
        if self.dice.random() < 0.6:
            more |= {
                "metadata": {
                    "msisdn": self._line(),
                    "message_id": self.dice.choice((self.text(), f"{self.dice.random()}")),
                }
            }
        key = "x" if self.dice.random() < 0.01 else TOKEN
        return self._made("POST", "/webhooks/rest/webhook", _dumped(known | more), [("Authorization", f"Bearer {key}")])

    def _kannel(self) -> Hostile:
        key = "x" if self.dice.random() < 0.01 else KANNEL_KEY
        given = {"key": key, "id": f"{self.dice.random()}", "from": self._line(), "to": "10086", "ts": "1794708000"}
        for name in self.dice.sample(sorted(given), self.dice.choice((0, 0, 1))):
            given[name] = self.text() if name != "key" else key
        if self.dice.random() < 0.3:
            given["charset"] = self.dice.choice(("UTF-16BE", "GB18030", "BIG5", "x", "utf-7", "UTF-8"))
        path = "/sms/kannel?" + urlencode({name: text.encode("utf-8", "surrogatepass") for name, text in given.items()})
        body = self.dice.choice((self.text().encode("utf-8", "surrogatepass"), self.body()))
        return self._made("POST", path, body)

    def _signed(self) -> Hostile:
        stamp = str(int(NOON + time.monotonic() - self.began))
        given: dict[str, object] = {"id": f"{self.dice.random()}", "from": self._line(), "to": "10086", "time": stamp}
        given["text"] = self.text()
        for name in self.dice.sample(sorted(given), self.dice.choice((0, 0, 1))):
            given[name] = self.value()
        body = _dumped(given)
        digest = hmac.new(SIGNED_SECRET.encode(), stamp.encode() + b"." + body, sha256).hexdigest()
        return self._made("POST", "/sms/signed", body, [("X-Timestamp", stamp), ("X-Signature", f"sha256={digest}")])

    def _anywhere(self) -> Hostile:
        path, methods = self.dice.choice(self.routes)
        method = self.dice.choice(METHODS) if self.dice.random() < 0.2 else self.dice.choice(methods)
        desk = path.startswith("/desk") and not path.endswith(("login", "logout", "password"))
        more = [("Cookie", self.cookie), ("X-Desk", "1"), ("Content-Type", "application/json")] if desk else []
        filled = self._filled(path)
        if path.startswith("/sms/kannel") and self.dice.random() < 0.95:
            filled += f"{'&' if '?' in filled else '?'}key={quote(KANNEL_KEY)}"
        elif path.startswith("/webhooks") and self.dice.random() < 0.95:
            more = [("Authorization", f"Bearer {TOKEN}")]
        return self._made(method, filled, self.body(), more + self.headers(), route=path)

    def _filled(self, path: str) -> str:
        """The path with something in its gaps, and sometimes a query."""
        parts = path.split("/")
        filled = "/".join(self._gap() if part.startswith("<") else part for part in parts)
        if self.dice.random() < 0.3:
            filled += "?" + "&".join(f"{self.dice.choice(KEYS)}={self._gap()}" for _ in range(self.dice.randint(1, 4)))
        return filled

    def _gap(self) -> str:
        return quote(self.text().encode("utf-8", "surrogatepass"), safe="")[:400] or "x"

    def _line(self) -> str:
        return self.dice.choice(LINES) if self.dice.random() < 0.85 else self.text()

    def _made(
        self, method: str, path: str, body: bytes, headers: Sequence[tuple[str, str]] = (), route: str = ""
    ) -> Hostile:
        lines = [f"{method} {path} HTTP/1.1"]
        named = {name.lower() for name, _ in headers}
        lines += [] if "host" in named else ["Host: 127.0.0.1"]
        lines += [f"{name}: {text}" for name, text in headers]
        lines.append(f"Content-Length: {len(body)}")
        raw = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body
        return Hostile(f"{method} {route or path.partition('?')[0]}", raw, method.upper() == "HEAD")


def _dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


def frame(grammar: Grammar) -> str:
    """A frame of a hostile browser, after its hello."""
    dice = grammar.dice
    kind = dice.random()
    if kind < 0.6:
        sent = {"type": "msg", "cid": f"c{dice.random()}"[2:20], "text": grammar.text()}
        sent |= {"payload": dice.choice(("/affirm", "/restart", grammar.text()))} if dice.random() < 0.3 else {}
        return json.dumps(sent)
    if kind < 0.8:
        return json.dumps({"type": dice.choice(("msg", "hello", "ping", "x", None, 1)), **grammar.object()})
    return dice.choice(
        ("", "{", "[" * 2000, '"x"', "null", "\x00", json.dumps({"type": "msg", "cid": "a" * 99, "text": "x"}))
    )
