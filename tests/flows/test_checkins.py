"""Check-ins over real HTTP and real sockets, from the host's call to the customer's own systems."""

import itertools
import json
import random
from typing import Any

import pytest

from tests.flows.live import Customer, LiveServer, new_customer, until
from tests.harness.receiver import receiving
from tests.harness.viewers import Message, Viewer
from turnout.client import CsslcloudClient, NativeClient, QuanshiSignInMessage, decode_quanshi
from turnout.kernel.ids import Kind

COUNTS = ("expected", "confirmed", "rate", "unexpected", "version")


def is_news(kind: str) -> Any:
    return lambda message: message.get("op") == "publication" and message["kind"] == kind


def tally_of(confirmed: int) -> Any:
    return lambda message: message.get("op") == "checkin_tally" and message["confirmed"] == confirmed


def begin(customer: Customer, live: Any, **settings: Any) -> Any:
    return customer.post(f"/live-sessions/{live['id']}/checkins", {"title": "There?", **settings})


def change(customer: Customer, live: Any, checkin: Any, move: str) -> Any:
    return customer.post(f"/live-sessions/{live['id']}/checkins/{checkin['id']}/{move}")


def test_the_whole_path(customer: Customer, live_server: LiveServer) -> None:
    """Start, taps, tallies, close; viewers, host, Quanshi's receiver and CC's roll call hear the same."""
    customer.log_in()
    room = customer.room()
    live = customer.live_session(room)
    host, watching = customer.host_socket(live)
    assert watching["snapshot"]["checkins"] == []
    (vera, entered), (wang, _) = (customer.viewer(room, name) for name in ("Vera", "Wang"))
    with receiving() as receiver:
        customer.post("/callback-endpoints", {"url": f"{receiver.url}/q", "dialect": "quanshi"})
        checkin = begin(customer, live, time_limit_s=600, show_counts=True)
        assert (checkin["state"], checkin["expected"], checkin["confirmed"], checkin["rate"]) == ("open", 2, 0, 0)
        opened = vera.wait_for(is_news("checkin.opened"))["checkin"]
        assert (opened["id"], opened["closes_at"]) == (checkin["id"], checkin["closes_at"])
        assert "expects" not in opened
        assert vera.check_in(checkin, "tap")["op"] == "accepted"
        assert vera.check_in(checkin, "tap")["op"] == "accepted"
        assert vera.check_in(checkin, "again")["error"]["code"] == "already_checked_in"
        for listener in (wang, host):
            told = listener.wait_for(tally_of(1))
            assert (told["checkin"], told["expected"], told["rate"], told["unexpected"]) == (checkin["id"], 2, 50, 0)
        (own,) = vera.own()
        assert own["checkin"] == checkin["id"]
        assert wang.own() == []
        late, told_late = customer.viewer(room, "Late")
        assert told_late["snapshot"]["checkins"][0]["id"] == checkin["id"]
        closed = change(customer, live, checkin, "close")
        assert [closed[name] for name in COUNTS[:4]] == [3, 1, 33, 0]
        assert late.check_in(checkin)["error"]["code"] == "too_late"
        for listener in (vera, wang, host):
            shown = listener.wait_for(is_news("checkin.closed"))["checkin"]
            assert [shown[name] for name in COUNTS] == [closed[name] for name in COUNTS]
        start, end = until(lambda: receiver.received, lambda found: len(found) == 2)
    messages = [decode_quanshi(received.body) for received in (start, end)]
    assert all(isinstance(message, QuanshiSignInMessage) for message in messages)
    numbers = [(m.type, m.data.sign_count, m.data.un_sign_count, m.data.sign_rate, m.data.duration) for m in messages]  # type: ignore[union-attr]
    assert numbers == [(1, 0, 0, 0, 600), (2, 1, 2, 33, 600)]
    people = customer.get(f"/live-sessions/{live['id']}/checkins/{checkin['id']}/people")["people"]
    assert [(person["name"], person["confirmed_at"] is not None) for person in people] == [("Vera", True), ("Wang", False), ("Late", False)]
    assert own["confirmed_at"] == people[0]["confirmed_at"]
    ids = live_server.ids
    userid = ids.hex16(Kind.ACCOUNT, customer.created.account_id)
    client = CsslcloudClient(live_server.base_url, userid, customer.secrets.dialect_keys["csslcloud"])
    page = client.list_roll_calls(ids.hex16(Kind.LIVE_SESSION, ids.parse_text(Kind.LIVE_SESSION, live["id"])))
    assert [(entry.user_name, entry.roll_call_status) for entry in page.data] == [("Vera", 1), ("Wang", 0), ("Late", 0)]
    back = customer.connect()
    again = back.enter(room["code"], token=entered["token"])
    assert again["mine"] == [own]
    assert [shown["state"] for shown in again["snapshot"]["checkins"]] == ["closed"]


