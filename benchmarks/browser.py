"""A real server and a real browser for the figures of pages."""

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

from benchmarks.answers import folder_on_disk
from tests.harness.server import Installation, create_account, free_port, running
from turnout.client import NativeClient

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def chromium_path() -> str:
    """TURNOUT_TEST_CHROMIUM, or what is on the PATH; raises where there is none."""
    found = os.environ.get("TURNOUT_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        raise RuntimeError("no browser: install Debian's chromium, or name one in TURNOUT_TEST_CHROMIUM")
    return found


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """One browser, closed at the end."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium_path(), args=_FLAGS)
        try:
            yield found
        finally:
            found.close()


@contextlib.contextmanager
def served() -> Iterator[NativeClient]:
    """A server on SQLite with an account; its own program."""
    with folder_on_disk() as folder:
        installation = Installation(folder / "data", free_port())
        with running(installation) as server:
            account = create_account(installation)
            with NativeClient(server.base_url, account.api_key) as client:
                yield client
