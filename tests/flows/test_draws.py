"""Draws over real HTTP and real sockets, from the host's call to the customer's own systems."""

import csv
import io
import json
import random
from typing import Any

import pytest

from tests.flows.live import Customer, LiveServer, new_customer, send, until
from tests.flows.test_unpublished import check
from tests.harness.receiver import Receiver, receiving
from tests.harness.viewers import Message, Viewer
from turnout.client import (
    NativeClient,
    NativeDrawData,
    NativePrizeDrawnData,
    NativeRefused,
    decode_native,
    verify_draw_membership,
    verify_draw_proof,
)

PRIZES = [{"name": "A headset", "count": 1, "asks": ["name", "phone"]}, {"name": "A mug", "count": 5}]
PHONE = "13800138000"


def is_news(kind: str) -> Any:
    return lambda message: message.get("op") == "publication" and message["kind"] == kind


def path_of(live: Any, draw: Any = None, *more: str) -> str:
    return "/".join((f"/live-sessions/{live['id']}/draws", *([draw["id"]] if draw else []), *more))


def begin(customer: Customer, live: Any, **settings: Any) -> Any:
    """A draw that taps enter, open, decided without a network."""
    return customer.post(path_of(live), {"title": "Lucky", "prizes": PRIZES, "who": "tap", "entropy": "offline", "open": True, **settings})


def finish(customer: Customer, live: Any, draw: Any) -> Any:
    """Closes it and waits for its winners."""
    customer.post(path_of(live, draw, "close"))
    return until(lambda: customer.get(path_of(live, draw)), lambda found: found["state"] == "drawn")


def told_of(receiver: Receiver, count: int) -> list[Any]:
    """So many native callbacks, read."""
    return [decode_native(received.body) for received in until(lambda: receiver.received, lambda found: len(found) == count)]


def proof_of(live_server: LiveServer, draw: Any) -> bytes:
    reply = send(live_server.base_url, "GET", f"/api/v1/proofs/{draw['id']}")
    assert reply.status == 200, reply
    return reply.body


def test_the_whole_path(customer: Customer, live_server: LiveServer) -> None:
    """Commitment, taps, tallies, close, winners, forms; viewers, host and receiver hear the same, and the proof holds."""
    customer.log_in()
    room = customer.room()
    live = customer.live_session(room)
    host, watching = customer.host_socket(live)
    assert watching["snapshot"]["draws"] == []
    (vera, entered), (wang, _), (late, _) = (customer.viewer(room, name) for name in ("Vera", "Wang", "Late"))
    with receiving() as receiver:
        customer.post("/callback-endpoints", {"url": f"{receiver.url}/n", "dialect": "native"})
        draw = begin(customer, live)
        committed = vera.wait_for(is_news("draw.committed"))["draw"]
        assert (committed["state"], committed["commitment_sha256"]) == ("committed", draw["commitment_sha256"])
        assert vera.wait_for(is_news("draw.opened"))["draw"]["opened_at"] == draw["opened_at"]
        assert vera.enter_draw(draw, "tap", salt="ab")["op"] == "accepted"
        assert vera.enter_draw(draw, "tap", salt="ab")["op"] == "accepted"
        assert vera.enter_draw(draw, "again")["error"]["code"] == "already_in_draw"
        assert vera.enter_draw(draw, "odd", salt="a")["error"]["field"] == "salt"
        assert wang.enter_draw(draw)["op"] == "accepted"
        for listener in (late, host):
            assert listener.wait_for(lambda message: message.get("op") == "draw_tally" and message["entered"] == 2)["draw"] == draw["id"]
        (own,) = vera.own()
        assert own == {"draw": draw["id"], "entered": True, "code": entered["viewer"]["id"], "prizes": []}
        assert late.own() == []
        drawn = finish(customer, live, draw)
        assert late.enter_draw(draw)["error"]["code"] == "draw_not_open"
        for listener in (vera, wang, host):
            closed = listener.wait_for(is_news("draw.closed"))["draw"]
            assert (closed["fingerprint"], closed["entered"], closed["winners"]) == (drawn["fingerprint"], 2, [])
            assert listener.wait_for(is_news("draw.drawn"))["draw"]["winners"] == drawn["winners"]
        messages = told_of(receiver, 6)
    assert [message.kind for message in messages if message.kind != "draw.prize_drawn"] == [
        "draw.committed",
        "draw.opened",
        "draw.closed",
        "draw.drawn",
    ]
    pages = [message.data for message in messages if isinstance(message.data, NativePrizeDrawnData)]
    assert sorted((page.prize.name, page.pages, len(page.winners)) for page in pages) == [("A headset", 1, 1), ("A mug", 1, 1)]
    assert {winner.name for page in pages for winner in page.winners} == {"Vera", "Wang"}
    winners = customer.get(path_of(live, draw, "winners"))["winners"]
    assert [(winner["prize"], winner["name"]) for winner in winners] == [(winner["prize"], winner["name"]) for winner in drawn["winners"]]
    report = verify_draw_proof(proof_of(live_server, draw))
    assert report.ok, report
    member = send(live_server.base_url, "GET", f"/api/v1/proofs/{draw['id']}/members/{own['code']}").body
    assert verify_draw_membership(member, proof_of(live_server, draw)).ok
    back = customer.connect()
    again = back.enter(room["code"], token=entered["token"])
    assert [(shown["id"], shown["state"]) for shown in again["snapshot"]["draws"]] == [(draw["id"], "drawn")]
    (mine,) = again["mine"]
    assert [prize["filled"] for prize in mine["prizes"]] == [False]


