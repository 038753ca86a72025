"""What is sealed opens only under the same secret, for the same purpose, unchanged."""

import hmac

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from turnout.kernel.ids import Kind, UnknownId
from turnout.storage.keyring import CannotOpen, Keyring

KEYRING = Keyring(bytes(range(32)))
OTHER = Keyring(bytes(range(1, 33)))


@given(st.binary(max_size=300), st.text(max_size=20))
def test_what_is_sealed_opens(plain: bytes, purpose: str) -> None:
    """open() gives back what seal() was given, also in another process with the same secret; the sealed bytes differ each time."""
    sealed = KEYRING.seal(plain, purpose)
    assert Keyring(bytes(range(32))).open(sealed, purpose) == plain
    assert sealed != KEYRING.seal(plain, purpose)
    assert len(sealed) == len(plain) + 29


@given(st.binary(min_size=8, max_size=50))
def test_nothing_shows_through(plain: bytes) -> None:
    """The sealed bytes do not contain the plain ones."""
    assert plain not in KEYRING.seal(plain, "test")


@pytest.mark.parametrize(("keyring", "purpose"), [(KEYRING, "other"), (OTHER, "test"), (KEYRING, "")])
def test_another_purpose_or_secret_does_not_open(keyring: Keyring, purpose: str) -> None:
    """A value sealed for one purpose is of no use for another, nor under another secret."""
    with pytest.raises(CannotOpen):
        keyring.open(KEYRING.seal(b"secret", "test"), purpose)


def test_every_changed_bit_is_noticed() -> None:
    """Changing any bit, cutting off any end or adding a byte makes it unopenable."""
    sealed = KEYRING.seal(b"secret", "test")
    spoiled = [bytes([*sealed[:place], sealed[place] ^ 1 << bit, *sealed[place + 1 :]]) for place in range(len(sealed)) for bit in range(8)]
    spoiled += [sealed[:length] for length in range(len(sealed))] + [sealed + b"\0"]
    for bad in spoiled:
        with pytest.raises(CannotOpen):
            KEYRING.open(bad, "test")


def test_mac_is_hmac_sha256_of_the_purposes_key() -> None:
    """mac() is HMAC-SHA256 under HKDF-SHA256(secret, info "turnout mac <purpose>"), differs by purpose and by secret."""
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"turnout mac token").derive(bytes(range(32)))
    assert KEYRING.mac("token", b"message") == hmac.digest(key, b"message", "sha256")
    assert (
        len({KEYRING.mac("token", b"message"), KEYRING.mac("token", b""), KEYRING.mac("t", b"message"), OTHER.mac("token", b"message")})
        == 4
    )


def test_ids_depend_on_the_secret() -> None:
    """Ids formed under one secret do not resolve under another, and do under the same."""
    text = KEYRING.ids.text(Kind.ROOM, 5)
    assert Keyring(bytes(range(32))).ids.parse_text(Kind.ROOM, text) == 5
    with pytest.raises(UnknownId):
        OTHER.ids.parse_text(Kind.ROOM, text)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_secret_has_32_bytes(length: int) -> None:
    """A secret of another length is refused at once."""
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring(bytes(length))
