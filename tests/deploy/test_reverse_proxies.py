"""The examples of deploy/ for nginx and Caddy, run as they are in front of the hall's own routes.

Only names, ports and files of the machine are replaced. Skipped where a program is not installed.
"""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import websockets
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json as json_response

from bot.proxies import Proxies
from channels.address import client_address
from channels.web import pages
from channels.web import socket as web_socket
from testing.chat_server import chat_app, served
from testing.postgres import free_port

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 20.0  # seconds for a proxy to listen
pytestmark = pytest.mark.process


@dataclass(frozen=True)
class Front:
    """A proxy that runs: its addresses, and the error log to look into."""

    web: str
    plain: str = ""


def _probe(_app: Any) -> Blueprint:
    """Tells what reaches the hall."""
    bp = Blueprint("probe")

    @bp.get("/probe")
    async def probe(request: Request[Any, Any]) -> HTTPResponse:
        return json_response({"client": client_address(request), "headers": dict(request.headers)})

    @bp.post("/probe")
    async def taken(request: Request[Any, Any]) -> HTTPResponse:
        return json_response({"bytes": len(request.body)})

    @bp.get("/metrics")
    async def metrics(_request: Request[Any, Any]) -> HTTPResponse:
        return json_response({"secret": True})

    @bp.post("/desk/login")
    async def login(_request: Request[Any, Any]) -> HTTPResponse:
        return json_response({})

    return bp


@pytest_asyncio.fixture
async def hall_port(tmp_path: Path) -> AsyncIterator[int]:
    """The hall's routes on a port, one proxy before them."""
    port = free_port()
    made = (web_socket.blueprint, pages.blueprint, _probe)
    async with chat_app(tmp_path) as app, served(app, *made, port=port, proxies=Proxies(1)):
        yield port


def _certificate(folder: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=hall")
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    pem = PrivateFormat.PKCS8
    (folder / "fullchain.pem").write_bytes(built.sign(key, SHA256()).public_bytes(Encoding.PEM))
    (folder / "privkey.pem").write_bytes(key.private_bytes(Encoding.PEM, pem, NoEncryption()))


@contextmanager
def _running(command: list[str], port: int, log: Path) -> Iterator[None]:
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        until = time.monotonic() + WITHIN
        while not _listens(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/", timeout=2, trust_env=False)
    except httpx.HTTPError as error:
        return not isinstance(error, httpx.ConnectError)
    return True


@pytest.fixture
def nginx(tmp_path: Path, hall_port: int) -> Iterator[Front]:
    """deploy/nginx.conf on ports of its own."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    _certificate(tmp_path)
    plain, secure = free_port(), free_port()
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for written, here in (
        ("listen [::]:80;", ""), ("listen [::]:443 ssl http2;", ""), ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{secure} ssl http2;"), ("/etc/ssl/hall/", f"{tmp_path}/"),
        ("127.0.0.1:8000", f"127.0.0.1:{hall_port}"), ("/var/log/nginx/error.log", f"{tmp_path}/error.log"),
    ):  # fmt: skip
        assert written in text
        text = text.replace(written, here)
    (tmp_path / "nginx.conf").write_text(text, encoding="utf-8")
    command = [program, "-c", str(tmp_path / "nginx.conf"), "-g", f"daemon off; pid {tmp_path}/pid;"]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, timeout=30, check=False)
    assert tested.returncode == 0, tested.stderr
    with _running(command, plain, tmp_path / "out.log"):
        yield Front(f"https://127.0.0.1:{secure}", f"http://127.0.0.1:{plain}")


@pytest.fixture
def caddy(tmp_path: Path, hall_port: int) -> Iterator[Front]:
    """deploy/Caddyfile on a port of its own, without TLS, for which it would ask an authority."""
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("caddy is not installed")
    port = free_port()
    text = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    text = text.replace("hall.example.com {", f"http://127.0.0.1:{port} {{").replace(":8000", f":{hall_port}")
    (tmp_path / "Caddyfile").write_text(text, encoding="utf-8")
    command = [program, "run", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
    with _running(command, port, tmp_path / "caddy.log"):
        yield Front(f"http://127.0.0.1:{port}")


@pytest.fixture(params=["nginx", "caddy"])
def front(request: pytest.FixtureRequest) -> Front:
    """Each of them."""
    found: Front = request.getfixturevalue(request.param)
    return found


def _browser(front: Front) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=front.web, verify=False, trust_env=False, timeout=20)


async def test_the_halls_own_headers_come_through_once(front: Front) -> None:
    async with _browser(front) as browser:
        answer = await browser.get("/widget.js")
        assert answer.status_code == 200
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
        assert len(answer.headers.get_list("content-security-policy")) == 1


async def test_the_address_is_the_clients_whatever_he_writes(front: Front) -> None:
    forged = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X-Real-IP": "203.0.113.9"}
    async with _browser(front) as browser:
        told = (await browser.get("/probe", headers=forged)).json()
    assert told["client"] == "127.0.0.1"
    assert "203.0.113.9" not in json.dumps(told["headers"])


async def test_the_chat_opens_through_it(front: Front) -> None:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    secure = front.web.startswith("https")
    async with websockets.connect(
        front.web.replace("http", "ws") + "/ws", ssl=trusting if secure else None, proxy=None
    ) as chat:
        await chat.send(json.dumps({"type": "hello", "v": 1}))
        assert json.loads(await chat.recv())["type"] == "welcome"


async def test_what_is_only_for_who_runs_it_is_not_there(front: Front) -> None:
    async with _browser(front) as browser:
        for path in ("/metrics", "/healthz", "/readyz", "/demo/phone", "/pay/demo/T1"):
            assert (await browser.get(path)).status_code == 404, path


async def test_a_body_is_no_larger_than_the_hall_takes(front: Front) -> None:
    async with _browser(front) as browser:
        assert (await browser.post("/probe", content=b"a" * 200_000)).json() == {"bytes": 200_000}
        refused = (await browser.post("/probe", content=b"a" * 300_000)).status_code
        assert refused in (413, 502)  # Caddy finds out while it passes it on


async def test_nginx_slows_who_tries_passwords_and_sends_everybody_to_https(nginx: Front) -> None:
    async with _browser(nginx) as browser:
        tried = [(await browser.post("/desk/login", json={})).status_code for _ in range(20)]
        assert tried[0] == 200
        assert 429 in tried
    async with httpx.AsyncClient(trust_env=False) as plain:
        moved = await plain.get(f"{nginx.plain}/pay/x")
    assert (moved.status_code, moved.headers["location"]) == (301, "https://127.0.0.1/pay/x")
