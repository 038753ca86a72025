"""What a callback says, in a few words for a person: verified and decoded by the receivers that customers get."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from turnout.cli.callback_server import Call
from turnout.client import (
    NativeUnreadable,
    QuanshiLotteryMessage,
    QuanshiNotYetRead,
    QuanshiSignInMessage,
    QuanshiSurveyMessage,
    decode_native,
    identity_of_quanshi,
    quanshi_messages,
    receive_native,
    receive_quanshi,
    receive_volcengine,
)

DialectName = Literal["quanshi", "volcengine", "native"]
"""The dialects that can be listened to."""

_NATIVE_ID_HEADER = "webhook-id"
_VOLCENGINE_KEY = b'"EventType"'
_NATIVE_NOUNS = ("survey", "checkin", "viewer", "live_session", "endpoint")
NATIVE_SECRETS = ("whsec_", "whpk_")
"""What the secrets begin with by which native callbacks are verified."""


class Reading(msgspec.Struct, frozen=True):
    """A message. id: what a person may look for it by. key: the same for every copy of it, and for no other message. kind: what happened.
    about: to what, may be empty."""

    dialect: DialectName
    id: str
    key: str
    kind: str
    about: str = ""


def read(call: Call, dialect: DialectName | None, secrets: Sequence[str]) -> Reading:
    """The message in a call. dialect: None for whichever it looks like. secrets: each of them may have signed it; with none nothing is
    verified. Raises TurnoutError, of status 401 for a signature that does not hold."""
    return _READERS[dialect or dialect_of(call.headers, call.body)](call, secrets)


def dialect_of(headers: Mapping[str, str], body: bytes) -> DialectName:
    """Which dialect a call is in, going by what only one of them sends."""
    if _NATIVE_ID_HEADER in headers:
        return "native"
    return "volcengine" if _VOLCENGINE_KEY in body and b'"dataType"' not in body else "quanshi"


def _read_quanshi(call: Call, secrets: Sequence[str]) -> Reading:
    try:
        message = receive_quanshi(call.headers, call.body, secrets or None)
    except QuanshiNotYetRead as error:
        digest = hashlib.sha256(call.body).hexdigest()
        return Reading("quanshi", digest[:16], digest, "not read yet", error.message)
    data_type, stage = _name(quanshi_messages.DataType, message.data_type), _name(quanshi_messages.MessageType, message.type)
    identity = identity_of_quanshi(message)
    return Reading(
        dialect="quanshi",
        id=" ".join(":".join(map(str, one)) for one in identity),
        key=repr((message.customer_code, message.timestamp, *identity)),  # one with another body under it is to be seen
        kind=f"{data_type} {stage}",
        about=_about(message, ended=message.type == quanshi_messages.MessageType.ENDED),
    )


def _about(message: QuanshiSurveyMessage | QuanshiSignInMessage | QuanshiLotteryMessage, *, ended: bool) -> str:
    if isinstance(message, QuanshiLotteryMessage):
        return f"“{message.data.prize_title}”" + (f" ({_winners(len(message.data.winners))})" if ended else "")
    if isinstance(message, QuanshiSignInMessage):
        return f"“{message.data.title}”" + (f" ({message.data.sign_count} signed in)" if ended else "")
    return ", ".join(f"“{one.survey_name}”" + (f" ({one.answer_count} answered)" if ended else "") for one in message.data)


def _winners(count: int) -> str:
    return "1 winner" if count == 1 else f"{count:,} winners"


def _read_volcengine(call: Call, secrets: Sequence[str]) -> Reading:
    message = receive_volcengine(call.headers, call.body, secrets or None)
    about = f"“{message.award_name}” of “{message.name}” ({_winners(len(message.user_infos))})"
    return Reading("volcengine", message.request_uuid, message.request_uuid, message.event_type, about)


def _name(names: type[quanshi_messages.DataType | quanshi_messages.MessageType], number: int) -> str:
    """The word of one of the vendor's numbers, or the number."""
    return next((one.name.lower().replace("_", " ") for one in names if one == number), str(number))


def _read_native(call: Call, secrets: Sequence[str]) -> Reading:
    message_id = call.headers.get(_NATIVE_ID_HEADER)
    if not message_id:
        raise NativeUnreadable(f"no header {_NATIVE_ID_HEADER}")
    ours = [secret for secret in secrets if secret.startswith(NATIVE_SECRETS)] or secrets
    message = receive_native(call.headers, call.body, ours) if ours else decode_native(call.body, message_id)
    return Reading("native", message.id, message.id, message.kind, _named(message.data))


def _named(content: object) -> str:
    """What a native message is about, by its name."""
    for noun in _NATIVE_NOUNS:
        thing = getattr(content, noun, None)
        name = getattr(thing, "title", None) or getattr(thing, "name", None)
        if isinstance(name, str):
            return f"“{name}”"
    return ""


_READERS: Mapping[DialectName, Callable[[Call, Sequence[str]], Reading]] = {
    "quanshi": _read_quanshi,
    "volcengine": _read_volcengine,
    "native": _read_native,
}