def test_counts_stay_with_the_host_unless_shown(customer: Customer) -> None:
    """Viewers hear that it is open and over, and not how many; a draft they never hear of."""
    customer.log_in()
    room = customer.room()
    live = customer.live_session(room)
    host, _ = customer.host_socket(live)
    vera, _ = customer.viewer(room, "Vera")
    draft = begin(customer, live, title="Prepared", draft=True)
    assert (draft["state"], draft["opened_at"]) == ("draft", None)
    assert vera.check_in(draft)["error"]["code"] == "checkin_not_open"
    checkin = change(customer, live, begin(customer, live, title="Prepared too", draft=True), "open")
    assert vera.check_in(checkin)["op"] == "accepted"
    host.wait_for(tally_of(1))
    change(customer, live, checkin, "close")
    shown = vera.wait_for(is_news("checkin.closed"))["checkin"]
    assert not set(shown) & set(COUNTS)
    withdrawn = begin(customer, live)
    change(customer, live, withdrawn, "withdraw")
    change(customer, live, draft, "withdraw")
    assert vera.wait_for(is_news("checkin.withdrawn"))["checkin"]["id"] == withdrawn["id"]
    vera.ask({"op": "ping", "id": "flush"})
    assert not [message for message in vera.seen if message["op"] == "checkin_tally"]
    assert draft["id"] not in json.dumps(vera.seen)
    newcomer = customer.connect().enter(room["code"], "New")
    assert [shown["id"] for shown in newcomer["snapshot"]["checkins"]] == [checkin["id"]]


def test_a_list_with_somebody_who_never_comes(customer: Customer, live_server: LiveServer) -> None:
    """Over the client for Python: names of the absent are told, a stranger counts apart, one check-in is open at a time."""
    room = customer.room()
    live = customer.live_session(room)
    vera, entered = customer.viewer(room, "Vera")
    stranger, _ = customer.viewer(room, "Stranger")
    with NativeClient(live_server.base_url, customer.secrets.api_key) as client:
        people = [{"viewer": entered["viewer"]["id"]}, {"external_id": "staff-1025", "name": "Li Na"}]
        checkin = client.create_checkin(live["id"], "On the list?", people=people, show_counts=True)
        assert (checkin.expects, checkin.expected) == ("list", 2)
        assert [viewer.check_in({"id": checkin.id})["op"] for viewer in (vera, stranger)] == ["accepted", "accepted"]
        refused = customer.call("POST", f"/live-sessions/{live['id']}/checkins", {"title": "Another"})
        assert (refused.status, refused.code) == (409, "another_checkin_open")
        closed = client.close_checkin(live["id"], checkin.id)
        assert (closed.expected, closed.confirmed, closed.rate, closed.unexpected) == (2, 1, 50, 1)
        found = {person.name: person for person in client.list_checkin_people(live["id"], checkin.id)}
        assert (found["Li Na"].viewer, found["Li Na"].external_id, found["Li Na"].confirmed_at) == (None, "staff-1025", None)
        assert (found["Stranger"].expected, found["Vera"].expected) == (False, True)
        assert [one.id for one in client.list_checkins(live["id"])] == [checkin.id]
        assert client.get_names(checkin.id).quanshi.keys() == {"signId"}
        assert client.get_names(checkin.id).csslcloud.keys() == {"roll_call_id"}
    absent = customer.get(f"/live-sessions/{live['id']}/checkins/{checkin.id}/people?confirmed=false&limit=1")
    assert [person["name"] for person in absent["people"]] == ["Li Na"]


def test_it_closes_by_itself(customer: Customer) -> None:
    """At its moment, to the microsecond."""
    room = customer.room()
    live = customer.live_session(room)
    viewer, _ = customer.viewer(room)
    checkin = begin(customer, live, time_limit_s=1)
    closed = viewer.wait_for(is_news("checkin.closed"))["checkin"]
    assert (closed["closed_by"], closed["closed_at"]) == ("time_limit", checkin["closes_at"])


def test_it_closes_after_a_restart(live_server: LiveServer) -> None:
    """What was overdue while the server was down is closed at the moment it should have been."""
    customer = new_customer(live_server)
    live = customer.live_session(customer.room())
    checkin = begin(customer, live, time_limit_s=30)
    live_server.stop()
    live_server.clock.advance(3_600)
    live_server.start()
    path = f"/live-sessions/{live['id']}/checkins/{checkin['id']}"
    closed = until(lambda: customer.get(path), lambda found: found["state"] == "closed")
    assert (closed["closed_by"], closed["closed_at"]) == ("time_limit", checkin["closes_at"])


