"""Client certificates: what an endpoint's owner hands in, read and put to use. The door of `cryptography` and of `ssl` for them."""

import os
import ssl
import tempfile
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import InvalidInput

_FIELD = "client_certificate"


class ClientCertificate(msgspec.Struct, frozen=True):
    """What is shown of one. subject: RFC 4514. not_after: when it ends to be valid."""

    subject: str
    not_after: Instant


def check_certificate(pem: str, now: Instant) -> ClientCertificate:
    """Reads the certificate that comes first in this text, which must have its key beside it, without a password. Raises InvalidInput.

    It is loaded here exactly as it is for a call: what passes here, a call can use.
    """
    if len(pem) > limits.MAX_CLIENT_CERTIFICATE_LENGTH:
        raise InvalidInput(f"at most {limits.MAX_CLIENT_CERTIFICATE_LENGTH} characters", field=_FIELD)
    content = pem.encode("utf-8", "replace")
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    try:
        certificate = x509.load_pem_x509_certificates(content)[0]
        read, public = _shown(certificate), certificate.public_key().public_bytes(*form)
    except Exception:  # noqa: BLE001 - the library tells what is broken and what it does not know apart by many classes
        raise InvalidInput("holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)", field=_FIELD) from None
    try:
        key = load_pem_private_key(_key_of(content), password=None)
    except TypeError:
        raise InvalidInput("its key must not be locked with a password", field=_FIELD) from None
    except Exception:  # noqa: BLE001 - as above
        raise InvalidInput("holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)", field=_FIELD) from None
    if key.public_key().public_bytes(*form) != public:
        raise InvalidInput("the key is not that of the first certificate", field=_FIELD)
    if read.not_after <= now:
        raise InvalidInput("the certificate is valid no more", field=_FIELD)
    try:
        client_context(content)
    except ssl.SSLError as error:  # such as a key that is too short for today
        raise InvalidInput(f"cannot be used: {error.reason or 'it is refused'}", field=_FIELD) from None
    return read


def read_certificate(pem: bytes) -> ClientCertificate:
    """What is shown of a certificate that was checked."""
    return _shown(x509.load_pem_x509_certificates(pem)[0])


def client_context(pem: bytes) -> ssl.SSLContext:
    """For calls that show this certificate: verifies the receiver as every other call does. Raises ssl.SSLError. It touches a file."""
    context = ssl.create_default_context()
    # OpenSSL reads a chain from files only; this one is never on a disk where the machine has its usual memory file system
    memory = Path("/dev/shm")  # noqa: S108 - a file of mkstemp there is ours alone
    descriptor, name = tempfile.mkstemp(dir=memory if os.access(memory, os.W_OK) else None)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        context.load_cert_chain(name, password=_no_password)
    finally:
        Path(name).unlink()
    return context


def _no_password() -> str:
    # without this OpenSSL would ask at the terminal
    return ""


def _shown(certificate: x509.Certificate) -> ClientCertificate:
    return ClientCertificate(certificate.subject.rfc4514_string(), round(certificate.not_valid_after_utc.timestamp() * SECOND))


def _key_of(content: bytes) -> bytes:
    """The first block of a private key: the library takes only that, and nothing before it."""
    begin = content.find(b"-----BEGIN ")
    while begin >= 0:
        if b"PRIVATE KEY-----" in content[begin : content.find(b"\n", begin)]:
            return content[begin:]
        begin = content.find(b"-----BEGIN ", begin + 1)
    return b""