def test_what_a_winner_fills_in_is_the_hosts_alone(customer: Customer, live_server: LiveServer) -> None:
    """Name and phone are in no message of anybody, no callback, no proof; the host reads them, also as a file in which no cell is a
    formula."""
    customer.log_in()
    room = customer.room()
    live = customer.live_session(room)
    host, _ = customer.host_socket(live)
    vera, _ = customer.viewer(room, "=1+2")
    wang, _ = customer.viewer(room, "Wang")
    with receiving() as receiver:
        customer.post("/callback-endpoints", {"url": f"{receiver.url}/n", "dialect": "native"})
        draw = begin(customer, live, prizes=PRIZES[:1])
        prize = draw["prizes"][0]["id"]
        assert vera.enter_draw(draw)["op"] == "accepted"
        assert vera.fill_form(draw, prize, name="Zhang", phone=PHONE)["error"]["code"] == "not_a_winner"
        finish(customer, live, draw)
        for wrong, field in (({"name": "Zhang"}, "phone"), ({"name": "Zhang", "phone": PHONE, "address": "Here"}, "address")):
            refused = vera.fill_form(draw, prize, **wrong)
            assert (refused["error"]["code"], refused["error"]["field"]) == ("invalid_input", field)
        assert vera.fill_form(draw, prize, name="Zhang Three", phone="13900139000")["op"] == "accepted"
        assert vera.fill_form(draw, prize, name="=Zhang Three", phone=PHONE)["op"] == "accepted"
        assert vera.own()[0]["prizes"] == [{"prize": prize, "filled": True}]
        assert wang.fill_form(draw, prize, name="Wang", phone=PHONE)["error"]["code"] == "not_a_winner"
        told_of(receiver, 5)
        bodies = b"".join(received.body for received in receiver.received)
    (winner,) = customer.get(path_of(live, draw, "winners"))["winners"]
    assert winner["form"] == {"name": "=Zhang Three", "phone": PHONE, "address": ""}
    for reader in (vera, wang, host):
        reader.ask({"op": "ping", "id": "flush"})
    seen = json.dumps([vera.seen, wang.seen, host.seen]).encode() + bodies + proof_of(live_server, draw)
    assert PHONE.encode() not in seen
    assert b"Zhang" not in seen
    for message in (*vera.seen, *wang.seen):
        check(message, set())
    table = customer.call("GET", path_of(live, draw, "winners.csv")).body.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(table))
    assert (row["number"], row["name"], row["given name"], row["phone"]) == ("1", "'=1+2", "'=Zhang Three", PHONE)
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


