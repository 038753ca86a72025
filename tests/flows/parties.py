"""Two accounts that have played everything, and what one must never see of the other."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from tests.flows.kinds import upload
from tests.flows.live import Customer, LiveServer, new_customer, send, until, vendor_forms
from tests.harness.receiver import Receiver, Reply
from tests.harness.viewers import Closed, Viewer
from turnout.accounts.caller import LOGIN_COOKIE
from turnout.dialects.native.routes import read_id
from turnout.kernel.ids import Kind

CALLBACK_SECRET = "a secret of callbacks"


def mark() -> str:
    """A text that occurs nowhere else."""
    return f"zq{secrets.token_hex(6)}"


@dataclass
class Party:
    """A customer with rooms, live sessions (one running, one ended), cards in every state, check-ins, draws, viewers, endpoints with a
    feed, deliveries, and a notice.

    ids: native ids by the name of the path parameter that takes them, and those of feeds apart. words: every text of the
    party's. room, running: where the open card is. token: of the viewer who sits there.
    """

    customer: Customer
    room: Any
    running: Any
    ended: Any
    open_card: Any
    viewer: Viewer
    entered: Any
    entry_id: str
    ids: dict[str, list[str]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    @property
    def secrets(self) -> list[str]:
        """Every text that must not reach another account: ids in every form, titles, names, codes, keys."""
        live = self.customer.live
        named = [text for name, texts in self.ids.items() if name != "own_login" for text in texts]
        forms = [form for text in named for form in vendor_forms(live, *read_id(live.ids, text))]
        return [*forms, *self.ids["own_login"], *self.words]

    def leaks_into(self, seen: bytes | str) -> list[str]:
        """Which of the party's texts are in there, in whatever letter case."""
        text = (seen.decode("utf-8", "replace") if isinstance(seen, bytes) else seen).lower()
        return [word for word in self.secrets if word.lower() in text]

    def wake(self) -> None:
        """Lets the viewer answer the pings that have come; one whom the server has given up meanwhile comes back to its seat."""
        try:
            self.viewer.ask({"op": "ping", "id": "awake"})
        except (OSError, Closed):
            self.viewer.close()
            self.viewer = Viewer(self.customer.live.base_url)
            self.viewer.enter(self.room["code"], token=self.entered["token"])

    def views(self) -> dict[str, Any]:
        """All that the account can read of its own, which nothing another account does may change."""
        paths = [
            "/rooms",
            "/callback-endpoints",
            "/callbacks/deliveries",
            "/notices",
            *(f"/callback-endpoints/{endpoint}" for endpoint in self.ids["endpoint"]),
            *(f"/callbacks/feed?endpoint={feed}&after=0" for feed in self.ids["feed"]),
            "/account",
            "/account/entry-keys",
            "/members",
            "/join-links",
            "/api-keys",
            "/audit",
            "/templates",
            *(f"/rooms/{room}/live-sessions" for room in self.ids["room"]),
        ]
        for live_session in self.ids["live_session"]:
            base = f"/live-sessions/{live_session}"
            paths += [base, f"{base}/surveys", f"{base}/checkins", f"{base}/draws", f"{base}/viewers", f"{base}/deliveries"]
            paths += [f"{base}/announcements"]
        paths += [f"/live-sessions/{self.running['id']}/surveys/{self.open_card['id']}/submissions"]
        paths += [f"/deliveries/{delivery}" for delivery in self.ids["delivery"]]
        return {path: self.customer.get(path) for path in paths}