def test_creating_twice_makes_one(customer: Customer) -> None:
    """Under one Idempotency-Key, though the first is open by then."""
    live = customer.live_session(customer.room())
    path, key = f"/live-sessions/{live['id']}/checkins", {"Idempotency-Key": "order-1"}
    first, again = (customer.call("POST", path, {"title": "There?"}, key) for _ in range(2))
    assert (first.status, first.json["id"]) == (again.status, again.json["id"])
    assert len(customer.get(path)["checkins"]) == 1


class Picture:
    """A client that folds check-ins by the rules of docs/socket.md."""

    def __init__(self) -> None:
        self.position = -1
        self.epoch = ""
        self.checkins: list[dict[str, Any]] = []

    def take(self, message: Message) -> None:
        """One message, in the order in which they came."""
        op = message["op"]
        if op in ("entered", "watching") and "snapshot" in message:
            snapshot = message["snapshot"]
            self.epoch, self.position, self.checkins = snapshot["epoch"], snapshot["position"], snapshot["checkins"]
        elif op in ("entered", "watching"):
            for told in (*message["publications"], *message["tallies"]):
                self.take(told)
        elif op == "publication" and message["position"] > self.position:
            assert message["previous"] <= self.position
            self.position = message["position"]
            if "checkin" in message:
                self._replace(message["checkin"])
        elif op == "checkin_tally":
            for known in self.checkins:
                if known["id"] == message["checkin"] and message["version"] > known.get("version", -1):
                    known |= {name: message[name] for name in COUNTS}

    def _replace(self, checkin: dict[str, Any]) -> None:
        if checkin["state"] == "withdrawn":
            self.checkins = [known for known in self.checkins if known["id"] != checkin["id"]]
            return
        for place, known in enumerate(self.checkins):
            if known["id"] == checkin["id"]:
                newer = {name: known[name] for name in COUNTS if known.get("version", -1) > checkin.get("version", -1) and name in known}
                self.checkins[place] = checkin | newer
                return
        self.checkins.insert(0, checkin)


@pytest.mark.parametrize("seed", range(3))
def test_snapshot_and_news_are_a_fresh_snapshot(customer: Customer, seed: int) -> None:
    """Whatever happens to check-ins, also with connections lost and come back: viewers' and hosts' pictures are what a newcomer gets."""
    chance = random.Random(seed)  # noqa: S311 - what happens shall happen again in the next run
    customer.log_in()
    room = customer.room()
    live = customer.live_session(room)
    host, _ = customer.host_socket(live)
    people = {name: customer.viewer(room, name) for name in ("one", "two")}
    pictures = {name: (viewer, Picture()) for name, (viewer, _) in people.items()} | {"host": (host, Picture())}
    for step in range(24):
        open_ones = _open_ones(customer, live)
        match chance.choice(["begin", "begin", "confirm", "confirm", "enter", "close", "withdraw", "lose"]):
            case "begin" if not open_ones:
                begin(customer, live, show_counts=chance.random() < 0.6, late=chance.choice(["counted", "not_expected"]))
            case "confirm" if open_ones:
                for viewer, _ in itertools.islice(pictures.values(), 2):
                    viewer.check_in(open_ones[0])
            case "enter":
                customer.viewer(room, f"Guest {step}")
            case "close" | "withdraw" as move if open_ones:
                change(customer, live, open_ones[0], move)
            case "lose":
                _come_back(customer, room, people["one"][1]["token"], pictures)
    ended = next(iter(_open_ones(customer, live)), None) or begin(customer, live, title="Last", show_counts=True)
    change(customer, live, ended, "close")
    fresh = customer.connect().enter(room["code"], "Newcomer")["snapshot"]["checkins"]
    fresh_host = customer.host_socket(live)[1]["snapshot"]["checkins"]
    for name, (line, picture) in pictures.items():
        line.wait_for(lambda message: message.get("kind") == "checkin.closed" and message["checkin"]["id"] == ended["id"])
        line.ask({"op": "ping", "id": "flush"})
        for message in line.seen:
            picture.take(message)
        assert picture.checkins == (fresh_host if name == "host" else fresh), name


def _open_ones(customer: Customer, live: Any) -> list[Any]:
    return [one for one in customer.get(f"/live-sessions/{live['id']}/checkins")["checkins"] if one["state"] == "open"]


def _come_back(customer: Customer, room: Any, token: str, pictures: dict[str, tuple[Viewer, Picture]]) -> None:
    line, picture = pictures["one"]
    for message in line.seen:
        picture.take(message)
    line.close()
    again = customer.connect()
    assert again.enter(room["code"], token=token, epoch=picture.epoch, position=picture.position)["op"] == "entered"
    pictures["one"] = (again, picture)
