"""What a dialect with callbacks answers. `callbacks` plans, sends and records through this and knows no vendor.

Order: of the deliveries of one endpoint that share an ordering key, and come from one stream of events, a later one is not sent before
every earlier one has succeeded, failed or been cancelled. Parts of one event follow each other in the order of their numbers.
Bytes: `encode` runs once for each delivery, at its first attempt; what it returns is stored and every attempt sends exactly that.
`headers` is called for each attempt, so that a signature in a header may carry the attempt's own time.
Everything here is called on threads of the database and of the event loop alike: it must be quick, pure, and touch no I/O.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from turnout.kernel.clock import Instant
from turnout.kernel.events import Event

EncodedBody = bytes
"""The body of one callback as it goes over the wire."""

OptionValue = bool | int | str
"""What an endpoint's option may be."""

Options = Mapping[str, OptionValue]
"""Options of one endpoint, by name, as `check_options` let them pass."""


class Patience(msgspec.Struct, frozen=True):
    """How long a dialect waits for its receivers.

    timeout_s: seconds one attempt may take from resolving the name to the last byte of the reply. waits_s: seconds between the end of a
    failed attempt and the next one; one attempt more than there are waits, then the delivery has failed.
    """

    timeout_s: float
    waits_s: tuple[float, ...]


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

    def check_options(self, options: Options) -> None:
        """Raises InvalidInput, naming the field under `options`, for options this dialect does not have."""
        ...

    def plan(self, event: Event, options: Options) -> Sequence[Part]:
        """The deliveries an event needs at an endpoint with these options; none when the dialect has no form for it."""
        ...

    def encode(self, event: Event, part: Part, options: Options) -> EncodedBody:
        """The body of one delivery, made of the event's frozen facts alone."""
        ...

    def headers(self, body: EncodedBody, secret: bytes | None, at: Instant) -> dict[str, str]:
        """The headers of one attempt made at `at`, Content-Type among them, signed when the endpoint has a secret."""
        ...

    def accepted(self, status: int, body: bytes) -> bool:
        """Whether this reply acknowledges the delivery. body: its first bytes. Never asked about a redirect, which is a failure."""
        ...