def test_a_list_brought_in_by_the_api(customer: Customer, live_server: LiveServer) -> None:
    """Weights, somebody who is there and somebody who never comes; external ids are in nothing that is public, nor is the seed before its
    time."""
    customer.log_in()
    room = customer.room()
    live = customer.live_session(room)
    host, _ = customer.host_socket(live)
    vera, entered = customer.viewer(room, "Vera")
    with NativeClient(live_server.base_url, customer.secrets.api_key) as client:
        draw = client.create_draw(
            live["id"],
            "Listed",
            [{"name": "A", "count": 2, "type": "custom", "custom": "points", "points": 50, "batch": "batch-77"}],
            who="list",
            entropy="offline",
            weighted=True,
            entrants=[{"viewer": entered["viewer"]["id"], "weight": 3}, {"external_id": "staff-1025", "name": "Li Na", "weight": 2}],
            preferred=[{"prize": 0, "external_id": "staff-1025"}],
        )
        assert (draw.state, draw.entered, draw.commitment, draw.prizes[0].batch) == ("draft", 2, "", "batch-77")
        more = [{"external_id": "staff-1025", "name": "Li Na", "weight": 2}, {"external_id": "staff-1026", "name": "Wu"}]
        added = client.add_draw_entrants(live["id"], draw.id, more)
        assert (added.added, added.entered) == (1, 3)
        assert client.commit_draw(live["id"], draw.id).state == "committed"
        with pytest.raises(NativeRefused, match="state"):
            client.add_draw_entrants(live["id"], draw.id, more)
        assert vera.enter_draw({"id": draw.id})["error"]["code"] in ("draw_not_open", "no_entry_needed")
        assert client.open_draw(live["id"], draw.id).state == "open"
        assert vera.enter_draw({"id": draw.id})["error"]["code"] == "no_entry_needed"
        client.close_draw(live["id"], draw.id)
        drawn = until(lambda: client.get_draw(live["id"], draw.id), lambda found: found.state == "drawn")
        people = {entrant.name: entrant for entrant in client.list_draw_entrants(live["id"], draw.id)}
        assert (people["Li Na"].viewer, people["Li Na"].external_id, people["Li Na"].code[:3]) == (None, "staff-1025", "en_")
        first, second = client.list_draw_winners(live["id"], draw.id)
        assert (first.name, first.preferred, second.preferred, drawn.winners[0].name) == ("Li Na", True, False, "Li Na")
        assert [one.id for one in client.list_draws(live["id"])] == [draw.id]
        assert client.get_names(draw.id).volcengine.keys() == {"AwardId"}
        assert client.get_names(drawn.prizes[0].id).volcengine.keys() == {"AwardItemId"}
    vera.wait_for(is_news("draw.drawn"))
    host.wait_for(is_news("draw.drawn"))
    proof = proof_of(live_server, {"id": draw.id})
    seed = json.loads(proof)["entropy"]["seed"]
    public = json.dumps(vera.seen).encode() + proof
    assert b"staff-10" not in public
    assert seed not in json.dumps([vera.seen, host.seen, customer.get(path_of(live, {"id": draw.id}))])
    assert verify_draw_proof(proof).ok


def test_a_word(customer: Customer) -> None:
    """Only who says it takes part; how it is written matters little."""
    room = customer.room()
    live = customer.live_session(room)
    vera, _ = customer.viewer(room, "Vera")
    draw = begin(customer, live, who="word", word="Turnout 2026")
    assert vera.wait_for(is_news("draw.opened"))["draw"]["word"] == "Turnout 2026"
    assert vera.enter_draw(draw)["error"]["code"] == "wrong_word"
    assert vera.enter_draw(draw, word="Turnout")["error"]["code"] == "wrong_word"
    assert vera.enter_draw(draw, word=" ｔurnout 2026 ")["op"] == "accepted"
    assert [winner["name"] for winner in finish(customer, live, draw)["winners"]] == ["Vera"]


