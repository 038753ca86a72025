"""Draws over a real server with a relay on this machine: what a stranger can read, download and check, from commitment to membership."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.live import Customer, LiveServer, Reply, new_customer, send, until
from tests.harness.drand_relay import Relay, SigningChain, relaying
from tests.harness.message_schemas import check_messages
from tests.postgres_server import PostgresServer
from turnout.kernel.ids import Kind

CHAIN = SigningChain(genesis=int(time.time()) - 86_400)


@pytest.fixture(scope="module")
def relays() -> Iterator[tuple[Relay, Relay]]:
    """The relay that is asked first, and the next."""
    with relaying(CHAIN) as first, relaying(CHAIN) as second:
        yield first, second


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def live_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, relays: tuple[Relay, Relay]
) -> Iterator[LiveServer]:
    """A server whose draws are decided by the relays' chain."""
    folder = tmp_path_factory.mktemp("server")
    settings = {"drand_urls": tuple(relay.url for relay in relays), "drand_chain": CHAIN.told, "draw_delay_s": 1}
    if request.param == "sqlite":
        yield from _serving(LiveServer(folder, **settings))
        return
    postgres: PostgresServer = request.getfixturevalue("postgres_server")
    with postgres.new_database() as url:
        yield from _serving(LiveServer(folder, url, **settings))


def _serving(live: LiveServer) -> Iterator[LiveServer]:
    live.start()
    try:
        yield live
    finally:
        live.stop()


@pytest.fixture
def customer(live_server: LiveServer, relays: tuple[Relay, Relay]) -> Iterator[Customer]:
    """An account that nothing has happened to; the relays tell the truth again afterwards."""
    made = new_customer(live_server)
    yield made
    for relay in relays:
        relay.answer = relay.tell
    for viewer in made.sockets:
        viewer.close()
    for viewer in made.sockets:
        check_messages(viewer.seen)


def begin(customer: Customer, live: Any, **draw: Any) -> Any:
    """A draw that takes entries."""
    prizes = [{"name": "Camera", "count": 1, "type": "physical"}, {"name": "Cup", "count": 2, "type": "physical"}]
    wanted = {"title": "Spring draw", "prizes": prizes, "who": "tap", "open": True, **draw}
    return customer.post(f"/live-sessions/{live['id']}/draws", wanted)


def enter(customer: Customer, room: Any, draw: Any, count: int) -> list[str]:
    """So many viewers enter by a tap; their codes."""
    codes = []
    for number in range(count):
        viewer, entered = customer.viewer(room, f"Viewer {number}")
        assert viewer.ask({"op": "enter_draw", "id": f"enter-{number}", "draw": draw["id"], "salt": f"{number:02x}"})["op"] == "accepted"
        codes.append(entered["viewer"]["id"])
    return codes


def change(customer: Customer, live: Any, draw: Any, move: str, body: Any = None) -> Any:
    return customer.post(f"/live-sessions/{live['id']}/draws/{draw['id']}/{move}", body or {})


def public(live_server: LiveServer, draw: Any, rest: str = "", **headers: str) -> Reply:
    """What anybody is told, without any login."""
    return send(live_server.base_url, "GET", f"/api/v1/proofs/{draw['id']}{rest}", headers=headers)


def commitment(live_server: LiveServer, draw: Any) -> Any:
    reply = public(live_server, draw, "/commitment")
    assert reply.status == 200, reply
    return reply.json


def verify(*arguments: str | Path) -> tuple[int, Any]:
    """`turnout verify`, as a stranger runs it."""
    command = [sys.executable, "-m", "turnout", "verify", *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout)


def failed(report: Any) -> list[str]:
    return [check["name"] for check in report["checks"] if not check["ok"]]


