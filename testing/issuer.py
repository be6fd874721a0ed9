"""A small identity provider on this machine: discovery, keys, and a token endpoint that insists on PKCE."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "desk", "the desk's secret"
Change = Callable[[dict[str, Any]], dict[str, Any]]


class Issuer:
    """Started at once; `change` alters the claims, `sign` how they are signed."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims: dict[str, Any] = {"sub": "u-17", "name": "李晓", "roles": ["agent"]}
        self.change: Change = lambda claims: claims
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self._asked: dict[str, dict[str, str]] = {}
        handler = type("Handler", (_Handler,), {"issuer": self})
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def signed(self, claims: dict[str, Any], key: rsa.RSAPrivateKey | None = None) -> str:
        """A token as it should be."""
        return jwt.encode(claims, key or self.key, "RS256", headers={"kid": "k1"})

    def agreed(self, address: str) -> dict[str, str]:
        """The person agreed at this address: what the browser is sent back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self._asked)}"
        self._asked[code] = asked
        return {"code": code, "state": asked["state"]}

    def document(self, path: str) -> dict[str, Any] | None:
        """What is told openly."""
        if path == "/.well-known/openid-configuration":
            ends = {f"{name}_endpoint": f"{self.url}/{name}" for name in ("authorization", "token")}
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **ends}
        if path == "/keys":
            public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
            return {"keys": [public | {"kid": "k1", "use": "sig", "alg": "RS256"}]}
        return None

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The token for a code that was not used, for whoever knows the secret and the verifier."""
        asked = self._asked.pop(form.get("code", ""), None)
        right = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        told = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
        if asked is None or authorization != f"Basic {right}" or asked["code_challenge"] != told:
            return None
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        return {"id_token": self.sign(self.change(claims | self.claims)), "token_type": "Bearer"}


class _Handler(http.server.BaseHTTPRequestHandler):
    issuer: Issuer

    def do_GET(self) -> None:
        self._answer(self.issuer.document(self.path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._answer(self.issuer.token(form, self.headers.get("Authorization", "")))

    def _answer(self, found: dict[str, Any] | None) -> None:
        self.send_response(200 if found is not None else 400)
        self.end_headers()
        self.wfile.write(json.dumps(found or {}).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""
