"""BLS signatures on the curve BLS12-381, from the package py-arkworks-bls12381: loaded at the first use, since most of what is done with a
proof does without them. Hashing to the curve is that of RFC 9380; encodings are the compressed ones of 48 and 96 bytes."""

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from py_arkworks_bls12381 import G1Point, G2Point

G1_BYTES = 48
G2_BYTES = 96

_G1_DOMAIN = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
_G2_DOMAIN = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_"


class Unavailable(ImportError):
    """A drand signature needs the package py-arkworks-bls12381: pip install "turnout[verify]"."""

    def __init__(self) -> None:
        super().__init__((self.__doc__ or "").strip())


def verifies_on_g1(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this signature, a point of G1, is of this message and by the owner of this key, a point of G2. Raises Unavailable."""
    try:
        from py_arkworks_bls12381 import GT, G1Point, G2Point
    except ImportError:
        raise Unavailable from None
    key, signed = _read(G2Point, public_key), _read(G1Point, signature)
    if key is None or signed is None:
        return False
    # e(signature, generator) · e(-H, key) = 1
    return GT.pairing_check([signed, -G1Point.hash_to_curve(message, _G1_DOMAIN)], [G2Point(), key])


def verifies_on_g2(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """The same with the groups changed: the signature is a point of G2, the key one of G1. Raises Unavailable."""
    try:
        from py_arkworks_bls12381 import GT, G1Point, G2Point
    except ImportError:
        raise Unavailable from None
    key, signed = _read(G1Point, public_key), _read(G2Point, signature)
    if key is None or signed is None:
        return False
    return GT.pairing_check([G1Point(), -key], [signed, G2Point.hash_to_curve(message, _G2_DOMAIN)])


_Point = TypeVar("_Point", "G1Point", "G2Point")


def _read(group: type[_Point], encoded: bytes) -> _Point | None:
    """The point of this group with this encoding. The point at infinity is none: as a key, it would let everybody sign everything."""
    try:
        point = group.from_compressed_bytes(encoded)
    except ValueError:
        return None
    # the library also takes other spellings of some points; one point, one spelling, or a signature would have two randomnesses
    return None if point == group.identity() or point.to_compressed_bytes() != encoded else point
