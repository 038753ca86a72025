"""What turnout doctor says of the place where pictures are kept."""

from pathlib import Path

import msgspec

from tests.s3_server import S3Server
from turnout.cli.checks import check_pictures
from turnout.config import Config
from turnout.storage.files import S3Place


def bucket(place: S3Place) -> Config:
    """The configuration of a bucket."""
    return Config(
        s3_bucket=place.bucket,
        s3_endpoint=place.endpoint,
        s3_region=place.region,
        s3_access_key_id=place.access_key_id,
        s3_secret_access_key=place.secret_access_key,
        s3_prefix=place.prefix,
    )


def test_a_folder(tmp_path: Path) -> None:
    """To be made, there, and in the way."""
    config = Config(data_dir=str(tmp_path))
    assert (check_pictures(config).state, (tmp_path / "pictures").exists()) == ("ok", False)
    (tmp_path / "pictures").mkdir()
    assert check_pictures(config).state == "ok"
    shared = check_pictures(Config(data_dir=str(tmp_path), database_url="postgresql://db/turnout"))
    assert (shared.state, "s3_bucket" in shared.advice) == ("warn", True)
    (tmp_path / "pictures").rmdir()
    (tmp_path / "pictures").write_text("no folder")
    assert check_pictures(config).state == "fail"


def test_a_bucket(s3_place: S3Place, s3_server: S3Server) -> None:
    """Right keys, a wrong secret, no such bucket, nobody there, a secret file that is not there; nothing is left behind or told."""
    config = bucket(s3_place)
    before = s3_server.objects()
    found = check_pictures(config)
    assert (found.state, found.found) == ("ok", f"bucket pictures at {s3_place.endpoint} can be read and written")
    assert s3_server.objects() == before
    for changes in (
        {"s3_secret_access_key": "another-secret-1234"},
        {"s3_bucket": "nobody"},
        {"s3_endpoint": "http://127.0.0.1:9"},
        {"s3_secret_access_key": "", "s3_secret_access_key_file": "/nowhere/s3"},
    ):
        wrong = msgspec.structs.replace(config, **changes)
        found = check_pictures(wrong)
        assert found.state == "fail"
        assert found.advice
        assert config.s3_secret_access_key not in str(found)
        assert "another-secret" not in str(found)
