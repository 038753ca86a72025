"""Every page, looked at by axe: no serious and no critical finding, in light and in dark."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.places import PLACES
from tests.browser.steps import Live, come_in, enter
from tests.harness.server import Account

_WEB = Path(__file__).parents[2] / "web"
_AXE = _WEB / "node_modules/axe-core/axe.min.js"
_RUN = """async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
  .filter(({ impact }) => impact === 'serious' || impact === 'critical')
  .map(({ id, nodes }) => [id, ...nodes.slice(0, 4).map(({ html }) => html.slice(0, 160))])"""


def _findings(page: Page) -> list[Any]:
    """What axe has against the page as it stands."""
    page.evaluate(_AXE.read_text())
    found: list[Any] = page.evaluate(_RUN)
    return found


@pytest.fixture(scope="module")
def desk(browser: Browser) -> Iterator[Callable[[str, str], Page]]:
    """A host's browser window: in this colour scheme and language."""
    contexts = []

    def opened(scheme: str, locale: str) -> Page:
        context = browser.new_context(
            viewport={"width": 1440, "height": 900},
            locale=locale,
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
            bypass_csp=True,  # axe is put into pages whose policy would refuse it
        )
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def test_every_page_is_in_the_table() -> None:
    """A route that nobody has put into PLACES fails here."""
    source = (_WEB / "src/routes.ts").read_text()
    routes = {re.sub(r"\(.*\)\?$", "", path) for path in re.findall(r"path: '([^']+)'(?:, name: '\w+')?, component", source)}
    assert len(routes) > 15
    missing = {route for route in routes if route not in {place.route for place in PLACES}}
    assert missing == set()


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-US"), ("dark", "zh-CN")])
def test_no_serious_finding(
    account: Account, live: Live, addresses: dict[str, str], desk: Callable[[str, str], Page], scheme: str, locale: str
) -> None:
    """On no page, neither in light and English nor in dark and Chinese."""
    page = desk(scheme, locale)
    found: dict[str, Any] = {}
    for place in PLACES:
        page.context.clear_cookies()
        if place.needs_login:
            come_in(page, account, live)
        page.goto(live.client.base_url + place.address.format(**addresses))
        page.get_by_test_id(place.ready).first.wait_for()
        page.wait_for_load_state("networkidle")
        findings = _findings(page)
        if findings:
            found[place.address] = findings
    assert found == {}


@pytest.mark.parametrize(("scheme", "locale"), [("light", "zh-CN"), ("dark", "en-US")])
def test_inside_the_room(live: Live, addresses: dict[str, str], desk: Callable[[str, str], Page], scheme: str, locale: str) -> None:
    """A viewer with an open exam, a check-in and, later, a result."""
    page = desk(scheme, locale)
    enter(page, live.address, "林晓")
    page.get_by_test_id("question").first.wait_for()
    assert _findings(page) == []
    for survey in live.client.list_surveys(live.live_session.id):
        live.close(survey)
    page.get_by_test_id("result").first.wait_for()
    assert _findings(page) == []
