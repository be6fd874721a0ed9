"""Sign-in by an identity provider: there and back, and everything that is not exactly this sign-in is refused."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from channels.desk import api
from hall import agent_accounts, agents
from hall.oidc import OidcAccount
from testing.chat_server import chat_app, served
from testing.issuer import CLIENT, SECRET, Issuer


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    found = Issuer()
    yield found
    found.close()


@pytest_asyncio.fixture
async def app(tmp_path: Path, issuer: Issuer) -> AsyncIterator[Any]:
    async with chat_app(tmp_path) as app:
        app.settings.oidc = OidcAccount(issuer.url, CLIENT, SECRET)
        yield app


@pytest_asyncio.fixture
async def browser(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        served(app, api.blueprint) as host,
        httpx.AsyncClient(base_url=f"http://{host}", trust_env=False, timeout=20) as browser,
    ):
        yield browser


async def _back(browser: httpx.AsyncClient, issuer: Issuer, **changed: str) -> httpx.Response:
    """There and back; `changed`: what comes back instead."""
    left = await browser.get("/desk/oidc")
    assert left.status_code == 302
    return await browser.get("/desk/oidc/back", params=issuer.agreed(left.headers["location"]) | changed)


async def _who(browser: httpx.AsyncClient) -> Any:
    return (await browser.get("/desk/api/session")).json()["agent"]


async def test_who_the_provider_knows_is_in_with_the_role_that_it_says(
    app: Any, browser: httpx.AsyncClient, issuer: Issuer
) -> None:
    came = await _back(browser, issuer)
    assert (came.status_code, came.headers["location"]) == (302, "/desk/")
    assert await _who(browser) == "sso:u-17"
    assert (await agents.find(app.hall, "sso:u-17")).role == "agent"  # type: ignore[union-attr]
    issuer.claims["roles"] = "finance"
    await _back(browser, issuer)
    assert (await agents.find(app.hall, "sso:u-17")).role == "finance"  # type: ignore[union-attr]


def _unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, None, "none")


def _by_the_public_key(issuer: Issuer) -> Callable[[dict[str, Any]], str]:
    """The known confusion: signed with a shared secret that everybody has."""
    public = issuer.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(claims: dict[str, Any]) -> str:  # by hand: the library itself refuses to
        parts = [_packed(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT", "kid": "k1"}, claims)]
        signed = ".".join(parts)
        return f"{signed}.{_packed(hmac.digest(public, signed.encode(), 'sha256'))}"

    return sign


def _packed(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


OLD = int(time.time()) - 3600
CHANGES: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "another audience": {"aud": "somebody"},
    "over": {"iat": OLD, "exp": OLD + 300},
    "another nonce": {"nonce": "x" * 32},
    "no role": {"roles": []},
    "an unknown role": {"roles": ["root"]},
    "several roles": {"roles": ["agent", "finance"]},
    "no subject": {"sub": ""},
    "a long subject": {"sub": "u" * 200},
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_token_that_is_not_of_this_sign_in_is_refused(
    browser: httpx.AsyncClient, issuer: Issuer, change: str
) -> None:
    issuer.change = lambda claims: claims | CHANGES[change]
    assert (await _back(browser, issuer)).status_code == 401
    assert await _who(browser) is None


@pytest.mark.parametrize("how", ["another key", "unsigned", "public key", "garbage"])
async def test_a_token_that_the_provider_did_not_sign_is_refused(
    browser: httpx.AsyncClient, issuer: Issuer, how: str
) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ways: dict[str, Callable[[dict[str, Any]], str]] = {
        "another key": lambda claims: issuer.signed(claims, other),
        "unsigned": _unsigned,
        "public key": _by_the_public_key(issuer),
        "garbage": lambda _: "a.b.c",
    }
    issuer.sign = ways[how]
    assert (await _back(browser, issuer)).status_code == 401
    assert await _who(browser) is None


@pytest.mark.parametrize("changed", [{"state": "x" * 32}, {"state": ""}, {"code": "guessed"}, {"code": ""}])
async def test_what_another_browser_was_sent_back_with_is_refused(
    browser: httpx.AsyncClient, issuer: Issuer, changed: dict[str, str]
) -> None:
    assert (await _back(browser, issuer, **changed)).status_code == 401
    assert await _who(browser) is None


async def test_an_attempt_comes_back_once_and_only_where_it_began(browser: httpx.AsyncClient, issuer: Issuer) -> None:
    given = issuer.agreed((await browser.get("/desk/oidc")).headers["location"])
    kept = dict(browser.cookies)
    browser.cookies.clear()
    assert (await browser.get("/desk/oidc/back", params=given)).status_code == 401
    assert list(kept) == ["yingting_oidc"]
    await _back(browser, issuer)
    assert (await browser.get("/desk/oidc/back", params=given)).status_code == 401


async def test_a_name_that_the_provider_says_takes_nobodys_account(
    app: Any, browser: httpx.AsyncClient, issuer: Issuer
) -> None:
    await agents.ensure(app.hall, "demo", "a long password", role="supervisor")
    issuer.claims |= {"sub": "demo", "preferred_username": "demo"}
    await _back(browser, issuer)
    assert await _who(browser) == "sso:demo"
    assert (await agents.find(app.hall, "demo")).role == "supervisor"  # type: ignore[union-attr]


async def test_who_is_disabled_here_stays_out_and_is_told_on_a_page(
    app: Any, browser: httpx.AsyncClient, issuer: Issuer
) -> None:
    await _back(browser, issuer)
    await agent_accounts.set_disabled(app.hall, "sso:u-17", disabled=True)
    told = await _back(browser, issuer)
    assert (told.status_code, told.headers["cache-control"]) == (401, "no-store")
    for words in ("没有登录成功", 'href="/desk/oidc"', 'href="/desk/"'):
        assert words in told.text
    assert "sso:u-17" not in told.text


async def test_a_provider_that_is_away_or_another_is_told(app: Any, browser: httpx.AsyncClient, issuer: Issuer) -> None:
    account = app.settings.oidc
    app.settings.oidc = replace(account, issuer="http://127.0.0.1:9")
    async with served(app, api.blueprint) as host, httpx.AsyncClient(trust_env=False) as other:
        told = await other.get(f"http://{host}/desk/oidc")
        assert (told.status_code, told.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert "暂时登录不了" in told.text


async def test_without_its_settings_there_is_no_such_door(app: Any) -> None:
    app.settings.oidc = None
    async with served(app, api.blueprint) as host, httpx.AsyncClient(trust_env=False) as other:
        assert (await other.get(f"http://{host}/desk/oidc")).status_code == 404
