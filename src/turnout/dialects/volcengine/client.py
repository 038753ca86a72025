"""The receiving end: verify and decode a Volcengine callback in one call. Needs nothing of the server but this package's structs.

    from turnout.client import receive_volcengine

    message = receive_volcengine(headers, body, "AccountSecret")
    for winner in message.user_infos: …

Answer with any 2xx within five seconds. A message may come twice, with the same `RequestUuid`: `key_of(message)` is what `Replays`
remembers. More than 2,000 winners of a prize come in several messages. The structs and the meanings of their numbers are
`turnout.client.volcengine_messages`.
"""

import time
from collections.abc import Hashable, Mapping, Sequence

import msgspec

from turnout.dialects.volcengine.messages import AWARD_EVENT, AwardMessage
from turnout.dialects.volcengine.signing import SIGNED_FIELDS, TOLERANCE_S, WrongSignature, verify
from turnout.kernel.errors import InvalidInput


class Unreadable(InvalidInput):
    """This is no Volcengine callback."""

    code = "unreadable_callback"


class NotYetRead(InvalidInput):
    """This is a Volcengine callback of a kind that this client does not read."""

    code = "unsupported_callback"


class _Envelope(msgspec.Struct):
    EventType: str


_envelopes = msgspec.json.Decoder(_Envelope)
_awards = msgspec.json.Decoder(AwardMessage)


def receive(
    headers: Mapping[str, str],
    body: bytes,
    secrets: str | bytes | Sequence[str | bytes] | None = None,
    *,
    now_s: float | None = None,
    tolerance_s: float | None = TOLERANCE_S,
) -> AwardMessage:
    """The message in a callback's raw body, its signature verified when secrets are given: the AccountSecret, or several while it changes.

    headers: not looked at; here as they are for every dialect. now_s: the receiver's Unix time, the machine's when absent. tolerance_s: the
    most that Timestamp may differ from it; None for any age, which lets whoever has seen one signature sign for ever. Every attempt at a
    callback has the Timestamp of the first one, so an endpoint with waits of its own needs as much. Raises signing.WrongSignature,
    Unreadable, NotYetRead. Fields the vendor adds are passed over.
    """
    message = decode(body)
    if secrets is not None:
        known = [secrets] if isinstance(secrets, str | bytes) else secrets
        _verify_any(known, message, time.time() if now_s is None else now_s, tolerance_s)
    return message


def _verify_any(secrets: Sequence[str | bytes], message: AwardMessage, now_s: float, tolerance_s: float | None) -> None:
    refusal = WrongSignature("no secret to verify the callback with")
    values = (message.account_id, message.activity_id, message.event_type, message.timestamp)
    fields = dict(zip(SIGNED_FIELDS[AWARD_EVENT], values, strict=True)) | {"Sign": message.sign}
    for secret in secrets:
        try:
            verify(secret.encode() if isinstance(secret, str) else secret, fields, now_s, tolerance_s)
        except WrongSignature as error:
            refusal = error
        else:
            return
    raise refusal


def decode(body: bytes) -> AwardMessage:
    """The message in a body, unverified. Raises Unreadable, NotYetRead."""
    try:
        event_type = _envelopes.decode(body).EventType
        if event_type != AWARD_EVENT:
            raise NotYetRead(f"only {AWARD_EVENT} is read")
        return _awards.decode(body)
    except msgspec.MsgspecError as error:
        raise Unreadable(str(error)) from None
    except UnicodeDecodeError:
        raise Unreadable("the body is not UTF-8") from None
    except RecursionError:
        raise Unreadable("the body is nested too deeply") from None


def key_of(message: AwardMessage) -> tuple[Hashable, ...]:
    """The same for every copy of one message, and for no other. For Replays."""
    return ("volcengine", message.account_id, message.request_uuid)
