"""Files in a folder and in a bucket keep the same promises."""

import logging
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.s3_server import ACCESS_KEY_ID, BUCKET, SECRET_ACCESS_KEY, S3Server
from turnout.storage.files import Files, FilesUnavailable, NoSuchFile, S3Place, files_in_bucket, files_in_folder

NAME = "7/ab/abcdef"


async def test_what_is_put_is_there(any_files: Files) -> None:
    """Byte for byte, empty ones too, and again in place of what was there."""
    for content in (b"one", bytes(range(256)) * 8192, b"", b"two"):
        await any_files.put(NAME, content, "image/png")
        assert await any_files.get(NAME) == content


async def test_what_was_never_put_is_not_there(any_files: Files) -> None:
    """And its neighbour is no stand-in."""
    await any_files.put(NAME, b"one", "image/png")
    for name in ("7/ab/abcdee", "7/ab", "8/ab/abcdef"):
        with pytest.raises(NoSuchFile):
            await any_files.get(name)


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../secret.key", "7/../8", "7//8", "7/./8", "7/AB", "7/a b", "7\\8", "7/%2e%2e/8", "7/\0"]
)
async def test_names_stay_inside(any_files: Files, name: str) -> None:
    """A name that could lead elsewhere is a fault of ours, and never reaches the disk or the service."""
    with pytest.raises(ValueError, match="no name of ours"):
        await any_files.get(name)
    with pytest.raises(ValueError, match="no name of ours"):
        await any_files.put(name, b"", "image/png")


async def test_a_folder_is_synced_before_it_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file, and every folder on the way to it, are flushed before `put` returns: a power cut then loses no picture whose row stands."""
    files = files_in_folder(folder)
    synced: list[str] = []
    really = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        really(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    await files.put(NAME, b"one", "image/png")

    assert synced == [str(path) for path in (folder / NAME, folder / "7/ab", folder / "7", folder, folder.parent)]


async def test_no_half_file_is_ever_seen(folder: Path) -> None:
    """A draft that a crash left behind is not the file, and does not stand in its way."""
    files = files_in_folder(folder)
    (folder / "7/ab").mkdir(parents=True)
    (folder / f"{NAME}#1").write_bytes(b"ha")

    with pytest.raises(NoSuchFile):
        await files.get(NAME)
    await files.put(NAME, b"whole", "image/png")
    assert await files.get(NAME) == b"whole"


def put_in_the_way(folder: Path) -> None:
    """A file stands where the folder was."""
    folder.rmdir()
    folder.write_bytes(b"in the way")


async def test_a_folder_that_cannot_be_written(folder: Path) -> None:
    """Refused as unavailable, not as a fault of the caller's."""
    files = files_in_folder(folder)
    put_in_the_way(folder)

    with capture_logs() as logs, pytest.raises(FilesUnavailable) as refused:
        await files.put(NAME, b"one", "image/png")
    assert (refused.value.code, refused.value.status) == ("files_unavailable", 503)
    assert [line["event"] for line in logs] == ["files_unavailable"]
    assert files.check() != ""


async def test_objects_lie_below_the_prefix(s3_place: S3Place, s3_server: S3Server) -> None:
    """So that one bucket serves several installations."""
    await files_in_bucket(s3_place).put(NAME, b"one", "image/png")

    assert f"{s3_place.prefix}/{NAME}" in s3_server.objects()


def test_a_bucket_is_checked_and_left_as_it_was(s3_place: S3Place, s3_server: S3Server) -> None:
    """For turnout doctor."""
    before = s3_server.objects()

    assert files_in_bucket(s3_place).check() == ""
    assert s3_server.objects() == before


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"secret_access_key": "another-secret-1234"}, "SignatureDoesNotMatch"),
        ({"bucket": "nobody"}, "NoSuchBucket"),
        ({"endpoint": "http://127.0.0.1:9"}, "127.0.0.1:9"),
    ],
)
async def test_a_wrong_place_is_told_without_secrets(
    s3_place: S3Place, changes: dict[str, str], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The log and doctor say what is wrong; neither they nor the refusal hold the secret."""
    values = {name: getattr(s3_place, name) for name in s3_place.__struct_fields__}
    place = S3Place(**values | changes)
    files = files_in_bucket(place)

    with capture_logs() as logs, caplog.at_level(logging.DEBUG), pytest.raises(FilesUnavailable) as refused:
        await files.put(NAME, b"one", "image/png")
    found = files.check()
    assert reason in str(logs)
    assert reason in found
    for told in (str(logs), found, caplog.text, str(refused.value), repr(place), repr(files)):
        assert place.secret_access_key not in told
        assert SECRET_ACCESS_KEY not in told


def test_the_names_of_the_tests_server_are_told_apart() -> None:
    """The control: what the test above looks for is there to be found."""
    assert ACCESS_KEY_ID != SECRET_ACCESS_KEY != BUCKET
