"""A private chain of drand and a relay that tells its rounds: a real HTTP server in a thread, truthful, lying or away as a test says."""

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from py_arkworks_bls12381 import G1Point, G2Point, Scalar
from typing_extensions import override

from turnout.proofs.drand import RFC9380, Chain, time_of

_DOMAIN = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"

Answer = tuple[int, bytes]


class SigningChain:
    """A chain whose one party is the test. secret: its key; genesis: Unix seconds of round 1."""

    def __init__(self, *, secret: int = 20_260_105, period_s: int = 1, genesis: int = 1_700_000_000) -> None:
        self._secret = Scalar(secret)
        public_key = (G2Point() * self._secret).to_compressed_bytes()
        self.chain = Chain(hashlib.sha256(public_key).hexdigest(), public_key.hex(), period_s, genesis)

    @property
    def told(self) -> str:
        """What it tells of itself at /info: for `drand_chain`, and for the file of --trust-chain."""
        chain = self.chain
        named = {"hash": chain.chain, "public_key": chain.public_key, "period": chain.period_s, "genesis_time": chain.genesis}
        return json.dumps({**named, "schemeID": RFC9380})

    def sign(self, number: int) -> str:
        """The signature of a round, in hex."""
        message = hashlib.sha256(number.to_bytes(8, "big")).digest()
        return bytes((G1Point.hash_to_curve(message, _DOMAIN) * self._secret).to_compressed_bytes()).hex()

    def round(self, number: int) -> bytes:
        """A round as a relay tells it."""
        signature = self.sign(number)
        randomness = hashlib.sha256(bytes.fromhex(signature)).hexdigest()
        return json.dumps({"round": number, "randomness": randomness, "signature": signature}).encode()


class Relay:
    """url: where it listens. answer: decides the status and body for the round asked for; may be replaced at any time. asked: the paths so
    far. now: Unix seconds, by which a truthful relay knows what is out."""

    def __init__(self, url: str, chain: SigningChain, now: Callable[[], float]) -> None:
        self.url = url
        self.chain = chain
        self.now = now
        self.asked: list[str] = []
        self.answer: Callable[[int], Answer] = self.tell

    def tell(self, number: int) -> Answer:
        """The truth: a round that is out."""
        if time_of(self.chain.chain, number) > self.now():
            return 425, b'{"error":"too early"}'
        return 200, self.chain.round(number)

    def fail(self, _number: int) -> Answer:
        """What a relay says that is down."""
        return 503, b"no upstream"

    def lie(self, number: int) -> Answer:
        """A round of nobody's: its signature is another round's."""
        return 200, json.dumps({"round": number, "signature": self.chain.sign(number + 1)}).encode()


@contextmanager
def relaying(chain: SigningChain, now: Callable[[], float] = time.time) -> Iterator[Relay]:
    """A relay on a free port, truthful until told otherwise."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            relay.asked.append(self.path)
            _, chain_hash, public, number = self.path.split("/")
            status, body = relay.answer(int(number)) if (chain_hash, public) == (chain.chain.chain, "public") else (404, b"")
            with contextlib.suppress(OSError):  # whoever asked may have left
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    relay = Relay(f"http://127.0.0.1:{server.server_port}", chain, now)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="drand relay", daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
