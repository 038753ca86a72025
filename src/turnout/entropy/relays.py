"""Rounds of drand, from the relays that the operator names.

Promise: a signature that is handed out is that of the round asked for, by the key of the chain asked for; who brought it does not matter,
since it is checked here. A relay that is away, slow, talks too much or lies is passed over and the next one asked; each such relay is
logged. A call ends within its timeout, at most REPLY_BYTES of a body are read and none are decompressed, redirects are not followed, and
neither cookies nor proxies of the environment are used.
Order: the relay that told the truth last is asked first, the others in the order in which they were named.
Start and stop it on the event loop. May import: proofs, kernel, the HTTP client.
"""

import asyncio
from collections.abc import Sequence

import aiohttp
import msgspec
import structlog

from turnout import __version__
from turnout.kernel.clock import SECOND, Instant
from turnout.proofs import drand

log = structlog.get_logger()

TIMEOUT_S = 5.0
"""Seconds one relay is given."""

REPLY_BYTES = 8_192
"""Most bytes of an answer's body; drand's own have some 300."""


ROUNDS_BACK = 10
"""How old a round is by which it is seen whether a relay answers: no clock is wrong by so much."""


class Unusable(Exception):
    """What a relay answered is no round. The text says why."""


class NoAnswer(msgspec.Struct, frozen=True):
    """No relay has the round. problem: what each of them did instead, in words for a host."""

    problem: str


class _Round(msgspec.Struct, frozen=True):
    """A round as a relay tells it."""

    round: int
    signature: str


class Relays:
    """Asks these relays. urls: what comes before /CHAIN/public/ROUND. One per process; `start` it before and `stop` it after use."""

    def __init__(self, urls: Sequence[str], *, timeout_s: float = TIMEOUT_S) -> None:
        self._urls = [url.rstrip("/") for url in urls]
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Opens the client."""
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            headers={"Accept": "application/json", "User-Agent": f"Turnout/{__version__}"},
            skip_auto_headers=("Accept-Encoding",),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # one limit around all of a call
        )

    async def stop(self) -> None:
        """Closes every connection. A second stop does nothing."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def fetch(self, chain: drand.Chain, number: int) -> str | NoAnswer:
        """The signature of this round in hex, from the first relay that has it. Raises bls.Unavailable."""
        problems: list[str] = []
        for url in list(self._urls):
            try:
                signature = await self._ask(url, chain, number)
            except Unusable as reason:
                problems.append(_in_words(url, reason))
                continue
            self._urls.sort(key=lambda one, true=url: one != true)  # type: ignore[misc]  # the default keeps this turn's
            return signature
        return NoAnswer("; ".join(problems))

    async def look(self, chain: drand.Chain, now: Instant) -> NoAnswer | None:
        """None where some relay has a round that has been out for a while; all are asked at once, so that it is known within the timeout of
        one. Raises bls.Unavailable."""
        number = max(1, drand.round_due(chain, 0, now // (SECOND // 1000)) - ROUNDS_BACK)
        asked = {asyncio.create_task(self._ask(url, chain, number), name="look at a relay"): url for url in self._urls}
        waiting = set(asked)
        try:
            problems: dict[str, str] = {}
            while waiting:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    try:
                        await task
                    except Unusable as reason:
                        problems[asked[task]] = _in_words(asked[task], reason)
                    else:
                        return None
            return NoAnswer("; ".join(problems[url] for url in self._urls))
        finally:
            for task in waiting:
                task.cancel()

    async def _ask(self, url: str, chain: drand.Chain, number: int) -> str:
        """The signature, true by the chain's key; raises Unusable, and logs why."""
        try:
            signature = await self._told(url, chain, number)
        except Unusable as reason:
            log.warning("drand_relay_passed_over", relay=url, round=number, reason=str(reason))
            raise
        if not await asyncio.to_thread(drand.verifies, chain.scheme, bytes.fromhex(chain.public_key), number, bytes.fromhex(signature)):
            log.error("drand_relay_lied", relay=url, round=number, reason="the signature is not the chain's")
            raise Unusable("the signature is not the chain's")
        return signature

    async def _told(self, url: str, chain: drand.Chain, number: int) -> str:
        """What the relay says the signature is; raises Unusable."""
        if self._session is None:
            raise RuntimeError("not started")
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._session.get(f"{url}/{chain.chain}/public/{number}", allow_redirects=False) as response,
            ):
                if response.status != 200:
                    raise Unusable(f"it answered {response.status}")
                told = _read(await _body(response))
        except TimeoutError:
            raise Unusable(f"it took longer than {self._timeout_s:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unusable(f"it cannot be reached ({type(error).__name__}: {error})"[:200]) from None
        if told.round != number:
            raise Unusable(f"it answered with round {told.round}")
        return told.signature


def _in_words(url: str, reason: Unusable) -> str:
    return f"{url.partition('//')[2].partition('/')[0]}: {reason}"


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(REPLY_BYTES):
        body += chunk
        if len(body) > REPLY_BYTES:
            response.close()  # more was coming: the connection cannot be used again
            raise Unusable(f"its body is longer than {REPLY_BYTES} bytes")
    return bytes(body)


def _read(body: bytes) -> _Round:
    """Raises Unusable."""
    try:
        told = msgspec.json.decode(body, type=_Round)
        return _Round(told.round, bytes.fromhex(told.signature).hex())
    except (ValueError, RecursionError):
        raise Unusable("its body is no round") from None
