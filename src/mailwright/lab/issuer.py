"""A small OAuth 2.0 issuer behind nginx, run as a process of its own (main).

RFC 8414 metadata, RFC 6749 code flow with PKCE (RFC 7636, S256 only), RFC 8628 device
flow, refresh, RFC 7591 registration. It approves everything for the one account that signs in
by tokens; its ES256 tokens are checked by Dovecot with the public key in the lab's folder.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from mailwright.lab import pki, plan

if TYPE_CHECKING:
    from collections.abc import Callable

KEY_ID = "lab"
TOKEN_SECONDS = 3600
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def make_key(dir: Path) -> Path:
    """Write the signing key, and its public half where Dovecot looks; returns the former."""
    key = ec.generate_private_key(ec.SECP256R1())
    path = dir / "pki" / "issuer.key"
    path.write_bytes(pki.key_pem(key))
    path.chmod(0o600)
    # The path is PREFIX/<azp or "default">/<algorithm>/<key id>.
    public = dir / "jwk" / "default" / "ES256" / KEY_ID
    public.parent.mkdir(parents=True)
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return path


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _json64(value: object) -> str:
    return _base64url(json.dumps(value).encode())


def token(key: ec.EllipticCurvePrivateKey, email: str, *, seconds: int = TOKEN_SECONDS) -> str:
    """A JWT (RFC 7519) that says `email` may use mail for that many seconds."""
    now = int(time.time())
    claims = {
        "iss": plan.ISSUER,
        "sub": email,
        "email": email,
        "scope": plan.ISSUER_SCOPE,
        "iat": now,
        "nbf": min(now, now + seconds),
        "exp": now + seconds,
    }
    body = f"{_json64({'alg': 'ES256', 'typ': 'JWT', 'kid': KEY_ID})}.{_json64(claims)}"
    r, s = decode_dss_signature(key.sign(body.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{body}.{_base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The signing key of a lab."""
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


Form = dict[str, str]
Answer = tuple[int, dict[str, Any]]


class Issuer:
    """What was promised to whom. One process, one memory; gone when the lab is."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self.key = key
        self.user = next(account.address for account in plan.ACCOUNTS if account.instance == "oauth")
        self.codes: dict[str, Form] = {}
        self.devices: dict[str, int] = {}
        self.refresh: set[str] = set()

    def metadata(self) -> dict[str, Any]:
        """RFC 8414 §2."""
        return {
            "issuer": plan.ISSUER,
            "authorization_endpoint": f"{plan.ISSUER}/authorize",
            "token_endpoint": f"{plan.ISSUER}/token",
            "device_authorization_endpoint": f"{plan.ISSUER}/device_authorization",
            "registration_endpoint": f"{plan.ISSUER}/register",
            "scopes_supported": [plan.ISSUER_SCOPE, "offline_access"],
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token", _DEVICE_GRANT],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
        }

    def authorize(self, query: Form) -> str | None:
        """The address to redirect to with a code; None: the request is not one we answer."""
        if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256":
            return None
        if not query.get("redirect_uri") or not query.get("code_challenge") or not query.get("client_id"):
            return None
        code = secrets.token_urlsafe(24)
        self.codes[code] = query
        answer = {"code": code, "iss": plan.ISSUER} | ({"state": query["state"]} if "state" in query else {})
        joint = "&" if "?" in query["redirect_uri"] else "?"
        return query["redirect_uri"] + joint + urlencode(answer)

    def device(self, form: Form) -> Answer:
        """RFC 8628 §3.2."""
        if not form.get("client_id"):
            return _error("invalid_request")
        code, user_code = secrets.token_urlsafe(24), secrets.token_hex(3).upper()
        self.devices[code] = 0
        return 200, {
            "device_code": code,
            "user_code": user_code,
            "verification_uri": f"{plan.ISSUER}/device",
            "verification_uri_complete": f"{plan.ISSUER}/device?user_code={user_code}",
            "expires_in": 600,
            "interval": 1,
        }

    def grant(self, form: Form) -> Answer:
        """The token endpoint: one of three grants."""
        grants: dict[str, Callable[[Form], str]] = {
            "authorization_code": self._code,
            "refresh_token": self._refresh,
            _DEVICE_GRANT: self._device,
        }
        check = grants.get(form.get("grant_type", ""))
        problem = check(form) if check else "unsupported_grant_type"
        return _error(problem) if problem else (200, self._tokens())

    def _code(self, form: Form) -> str:
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return "invalid_grant"
        # RFC 7636 §4.6
        challenge = _base64url(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        return "" if challenge == asked["code_challenge"] else "invalid_grant"

    def _refresh(self, form: Form) -> str:
        return "" if form.get("refresh_token") in self.refresh else "invalid_grant"

    def _device(self, form: Form) -> str:
        code = form.get("device_code", "")
        if code not in self.devices:
            return "invalid_grant"
        # The first poll finds nobody has approved yet, the second one that somebody did.
        self.devices[code] += 1
        return "authorization_pending" if self.devices[code] == 1 else ""

    def _tokens(self) -> dict[str, Any]:
        refresh = secrets.token_urlsafe(24)
        self.refresh.add(refresh)
        return {
            "access_token": token(self.key, self.user),
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "refresh_token": refresh,
            "scope": plan.ISSUER_SCOPE,
        }


def _error(code: str) -> Answer:
    return 400, {"error": code}


class _Handler(BaseHTTPRequestHandler):
    issuer: Issuer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Metadata, authorization, and the page a person would see."""
        url = urlsplit(self.path)
        if url.path in ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"):
            self._answer(200, self.issuer.metadata())
        elif url.path == "/authorize":
            place = self.issuer.authorize(dict(parse_qsl(url.query)))
            self._answer(302 if place else 400, {} if place else {"error": "invalid_request"}, place)
        elif url.path == "/device":
            self._answer(200, {"approved": True})
        else:
            self._answer(404, {"error": "not_found"})

    def do_POST(self) -> None:
        """Token, device authorization and registration endpoints."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        form = dict(parse_qsl(body))
        if self.path == "/token":
            self._answer(*self.issuer.grant(form))
        elif self.path == "/device_authorization":
            self._answer(*self.issuer.device(form))
        elif self.path == "/register":
            self._answer(201, {"client_id": "lab-" + secrets.token_hex(4), "token_endpoint_auth_method": "none"})
        else:
            self._answer(404, {"error": "not_found"})

    def _answer(self, status: int, body: dict[str, Any], place: str | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        if place:
            self.send_header("Location", place)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the log would hold codes."""


def main(address: str, port: str, key: str) -> None:
    """Serve until ended."""
    _Handler.issuer = Issuer(read_key(Path(key)))
    ThreadingHTTPServer((address, int(port)), _Handler).serve_forever()
