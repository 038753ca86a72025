"""The optional signature of callbacks, on the contract's vector."""

import pytest

from turnout.dialects.contract import Sending
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks
from turnout.dialects.quanshi.proof import WrongSignature, sign, signed_headers, verify
from turnout.kernel.clock import SECOND
from turnout.kernel.ids import IdForms

SECRET = b"testHookSecret0001"
AT = 1_641_718_261
BODY = b'{"type":1,"dataType":6}'
SIGNATURE = "e6cb1bfbb3f1a77f7bc4bfda83e26b32fe80547b07bbe5c34722f78d43a7a91a"


def test_the_contracts_vector() -> None:
    """contracts/quanshi.md B.1."""
    assert sign(SECRET, AT, BODY) == SIGNATURE


def test_the_dialects_headers() -> None:
    """What an attempt sends when its endpoint has a secret: the attempt's own second and the signature."""
    headers = QuanshiCallbacks(IdForms(bytes(32))).headers(BODY, [SECRET], Sending("dl_1", AT * SECOND + 999_999))

    assert headers == {
        "Content-Type": "application/json; charset=utf-8",
        "X-Hook-Timestamp": "1641718261",
        "X-Hook-Signature": SIGNATURE,
    }


def test_what_was_signed_holds() -> None:
    """In any letter case of the header names, as HTTP servers hand them over."""
    headers = {name.lower(): value for name, value in signed_headers(SECRET, AT, BODY).items()}

    verify(SECRET, headers, BODY, AT + 5)


@pytest.mark.parametrize(
    ("change", "body", "now"),
    [
        ({}, BODY + b" ", AT),
        ({"X-Hook-Timestamp": str(AT + 1)}, BODY, AT),
        ({"X-Hook-Signature": SIGNATURE[:-1] + "b"}, BODY, AT),
        ({"X-Hook-Signature": ""}, BODY, AT),
        ({"X-Hook-Signature": "签名"}, BODY, AT),
        ({"X-Hook-Timestamp": ""}, BODY, AT),
        ({"X-Hook-Timestamp": "-1"}, BODY, AT),
        ({"X-Hook-Timestamp": "１２"}, BODY, AT),
        ({"X-Hook-Timestamp": "9" * 5000}, BODY, AT),
        ({}, BODY, AT + 601),
        ({}, BODY, AT - 601),
    ],
)
def test_what_was_changed_does_not(change: dict[str, str], body: bytes, now: int) -> None:
    """A changed byte, header or too old a time is refused, and never by another error."""
    with pytest.raises(WrongSignature):
        verify(SECRET, signed_headers(SECRET, AT, BODY) | change, body, now)


def test_another_secret_does_not() -> None:
    """The secret is what counts."""
    with pytest.raises(WrongSignature):
        verify(b"another", signed_headers(SECRET, AT, BODY), BODY, AT)
