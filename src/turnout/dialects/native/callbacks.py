"""Our events as Standard Webhooks: every kind of them, in our own API's forms (docs/dialects/native.md).

Order: an endpoint gets what belongs to one live session one after the other, in the order in which it happened; with the option FREE_ORDER
nothing waits for anything. A test waits for nothing.
"""

from collections.abc import Sequence

from turnout.dialects.contract import NATIVE_PATIENCE, TESTED, EncodedBody, Options, Part, Patience, Sending
from turnout.dialects.native import signing
from turnout.dialects.native.catalogue import CHOOSABLE, KINDS, encode_body
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput
from turnout.kernel.events import Event
from turnout.kernel.ids import IdForms

FREE_ORDER = "free_order"
"""The option that lets every message go without waiting for the one before."""


class NativeCallbacks:
    """The dialect `native` of callbacks. ids: the installation's outside ids. patience: Standard Webhooks', unless a test or a rehearsal
    must not wait."""

    name = "native"
    heeds_replies = True
    kinds = CHOOSABLE

    def __init__(self, ids: IdForms, patience: Patience = NATIVE_PATIENCE) -> None:
        self.patience = patience
        self._ids = ids

    def check_secret(self, secret: str) -> None:
        """Raises InvalidInput for anything but a `whsec_…` or a `whsk_…`."""
        signing.check_secret(secret)

    def new_secret(self) -> str | None:
        """A random `whsec_…`: no native callback goes unsigned."""
        return signing.new_secret()

    def check_options(self, options: Options) -> None:
        """Raises InvalidInput for anything but a true or false FREE_ORDER."""
        for name, value in options.items():
            if name != FREE_ORDER:
                raise InvalidInput(f"native has no such option, only {FREE_ORDER}", field=f"options.{name[:64]}")
            if not isinstance(value, bool):
                raise InvalidInput("true or false", field=f"options.{name}")

    def plan(self, event: Event, options: Options) -> Sequence[Part]:
        """One message for each event of a kind in the catalogue."""
        if event.kind not in KINDS:
            return ()
        alone = event.kind == TESTED or options.get(FREE_ORDER)
        return (Part(str(event.number) if alone else "live"),)

    def encode(self, event: Event, part: Part, options: Options) -> EncodedBody:
        """`type`, `timestamp` and `data` as UTF-8 JSON."""
        return encode_body(self._ids, event)

    def headers(self, body: EncodedBody, secrets: Sequence[bytes], sending: Sending) -> dict[str, str]:
        """Content-Type, and the standard's three headers, with a signature by each secret."""
        texts = (secret.decode() for secret in secrets)
        return {
            "Content-Type": "application/json; charset=utf-8",
            **signing.signed_headers(texts, sending.message_id, sending.at // SECOND, body),
        }

    def accepted(self, status: int, body: bytes, options: Options) -> bool:
        """Any 2xx."""
        return 200 <= status < 300
