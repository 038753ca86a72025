"""A server that answers nothing but errors, or cannot be reached: every view says so in words, claims nothing that it does not know, and
goes on without being loaded again once the server answers."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, WebSocketRoute
from playwright.sync_api import TimeoutError as TooLong

from tests.browser.places import PLACES, Place
from tests.browser.steps import Live, come_in
from tests.harness.server import Account

_SAID = '[data-testid="error"], [data-testid="proof-away"], [data-testid="link-lost"]'
"""How a view says that something is wrong."""

_RAW = re.compile(r"undefined|null|NaN|object|\b[45]\d\d\b|[<>{}]|\b[a-z]+[._][a-zA-Z]")
"""What nobody should have to read: values, statuses, markup, keys of words and codes."""

_LONGEST_PAUSE_MS = 16_000
"""Nothing waits longer before it asks again."""

_PATIENCE_MS = 8_000


@dataclass
class Outage:
    """What is wrong between a browser and the server. answer: what becomes of a call; None: nothing is wrong. through: calls that are
    spared. hit: what was asked for meanwhile. thrown: what the page threw."""

    answer: Callable[[Route], None] | None = None
    through: re.Pattern[str] | None = None
    sockets_too: bool = False
    hit: list[str] = field(default_factory=list)
    thrown: list[str] = field(default_factory=list)

    def call(self, route: Route) -> None:
        """A call of the API, or an event stream where sockets are away."""
        asked = route.request.url.partition("/api/v1")[2]
        # whoever looks is logged in
        if self.answer is None or asked == "/login" or (self.through and self.through.search(asked)):
            return route.continue_()
        if asked.partition("?")[0] != "/notices":  # they stand above every page
            self.hit.append(asked)
        return self.answer(route)

    def line(self, socket: WebSocketRoute) -> None:
        """A socket."""
        if self.answer is not None and self.sockets_too:
            socket.close(code=1013)
        else:
            socket.connect_to_server()


def _fails(route: Route) -> None:
    """As a proxy says it whose server has fallen over: nothing in our form, and not a word for people."""
    route.fulfill(status=500, content_type="text/html", body="<html><h1>500 Internal Server Error</h1></html>")


def _away(route: Route) -> None:
    """The network ends here."""
    route.abort("connectionrefused")


Window = Callable[[str], tuple[Page, Outage]]


@pytest.fixture
def window(browser: Browser) -> Iterator[Window]:
    """Opens a host's browser window in this language, with what will go wrong for it. Its clock can be set forward, so that no test waits
    for the next try."""
    contexts = []

    def opened(locale: str) -> tuple[Page, Outage]:
        outage = Outage()
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale=locale, reduced_motion="reduce")
        contexts.append(context)
        context.set_default_timeout(_PATIENCE_MS)
        context.clock.install()
        context.route(lambda url: urlsplit(url).path.startswith(("/api/v1/", "/live/")), outage.call)
        context.route_web_socket("**/ws", outage.line)
        context.on("weberror", lambda error: outage.thrown.append(str(error.error)))
        return context.new_page(), outage

    yield opened
    for context in contexts:
        context.close()


def _shows_who_has_not_answered(page: Page) -> None:
    page.get_by_test_id("view-people").click()
    page.get_by_test_id("filter-who").select_option("unanswered")


@dataclass(frozen=True)
class View:
    """What is looked at. ready: what stands there when all is well. says: it has something to say during an outage. through: the calls that
    are answered even so. unknown: nothing that is `ready` may stand there while it cannot be known. look: what to press first."""

    address: str
    ready: str
    says: bool = True
    through: str = ""
    unknown: bool = False
    look: Callable[[Page], None] = lambda _page: None


_LIVE = "/console/live/{live_session}"
_PARTS = [
    View("/console", ".past .none, [data-testid=lately-row]", through=r"^/rooms$|state=running", unknown=True),
    View("/console/guide", "[data-testid=guide-room]", through="^/templates", unknown=True),
    View("/console/me", "[data-testid=own-login]", through="two-step", unknown=True),
    View("/console/bank", "[data-testid=bank-search]", unknown=True),
    View("/console/rooms/{room}", "text=Nothing here yet", through="^/rooms/[^/]+$", unknown=True),
    View("/console/rooms/{room}/settings", "text=Nobody is blocked", through="^/rooms/[^/]+$", unknown=True),
    View("/console/endpoints/{endpoint}", "[data-testid=count-due]", through="^/endpoints/[^/]+$|^/deliveries", unknown=True),
    View(f"{_LIVE}/checkins", "text=Nobody matches", unknown=True),
    View(f"{_LIVE}/surveys", "text=Everybody who was online has answered", unknown=True, look=_shows_who_has_not_answered),
]
"""Parts of views, where the rest is there; each says itself that it is not."""


def _is_there(found: Locator) -> bool:
    """Soon, if not yet."""
    try:
        found.first.wait_for()
    except TooLong:
        return False
    return True


def _is_gone(found: Locator) -> bool:
    """Soon, if not yet: all of it."""
    try:
        found.filter(visible=True).first.wait_for(state="hidden")
    except TooLong:
        return False
    return True


def _said_badly(page: Page) -> list[str]:
    """What the page says of the trouble that is no sentence for people."""
    texts = [text.strip() for text in page.locator(_SAID).all_inner_texts()]
    is_chinese = page.evaluate("document.documentElement.lang").startswith("zh")
    return [text for text in texts if len(text) < 4 or _RAW.search(text) or (is_chinese and not re.search("[一-鿿]", text))]


def _faults(page: Page, outage: Outage, view: View, address: str) -> list[str]:
    """What is wrong with a view during an outage, and after it."""
    outage.hit.clear()
    outage.thrown.clear()
    page.goto(address)
    view.look(page)
    said, loading, ready = page.locator(_SAID), page.get_by_test_id("loading"), page.locator(view.ready)
    faults = []
    if view.says:
        faults += [] if _is_there(said) else ["says nothing"]
        # a line that comes back by itself says so above what it loads
        faults += [] if page.get_by_test_id("link-lost").count() or _is_gone(loading) else ["loads for ever"]
        faults += [f"says: {text}" for text in _said_badly(page)]
        faults += [f"shows {view.ready} and cannot know"] if view.unknown and ready.count() else []
    elif not _is_there(ready) or outage.hit:
        faults += [f"asks for {sorted(set(outage.hit))}, against the table" if outage.hit else f"does not show {view.ready}"]

    answer, outage.answer = outage.answer, None
    page.clock.fast_forward(_LONGEST_PAUSE_MS)
    if page.get_by_test_id("proof-away").count():
        page.get_by_test_id("proof-away").get_by_role("button").click()
    faults += [] if _is_there(ready) else [f"does not show {view.ready} once the server is back"]
    faults += [] if _is_gone(said) else [f"still says: {text}" for text in said.all_inner_texts()]
    faults += [] if _is_gone(loading) else ["loads for ever once the server is back"]
    outage.answer = answer
    return faults + [f"throws {error}" for error in outage.thrown]


def _all_faults(page: Page, outage: Outage, views: list[View], live: Live, ids: dict[str, str]) -> dict[str, list[str]]:
    """By address, of the views that have any."""
    found = {}
    for view in views:
        outage.through = re.compile(view.through) if view.through else None
        found[view.address] = _faults(page, outage, view, live.client.base_url + view.address.format(**ids))
    return {address: faults for address, faults in found.items() if faults}


def _view(place: Place, *, says: bool | None = None) -> View:
    return View(place.address, f'[data-testid="{place.ready}"]', place.asks if says is None else says)


def test_every_view_says_that_the_server_fails(account: Account, live: Live, addresses: dict[str, str], window: Window) -> None:
    """In words, without lines that load for ever; and shows what it is for once the server answers. What asks nothing of the server stands
    as ever."""
    page, outage = window("en-US")
    outage.answer = _fails
    open_to_all = [_view(place) for place in PLACES if not place.needs_login]
    of_hosts = [_view(place) for place in PLACES if place.needs_login]
    found = _all_faults(page, outage, open_to_all, live, addresses)
    come_in(page, account, live)
    assert found | _all_faults(page, outage, of_hosts, live, addresses) == {}


def test_a_view_claims_nothing_it_does_not_know(account: Account, live: Live, addresses: dict[str, str], window: Window) -> None:
    """A part of a view that could not be fetched says so, and not that it is empty."""
    page, outage = window("en-US")
    come_in(page, account, live)
    outage.answer = _fails
    assert _all_faults(page, outage, _PARTS, live, addresses) == {}


def test_the_network_is_away(account: Account, live: Live, addresses: dict[str, str], window: Window) -> None:
    """Neither calls nor sockets come through: the same, in Chinese, of a sample that has one of each way to fetch."""
    page, outage = window("zh-CN")
    outage.answer, outage.sockets_too = _away, True
    views = {place.address: _view(place, says=True) for place in PLACES}
    outside = ["/r/{code}", "/screen/{room}#key={key}", "/proof/{draw}", "/console/login"]
    inside = ["/console/rooms", "/console/bank", "/console/live/{live_session}"]
    found = _all_faults(page, outage, [views[address] for address in outside], live, addresses)
    come_in(page, account, live)
    assert found | _all_faults(page, outage, [views[address] for address in inside], live, addresses) == {}