def test_no_relay_answers(customer: Customer, live_server: LiveServer, relays: tuple[Relay, Relay]) -> None:
    """Then a draw of drand is not committed, by none of the ways, and its host is told why; an offline one is. A draft stays one, and what
    is committed already opens."""
    live = customer.live_session(customer.room())
    committed = change(customer, live, begin(customer, live, open=False), "commit")
    draft = begin(customer, live, open=False)
    for relay in relays:
        relay.answer = relay.fail
    path = f"/live-sessions/{live['id']}/draws"
    for refused in (
        customer.call("POST", path, {"title": "T", "prizes": [{"name": "Cup", "count": 1}], "open": True}),
        customer.call("POST", f"{path}/{draft['id']}/commit"),
        customer.call("POST", f"{path}/{draft['id']}/open"),
    ):
        assert (refused.status, refused.code) == (409, "drand_unreachable")
        assert "it answered 503" in refused.json["error"]["message"]
    assert customer.get(f"{path}/{draft['id']}")["state"] == "draft"
    assert change(customer, live, committed, "open")["state"] == "open"
    change(customer, live, committed, "cancel")
    assert begin(customer, live, entropy="offline")["state"] == "open"


def test_what_was_made_is_told_again_without_a_relay(customer: Customer, live_server: LiveServer, relays: tuple[Relay, Relay]) -> None:
    """The same call under its Idempotency-Key: the draw stands, whatever relays do by now."""
    path = f"/live-sessions/{customer.live_session(customer.room())['id']}/draws"
    body = {"title": "T", "prizes": [{"name": "Cup", "count": 1}], "open": True}
    first = customer.call("POST", path, body, {"Idempotency-Key": "order-1"})
    for relay in relays:
        relay.answer = relay.fail
    again = customer.call("POST", path, body, {"Idempotency-Key": "order-1"})
    assert (first.status, first.json["id"], first.json["entropy"]) == (again.status, again.json["id"], "drand")


