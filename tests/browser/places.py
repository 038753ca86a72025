"""Every page of the web client, for the tests that look at all of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.browser.steps import Live

_OPEN = ("/r/:code", "/stream/:code", "/proof/:id?", "/screen/:room", "/console/login", "/console/join", "/:rest(.*)*")


@dataclass(frozen=True)
class Place:
    """A page to look at. route: its path in web/src/routes.ts. ready: what stands there once it is drawn. asks: whether it needs an answer
    of the API; what needs none has nothing to say while there is none."""

    route: str
    address: str
    ready: str
    asks: bool = True

    @property
    def needs_login(self) -> bool:
        """Whether one has to be logged in to see it."""
        return self.route not in _OPEN


PLACES = [
    Place("/r/:code", "/r/{code}", "viewer-name", asks=False),
    Place("/stream/:code", "/stream/{code}#http%3A%2F%2F127.0.0.1%3A9%2Fx.m3u8", "stream-retry", asks=False),
    Place("/proof/:id?", "/proof", "proof-file", asks=False),
    Place("/proof/:id?", "/proof/{draw}", "proof-missing"),
    Place("/screen/:room", "/screen/{room}#key={key}", "screen-survey", asks=False),
    Place("/console/login", "/console/login", "login-name"),
    Place("/console/join", "/console/join#{join}", "join-login"),
    Place("/console/join", "/console/join", "join-page", asks=False),
    Place("", "/console", "running-card"),
    Place("guide", "/console/guide", "guide-room"),
    Place("appearance", "/console/appearance", "theme-name"),
    Place("me", "/console/me", "two-step-panel"),
    Place("account/:tab", "/console/account", "account-id"),
    Place("account/:tab", "/console/account/members", "member-row"),
    Place("account/:tab", "/console/account/keys", "key-row"),
    Place("account/:tab", "/console/account/audit", "audit-row"),
    Place("rooms", "/console/rooms", "room"),
    Place("rooms/:room", "/console/rooms/{room}", "running-live-session"),
    Place("rooms/:room/settings", "/console/rooms/{room}/settings", "settings-title"),
    Place("live/:liveSession/:tab", "/console/live/{live_session}", "desk-tool"),
    Place("live/:liveSession/:tab", "/console/live/{live_session}/surveys", "host-card"),
    Place("live/:liveSession/:tab", "/console/live/{live_session}/checkins", "host-checkin"),
    Place("live/:liveSession/:tab", "/console/live/{live_session}/draws", "host-draw"),
    Place("live/:liveSession/:tab", "/console/live/{live_session}/people", "live-state"),
    Place("live/:liveSession/:tab", "/console/live/{live_session}/deliveries", "delivery-row"),
    Place("bank", "/console/bank", "template-row"),
    Place("bank/new", "/console/bank/new", "template-name", asks=False),
    Place("bank/import", "/console/bank/import", "import-file", asks=False),
    Place("bank/:template", "/console/bank/{template}", "template-name"),
    Place("endpoints", "/console/endpoints", "endpoint-row"),
    Place("endpoints/deliveries", "/console/endpoints/deliveries", "delivery-row"),
    Place("endpoints/new", "/console/endpoints/new", "endpoint-url"),
    Place("endpoints/:endpoint", "/console/endpoints/{endpoint}", "endpoint-state"),
    Place("endpoints/:endpoint/settings", "/console/endpoints/{endpoint}/settings", "endpoint-url"),
    Place("/:rest(.*)*", "/r/", "not-found", asks=False),
]
"""Every page. A new route is a new line here."""


@contextmanager
def prepared(live: Live) -> Iterator[dict[str, str]]:
    """Ids for the addresses' places, of a live session in which something of each kind stands."""
    client, live_session = live.client, live.live_session.id
    endpoint = client.create_endpoint("http://127.0.0.1:9/x", "native", name="Ours", room=live.room.id)
    client.create_checkin(live_session, "Morning")
    draw = client.create_draw(live_session, "Lucky", [{"name": "Cup", "count": 1}], who="tap", entropy="offline")
    live.opened("exam", "Exam", [{"title": "Which?", "options": ["North", "East"], "right_options": [1]}])
    template = client.create_template("answer_card", "Card", [{"title": "Which?", "options": ["A", "B"]}])
    join = client.create_join_link()
    yield {
        "code": live.room.code,
        "room": live.room.id,
        "live_session": live_session,
        "template": template.id,
        "endpoint": endpoint.id,
        "draw": draw.id,
        "join": urlsplit(join.url).fragment,
        "key": client.make_screen_link(live.room.id).screen_url.partition("#key=")[2],
    }
    client.remove_endpoint(endpoint.id)
    client.revoke_join_link(join.join_link.id)
