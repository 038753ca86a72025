"""The receiving end: verify and decode a Quanshi callback in one call. Needs nothing of the server but this package's structs.

    from turnout.client import receive_quanshi

    message = receive_quanshi(headers, body, "…")
    match message:
        case QuanshiSurveyMessage(data=surveys): …  # a list: loop
        case QuanshiSignInMessage(data=sign_in): …
        case QuanshiLotteryMessage(data=lottery): …

Answer with any 2xx within five seconds. A message may come twice, so treat `identity_of(message)` as its key. Where the endpoint asked for
`repeat_end_on_settle`, the end of an exam comes again under the same key once it is marked: then the one with the later `timestamp` counts,
and the second one's is always later. `key_of(message)` tells the two ends apart and is the same for repeats: it is what `Replays`
remembers.
Winners of a prize beyond 2,000 come as further lotteries, each with a start and an end of its own.
The structs and the meanings of their numbers are `turnout.client.quanshi_messages`.
"""

import hashlib
import time
from collections.abc import Hashable, Mapping, Sequence

import msgspec

from turnout.dialects.quanshi.messages import DataType, LotteryMessage, SignInMessage, SurveyMessage
from turnout.dialects.quanshi.proof import TOLERANCE_S, WrongSignature, verify
from turnout.kernel.errors import InvalidInput


class Unreadable(InvalidInput):
    """This is no Quanshi callback."""

    code = "unreadable_callback"


class NotYetRead(InvalidInput):
    """This is a Quanshi callback of a kind this client does not read yet: a red packet."""

    code = "unsupported_callback"


class _Envelope(msgspec.Struct, rename="camel"):
    data_type: int


_envelopes = msgspec.json.Decoder(_Envelope)
_surveys = msgspec.json.Decoder(SurveyMessage)
_sign_ins = msgspec.json.Decoder(SignInMessage)
_lotteries = msgspec.json.Decoder(LotteryMessage)

Message = SurveyMessage | SignInMessage | LotteryMessage
"""What is read; more kinds come with later versions."""

_SURVEYS = (DataType.ANSWER_CARD, DataType.VOTE, DataType.QUESTIONNAIRE, DataType.EXAM)


def receive(
    headers: Mapping[str, str],
    body: bytes,
    secrets: str | bytes | Sequence[str | bytes] | None = None,
    *,
    now_s: float | None = None,
    tolerance_s: float = TOLERANCE_S,
) -> Message:
    """The message in a callback's raw body, its signature verified when secrets are given: several while it changes.

    now_s: the receiver's Unix time, the machine's when absent. Raises proof.WrongSignature, Unreadable, NotYetRead. Fields the vendor adds
    are passed over; messages whose key is only `"type "`, as in the vendor's examples, are read too.
    """
    if secrets is not None:
        known = [secrets] if isinstance(secrets, str | bytes) else secrets
        _verify_any(known, headers, body, time.time() if now_s is None else now_s, tolerance_s)
    return decode(body)


def _verify_any(secrets: Sequence[str | bytes], headers: Mapping[str, str], body: bytes, now_s: float, tolerance_s: float) -> None:
    refusal = WrongSignature("no secret to verify the callback with")
    for secret in secrets:
        try:
            verify(secret.encode() if isinstance(secret, str) else secret, headers, body, now_s, tolerance_s)
        except WrongSignature as error:
            refusal = error
        else:
            return
    raise refusal


def decode(body: bytes) -> Message:
    """The message in a body, unverified. Raises Unreadable, NotYetRead."""
    try:
        data_type = _envelopes.decode(body).data_type
        if data_type == DataType.SIGN_IN:
            return _sign_ins.decode(_with_type(body))
        if data_type == DataType.LOTTERY:
            return _lotteries.decode(_with_type(body))
        if data_type not in _SURVEYS:
            if data_type in tuple(DataType):
                raise NotYetRead
            raise Unreadable(f"there is no dataType {data_type}")
        return _surveys.decode(_with_type(body))
    except msgspec.MsgspecError as error:
        raise Unreadable(str(error)) from None
    except UnicodeDecodeError:
        raise Unreadable("the body is not UTF-8") from None
    except RecursionError:
        raise Unreadable("the body is nested too deeply") from None


def identity_of(message: Message) -> list[tuple[int, int, int]]:
    """What tells a repeat from a new message (contract A.1): (dataType, surveyId, type) of each survey in it; of a sign-in its signId, of a
    lottery its prizeId."""
    if isinstance(message, SignInMessage):
        return [(message.data_type, message.data.sign_id, message.type)]
    if isinstance(message, LotteryMessage):
        return [(message.data_type, message.data.prize_id, message.type)]
    return [(message.data_type, survey.survey_id, message.type) for survey in message.data]


def key_of(message: Message) -> tuple[Hashable, ...]:
    """The same for every copy of one message, and for no other that says anything else: its identity, when it happened, and a digest of
    all it says, since two ends may carry one second. For Replays."""
    said = hashlib.sha256(msgspec.json.encode(message.data)).hexdigest()
    return ("quanshi", message.customer_code, message.timestamp, *identity_of(message), said)


def _with_type(body: bytes) -> bytes:
    """The body with a `"type"` key, taken from `"type "` when only that is there."""
    members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    if "type" in members or "type " not in members:
        return body
    return msgspec.json.encode({"type": members["type "], **members})