def test_the_whole_path(customer: Customer, live_server: LiveServer, relays: tuple[Relay, Relay], tmp_path: Path) -> None:
    """A stranger reads the commitment before entries end and the fingerprint before the draw, and then checks proof and membership with
    `turnout verify`; the relay that is asked first lies, the other one is away at first."""
    first, second = relays
    room = customer.room()
    live = customer.live_session(room)
    draw = begin(customer, live)
    first.answer, second.answer = first.lie, second.fail
    first.asked, second.asked = [], []
    codes = enter(customer, room, draw, 5)
    before = commitment(live_server, draw)
    assert (before["state"], before["root"], before["count"], before["round"]) == ("open", None, None, None)
    told = json.loads(before["commitment"]["text"])
    assert (told["draw"], told["title"], told["entropy"]["chain"]) == (draw["id"], "Spring draw", CHAIN.chain.chain)
    assert public(live_server, draw).code == "not_drawn_yet"
    assert public(live_server, draw, f"/members/{codes[0]}").code == "list_not_closed"

    change(customer, live, draw, "close")
    closed = until(lambda: commitment(live_server, draw), lambda found: found["state"] == "closed")
    assert (closed["commitment"], closed["count"]) == (before["commitment"], 5)
    until(lambda: (len(first.asked), len(second.asked)), lambda asked: min(asked) > 1)
    refused = public(live_server, draw)
    assert (refused.status, refused.code) == (409, "not_drawn_yet")
    assert "closed" in refused.json["error"]["message"]
    second.answer = second.tell
    reply = until(lambda: public(live_server, draw), lambda found: found.status == 200)

    assert reply.headers["content-type"].startswith("application/json")
    assert reply.headers["content-length"] == str(len(reply.body))
    proof = reply.json
    assert proof["entrants"]["fingerprint"] == closed["fingerprint"]
    assert proof["entropy"]["round"] == closed["round"]
    assert [winner["prize"] for winner in proof["winners"]] == [0, 1, 1]
    again = public(live_server, draw, **{"If-None-Match": reply.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    member = public(live_server, draw, f"/members/{codes[3]}")
    assert (member.status, member.json["code"], member.json["salt"]) == (200, codes[3], "03")
    proof_file, member_file, chain_file = tmp_path / "proof.json", tmp_path / "member.json", tmp_path / "chain.json"
    proof_file.write_bytes(reply.body)
    member_file.write_bytes(member.body)
    chain_file.write_text(CHAIN.told)
    status, report = verify(proof_file, "--trust-chain", chain_file)
    assert (status, report["ok"], failed(report)) == (0, True, [])
    assert sorted(code for _, code in report["drawn"]["winners"]) == sorted(winner["code"] for winner in proof["winners"])
    status, report = verify(member_file, "--proof", proof_file, "--trust-chain", chain_file)
    assert (status, failed(report)) == (0, [])
    status, report = verify(proof_file)  # whoever does not trust a private chain need not
    assert (status, failed(report)) == (1, ["chain"])

    shown = customer.get(f"/live-sessions/{live['id']}/draws/{draw['id']}")
    assert (shown["state"], shown["fingerprint"], shown["proof"]) == ("drawn", closed["fingerprint"], f"/proof/{draw['id']}")
    winners = customer.get(f"/live-sessions/{live['id']}/draws/{draw['id']}/winners")["winners"]
    assert [winner["viewer"] for winner in winners] == [winner["code"] for winner in proof["winners"]]


def test_what_there_is_not(customer: Customer, live_server: LiveServer) -> None:
    """Drafts are nobody's business; who is not in a list is told so; a draw that ended before its list was published has no proof."""
    room = customer.room()
    live = customer.live_session(room)
    stranger = customer.viewer(room, "Stranger")[1]["viewer"]["id"]
    draft = begin(customer, live, open=False)
    for rest in ("", "/commitment", f"/members/{stranger}"):
        assert (public(live_server, draft, rest).status, public(live_server, {"id": "dr_0000000000000"}, rest).status) == (404, 404)
    draw = begin(customer, live)
    change(customer, live, draw, "cancel", {"because": "rain"})
    assert (public(live_server, draw).status, public(live_server, draw).code) == (409, "no_proof")
    assert public(live_server, draw, f"/members/{stranger}").code == "list_not_closed"
    draw = begin(customer, live)
    (code,) = enter(customer, room, draw, 1)
    change(customer, live, draw, "close")
    until(lambda: commitment(live_server, draw), lambda found: found["root"] is not None)
    other = live_server.ids.text(Kind.ENTRY, live_server.ids.parse_text(Kind.VIEWER, code))
    for nobody in (stranger, other, "vw_0000000000000", "nonsense", draw["id"]):
        reply = public(live_server, draw, f"/members/{nobody}")
        assert (reply.status, reply.code) == (404, "not_an_entrant"), nobody
    assert public(live_server, draw, f"/members/{code}").status == 200
    assert public(live_server, draw, "?format=pdf").status == 400


def test_an_offline_draw(customer: Customer, live_server: LiveServer, tmp_path: Path) -> None:
    """Without any relay; the proof has the list and says that it is weaker, and the seed is nowhere before."""
    room = customer.room()
    live = customer.live_session(room)
    draw = begin(customer, live, entropy="offline")
    codes = enter(customer, room, draw, 3)
    change(customer, live, draw, "close")
    reply = until(lambda: public(live_server, draw), lambda found: found.status == 200)
    assert [code for code, _, _ in reply.json["entrants"]["list"]] == sorted(codes)
    file = tmp_path / "proof.json"
    file.write_bytes(reply.body)
    status, report = verify(file)
    assert (status, failed(report)) == (0, [])
    assert "weaker" in reply.json["entropy"]["label"]


def test_a_draw_after_a_restart(live_server: LiveServer, customer: Customer, relays: tuple[Relay, Relay]) -> None:
    """Closed before the server stopped, decided after it came back."""
    room = customer.room()
    live = customer.live_session(room)
    draw = begin(customer, live)
    for relay in relays:
        relay.answer = relay.fail
    enter(customer, room, draw, 2)
    change(customer, live, draw, "close")
    closed = until(lambda: commitment(live_server, draw), lambda found: found["root"] is not None)
    for viewer in customer.sockets:
        viewer.close()
    live_server.stop()
    for relay in relays:
        relay.answer = relay.tell
    live_server.start()
    reply = until(lambda: public(live_server, draw), lambda found: found.status == 200)
    assert reply.json["entrants"]["fingerprint"] == closed["fingerprint"]
    assert len(reply.json["winners"]) == 2
