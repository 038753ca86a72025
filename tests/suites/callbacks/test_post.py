"""What a call sends besides its body, how it shows who it is, which way it takes, and what is kept of the answer."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from typing_extensions import override

from tests.suites.callbacks.conftest import ACCOUNT, Restless, World, opening
from tests.suites.callbacks.receiver import raw, status
from turnout.callbacks.actions import CERTIFICATE_PURPOSE, HEADERS_PURPOSE, ROTATE_SECRET, SECRET_PURPOSE, RotateSecret
from turnout.callbacks.attempt_rules import NoReply, Reply
from turnout.callbacks.post import Post
from turnout.callbacks.rules import DeliveryState, Outcome
from turnout.dialects.contract import EncodedBody, Patience, Sending
from turnout.kernel import limits


async def test_the_first_headers_of_an_answer_are_kept(world: World) -> None:
    """One that comes twice as one; so many and so long, and no more."""
    answered = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Id: a\r\nX-Id: b\r\nX-Odd: \xff\xfe\r\nX-Long: " + b"x" * 5_000 + b"\r\n"
    answered += b"".join(b"X-%d: 1\r\n" % number for number in range(40)) + b"\r\nok"
    world.receiver.answer(raw(answered))
    await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening())
    (delivery,) = await world.settled(1)

    (attempt,) = await world.attempts(delivery)

    kept = attempt.reply_headers
    assert (kept["Content-Length"], kept["X-Id"], kept["X-Odd"]) == ("2", "a, b", "\ufffd\ufffd")
    assert len(kept) <= limits.MAX_REPLY_HEADERS_KEPT
    assert sum(len(name) + len(value) for name, value in kept.items()) <= limits.MAX_REPLY_HEADER_BYTES_KEPT + len("a, ")


async def test_where_a_redirect_points_is_told_even_if_nobody_can_read_it(world: World) -> None:
    """Bytes that are no text do not keep the attempt from being recorded."""
    world.speaking(Patience(timeout_s=20.0, waits_s=()))
    world.receiver.answer(raw(b"HTTP/1.1 302 Found\r\nLocation: /\xff\xfe\r\nContent-Length: 0\r\n\r\n"))
    await world.endpoint()
    await world.plan()
    await world.send()
    await world.record(opening())

    (delivery,) = await world.settled(1)

    assert delivery.last_explanation.startswith("The receiver answered 302 Found, a redirect to /\ufffd\ufffd. ")


async def test_an_endpoints_own_headers_are_sent_and_not_shown(world: World) -> None:
    """Their values may be passwords: the log has their names. What the dialect sends goes before them."""
    own = {"Authorization": "Basic c2VjcmV0", "X-Tenant": "七", "Content-Type": "text/plain"}
    await world.endpoint(headers=world.runtime.keyring.seal(msgspec.json.encode(own), HEADERS_PURPOSE))
    await world.plan()
    await world.send()
    await world.record(opening())
    (delivery,) = await world.settled(1)

    (call,) = world.receiver.calls
    (attempt,) = await world.attempts(delivery)

    assert (call.headers["Authorization"], call.headers["X-Tenant"]) == ("Basic c2VjcmV0", "七")
    assert call.headers["Content-Type"] == attempt.headers["Content-Type"] == "application/json; charset=utf-8"
    assert (attempt.headers["Authorization"], attempt.headers["X-Tenant"]) == ("***", "***")


class Telling(Restless):
    """A dialect that tells its secrets."""

    @override
    def headers(self, body: EncodedBody, secrets: Sequence[bytes], sending: Sending) -> dict[str, str]:
        return {"X-Secrets": b" ".join(secrets).decode()}


async def test_the_secret_before_signs_beside_the_new_one_for_a_while(world: World) -> None:
    """The newest first; afterwards the newest alone."""
    world.dialects = {"quanshi": Telling(world.runtime.ids, Patience(20.0, (100.0,)))}
    world.receiver.answer(status(500), status(200))
    endpoint = await world.endpoint(secret=b"old")
    new = world.runtime.keyring.seal(b"new", SECRET_PURPOSE)
    await world.commit.run(ROTATE_SECRET, RotateSecret(ACCOUNT, endpoint.id, new, overlap_s=100), lane=0)
    await world.plan()
    sender = await world.send()
    await world.record(opening())
    await world.receiver.called(1)
    await world.quiet()
    world.clock.advance(101)
    sender.wake()
    await world.settled(1)

    assert [call.headers["X-Secrets"] for call in world.receiver.calls] == ["new old", "new"]


# ---- TLS


@dataclass
class Authority:
    """Issues certificates, as PEM with their keys."""

    folder: Path
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def issue(self, name: str, *, is_authority: bool = False) -> bytes:
        """A certificate for this name; of the authority itself with its own key."""
        key = self.key if is_authority else ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        own_key = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return certificate.public_bytes(Encoding.PEM) + own_key

    def file(self, name: str, *, is_authority: bool = False) -> Path:
        """The same in a file."""
        path = self.folder / f"{name}.pem"
        path.write_bytes(self.issue(name, is_authority=is_authority))
        return path


@asynccontextmanager
async def over_tls(authority: Authority, roots: Path, told: list[str]) -> AsyncIterator[int]:
    """A receiver on a port of its own that wants a certificate of this authority, and notes whom it has seen."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.file("localhost"))
    context.load_verify_locations(roots)
    context.verify_mode = ssl.CERT_OPTIONAL

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        shown = writer.get_extra_info("peercert")
        told.append(dict(part[0] for part in shown["subject"])["commonName"] if shown else "nobody")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_client_certificate_is_shown_where_one_is_wanted(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the receiver is verified as ever: one whose authority nobody knows gets nothing."""
    authority = Authority(tmp_path)
    told: list[str] = []
    roots = authority.file("authority", is_authority=True)
    ours = world.runtime.keyring.seal(authority.issue("customer.example"), CERTIFICATE_PURPOSE)
    world.speaking(Patience(timeout_s=20.0, waits_s=()))
    async with over_tls(authority, roots, told) as port:
        await world.endpoint(url=f"https://localhost:{port}/hook", client_certificate=ours)
        await world.plan()
        ignorant = await world.send()
        await world.record(opening())
        (unknown,) = await world.settled(1)
        await world.kill(ignorant)
        monkeypatch.setenv("SSL_CERT_FILE", str(roots))
        await world.send()
        await world.endpoint(
            url=f"https://localhost:{port}/new",
            client_certificate=world.runtime.keyring.seal(authority.issue("other.example"), CERTIFICATE_PURPOSE),
        )
        await world.record(opening(6))
        deliveries = await world.settled(3)

    (attempt,) = await world.attempts(unknown)
    assert attempt.outcome is Outcome.INSECURE
    assert attempt.explanation.startswith("The secure connection could not be made (the certificate does not hold: ")
    assert sorted(told) == ["customer.example", "other.example"]
    assert [one.state for one in deliveries].count(DeliveryState.SUCCEEDED) == 2


# ---- proxies


class Proxy:
    """A forward proxy for http: it answers every request itself, and refuses tunnels. asked: the targets, as they were told to it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        self.asked.append(f"{method} {target}")
        answer = b"HTTP/1.1 403 Forbidden\r\n" if method == "CONNECT" else b"HTTP/1.1 202 Accepted\r\n"
        writer.write(answer + b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """A running one."""
    made = Proxy()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield made


@asynccontextmanager
async def through(proxy: str) -> AsyncIterator[Post]:
    """A started client, guarded, that goes through a proxy."""
    made = Post(dangerous_allow_private_callbacks=False, proxy=proxy)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def call(post: Post, url: str, headers: Mapping[str, str] | None = None) -> Reply | NoReply:
    """What comes of a call to this URL."""
    return await post.post(url, b"{}", headers or {}, 5.0, ACCOUNT)


async def test_every_call_goes_through_the_proxy(proxy: Proxy) -> None:
    """Which stands in the operator's own network and looks the names up."""
    async with through(proxy.url) as post:
        answer = await call(post, "http://hooks.example/path?x=1")

    assert isinstance(answer, Reply)
    assert (answer.status, proxy.asked) == (202, ["POST http://hooks.example/path?x=1"])


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "localhost", "metadata.google.internal", "１２７.０.０.１"])
async def test_a_proxy_is_not_asked_for_what_lies_inside(proxy: Proxy, host: str) -> None:
    """As far as that can be seen from here."""
    async with through(proxy.url) as post:
        answer = await call(post, f"http://{host}/")

    assert isinstance(answer, NoReply)
    assert answer.outcome in (Outcome.BLOCKED, Outcome.UNREACHABLE)
    assert proxy.asked == []


async def test_a_proxy_that_refuses_or_is_not_there_is_told_apart(proxy: Proxy) -> None:
    """From a receiver that does the same."""
    async with through(proxy.url) as post:
        refused = await call(post, "https://hooks.example/")
    async with through("http://127.0.0.1:1") as post:
        missing = await call(post, "http://hooks.example/")

    assert refused == NoReply(Outcome.UNREACHABLE, "the proxy answered 403 Forbidden")
    assert isinstance(missing, NoReply)
    assert (missing.outcome, missing.detail[:27]) == (Outcome.UNREACHABLE, "the proxy cannot be reached")
    assert proxy.asked == ["CONNECT hooks.example:443"]
