"""Sign-in at the desk by the operator's own identity provider: OpenID Connect, authorization code with PKCE.

The account is bound to the provider's `sub`, never to a name that somebody may choose; its role is what the provider
says at each sign-in. Of the provider's answer only a signed ID token of this sign-in counts.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
import jwt
from sqlalchemy import update

from hall import security_log
from hall.agent_accounts import BY_PROVIDER
from hall.agent_roles import ROLES
from hall.agents import Agent, find, hash_password
from hall.errors import HallError, Unavailable
from hall.store.tables.desk import agents

if TYPE_CHECKING:
    from hall.context import Hall

ALGORITHMS = ("RS256", "PS256", "ES256")  # never one with a shared secret, never none
NEEDED = ["exp", "iat", "iss", "aud", "sub", "nonce"]
LEEWAY, WITHIN = 60, 5.0  # seconds by which clocks differ; for a call
LONGEST_SUB = 60  # characters


class OidcRefused(HallError):
    """The provider's answer is none of this sign-in, or gives no role; the message says why."""


@dataclass(frozen=True, slots=True)
class OidcAccount:
    """The desk at the provider. `role_claim` names the claim that holds a role of hall/agent_roles.py, or several."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    role_claim: str = "roles"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the browser keeps between leaving and coming back."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Attempt:
        """Fresh random values."""
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))

    @classmethod
    def read(cls, kept: str) -> Attempt:
        """Of what was kept. Raises OidcRefused."""
        parts = kept.split(".")
        if len(parts) != 3 or not all(len(part) >= 32 for part in parts):
            raise OidcRefused("no sign-in was begun here")
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.state}.{self.nonce}.{self.verifier}"


class Provider:
    """Calls to the issuer. `back`: our address to which it sends the browser."""

    def __init__(self, account: OidcAccount, back: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.account, self._back, self._transport = account, back, transport

    async def address(self, attempt: Attempt) -> str:
        """Where the browser goes. Raises Unavailable."""
        challenge = hashlib.sha256(attempt.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.account.client_id,
            "redirect_uri": self._back,
            "scope": "openid profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{(await self._discovered())['authorization_endpoint']}?{urlencode(asked)}"

    async def claims(self, attempt: Attempt, state: str, code: str) -> dict[str, Any]:
        """Who came back, verified. Raises OidcRefused, Unavailable."""
        if not hmac.compare_digest(state.encode("utf-8", "replace"), attempt.state.encode()):
            raise OidcRefused("the state is not that of this sign-in")
        found = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": attempt.verifier,
        }
        told = await self._call("POST", found["token_endpoint"], data=form)
        keys = await self._call("GET", found["jwks_uri"])
        claims = self._verified(str(told.get("id_token", "")), keys)
        if not hmac.compare_digest(str(claims["nonce"]).encode(), attempt.nonce.encode()):
            raise OidcRefused("the token is of another sign-in")
        return claims

    def _verified(self, token: str, keys: dict[str, Any]) -> dict[str, Any]:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            known = jwt.PyJWKSet.from_dict(keys).keys
            key = next(one for one in known if kid is None or one.key_id == kid)
            account = self.account
            return dict(
                jwt.decode(
                    token,
                    key,
                    algorithms=list(ALGORITHMS),
                    audience=account.client_id,
                    issuer=account.issuer,
                    leeway=LEEWAY,
                    options={"require": NEEDED},
                )
            )
        except StopIteration:
            raise OidcRefused("the token is signed by no key of the provider") from None
        except jwt.PyJWTError as error:
            raise OidcRefused(f"the token is not right: {type(error).__name__}") from None

    async def _discovered(self) -> dict[str, Any]:
        found = await self._call("GET", f"{self.account.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.account.issuer:
            raise OidcRefused("the provider names another issuer")
        return found

    async def _call(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        auth = (self.account.client_id, self.account.client_secret) if method == "POST" else None
        try:
            async with httpx.AsyncClient(timeout=WITHIN, transport=self._transport) as client:
                answer = await client.request(method, url, auth=auth, **more)
            said = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable("sign-in", type(error).__name__) from None
        if answer.status_code != 200 or not isinstance(said, dict):
            raise OidcRefused(f"the provider answered {answer.status_code}")
        return said


def role_of(claims: dict[str, Any], claim: str) -> str:
    """The role that the provider gives. Raises OidcRefused where it is none, or several."""
    given = claims.get(claim)
    named = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    found = [role for role in ROLES if role in named]
    if len(found) != 1:
        raise OidcRefused(f"the claim {claim} names no role, or several")
    return found[0]


async def sign_in(hall: Hall, claims: dict[str, Any], role: str, address: str) -> Agent:
    """The agent, whose account is made at the first sign-in. Raises OidcRefused for one that was disabled."""
    subject = str(claims["sub"])
    if not (0 < len(subject) <= LONGEST_SUB and subject.isprintable()):
        raise OidcRefused("the subject is no name")
    name, called = f"{BY_PROVIDER}{subject}", str(claims.get("name") or "")[:32]
    unusable = await asyncio.to_thread(hash_password, secrets.token_hex(32))
    unit, now = hall.store.unit(), hall.clock.now()
    unit.insert_once(agents, name=name, password_hash=unusable, role=role, skills=["general"], created_at=now)
    unit.stage(update(agents).where(agents.c.name == name).values(role=role, display_name=called))
    await unit.commit()
    agent = await find(hall, name)
    if agent is None:
        raise OidcRefused("the account is disabled")
    security_log.event("signed_in", agent=name, address=address, by="oidc")
    return agent
