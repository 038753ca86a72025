"""A real browser against a real server process with the built web client. What is missing fails the test by its name."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.steps import Live
from tests.harness.receiver import Receiver, receiving
from tests.harness.server import Account, Installation, ServerProcess, create_account, free_port, running
from turnout.client import NativeClient

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}

_PATIENCE_MS = 20_000
expect.set_options(timeout=_PATIENCE_MS)

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str:
    """The browser to test with: TURNOUT_TEST_CHROMIUM, or the one on the PATH."""
    found = (
        os.environ.get("TURNOUT_TEST_CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    assert found, "no browser: install Debian's chromium, or name one in TURNOUT_TEST_CHROMIUM"
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a file. Playwright keeps an event loop running in this thread for as long, and other files' tests run
    theirs there too, so it must not outlive the file."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium_path(), args=_FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server on SQLite, which may call back to this machine: one for the whole folder."""
    web = Path(__file__).parents[2] / "src/turnout/server/web/index.html"
    assert web.exists(), "the web client is not built: make web"
    data_dir = tmp_path_factory.mktemp("browser") / "data"
    installation = Installation(data_dir, free_port(), settings={"dangerous_allow_private_callbacks": "true"})
    with running(installation) as process:
        yield process


@pytest.fixture(scope="session")
def account(server: ServerProcess) -> Account:
    """The host's account."""
    return create_account(server.installation)


@pytest.fixture(scope="module")
def client(server: ServerProcess, account: Account) -> Iterator[NativeClient]:
    """The account's own program, which prepares what a test is not about."""
    with NativeClient(server.base_url, account.api_key) as found:
        yield found


@pytest.fixture
def live(client: NativeClient) -> Live:
    """A room of this test's own with a running live session."""
    room = client.create_room("Lecture hall")
    return Live(client, room, client.start_live_session(room.id, "Networks"))


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """The customer's receiver of callbacks."""
    with receiving() as found:
        yield found


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A viewer's phone, in Chinese."""
    yield from _page(browser.new_context(viewport=PHONE, locale="zh-CN", is_mobile=True, has_touch=True))


@pytest.fixture
def second_phone(browser: Browser) -> Iterator[Page]:
    """Another viewer's phone, in English."""
    yield from _page(browser.new_context(viewport=PHONE, locale="en-US", is_mobile=True, has_touch=True))


@pytest.fixture
def laptop(browser: Browser) -> Iterator[Page]:
    """The host's laptop, in English."""
    yield from _page(browser.new_context(viewport=DESKTOP, locale="en-US"))


def _page(context: BrowserContext) -> Iterator[Page]:
    context.set_default_timeout(_PATIENCE_MS)
    crashes: list[str] = []
    context.on("weberror", lambda error: crashes.append(str(error.error)))
    context.on("console", lambda message: crashes.append(message.text) if "Content Security Policy" in message.text else None)
    yield context.new_page()
    context.close()
    assert crashes == [], "a page threw, or asked for what its policy forbids"
