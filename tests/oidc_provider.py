"""A small provider of OpenID Connect over real HTTP: it lets everybody in who is named, and checks what it must."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

CLIENT, SECRET = "steward", "a secret & more"


@dataclass(slots=True)
class Provider:
    """``claims`` are what the next token says; ``more`` changes the token itself: its claims, key or algorithm."""

    url: str
    key: Any
    now: float
    claims: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    signed_with: Any = None
    algorithm: str = "RS256"
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def authorize(self, address: str) -> str:
        """What a browser that is sent here is sent back to, once its user has been let in."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        from joserfc import jwt

        asked = self.codes.pop(form.get("code", ""), None)
        right = "Basic " + base64.b64encode(f"{CLIENT}:a%20secret%20%26%20more".encode()).decode()
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or authorization != right or form.get("redirect_uri") != asked["redirect_uri"]:
            self.faults.append("code, client or address")
            return None
        if asked["code_challenge_method"] != "S256" or asked["code_challenge"] != challenge:
            self.faults.append("verifier")
            return None
        claims = {"iss": self.url, "aud": CLIENT, "exp": int(self.now) + 300, "iat": int(self.now), "sub": "1",
                  "nonce": asked["nonce"], **self.claims, **self.more}  # fmt: skip
        header = {"alg": self.algorithm, "kid": self.key.kid}
        signed = jwt.encode(header, claims, self.signed_with or self.key, algorithms=[self.algorithm])
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}


@contextmanager
def provider(now: float) -> Iterator[Provider]:
    from joserfc.jwk import RSAKey

    key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    found = Provider(f"http://127.0.0.1:{server.server_address[1]}", key, now)
    server.provider = found  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    @property
    def here(self) -> Provider:
        found: Provider = self.server.provider  # type: ignore[attr-defined]
        return found

    def do_GET(self) -> None:
        url = self.here.url
        answers: dict[str, Any] = {
            "/.well-known/openid-configuration": {
                "issuer": url, "authorization_endpoint": f"{url}/authorize", "token_endpoint": f"{url}/token",
                "jwks_uri": f"{url}/keys",
            },
            "/keys": {"keys": [self.here.key.as_dict(private=False)]},
        }  # fmt: skip
        self._say(answers.get(self.path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._say(self.here.token(form, self.headers.get("authorization", "")))

    def _say(self, body: dict[str, Any] | None) -> None:
        text = json.dumps(body or {"error": "invalid_grant"}).encode()
        self.send_response(200 if body else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        pass
