"""What hosts and viewers do again and again on their screens.

Waiting is left to the browser (wait_for) where it can be: it looks at every frame, an assertion only now and then.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page

from tests.harness.server import Account, ServerProcess
from turnout.client import NativeClient, native_replies

NO_SOCKETS = "window.WebSocket = class extends WebSocket { constructor() { super(`ws://${location.host}/nothing-here`) } }"
"""Every handshake fails, as behind a proxy that knows no upgrade."""


@dataclass(frozen=True, slots=True)
class Live:
    """A running live session and its room. client: calls as its account."""

    client: NativeClient
    room: native_replies.Room
    live_session: native_replies.LiveSession

    @property
    def address(self) -> str:
        """The viewers' page."""
        return f"{self.client.base_url}/r/{self.room.code}"

    @property
    def desk(self) -> str:
        """The host's page."""
        return f"{self.client.base_url}/console/live/{self.live_session.id}"

    def opened(self, kind: str, title: str, questions: list[dict[str, Any]], **settings: Any) -> native_replies.Survey:
        """A survey that is open."""
        draft = self.client.create_survey(self.live_session.id, kind, title, questions, **settings)
        return self.client.open_survey(self.live_session.id, draft.id)

    def survey(self, survey: native_replies.Survey) -> native_replies.Survey:
        """It as its host sees it now."""
        return self.client.get_survey(self.live_session.id, survey.id)

    def close(self, survey: native_replies.Survey) -> None:
        """Takes no more answers."""
        self.client.close_survey(self.live_session.id, survey.id)


@contextmanager
def away(server: ServerProcess) -> Iterator[None]:
    """While it lasts the server is dead, by kill -9."""
    server.kill()
    try:
        yield
    finally:
        server.start()


def log_in(page: Page, server: ServerProcess, account: Account) -> None:
    """As a host does, by hand."""
    page.goto(server.base_url + "/")
    page.get_by_test_id("login-name").fill(account.host_login)
    page.get_by_test_id("login-password").fill(account.host_password)
    page.get_by_test_id("log-in").click()
    page.get_by_test_id("log-out").wait_for()


def come_in(page: Page, account: Account, live: Live) -> None:
    """Logs a host's browser in without the form."""
    body = {"login": account.host_login, "password": account.host_password}
    assert page.request.post(f"{live.client.base_url}/api/v1/login", data=body).ok


def to_desk(page: Page, account: Account, live: Live) -> None:
    """What a host asks in a live session, in a browser that has logged in before."""
    come_in(page, account, live)
    page.goto(f"{live.desk}/surveys")
    page.get_by_test_id("live-state").wait_for()


def enter(page: Page, address: str, name: str) -> None:
    """As a viewer does, up to the seat."""
    page.goto(address)
    page.get_by_test_id("viewer-name").fill(name)
    page.get_by_test_id("enter-room").click()
    expect_phase(page, "inside")


def expect_phase(page: Page, phase: str) -> None:
    """How far the viewer has come: naming, early, inside, refused …"""
    page.locator(f'[data-testid="viewer-page"][data-phase="{phase}"]').wait_for()


def expect_card(page: Page, state: str, kind: str = "") -> None:
    """What has become of the survey on the host's desk: draft, open, closed, settled."""
    is_kind = f'[data-kind="{kind}"]' if kind else ""
    page.locator(f'[data-testid="host-card"][data-state="{state}"]{is_kind}').wait_for()


def asked(page: Page, question_type: str) -> Locator:
    """The question of this type on a viewer's page."""
    return page.locator(f'[data-testid="question"][data-type="{question_type}"]')


def choose(place: Page | Locator, *options: int) -> None:
    """Presses options. The button itself is only for keyboards and screen readers; a finger meets its label."""
    look_at(place)
    for option in options:
        place.locator(f'label:has([data-testid="option-{option}"])').click()


def submit(page: Page) -> None:
    """Hands the answers in, and waits until the server has them."""
    look_at(page)
    page.get_by_test_id("submit-answer").click()
    page.get_by_test_id("answer-saved").wait_for()


def look_at(place: Page | Locator) -> None:
    """Brings a tab to the front: one behind draws once a second, and so a press on it would take its time."""
    (place if isinstance(place, Page) else place.page).bring_to_front()


def confirm(page: Page) -> None:
    """Says yes to what the console asks back."""
    page.locator(".el-message-box__btns button").last.click()
