"""A small OpenID Connect provider: a real HTTP server in a thread with real keys and real tokens, truthful or misbehaving as a test says.

Its login page lets everybody in as `person` at once: the browser is sent straight back with a code.
"""

import base64
import contextlib
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typing_extensions import override

CLIENT_ID = "turnout"
CLIENT_SECRET = "the provider's secret & more"


class SigningKey:
    """One key of the provider's, RSA for RS256 or P-256 for ES256."""

    def __init__(self, kid: str, algorithm: str = "RS256", bits: int = 2_048) -> None:
        self.kid = kid
        self.algorithm = algorithm
        self.private: Any = (
            rsa.generate_private_key(public_exponent=65_537, key_size=bits)
            if algorithm == "RS256"
            else ec.generate_private_key(ec.SECP256R1())
        )

    @property
    def public(self) -> dict[str, Any]:
        """As published."""
        known = jwt.algorithms.RSAAlgorithm if self.algorithm == "RS256" else jwt.algorithms.ECAlgorithm
        return {**known.to_jwk(self.private.public_key(), as_dict=True), "kid": self.kid, "use": "sig"}

    @property
    def pem(self) -> bytes:
        """The public key as text, which an attacker may use as if it were a secret."""
        public: bytes = self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return public


class Provider:
    """url: its issuer. person: the claims of whoever logs in. sign: makes the id token; may be replaced. published: its keys. refuses: the
    error with which it sends everybody back. answers: cleared, it lets everybody wait. asked: the paths so far. queries: of each login."""

    def __init__(self, url: str, now: Callable[[], float]) -> None:
        self.url = url
        self.now = now
        self.issuer = url
        self.key = _first_key()
        self.published = [self.key]
        self.person: dict[str, Any] = {"sub": "person-1", "name": "Lin Xiao", "email": "lin@example.com", "email_verified": True}
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.refuses = ""
        self.answers = threading.Event()
        self.answers.set()
        self.methods = ["client_secret_basic", "client_secret_post"]
        self.asked: list[str] = []
        self.queries: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}

    def signed(self, claims: dict[str, Any]) -> str:
        """The truth, by the present key."""
        return jwt.encode(claims, self.key.private, algorithm=self.key.algorithm, headers={"kid": self.key.kid})

    def rotate(self, key: SigningKey) -> None:
        """Another key signs from now on; it is published."""
        self.key, self.published = key, [key]

    def metadata(self) -> dict[str, Any]:
        """What it says of itself."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": self.methods,
        }

    def begin(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        self.queries.append(query)
        back = {"state": query["state"], "iss": self.issuer, "session_state": "not ours"}
        if self.refuses:
            return f"{query['redirect_uri']}?{urlencode({**back, 'error': self.refuses})}"
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({**back, 'code': code})}"

    def redeem(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        """The reply of the token endpoint: once for a code, with its verifier and our secret."""
        query = self._codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        right = query is not None and challenge == query["code_challenge"] and form.get("redirect_uri") == query["redirect_uri"]
        if query is None or not right or not self._is_client(form, authorization):
            return 400, {"error": "invalid_grant"}
        now = int(self.now())
        told = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": query["nonce"], **self.person}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.sign(told)}

    def _is_client(self, form: dict[str, str], authorization: str) -> bool:
        if "client_secret_basic" not in self.methods:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        kind, _, pair = authorization.partition(" ")
        name, _, secret = base64.b64decode(pair).decode().partition(":")
        return (kind, unquote_plus(name), unquote_plus(secret)) == ("Basic", CLIENT_ID, CLIENT_SECRET)


_keys: list[SigningKey] = []


def _first_key() -> SigningKey:
    """One for all tests of a process: making it takes its time."""
    if not _keys:
        _keys.append(SigningKey("first"))
    return _keys[0]


@contextmanager
def providing(now: Callable[[], float] = time.time) -> Iterator[Provider]:
    """A provider on a free port, truthful until told otherwise."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.asked.append(parts.path)
            provider.answers.wait()
            if parts.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self._reply(302, b"", location=provider.begin(query))
            elif parts.path == "/keys":
                self._reply(200, json.dumps({"keys": [key.public for key in provider.published]}).encode())
            elif parts.path == "/.well-known/openid-configuration":
                self._reply(200, json.dumps(provider.metadata()).encode())
            else:
                self._reply(404, b"")

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            provider.answers.wait()
            form = {name: values[0] for name, values in parse_qs(self.rfile.read(int(self.headers["content-length"])).decode()).items()}
            status, body = provider.redeem(form, self.headers.get("authorization", ""))
            self._reply(status, json.dumps(body).encode())

        def _reply(self, status: int, body: bytes, **headers: str) -> None:
            with contextlib.suppress(OSError):  # whoever asked may have left
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider = Provider(f"http://127.0.0.1:{server.server_port}", now)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="oidc provider", daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.answers.set()
        server.shutdown()
        server.server_close()
        thread.join()
