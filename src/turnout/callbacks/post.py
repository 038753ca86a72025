"""The guarded HTTP client: the only place from which this server calls somebody else.

Promises: the address actually connected to is checked, after resolving and for literal addresses alike, so that no name that changes its
address between a check and its use gets through; redirects are never followed; cookies and proxies of the environment are never used;
certificates are verified; at most limits.MAX_REPLY_BYTES_READ bytes of a reply's body are read and none are decompressed, and of anything
at all HEAD_BYTES before the answer and WIRE_BYTES with it; the whole call ends within its timeout.
Through a proxy, which the operator names, it is the proxy that looks names up and connects: it has to keep calls out of the operator's own
network then. What can be seen from here, addresses in any form and names of this network, is refused here all the same.
Concurrency: calls wait for each other in one place, the line for the threads that look names up. There one name has one look-up under way
and one account has at most LOOKUPS_PER_ACCOUNT, so that names which do not resolve hold up their own account, and the others only when it
takes more than LOOKUPS_AT_ONCE / LOOKUPS_PER_ACCOUNT accounts. A call that spends its whole time in that line is Outcome.POSTPONED, and not
a failure. Start and stop it on the event loop.
"""

import asyncio
import errno
import os
import socket
import ssl
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override

from turnout import __version__
from turnout.callbacks.addresses import why_blocked, why_host_blocked
from turnout.callbacks.attempt_rules import NoReply, Reply
from turnout.callbacks.bounded_protocol import WIRE_BYTES, BoundedProtocol, TooMuch
from turnout.callbacks.deadlines import Deadlines
from turnout.callbacks.exchange import Answer, Exchanges
from turnout.callbacks.rules import Outcome
from turnout.kernel import limits
from turnout.kernel.ids import AccountId

LOOKUPS_AT_ONCE = 64
"""Threads that wait for name servers; each host name takes at most one."""

LOOKUPS_PER_ACCOUNT = 2
"""Those threads that one account's endpoints may hold."""

KEEP_ALIVE_S = 4.0
"""Seconds an idle connection to a receiver is kept: shorter than the 5 s after which many servers close theirs, since a POST on a
connection that is just being closed fails."""


class BlockedAddress(OSError):
    """An address that callbacks do not go to."""


@dataclass(slots=True)
class _Asker:
    """Who asks for an address. in_line: it waits for a thread."""

    account_id: AccountId
    in_line: bool = False


_asking: ContextVar[_Asker] = ContextVar("turnout_asking")  # the client hands its resolver nothing but the name


class Post:
    """Sends bodies to endpoints. One per process; `start` it before and `stop` it after use. proxy: URL of the proxy that every call goes
    through, "" for none."""

    def __init__(self, *, dangerous_allow_private_callbacks: bool, proxy: str = "") -> None:
        self._allow_private = dangerous_allow_private_callbacks
        self._proxy = proxy or None
        self._session: aiohttp.ClientSession | None = None
        self._exchanges: Exchanges | None = None
        self._deadlines = Deadlines()

    async def start(self) -> None:
        """Opens the client."""
        anywhere = self._allow_private or self._proxy is not None  # the proxy itself may well stand in the operator's network
        connector = aiohttp.TCPConnector(
            limit=0,  # the sender bounds each endpoint; a bound here would let one endpoint delay another
            resolver=_GuardedResolver(allow_private=anywhere),
            # the client's own cache lets everybody wait for whoever asked for a name first, also while that one waits in its account's line
            use_dns_cache=False,
            socket_factory=None if anywhere else _guarded_socket,
            keepalive_timeout=KEEP_ALIVE_S,
        )
        connector._factory = partial(BoundedProtocol, asyncio.get_running_loop())  # type: ignore[assignment]  # it is one, and more
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=("Accept-Encoding", "User-Agent", "Content-Type"),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # each call brings its own
        )
        self._exchanges = Exchanges(self._session)

    async def stop(self) -> None:
        """Closes every connection. A second stop does nothing."""
        session, self._session = self._session, None
        self._deadlines.close()
        if session is not None:
            await session.close()

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        timeout_s: float,
        account_id: AccountId,
        tls: ssl.SSLContext | None = None,
    ) -> Reply | NoReply:
        """Posts the body for an account and returns the answer, or why there is none. tls: with a client certificate, for endpoints that
        ask for one. Raises nothing but CancelledError."""
        if self._session is None or self._exchanges is None:
            raise RuntimeError("not started")
        if self._proxy is not None and not self._allow_private and (refusal := _refusal(url)):
            return refusal
        asker = _Asker(account_id)
        _asking.set(asker)
        reading = _Reading()
        try:
            with self._deadlines.within(timeout_s):
                if self._proxy is None:
                    async with self._exchanges.post(url, body, headers, tls) as answer:
                        await reading.read(answer)
                else:
                    checked = True if tls is None else tls
                    async with self._session.post(
                        url, data=body, headers=headers, allow_redirects=False, ssl=checked, proxy=self._proxy
                    ) as response:
                        await reading.read(response)
        except TimeoutError:
            if reading.response is None:
                return NoReply(Outcome.POSTPONED if asker.in_line else Outcome.TIMED_OUT)
            reading.remark = f"Its body had not ended after {timeout_s:g} s."
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # an answer whose body broke off is an answer: its status has been read
            if reading.response is None:
                return _explain(error)
            broke_off = "Its body broke off before its end."
            reading.remark = f"Reading it was given up after {WIRE_BYTES} bytes." if isinstance(error, TooMuch) else broke_off
        return reading.reply()


