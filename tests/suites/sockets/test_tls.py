"""The same sockets under TLS."""

import datetime
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.suites.sockets.conftest import Server
from tests.suites.sockets.raw_client import CLOSE, RawClient, frame
from tests.suites.sockets.stream_client import stream_request
from turnout.hub.protocol import TOO_SLOW


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and its self-signed certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "turnout.test")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "turnout.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
async def server(serve: Any, certificate: Path) -> Server:
    """A server that speaks TLS."""

    def context() -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(certificate)
        return made

    started: Server = await serve(tls=context, close_patience_s=0.2, backlog_bytes=65_536)
    return started


async def _connect(server: Server) -> RawClient:
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    return await server.connect(tls=trusting)


async def test_messages_under_tls(server: Server) -> None:
    """Frames behind the upgrade, long messages, and many in a row."""
    client = await (await _connect(server)).upgrade(behind=frame('{"op":"listen","id":"a","channel":"c"}'))
    assert (await client.message())["id"] == "a"
    client.send(b"".join(frame(f'{{"op":"say","id":"{number}","text":"{"x" * 5_000}"}}') for number in range(20)))
    assert [(await client.message())["id"] for _ in range(20)] == [str(number) for number in range(20)]
    server.hub.publish("c", b"x" * 50_000, b"y")
    assert [len((await client.frame()).payload) for _ in range(2)] == [50_000, 1]
    client.send(frame(b"", CLOSE))

    assert await client.close_code() == 1000
    assert await client.is_hung_up()


async def test_an_oversized_message_under_tls(server: Server) -> None:
    """1009, and it is not handled."""
    client = await (await _connect(server)).upgrade()
    client.say("x" * 1_000_000)

    assert await client.close_code() == 1009
    assert not server.heard


async def test_who_does_not_read_under_tls_is_ended(server: Server) -> None:
    """The bound holds for what waits to be encrypted, too."""
    client = await (await _connect(server)).upgrade(behind=frame('{"op":"listen","id":"a","channel":"c"}'))
    await client.message()
    connection = server.only
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    while not connection.ending:
        server.hub.publish("c", b'"%b"' % (b"x" * 50_000))

    assert connection.ending is TOO_SLOW
    await server.until(lambda: len(server.closed) == 1)


async def test_an_event_stream_under_tls(server: Server) -> None:
    """Taken over from the HTTP server as without it."""
    client = await _connect(server)
    client.send(stream_request("x" * 22))
    assert (await client.response_head())[0] == 200
    server.only.send(b"x" * 50_000)
    server.only.end(TOO_SLOW)

    events = b""
    while piece := await client.reader.read(2**16):
        events += piece

    assert events.startswith(b":\n\ndata: " + b"x" * 50_000 + b"\n\nevent: end\n")
