"""What one attempt sends besides its body: headers, signed with what is sealed, and the client certificate; and what is signed within the
body.

What was opened is kept for a while in this process: a key is opened once and not for every call.
"""

import asyncio
import ssl
from functools import lru_cache

import msgspec

from turnout.callbacks.actions import CERTIFICATE_PURPOSE, HEADERS_PURPOSE, SECRET_PURPOSE
from turnout.callbacks.certificates import client_context
from turnout.callbacks.claim_actions import Claimed
from turnout.callbacks.post import user_agent
from turnout.callbacks.rules import Endpoint
from turnout.dialects.contract import BodySigner, CallbackDialect, EncodedBody, Sending
from turnout.kernel.clock import Instant
from turnout.kernel.ids import DeliveryId, Kind
from turnout.storage.runtime import Runtime

SECRETS_KEPT = 2_000
"""Opened secrets and headers a process keeps."""

CERTIFICATES_KEPT = 200
"""Loaded client certificates a process keeps."""

HIDDEN = "***"
"""Stands in the log for the value of an endpoint's own header, which may be a password."""


class Headers(msgspec.Struct, frozen=True):
    """sent: as they go over the wire. shown: as they are kept."""

    sent: dict[str, str]
    shown: dict[str, str]


class Prepare:
    """Makes ready what an attempt needs. One per sender; on the event loop's thread, but for `finish`."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._open = lru_cache(maxsize=SECRETS_KEPT)(runtime.keyring.open)
        self._own_headers = lru_cache(maxsize=SECRETS_KEPT)(self._open_headers)
        self._contexts: dict[bytes, ssl.SSLContext] = {}

    def headers(self, claimed: Claimed, dialect: CallbackDialect, at: Instant) -> Headers:
        """The headers of an attempt made now. Raises CannotOpen for what was sealed under another key."""
        endpoint = claimed.endpoint
        sending = Sending(self._runtime.ids.text(Kind.DELIVERY, claimed.delivery_id), at)
        made = {"User-Agent": user_agent(), **dialect.headers(claimed.body, self._secrets(endpoint, at), sending)}
        if endpoint.headers is None:
            return Headers(made, made)
        own = self._own_headers(endpoint.headers)
        return Headers({**own, **made}, {**dict.fromkeys(own, HIDDEN), **made})

    def finish(self, endpoint: Endpoint, dialect: BodySigner, delivery_id: DeliveryId, body: EncodedBody, at: Instant) -> EncodedBody:
        """The body as it is sent from now on. On the writer's thread. Raises CannotOpen for a secret sealed under another key."""
        return dialect.finish(body, self._secrets(endpoint, at), Sending(self._runtime.ids.text(Kind.DELIVERY, delivery_id), at))

    async def certificate(self, endpoint: Endpoint) -> ssl.SSLContext | None:
        """The TLS settings of an endpoint with a client certificate; None for all others, which share theirs."""
        sealed = endpoint.client_certificate
        if sealed is None:
            return None
        context = self._contexts.get(sealed)
        if context is None:
            # on a thread: it reads files
            context = await asyncio.to_thread(client_context, self._runtime.keyring.open(sealed, CERTIFICATE_PURPOSE))
            if len(self._contexts) >= CERTIFICATES_KEPT:
                del self._contexts[next(iter(self._contexts))]
            self._contexts[sealed] = context
        return context

    def _secrets(self, endpoint: Endpoint, at: Instant) -> list[bytes]:
        if endpoint.secret is None:
            return []
        secrets = [self._open(endpoint.secret, SECRET_PURPOSE)]
        if endpoint.old_secret is not None and endpoint.old_secret_until is not None and at < endpoint.old_secret_until:
            secrets.append(self._open(endpoint.old_secret, SECRET_PURPOSE))
        return secrets

    def _open_headers(self, sealed: bytes) -> dict[str, str]:
        return msgspec.json.decode(self._runtime.keyring.open(sealed, HEADERS_PURPOSE), type=dict[str, str])