def test_a_draft_is_seen_by_hosts_alone(customer: Customer) -> None:
    """Viewers begin with the commitment; one that is cancelled as a draft they never hear of, one that is cancelled later stays."""
    customer.log_in()
    room = customer.room()
    live = customer.live_session(room)
    vera, _ = customer.viewer(room, "Vera")
    hidden = begin(customer, live, title="Hidden", open=False)
    assert vera.enter_draw(hidden)["error"]["code"] in ("not_found", "draw_not_open")
    shown = begin(customer, live, title="Shown")
    refused = customer.call("POST", path_of(live), {"title": "Another", "prizes": PRIZES, "open": True, "entropy": "offline"})
    assert (refused.status, refused.code) == (409, "another_draw_open")
    for draw in (hidden, shown):
        cancelled = customer.post(path_of(live, draw, "cancel"), {"because": "The wrong prize"})
        assert (cancelled["state"], cancelled["because"]) == ("cancelled", "The wrong prize")
    told = vera.wait_for(is_news("draw.cancelled"))["draw"]
    assert (told["id"], told["because"], told["proof"]) == (shown["id"], "The wrong prize", None)
    assert customer.call("POST", path_of(live, shown, "close")).code == "wrong_state"
    for message in vera.seen:
        check(message, set())
    newcomer = customer.connect()
    newcomer.enter(room["code"], "New")
    for seen in (json.dumps(vera.seen), json.dumps(newcomer.seen)):
        assert shown["id"] in seen
        assert hidden["id"] not in seen
    assert {draw["id"] for draw in customer.host_socket(live)[1]["snapshot"]["draws"]} == {hidden["id"], shown["id"]}


def test_a_countdown(customer: Customer) -> None:
    """Everybody hears when entries end, and they do."""
    room = customer.room()
    live = customer.live_session(room)
    vera, _ = customer.viewer(room)
    draw = begin(customer, live)
    assert draw["closes_at"] is None
    counting = customer.post(path_of(live, draw, "close"), {"countdown_s": 1})
    assert (counting["state"], counting["closes_at"] is None) == ("open", False)
    assert vera.wait_for(is_news("draw.counting"))["draw"]["closes_at"] == counting["closes_at"]
    assert vera.wait_for(is_news("draw.closing"))["draw"]["closed_at"] == counting["closes_at"]
    assert vera.wait_for(is_news("draw.drawn"))["draw"]["winners"] == []


def test_it_is_drawn_after_a_restart(live_server: LiveServer) -> None:
    """What was overdue while the server was down."""
    customer = new_customer(live_server)
    room = customer.room()
    live = customer.live_session(room)
    draw = begin(customer, live, countdown_s=30)
    vera, _ = customer.viewer(room)
    assert vera.enter_draw(draw)["op"] == "accepted"
    vera.close()
    live_server.stop()
    live_server.clock.advance(600)
    live_server.start()
    drawn = until(lambda: customer.get(path_of(live, draw)), lambda found: found["state"] == "drawn")
    assert (drawn["closed_at"], [winner["name"] for winner in drawn["winners"]]) == (draw["closes_at"], ["Vera"])


def test_creating_twice_makes_one(customer: Customer) -> None:
    """Under one Idempotency-Key, though the first is open by then."""
    live = customer.live_session(customer.room())
    body = {"title": "Lucky", "prizes": PRIZES, "entropy": "offline", "open": True}
    first, again = (customer.call("POST", path_of(live), body, {"Idempotency-Key": "order-1"}) for _ in range(2))
    assert (first.status, first.json["id"]) == (again.status, again.json["id"])
    assert len(customer.get(path_of(live))["draws"]) == 1


def test_pages(customer: Customer) -> None:
    """Draws, entrants and winners, turned one by one, are the same as all at once."""
    room = customer.room()
    live = customer.live_session(room)
    people = [{"external_id": f"staff-{number}", "name": f"P{number}"} for number in range(5)]
    draws = [begin(customer, live, who="list", entrants=people, open=False) for _ in range(3)]
    customer.post(path_of(live, draws[0], "open"))
    finish(customer, live, draws[0])
    for path, member in (
        (path_of(live), "draws"),
        (path_of(live, draws[0], "entrants"), "entrants"),
        (path_of(live, draws[0], "winners"), "winners"),
    ):
        whole = customer.get(path)[member]
        found: list[Any] = []
        after = ""
        while after is not None:
            page = customer.get(f"{path}?limit=2" + (f"&after={after}" if after != "" else ""))
            found += page[member]
            after = page["next"]
        assert found == whole
        assert len(whole) == (3 if member == "draws" else 5)


