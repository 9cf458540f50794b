"""A small real OpenID provider on 127.0.0.1: it signs real tokens, and can be told to sign wrong ones."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "hotline-office"
CLIENT_SECRET = "the-secret-of-the-office"

Claims = dict[str, Any]


@dataclass(slots=True)
class Agreed:
    """What a browser was sent with, by the code that it takes back."""

    redirect: str
    nonce: str
    challenge: str


@dataclass
class Provider:
    """Signs in ``subject``, whoever comes. ``change`` makes another token of the right one, ``key`` signs it."""

    subject: str = "ada-4711"
    change: Callable[[Claims], Claims] = lambda claims: claims
    header: dict[str, str] = field(default_factory=lambda: {"alg": "RS256", "kid": "1"})
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "use": "sig"}))
    signs_with: RSAKey | None = None
    says_issuer: str = ""
    endpoint_scheme: str = "http"
    names_place: str = ""
    tokens_asked: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._codes: dict[str, Agreed] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._get(self)

            def do_POST(self) -> None:
                provider._post(self)

            def log_message(self, *_told: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def settings_text(self) -> str:
        """The table of the settings file; the secret is in a variable."""
        return (
            f'[office.openid]\nissuer = "{self.issuer}"\nclient_id = "{CLIENT_ID}"\n'
            'client_secret = "env:OFFICE_SECRET"\ntitle = "Sign in with Example Works"\n'
        )

    def consent(self, address: str) -> tuple[str, str]:
        """What a person does there: be known, and come back with the code and the state of ``address``."""
        told = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert CLIENT_ID == told["client_id"]
        assert "S256" == told["code_challenge_method"]
        assert "code" == told["response_type"]
        assert "openid" == told["scope"]
        code = f"code-{len(self._codes)}"
        self._codes[code] = Agreed(told["redirect_uri"], told["nonce"], told["code_challenge"])
        return code, told["state"]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _get(self, handler: BaseHTTPRequestHandler) -> None:
        own = f"{self.endpoint_scheme}://127.0.0.1:{self._server.server_address[1]}"
        host = "evil.example" if self.endpoint_scheme == "http+foreign" else ""
        place = self.names_place or (f"http://{host}" if host else own)
        answers: dict[str, object] = {
            "/.well-known/openid-configuration": {
                "issuer": self.says_issuer or self.issuer,
                "authorization_endpoint": f"{place}/authorize",
                "token_endpoint": f"{place}/token",
                "jwks_uri": f"{place}/keys",
            },
            "/keys": {"keys": [self.key.as_dict(private=False)]},
        }
        found = answers.get(handler.path)
        _answer(handler, 404 if found is None else 200, found or {})

    def _post(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"])).decode()
        told = {name: values[0] for name, values in parse_qs(body).items()}
        self.tokens_asked.append(told)
        expected = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        agreed = self._codes.pop(told.get("code", ""), None)
        proof = hashlib.sha256(told.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        is_right = agreed is not None and agreed.challenge == challenge and agreed.redirect == told["redirect_uri"]
        if agreed is None or not is_right or handler.headers["authorization"] != expected:
            _answer(handler, 400, {"error": "invalid_grant"})
            return
        now = int(time.time())
        claims = self.change(
            {
                "iss": self.issuer,
                "sub": self.subject,
                "aud": CLIENT_ID,
                "exp": now + 300,
                "iat": now,
                "nonce": agreed.nonce,
            }
        )
        token = jwt.encode(self.header, claims, self.signs_with or self.key, algorithms=[self.header["alg"]])
        _answer(handler, 200, {"access_token": "an-access-token", "token_type": "Bearer", "id_token": token})


def _answer(handler: BaseHTTPRequestHandler, status: int, told: object) -> None:
    body = json.dumps(told).encode()
    handler.send_response(status)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
