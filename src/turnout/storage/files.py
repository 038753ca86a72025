"""Files that are too large for the database: a local folder, or a bucket of an S3-compatible service.

Promise: `put` returns once the bytes are durable, so that a row which names them may be committed after it; readers see a whole file or
none. Names are made by us, of digits, lower-case letters and slashes. Whoever logs an error of the service logs its first line: what
follows may hold anything.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store
from typing_extensions import override

from turnout.kernel.errors import NotFound, Overloaded

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config  # the library has them for type checkers only

log = structlog.get_logger()

_NAME = re.compile(r"[0-9a-z]+(?:/[0-9a-z]+)*")
_PROBE = "probe"
_LONGEST_REASON = 600


class FilesUnavailable(Overloaded):
    """The place where files are kept does not answer; nothing was kept."""

    code = "files_unavailable"


class NoSuchFile(NotFound):
    """There is no such file."""


class S3Place(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket. endpoint: empty for Amazon's own. access_key_id: empty for what the machine has. prefix: of every name, without a slash at
    its ends."""

    bucket: str
    endpoint: str = ""
    region: str = "us-east-1"
    access_key_id: str = ""
    secret_access_key: str = ""
    prefix: str = ""

    @override
    def __repr__(self) -> str:
        return f"S3Place({self.bucket!r}, {self.endpoint!r})"


class Files:
    """One place of files. Safe to use from several tasks; `check` blocks."""

    def __init__(self, store: ObjectStore, folder: Path | None) -> None:
        """folder: of a local store, which needs a hand with durability."""
        self._store = store
        self._folder = folder

    async def put(self, name: str, content: bytes, media_type: str) -> None:
        """Keeps the bytes under the name, durably, in place of what was there. Raises FilesUnavailable."""
        _check_name(name)
        with _translated("put", name):
            if self._folder is None:
                await obstore.put_async(self._store, name, content, attributes={"Content-Type": media_type}, use_multipart=False)
            else:
                await obstore.put_async(self._store, name, content, use_multipart=False)
                await asyncio.to_thread(_sync, self._folder, name)

    async def get(self, name: str) -> bytes:
        """The bytes under the name. Raises NoSuchFile, FilesUnavailable."""
        _check_name(name)
        with _translated("get", name):
            try:
                found = await obstore.get_async(self._store, name)
                return bytes(await found.bytes_async())
            except FileNotFoundError:
                raise NoSuchFile from None

    def check(self) -> str:
        """Keeps a small file, reads it and takes it away again. What went wrong, in one line; "" when all went well."""
        content = os.urandom(16)
        try:
            obstore.put(self._store, _PROBE, content, use_multipart=False)
            if bytes(obstore.get(self._store, _PROBE).bytes()) != content:
                return "what was read is not what was written"
        except (BaseError, OSError) as error:
            return _first_line(error)
        try:
            obstore.delete(self._store, _PROBE)
        except (BaseError, OSError):
            return ""  # a key that may not delete does: nothing of ours is ever deleted
        return ""


def files_in_folder(folder: Path) -> Files:
    """Files in a local folder, which is made when missing. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    return Files(LocalStore(folder), folder)


def files_in_bucket(place: S3Place) -> Files:
    """Files in a bucket; connects at first use."""
    config: S3Config = {"region": place.region}
    if place.endpoint:
        config["endpoint"] = place.endpoint
    if place.access_key_id:
        config["access_key_id"] = place.access_key_id
        config["secret_access_key"] = place.secret_access_key
    client: ClientConfig = {"connect_timeout": "3s", "timeout": "10s", "allow_http": place.endpoint.startswith("http://")}
    store = S3Store(
        place.bucket,
        prefix=place.prefix or None,
        config=config,
        client_options=client,
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=15)},
    )
    return Files(store, None)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of ours")


@contextmanager
def _translated(what: str, name: str) -> Iterator[None]:
    """Errors of the library and of the disk as ours, logged."""
    try:
        yield
    except (BaseError, OSError) as error:
        log.error("files_unavailable", what=what, file=name, reason=_first_line(error))
        raise FilesUnavailable(retry_after_s=5) from None


def _first_line(error: Exception) -> str:
    # the library adds its whole state below
    text = str(error).partition("\n\nDebug source")[0]
    return " ".join(text.split())[:_LONGEST_REASON] or type(error).__name__


def _sync(folder: Path, name: str) -> None:
    """The file and every folder on the way to it reach the disk: the library renames a draft into place and leaves the rest to the
    system."""
    path = folder / name
    for each in (path, *path.parents):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if each == folder.parent:
            return
