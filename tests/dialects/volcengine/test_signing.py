"""Volcengine's signature: the vendor's worked examples of the family, and the contract's vectors for this callback (section 2)."""

import hashlib

import pytest

from turnout.dialects.volcengine.signing import SIGNED_FIELDS, WrongSignature, sign, verify

VECTORS = [
    ("abc", "2000001", "123", "1582518318", "3237dbf1fe398de04fd706e86f3b0f98"),
    ("testAccountSecret0001", "2000001234", "1825735265500001", "1741158904", "4cd5881fe879c8aed2ea1d620ce480de"),
]
FIELDS = {"AccountID": "2000001", "ActivityID": "123", "EventType": "ActivityAwardInfoCallBack", "Timestamp": "1582518318"}


@pytest.mark.parametrize(("secret", "account", "activity", "timestamp", "expected"), VECTORS)
def test_the_contracts_vectors(secret: str, account: str, activity: str, timestamp: str, expected: str) -> None:
    """AccountSecret, AccountID, ActivityID, EventType, Timestamp, one after the other."""
    fields = {"AccountID": account, "ActivityID": activity, "EventType": "ActivityAwardInfoCallBack", "Timestamp": timestamp}
    assert sign(secret.encode(), fields) == expected
    text = f"{secret}{account}{activity}ActivityAwardInfoCallBack{timestamp}"
    assert expected == hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"ActivityID": "123", "EventType": "ActivityModifyCallBack", "Timestamp": "1582518318", "Type": "1"},
            "a5f29b24389df51975dceec1288772e8",
        ),
        (
            {"ActivityID": "123", "EventType": "ActivityStatusModifyCallBack", "Status": "1", "Timestamp": "1582518318"},
            "3d5fc13702c89c3c34c811ba8ac8fbbc",
        ),
        (
            {
                "ActivityID": "123",
                "Announcement": "Live Room A",
                "CoverImage": "//gjr78lqtd0-image.image",
                "EventType": "ActivityBasicConfigModifyCallBack",
                "LiveTime": "1583070536",
                "Name": "Live Room A",
                "Timestamp": "1582518318",
                "ViewUrl": "https://live.byteplus.com/7420/1234",
            },
            "85c1ba868bf4e30b6055ccfbbdd7bc3a",
        ),
        ({"ActivityID": "123", "Timestamp": "1582518318", "Vid": "v0c251g7007abc1"}, "884c08f1458e39888fb9ba4f51406c7a"),
    ],
)
def test_the_vendors_worked_examples(fields: dict[str, str], expected: str) -> None:
    """Four sister callbacks, AccountSecret `abc`: each signs other fields, in the order of their names."""
    assert sign(b"abc", fields, tuple(sorted(fields))) == expected


def test_only_four_fields_are_signed() -> None:
    """In alphabetical order; what else a message says changes nothing."""
    assert SIGNED_FIELDS["ActivityAwardInfoCallBack"] == tuple(sorted(FIELDS))
    assert sign(b"abc", FIELDS | {"Name": "x"}) == sign(b"abc", FIELDS)


def test_a_signature_holds_in_capitals_too() -> None:
    """And for this secret, these fields and about this time alone."""
    signature = sign(b"abc", FIELDS)
    now_s = 1582518318 + 599
    verify(b"abc", FIELDS | {"Sign": signature}, now_s)
    verify(b"abc", FIELDS | {"Sign": signature.upper()}, now_s)
    verify(b"abc", FIELDS | {"Sign": signature}, now_s * 2, tolerance_s=None)
    for wrong in (FIELDS | {"Sign": ""}, FIELDS | {"Sign": "é"}, FIELDS | {"Sign": signature, "ActivityID": "124"}):
        with pytest.raises(WrongSignature):
            verify(b"abc", wrong, now_s)
    with pytest.raises(WrongSignature):
        verify(b"abd", FIELDS | {"Sign": signature}, now_s)
    with pytest.raises(WrongSignature, match="too far"):
        verify(b"abc", FIELDS | {"Sign": signature}, now_s + 2)
    timeless = FIELDS | {"Timestamp": "soon"}
    with pytest.raises(WrongSignature, match="number of seconds"):
        verify(b"abc", timeless | {"Sign": sign(b"abc", timeless)}, now_s)
