"""A real browser against a real server process with the built web client: one of each for the whole folder. What is missing fails the test
by its name."""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from tests.browser.places import prepared
from tests.browser.steps import Live
from tests.harness.drand_relay import Relay, SigningChain, relaying
from tests.harness.receiver import Receiver, receiving
from tests.harness.server import Account, Installation, ServerProcess, create_account, free_port, running
from turnout.client import NativeClient

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}

_PATIENCE_MS = 20_000
expect.set_options(timeout=_PATIENCE_MS)

_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

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


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser. Playwright keeps an event loop running in this thread for as long, and other folders' tests run theirs there too, so it
    must not outlive this folder."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium_path(), args=_FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="package")
def relay() -> Iterator[Relay]:
    """The only relay of a chain of drand that is this folder's own; its rounds decide draws."""
    with relaying(SigningChain(genesis=int(time.time()) - 86_400)) as found:
        yield found


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, relay: Relay) -> Iterator[ServerProcess]:
    """A server on SQLite, which may call back to this machine."""
    web = Path(__file__).parents[2] / "src/turnout/server/web/index.html"
    assert web.exists(), "the web client is not built: make web"
    data_dir = tmp_path_factory.mktemp("browser") / "data"
    drand = {"drand_urls": relay.url, "drand_chain": relay.chain.told, "draw_delay_s": "1"}
    installation = Installation(data_dir, free_port(), settings={"dangerous_allow_private_callbacks": "true", **drand})
    with running(installation) as process:
        yield process


@pytest.fixture(scope="package")
def account(server: ServerProcess) -> Account:
    """The host's account."""
    return create_account(server.installation)


@pytest.fixture(scope="package")
def client(server: ServerProcess, account: Account) -> Iterator[NativeClient]:
    """The account's own program, which prepares what a test is not about."""
    with NativeClient(server.base_url, account.api_key) as found:
        yield found


@pytest.fixture
def live(client: NativeClient) -> Live:
    """A room of this test's own with a running live session."""
    room = client.create_room("Lecture hall")
    return Live(client, room, client.start_live_session(room.id, "Networks"))


@pytest.fixture
def addresses(live: Live) -> Iterator[dict[str, str]]:
    """Ids for the addresses of places.py."""
    with prepared(live) as found:
        yield found


@pytest.fixture(scope="package")
def receiver() -> Iterator[Receiver]:
    """The customer's receiver of callbacks."""
    with receiving() as found:
        yield found


# the second: the server's door and the page's own are not the same
_FAULTS = ("Content Security Policy", "Hydration")


@dataclass
class Device:
    """Somebody's phone or laptop. What it has fetched once it keeps for the next test, as browsers do; nothing else. faults: what its pages
    threw, asked for against their policy, or found other than the server had drawn it."""

    context: BrowserContext
    faults: list[str] = field(default_factory=list)

    def pages(self) -> Iterator[Page]:
        """One page for one test."""
        yield self.context.new_page()
        shown = [page for page in self.context.pages if page.url.startswith("http")]
        too_wide = [page.url for page in shown if page.evaluate(_TOO_WIDE)]
        for page in shown:
            page.evaluate("localStorage.clear()")
        for page in self.context.pages:
            page.close()
        self.context.clear_cookies()
        faults, self.faults[:] = list(self.faults), []
        assert faults == [], "a page threw, or asked for what its policy forbids"
        assert too_wide == [], "a page is wider than its screen"


def _device(browser: Browser, viewport: ViewportSize, locale: str) -> Iterator[Device]:
    phone = viewport is PHONE
    context = browser.new_context(viewport=viewport, locale=locale, is_mobile=phone, has_touch=phone, reduced_motion="reduce")
    context.set_default_timeout(_PATIENCE_MS)
    device = Device(context)
    context.on("weberror", lambda error: device.faults.append(str(error.error)))
    context.on("console", lambda message: device.faults.append(message.text) if any(word in message.text for word in _FAULTS) else None)
    yield device
    context.close()


@pytest.fixture(scope="package")
def first_device(browser: Browser) -> Iterator[Device]:
    """A viewer's phone, in Chinese."""
    yield from _device(browser, PHONE, "zh-CN")


@pytest.fixture(scope="package")
def second_device(browser: Browser) -> Iterator[Device]:
    """Another viewer's phone, in English."""
    yield from _device(browser, PHONE, "en-US")


@pytest.fixture(scope="package")
def desk_device(browser: Browser) -> Iterator[Device]:
    """The host's laptop, in English."""
    yield from _device(browser, DESKTOP, "en-US")


@pytest.fixture
def phone(first_device: Device) -> Iterator[Page]:
    """A viewer's phone, in Chinese."""
    yield from first_device.pages()


@pytest.fixture
def second_phone(second_device: Device) -> Iterator[Page]:
    """Another viewer's phone, in English."""
    yield from second_device.pages()


@pytest.fixture
def laptop(desk_device: Device) -> Iterator[Page]:
    """The host's laptop, in English."""
    yield from desk_device.pages()
