"""What a dialect with callbacks answers. `callbacks` plans, sends and records through this and knows no vendor.

Order: of the deliveries of one endpoint that share an ordering key, and come from one stream of events, a later one is not sent before
every earlier one has succeeded, failed or been cancelled. Parts of one event follow each other in the order of their numbers.
Bytes: `encode` runs once for each delivery, at its first attempt; what it returns is stored and every attempt sends exactly that.
`headers` is called for each attempt, so that a signature in a header may carry the attempt's own time. A dialect whose signature stands in
the body is a BodySigner as well.
Everything here is called on threads of the database and of the event loop alike: it must be quick, pure, and touch no I/O.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from turnout.kernel.clock import Instant
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId, EndpointId

TESTED = "callback_endpoint.tested"
"""The kind of event by which somebody tries an endpoint; only that endpoint gets it."""

DISABLED = "callback_endpoint.disabled"
"""The kind of event that tells that this server sends no more to an endpoint which did not take anything for long."""


class EndpointFacts(msgspec.Struct, frozen=True):
    """The facts of TESTED and of DISABLED: which endpoint, and for DISABLED why. url: "" for a feed. failing_since: of its failures in a
    row, None after a success."""

    endpoint_id: EndpointId
    account_id: AccountId
    url: str
    dialect: str
    name: str
    because: str = ""
    failing_since: Instant | None = None
    last_explanation: str = ""


EncodedBody = bytes
"""The body of one callback as it goes over the wire."""

OptionValue = bool | int | str
"""What an endpoint's option may be."""

Options = Mapping[str, OptionValue]
"""Options of one endpoint, by name, as `check_options` let them pass."""


class Patience(msgspec.Struct, frozen=True):
    """How long a dialect waits for its receivers.

    timeout_s: seconds one attempt may take from resolving the name to the last byte of the reply. waits_s: seconds between the end of a
    failed attempt and the next one; one attempt more than there are waits, then the delivery has failed. jitter: each wait is longer by a
    random share of it, up to this one (0: vendors' spacing is exact).
    """

    timeout_s: float
    waits_s: tuple[float, ...]
    jitter: float = 0.0


NATIVE_PATIENCE = Patience(
    timeout_s=20.0,
    waits_s=(5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0),
    jitter=0.2,
)
"""Ten attempts within about three days, at 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, as Standard Webhooks recommends: the
native dialect's, and the tail after a vendor's patience where an endpoint asks for one."""


class Sending(msgspec.Struct, frozen=True):
    """One attempt. message_id: the delivery's id as text, the same in every attempt. at: when this attempt is made."""

    message_id: str
    at: Instant


class Part(msgspec.Struct, frozen=True):
    """One of the deliveries an event needs. ordering_key: at most 200 characters. part: 0, 1, 2 … within the event."""

    ordering_key: str
    part: int = 0


@runtime_checkable  # the HTTP framework checks what it injects
class CallbackDialect(Protocol):
    """One vendor's way of calling back."""

    @property
    def name(self) -> str:
        """What an endpoint names as its dialect: `quanshi`."""
        ...

    @property
    def patience(self) -> Patience:
        """Timeout and spacing of attempts; a constructor argument, so that tests and rehearsals need not wait."""
        ...

    @property
    def heeds_replies(self) -> bool:
        """Whether `Retry-After` moves the next attempt and 410 disables the endpoint. No vendor's dialect does either."""
        ...

    @property
    def kinds(self) -> Sequence[str]:
        """The kinds of events it has a form for, as they are told to people who choose among them."""
        ...

    def check_secret(self, secret: str) -> None:
        """Raises InvalidInput, naming the field `secret`, for one this dialect cannot sign with."""
        ...

    def new_secret(self) -> str | None:
        """A secret for an endpoint made without one; None where the dialect goes unsigned then."""
        ...

    def check_options(self, options: Options) -> None:
        """Raises InvalidInput, naming the field under `options`, for options this dialect does not have."""
        ...

    def plan(self, event: Event, options: Options) -> Sequence[Part]:
        """The deliveries an event needs at an endpoint with these options; none when the dialect has no form for it.

        Of the kind TESTED exactly one, whatever the options: somebody tries the endpoint.
        """
        ...

    def encode(self, event: Event, part: Part, options: Options) -> EncodedBody:
        """The body of one delivery, made of the event's frozen facts alone."""
        ...

    def headers(self, body: EncodedBody, secrets: Sequence[bytes], sending: Sending) -> dict[str, str]:
        """The headers of one attempt, Content-Type among them, signed when the endpoint has a secret. secrets: the newest first; the one
        before it too while both are valid."""
        ...

    def accepted(self, status: int, body: bytes, options: Options) -> bool:
        """Whether this reply acknowledges the delivery. body: its first bytes."""
        ...


@runtime_checkable
class BodySigner(Protocol):
    """A dialect whose bodies hold the time of sending and a signature, for which `encode` leaves room.

    `finish` runs at the first attempt, and again at the first one after somebody has redelivered it, on the bytes that were sent before.
    What it returns is stored and sent by every attempt until then, also when the secret changes meanwhile. A feed gets what `encode` made.
    """

    def finish(self, body: EncodedBody, secrets: Sequence[bytes], sending: Sending) -> EncodedBody:
        """The body with this time and signature, whatever it had before. secrets: as in `headers`. sending: the attempt that is about to be
        made."""
        ...
