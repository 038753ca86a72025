"""Files that hold one secret each: read, and the installation's own made when there is none yet."""

import base64
import os
import secrets
from pathlib import Path

from turnout.config_checks import SECRET_BYTES, decode_secret


class UnusableSecret(Exception):
    """A file that does not hold what it should. The text names it, without what is in it."""


def read_secret(path: Path) -> str:
    """The text of a file, without blanks around it; raises UnusableSecret, also for an empty one."""
    try:
        secret = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableSecret(f"{path} cannot be read: {error}") from error
    if not secret:
        raise UnusableSecret(f"{path} is empty")
    return secret


def installation_secret(path: Path, *, may_make: bool) -> bytes:
    """The 32 bytes in this file, which is made (mode 0600) when it is missing and may_make; raises UnusableSecret. Two processes that start
    together end up with the same file."""
    if not may_make and not path.exists():
        raise UnusableSecret(f"the file {path} is missing beside a database that needs it; put it back from a backup")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        secret = decode_secret(path.read_text("ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableSecret(f"the file {path} cannot be read or made: {error}") from error
    if secret is None:
        raise UnusableSecret(f"the file {path} does not hold base64 of 32 bytes; put it back from a backup")
    return secret


def _make(path: Path) -> None:
    # Written aside and linked into place: nobody reads half a secret, and of two processes one wins and both read its file.
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(SECRET_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # ids handed out under a secret that a power cut loses would never resolve again
    finally:
        os.close(folder)