def play(live: LiveServer, receiver: Receiver) -> Party:
    """A new party. Its callbacks go to the receiver; those of its second endpoint are refused there, and so fail; its third is gone, and so
    it is disabled with a notice; its fourth is a feed."""
    words = [mark() for _ in range(25)]
    customer = new_customer(live, words[0])
    customer.log_in()
    endpoints = [_endpoint(customer, f"{receiver.url}/{path}") for path in (words[1], f"{words[2]}/refuse")]
    endpoints += [_blocks(customer, url=f"{receiver.url}/{words[12]}/gone"), _blocks(customer, url=None, name=words[13])]
    statuses = {"refuse": 500, "gone": 410}
    receiver.answer = lambda received: Reply(statuses.get(received.path.rpartition("/")[2], 200))
    room, other_room = customer.room(words[3]), customer.room(words[4])
    ended = customer.live_session(room, words[5])
    early, early_entered = customer.viewer(room, words[6])
    closed = customer.opened(ended, title=words[7], question={"title": words[8], "options": [words[9], "B", "C"]})
    assert early.answer(closed, [1])["op"] == "accepted"
    customer.change(ended, closed, "close")
    customer.post(f"/live-sessions/{ended['id']}/end")
    early.close()
    running = customer.live_session(room, words[10])
    draft = customer.card(running, title=f"{words[7]} draft")
    unpublished = customer.opened(running, title=f"{words[7]} unpublished", publish_on_close=False)
    customer.change(running, unpublished, "close")
    open_card = customer.opened(running, title=f"{words[7]} open")
    entry_id = secrets.token_hex(16)
    viewer = Viewer(live.base_url)
    entered = viewer.enter(room["code"], words[11], entry_id=entry_id)
    checkins = _checkins(customer, running, viewer, words[15:18])
    draws = _draws(customer, running, viewer, words[18:24])
    announcement = customer.post(f"/live-sessions/{running['id']}/announcements", {"text": words[24]})
    assert viewer.answer(open_card, [0])["op"] == "accepted"
    unwanted, unwanted_entered = customer.viewer(room, words[14])
    customer.post(f"/rooms/{room['id']}/viewers/{unwanted_entered['viewer']['id']}/block")
    unwanted.close()
    (notice,) = until(lambda: customer.get("/notices")["notices"], lambda found: bool(found))
    cards = [closed, draft, unpublished, open_card]
    template = customer.post("/templates", {"title": f"{words[7]} template", "questions": [{"title": "?", "options": ["A", "B"]}]})
    invited = customer.post("/join-links", {"label": words[24]})
    created = customer.created
    party = Party(customer, room, running, ended, open_card, viewer, entered, entry_id)
    party.ids = {
        "room": [room["id"], other_room["id"]],
        "live_session": [running["id"], ended["id"]],
        "survey": [card["id"] for card in cards],
        "question": [card["questions"][0]["id"] for card in cards],
        "checkin": [checkin["id"] for checkin in checkins],
        "draw": [draw["id"] for draw in draws],
        "prize": [draw["prizes"][0]["id"] for draw in draws],
        "entry": _entries(customer, running, draws[-1]),
        "viewer": [entered["viewer"]["id"], early_entered["viewer"]["id"], unwanted_entered["viewer"]["id"]],
        "announcement": [announcement["id"]],
        "template": [template["id"]],
        "picture": [upload(customer)],
        "endpoint": [endpoint["id"] for endpoint in endpoints],
        "feed": [endpoints[-1]["id"]],
        "notice": [notice["id"]],
        "delivery": _settled_deliveries(party),
        "own_login": [one["id"] for one in send(live.base_url, "GET", "/api/v1/login/logins", None, customer.cookie).json["logins"]],
        "account": [live.ids.text(Kind.ACCOUNT, created.account_id)],
        "host": [live.ids.text(Kind.HOST, created.host_id)],
        "api_key": [customer.post("/api-keys", {})["api_key"]["id"]],  # not the one that asks
        "member": [live.ids.text(Kind.HOST, created.host_id)],
        "join_link": [invited["join_link"]["id"]],
    }
    shown = customer.secrets
    party.words = [*words, room["code"], other_room["code"], shown.api_key, shown.dialect_keys["csslcloud"], shown.host_login + '"']
    party.words += [invited["url"].partition("#")[2]]
    party.words += [entered["token"], entry_id, CALLBACK_SECRET, customer.cookie["Cookie"].removeprefix(f"{LOGIN_COOKIE}=")]
    return party


def _checkins(customer: Customer, running: Any, viewer: Viewer, words: list[str]) -> list[Any]:
    """One of a list, open and confirmed by somebody who is not on it, and a draft."""
    base = f"/live-sessions/{running['id']}/checkins"
    people = [{"external_id": words[1], "name": words[2]}]
    listed = customer.post(base, {"title": words[0], "expects": "list", "people": people})
    assert viewer.check_in(listed)["op"] == "accepted"
    return [listed, customer.post(base, {"title": f"{words[0]} draft", "draft": True})]


def _draws(customer: Customer, running: Any, viewer: Viewer, words: list[str]) -> list[Any]:
    """One that is decided, with a winner who has filled in the form; an open one that is entered, and a draft with a list."""
    base = f"/live-sessions/{running['id']}/draws"
    prizes = [{"name": words[1], "count": 1, "asks": ["name"]}]
    common = {"prizes": prizes, "who": "tap", "entropy": "offline", "open": True}
    decided = customer.post(base, {"title": words[0], **common})
    assert viewer.enter_draw(decided)["op"] == "accepted"
    customer.post(f"{base}/{decided['id']}/close")
    until(lambda: customer.get(f"{base}/{decided['id']}"), lambda found: found["state"] == "drawn")
    assert viewer.fill_form(decided, decided["prizes"][0]["id"], name=words[2])["op"] == "accepted"
    entered = customer.post(base, {"title": words[3], **common})
    assert viewer.enter_draw(entered)["op"] == "accepted"
    people = [{"external_id": words[4], "name": words[5]}]
    return [decided, entered, customer.post(base, {"title": f"{words[3]} draft", "prizes": prizes, "who": "list", "entrants": people})]


def _entries(customer: Customer, running: Any, draw: Any) -> list[str]:
    found = customer.get(f"/live-sessions/{running['id']}/draws/{draw['id']}/entrants")["entrants"]
    return [entrant["code"] for entrant in found]


def _endpoint(customer: Customer, url: str) -> Any:
    # one failure more in a row, and the breaker of the one that refuses would hold it back
    kinds = ["survey.opened", "survey.closed"]
    return customer.post("/callback-endpoints", {"url": url, "dialect": "quanshi", "secret": CALLBACK_SECRET, "kinds": kinds})


def _blocks(customer: Customer, **settings: Any) -> Any:
    """An endpoint that is told who is blocked."""
    return customer.post("/callback-endpoints", {"dialect": "native", "kinds": ["viewer.blocked"], **settings})


def _settled_deliveries(party: Party) -> list[str]:
    """The deliveries of both live sessions, once each has succeeded or failed, or waits in the feed: two events of two cards, one of a
    third, twice, and one of somebody who was blocked, twice."""
    found: list[str] = []
    for live_session_id, count, waiting in ((party.ended["id"], 4, 0), (party.running["id"], 8, 1)):
        deliveries = until(
            lambda path=f"/live-sessions/{live_session_id}/deliveries": party.customer.get(path)["deliveries"],
            lambda found, count=count, waiting=waiting: (
                len(found) == count and [delivery["state"] for delivery in found].count("due") == waiting
            ),
        )
        assert {delivery["state"] for delivery in deliveries} >= {"succeeded", "failed"}
        found += [delivery["id"] for delivery in deliveries]
    return found