class Picture:
    """A client that folds draws by the rules of docs/socket.md."""

    def __init__(self) -> None:
        self.position = -1
        self.epoch = ""
        self.draws: list[dict[str, Any]] = []

    def take(self, message: Message) -> None:
        """One message, in the order in which they came."""
        op = message["op"]
        if op in ("entered", "watching") and "snapshot" in message:
            snapshot = message["snapshot"]
            self.epoch, self.position, self.draws = snapshot["epoch"], snapshot["position"], snapshot["draws"]
        elif op in ("entered", "watching"):
            for told in (*message["publications"], *message["tallies"]):
                self.take(told)
        elif op == "publication" and message["position"] > self.position:
            assert message["previous"] <= self.position
            self.position = message["position"]
            if "draw" in message:
                self._replace(message["draw"])
        elif op == "draw_tally":
            for known in self.draws:
                if known["id"] == message["draw"] and message["version"] > known["version"]:
                    known |= {name: message[name] for name in ("version", "entered")}

    def _replace(self, draw: dict[str, Any]) -> None:
        for place, known in enumerate(self.draws):
            if known["id"] == draw["id"]:
                newer = {name: known[name] for name in ("version", "entered") if known["version"] > draw["version"]}
                self.draws[place] = draw | newer
                return
        self.draws.insert(0, draw)


@pytest.mark.parametrize("seed", range(3))
def test_snapshot_and_news_are_a_fresh_snapshot(customer: Customer, seed: int) -> None:
    """Whatever happens to draws, also with connections lost and come back: viewers' and hosts' pictures are what a newcomer gets."""
    chance = random.Random(seed)  # noqa: S311 - what happens shall happen again in the next run
    customer.log_in()
    room = customer.room()
    live = customer.live_session(room)
    host, _ = customer.host_socket(live)
    people = {name: customer.viewer(room, name) for name in ("one", "two")}
    pictures = {name: (viewer, Picture()) for name, (viewer, _) in people.items()} | {"host": (host, Picture())}
    for _ in range(24):
        under_way = _under_way(customer, live)
        match chance.choice(["begin", "begin", "enter", "enter", "count", "close", "cancel", "lose"]):
            case "begin" if under_way is None:
                draw = begin(customer, live, who=chance.choice(["tap", "present"]), open=False)
                for move in chance.choice([("commit", "open"), ("open",)]):
                    customer.post(path_of(live, draw, move))
            case "enter" if under_way is not None:
                pictures[chance.choice(["one", "two"])][0].enter_draw(under_way)
            case "count" if under_way is not None:
                customer.post(path_of(live, under_way, "close"), {"countdown_s": 60})
            case "close" if under_way is not None:
                finish(customer, live, under_way)
            case "cancel" if under_way is not None:
                customer.post(path_of(live, under_way, "cancel"))
            case "lose":
                _come_back(customer, room, people["one"][1]["token"], pictures)
    last = _under_way(customer, live) or begin(customer, live, title="Last")
    finish(customer, live, last)
    fresh = customer.connect().enter(room["code"], "Newcomer")["snapshot"]["draws"]
    fresh_host = customer.host_socket(live)[1]["snapshot"]["draws"]
    for name, (line, picture) in pictures.items():
        line.wait_for(lambda message: message.get("kind") == "draw.drawn" and message["draw"]["id"] == last["id"])
        line.ask({"op": "ping", "id": "flush"})
        for message in line.seen:
            picture.take(message)
        assert picture.draws == (fresh_host if name == "host" else fresh), name


def _under_way(customer: Customer, live: Any) -> Any:
    return next((draw for draw in customer.get(path_of(live))["draws"] if draw["state"] == "open"), None)


def _come_back(customer: Customer, room: Any, token: str, pictures: dict[str, tuple[Viewer, Picture]]) -> None:
    line, picture = pictures["one"]
    for message in line.seen:
        picture.take(message)
    line.close()
    again = customer.connect()
    assert again.enter(room["code"], token=token, epoch=picture.epoch, position=picture.position)["op"] == "entered"
    pictures["one"] = (again, picture)


def test_what_the_client_reads(customer: Customer) -> None:
    """A cancelled draw, told in the receiver's types."""
    live = customer.live_session(customer.room())
    with receiving() as receiver:
        customer.post("/callback-endpoints", {"url": f"{receiver.url}/n", "dialect": "native", "kinds": ["draw.cancelled"]})
        customer.post(path_of(live, begin(customer, live, open=False), "cancel"))
        (message,) = told_of(receiver, 1)
    assert isinstance(message.data, NativeDrawData)
    assert (message.data.draw.state, message.data.draw.committed_at) == ("cancelled", None)
