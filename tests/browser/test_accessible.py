"""Every page, looked at by axe: no serious and no critical finding, in light and in dark."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.steps import Live, come_in, enter
from tests.harness.server import Account

_WEB = Path(__file__).parents[2] / "web"
_AXE = _WEB / "node_modules/axe-core/axe.min.js"
_RUN = """async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
  .filter(({ impact }) => impact === 'serious' || impact === 'critical')
  .map(({ id, nodes }) => [id, ...nodes.slice(0, 4).map(({ html }) => html.slice(0, 160))])"""


@dataclass(frozen=True)
class _Place:
    """A page to look at. route: its path in web/src/routes.ts. ready: what stands there once it is drawn."""

    route: str
    address: str
    ready: str


PLACES = [
    _Place("/r/:code", "/r/{code}", "viewer-name"),
    _Place("/stream/:code", "/stream/{code}#http%3A%2F%2F127.0.0.1%3A9%2Fx.m3u8", "stream-retry"),
    _Place("/proof/:id?", "/proof", "proof-file"),
    _Place("/screen/:room", "/screen/{room}#key={key}", "screen-survey"),
    _Place("/console/login", "/console/login", "login-name"),
    _Place("/console/join", "/console/join#{join}", "join-login"),
    _Place("/console/join", "/console/join", "join-page"),
    _Place("", "/console", "log-out"),
    _Place("guide", "/console/guide", "log-out"),
    _Place("appearance", "/console/appearance", "log-out"),
    _Place("me", "/console/me", "two-step-panel"),
    _Place("account/:tab", "/console/account", "log-out"),
    _Place("account/:tab", "/console/account/members", "member-row"),
    _Place("account/:tab", "/console/account/keys", "key-row"),
    _Place("account/:tab", "/console/account/audit", "audit-row"),
    _Place("rooms", "/console/rooms", "log-out"),
    _Place("rooms/:room", "/console/rooms/{room}", "log-out"),
    _Place("rooms/:room/settings", "/console/rooms/{room}/settings", "settings-title"),
    _Place("live/:liveSession/:tab", "/console/live/{live_session}", "desk-tool"),
    _Place("live/:liveSession/:tab", "/console/live/{live_session}/surveys", "host-card"),
    _Place("live/:liveSession/:tab", "/console/live/{live_session}/checkins", "host-checkin"),
    _Place("live/:liveSession/:tab", "/console/live/{live_session}/draws", "host-draw"),
    _Place("live/:liveSession/:tab", "/console/live/{live_session}/people", "log-out"),
    _Place("live/:liveSession/:tab", "/console/live/{live_session}/deliveries", "log-out"),
    _Place("bank", "/console/bank", "log-out"),
    _Place("bank/new", "/console/bank/new", "log-out"),
    _Place("bank/import", "/console/bank/import", "log-out"),
    _Place("bank/:template", "/console/bank/{template}", "log-out"),
    _Place("endpoints", "/console/endpoints", "log-out"),
    _Place("endpoints/deliveries", "/console/endpoints/deliveries", "log-out"),
    _Place("endpoints/new", "/console/endpoints/new", "log-out"),
    _Place("endpoints/:endpoint", "/console/endpoints/{endpoint}", "log-out"),
    _Place("endpoints/:endpoint/settings", "/console/endpoints/{endpoint}/settings", "log-out"),
    _Place("/:rest(.*)*", "/r/", "not-found"),
]
"""Every page. A new route is a new line here."""


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


@pytest.fixture
def addresses(live: Live) -> Iterator[dict[str, str]]:
    """Ids for the addresses' places, of a live session in which something of each kind stands."""
    client, live_session = live.client, live.live_session.id
    client.create_checkin(live_session, "Morning")
    client.create_draw(live_session, "Lucky", [{"name": "Cup", "count": 1}], who="tap", entropy="offline")
    live.opened("exam", "Exam", [{"title": "Which?", "options": ["North", "East"], "right_options": [1]}])
    template = client.create_template("answer_card", "Card", [{"title": "Which?", "options": ["A", "B"]}])
    endpoint = client.create_endpoint("http://127.0.0.1:9/x", "native", name="Ours", room=live.room.id)
    join = client.create_join_link()
    yield {
        "code": live.room.code,
        "room": live.room.id,
        "live_session": live_session,
        "template": template.id,
        "endpoint": endpoint.id,
        "join": urlsplit(join.url).fragment,
        "key": client.make_screen_link(live.room.id).screen_url.partition("#key=")[2],
    }
    client.remove_endpoint(endpoint.id)
    client.revoke_join_link(join.join_link.id)


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
        if place.route not in ("/r/:code", "/console/login", "/console/join", "/screen/:room", "/stream/:code"):
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
