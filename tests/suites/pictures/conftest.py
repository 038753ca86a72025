"""A server that keeps pictures, on both databases, with files in a folder or in a bucket of a real S3-compatible server."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.fake_clock import FakeClock
from tests.s3_server import ACCESS_KEY_ID, BUCKET, SECRET_ACCESS_KEY, S3Server, running_s3
from tests.suites.server.harness import Customer, Served, create_customer, serving
from turnout.kernel import limits
from turnout.pictures import api
from turnout.pictures.public import PublicPictures
from turnout.storage.database import Database
from turnout.storage.files import Files, S3Place, files_in_bucket, files_in_folder

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """One server for all tests; each has a prefix of its own."""
    with running_s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3_place(s3_server: S3Server, tmp_path: Path) -> S3Place:
    """The bucket, under a prefix that no other test has."""
    return S3Place(
        bucket=BUCKET,
        endpoint=s3_server.endpoint,
        access_key_id=ACCESS_KEY_ID,
        secret_access_key=SECRET_ACCESS_KEY,
        prefix=f"tests/{tmp_path.name}".replace("[", "-").replace("]", "").lower(),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of local files."""
    return tmp_path / "pictures"


@pytest.fixture
def files(folder: Path) -> Files:
    """In a folder, which is the default."""
    return files_in_folder(folder)


@pytest.fixture(params=["folder", "bucket"])
def any_files(request: pytest.FixtureRequest, folder: Path) -> Files:
    """Each kind in turn."""
    if request.param == "folder":
        return files_in_folder(folder)
    return files_in_bucket(request.getfixturevalue("s3_place"))


@pytest.fixture
async def served(database: Database, clock: FakeClock, files: Files) -> AsyncIterator[Served]:
    """The server, over a folder."""
    async with serving_pictures(database, clock, files) as running:
        yield running


@pytest.fixture
async def customer(served: Served) -> Customer:
    """An account on it."""
    return await create_customer(served.runtime.commit)


def serving_pictures(database: Database, clock: FakeClock, files: Files) -> AbstractAsyncContextManager[Served]:
    """As compose.py puts it together."""
    return serving(
        database,
        clock,
        handlers=api.routes(files),
        make_mounts=lambda runtime: [PublicPictures(runtime, files)],
        body_limits={api.UPLOAD_PATH: limits.MAX_PICTURE_BYTES},
    )
