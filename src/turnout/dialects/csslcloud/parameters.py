"""Reading a request: the union of its query string and its body, before anything is believed (contract 1.2, 1.4, 2.3). Pure.

What cannot be read is a Refused, whose text is the contract's `error_msg`.
"""

import json
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote_to_bytes

from turnout.dialects.csslcloud.proof import Signed

MAX_PARAMETERS = 64
"""Parameters of one request; the longest documented request has eight."""

PROOF_NAMES = ("time", "hash")
_SAFE_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
_MAX_NAME_LENGTH = 64
_BODY = "body"
_T = TypeVar("_T")


class Refused(Exception):
    """A business failure: answered with HTTP 200 and result FAIL. proof: the proof itself does not hold, which the vendor also says
    under `reason`."""

    def __init__(self, text: str, *, proof: bool = False) -> None:
        self.text = text
        self.proof = proof
        super().__init__(text)


def read_query(query_string: bytes, body: bytes, content_type: str) -> Signed:
    """The parameters of a request, each once. body: empty for GET. content_type: of the body, as sent.

    Raises Refused: "<name> is invalid" for a key given twice, a same key with different values in query and body, and text that is
    not UTF-8; "body is invalid" for a body that is neither a form nor a JSON object. Absent time and hash come out as "".
    """
    pairs = _split(query_string)
    values = _decode(pairs)
    all_raw = True
    if body:
        match content_type.partition(";")[0].strip().lower():
            case "application/json":
                in_body = _read_json(body)
                all_raw = False
            case "application/x-www-form-urlencoded" | "":
                form = _split(body)
                in_body = _decode(form)
                pairs.update({name: pair for name, pair in form.items() if name not in pairs})
            case _:
                raise Refused(f"{_BODY} is invalid")
        for name, value in in_body.items():
            if values.setdefault(name, value) != value:
                raise _invalid(name)
    received = [pair for name, pair in pairs.items() if name not in PROOF_NAMES] if all_raw else None
    time = values.pop("time", "")
    claimed = values.pop("hash", "")
    return Signed(values, received, time, claimed)


def _split(raw: bytes) -> dict[str, tuple[bytes, bytes]]:
    """Name to the raw pair of a query string or form. A key without = counts as empty, `k=`."""
    if raw.count(b"&") >= MAX_PARAMETERS:
        raise Refused("too many parameters")
    pairs: dict[str, tuple[bytes, bytes]] = {}
    for piece in raw.split(b"&"):
        if piece:
            name, _, value = piece.partition(b"=")
            _insert_once(pairs, _text(name, "parameter"), (name, value))
    return pairs


def _decode(pairs: dict[str, tuple[bytes, bytes]]) -> dict[str, str]:
    return {name: _text(value, name) for name, (_, value) in pairs.items()}


def _text(raw: bytes, name: str) -> str:
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise _invalid(name) from None


def _read_json(body: bytes) -> dict[str, str]:
    try:
        # a number stays the digits the client wrote: that is what it hashed, not what a float would make of them
        content = json.loads(body, object_pairs_hook=_Members, parse_int=str, parse_float=str, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Refused(f"{_BODY} is invalid") from None
    if not isinstance(content, _Members):
        raise Refused(f"{_BODY} is invalid")
    if len(content.pairs) > MAX_PARAMETERS:
        raise Refused("too many parameters")
    values: dict[str, str] = {}
    for name, value in content.pairs:
        if not isinstance(value, str) or not _is_utf8(name + value):
            raise _invalid(name)
        _insert_once(values, name, value)
    return values


@dataclass(frozen=True, slots=True)
class _Members:
    """A JSON object as its pairs; a dict would hide a key that is given twice."""

    pairs: list[tuple[str, object]]


def _is_utf8(text: str) -> bool:
    # JSON can name half of a surrogate pair, which is no text
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def _insert_once(into: dict[str, _T], name: str, value: _T) -> None:
    if name in into or not name:
        raise _invalid(name)
    into[name] = value


def _invalid(name: str) -> Refused:
    known = 0 < len(name) <= _MAX_NAME_LENGTH and _SAFE_NAME.issuperset(name)
    return Refused(f"{name if known else 'parameter'} is invalid")