class _Reading:
    """What has been read of an answer so far."""

    def __init__(self) -> None:
        self.response: Answer | None = None
        self.remark = ""
        self._body = bytearray()

    async def read(self, response: Answer) -> None:
        """Reads the first bytes of the body."""
        self.response = response
        content = response.content
        try:
            while len(self._body) < limits.MAX_REPLY_BYTES_READ:
                chunk = await content.read(limits.MAX_REPLY_BYTES_READ - len(self._body))
                if not chunk:
                    return
                self._body += chunk
            if not content.at_eof():
                self.remark = f"Only the first {limits.MAX_REPLY_BYTES_READ} bytes of its body were read."
        finally:
            if not content.at_eof():
                response.close()  # more was coming: the connection cannot be used again

    def reply(self) -> Reply | NoReply:
        """The answer, its text fit to be kept."""
        if self.response is None:
            raise RuntimeError("there is no answer")
        if self.response.status < 100:
            return NoReply(Outcome.NOT_HTTP, f"there is no status {self.response.status}")
        headers = self.response.headers
        return Reply(
            self.response.status,
            bytes(self._body),
            _clean(headers.get("Location")),
            _kept(headers.items()),
            _clean(headers.get("Retry-After")),
            self.remark,
        )


def _kept(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The first headers of an answer; one that comes twice as one, as the standard has it."""
    kept: dict[str, str] = {}
    room = limits.MAX_REPLY_HEADER_BYTES_KEPT
    for name, value in islice(headers, limits.MAX_REPLY_HEADERS_KEPT):
        name, value = name[:room], (_clean(value) or "")[: max(0, room - len(name))]
        room -= len(name) + len(value)
        if not name:
            break
        kept[name] = f"{kept[name]}, {value}" if name in kept else value
    return kept


def _clean(text: str | None) -> str | None:
    """Text without the halves of characters by which the client hands on bytes that are no UTF-8: no database takes those."""
    return text if text is None or text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _refusal(url: str) -> NoReply | None:
    """Why a proxy is not asked for this URL."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return NoReply(Outcome.UNREACHABLE, "the URL names no address that can be called")
    reason = why_host_blocked(host)
    return None if reason is None else NoReply(Outcome.BLOCKED, f"{host} is {reason}")


def user_agent() -> str:
    """The User-Agent header of every callback."""
    return f"Turnout/{__version__}"


_Key = tuple[str, int, int]
_Lookup = asyncio.Future[list[tuple[Any, ...]]]


class _GuardedResolver(AbstractResolver):
    """Resolves names on threads of its own and leaves out the addresses that may not be called."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._threads = ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="turnout-resolve")
        self._running: dict[_Key, _Lookup] = {}
        self._of_account: Counter[AccountId] = Counter()
        self._freed = asyncio.Event()  # set, and replaced, whenever a look-up ends

    @override
    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        found = await asyncio.shield(await self._lookup((host, port, family), _asking.get()))
        reasons: list[str] = []
        results: list[ResolveResult] = []
        for address_family, _, proto, _, address in found:
            scoped = address_family == socket.AF_INET6 and address[3] != 0
            numeric = socket.getnameinfo(address, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)[0] if scoped else address[0]
            reason = None if self._allow_private else why_blocked(numeric)
            if reason is not None:
                reasons.append(f"{host} is {reason}")  # not which one: a customer shall not learn the addresses inside
                continue
            results.append(
                ResolveResult(
                    hostname=host,
                    host=numeric,
                    port=port,
                    family=address_family,
                    proto=proto,
                    flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                )
            )
        if not results and reasons:
            raise BlockedAddress(reasons[0])
        return results

    @override
    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _lookup(self, key: _Key, asker: _Asker) -> _Lookup:
        """The look-up of this name that is under way, or a new one as soon as the account and the pool have a thread for it."""
        asker.in_line = True
        while key not in self._running and (
            self._of_account[asker.account_id] >= LOOKUPS_PER_ACCOUNT or len(self._running) >= LOOKUPS_AT_ONCE
        ):
            await self._freed.wait()
        asker.in_line = False
        lookup = self._running.get(key)
        if lookup is None:
            # an attempt that times out leaves its lookup behind; the next attempt waits for the same one instead of taking another thread
            lookup = asyncio.get_running_loop().run_in_executor(self._threads, _look_up, *key)
            self._running[key] = lookup
            self._of_account[asker.account_id] += 1
            lookup.add_done_callback(lambda done: self._forget(key, asker.account_id, done))
        return lookup

    def _forget(self, key: _Key, account_id: AccountId, done: _Lookup) -> None:
        self._running.pop(key, None)
        self._of_account[account_id] -= 1
        if not self._of_account[account_id]:
            del self._of_account[account_id]
        self._freed.set()
        self._freed = asyncio.Event()
        if not done.cancelled():
            done.exception()  # whoever waited has it; nobody may be waiting any more


def _look_up(host: str, port: int, family: int) -> list[tuple[Any, ...]]:
    return list(socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG))


def _guarded_socket(address_info: tuple[Any, ...]) -> socket.socket:
    """The last door: asked for a socket for exactly the address that will be connected to."""
    family, kind, proto, _, address = address_info
    reason = why_blocked(address[0])
    if reason is not None:
        raise BlockedAddress(f"it is {reason}")
    return socket.socket(family=family, type=kind, proto=proto)


def _explain(error: Exception) -> NoReply:
    """What kind of failure an exception of the client is."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, BlockedAddress):
        return NoReply(Outcome.BLOCKED, str(cause))
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return NoReply(Outcome.UNREACHABLE, f"the proxy answered {error.status} {_words(error.message)}")
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return NoReply(Outcome.UNREACHABLE, f"the proxy cannot be reached: {_words(cause)}")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return NoReply(Outcome.UNRESOLVED, _words(error.os_error.strerror or error.os_error))
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        fault = error.certificate_error
        said = fault.verify_message if isinstance(fault, ssl.SSLCertVerificationError) else fault
        return NoReply(Outcome.INSECURE, f"the certificate does not hold: {_words(said)}")
    if isinstance(error, aiohttp.ClientSSLError) or isinstance(cause, ssl.SSLError):
        return NoReply(Outcome.INSECURE, _words(cause))
    if isinstance(error, aiohttp.InvalidURL):
        return NoReply(Outcome.UNREACHABLE, "the URL names no address that can be called")
    if isinstance(error, TooMuch):
        return NoReply(Outcome.NOT_HTTP, str(error))
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError):
        return NoReply(Outcome.BROKEN)
    if isinstance(error, OSError) and error.errno in (errno.ECONNRESET, errno.EPIPE):
        return NoReply(Outcome.BROKEN, os.strerror(error.errno))
    if isinstance(cause, ConnectionRefusedError):
        return NoReply(Outcome.REFUSED)
    if isinstance(error, aiohttp.ClientResponseError):
        return NoReply(Outcome.NOT_HTTP, _words(error.message))
    if isinstance(cause, TimeoutError):
        return NoReply(Outcome.TIMED_OUT)
    return NoReply(Outcome.UNREACHABLE, _words(cause.strerror if isinstance(cause, OSError) and cause.strerror else cause))


def _words(reason: object) -> str:
    """A cause in one short line."""
    return _clean(" ".join(str(reason).split())[:200]) or ""
