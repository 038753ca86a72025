"""Nothing crosses accounts: every route and every socket message, walked with another account's proofs (promise 5).

The walk reads the server's own OpenAPI document. What is new there, and nobody has told the walk how to try, fails.
"""

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.flows.live import LiveServer, Reply, new_customer, send
from tests.flows.parties import Party, mark, play
from tests.flows.test_screens import screen_elsewhere
from tests.flows.walk import (
    AFTER,
    BODIES,
    ID_QUERIES,
    NUMBERED,
    OWN,
    QUERIES,
    ask,
    body_of,
    fill,
    ids_for,
    operations,
    parameters,
    proofs,
    query_of,
    shown_in,
)
from tests.harness.receiver import receiving
from tests.harness.viewers import Viewer
from turnout.dialects.csslcloud.client import CsslcloudClient
from turnout.dialects.csslcloud.endpoints import ENDPOINTS
from turnout.dialects.csslcloud.routes import CsslcloudRoutes
from turnout.kernel.ids import Kind
from turnout.pictures.public import PublicPictures

REFUSED = (401, 403, 404)

NOT_IN_DOCUMENT = {"/healthz", "/readyz", "/api/openapi.json", "/api/login/provider", "/api/login/return"}
"""Routes that say nothing of any account; tests/suites/accounts/test_provider.py goes through the last two."""


@pytest.fixture(scope="module")
def ann(live_server: LiveServer) -> Iterator[Party]:
    """Whose things must not be seen."""
    yield from _party(live_server)


@pytest.fixture(scope="module")
def bob(live_server: LiveServer) -> Iterator[Party]:
    """Who looks. He has as much of his own."""
    yield from _party(live_server)


def _party(live_server: LiveServer) -> Iterator[Party]:
    with receiving() as receiver:
        party = play(live_server, receiver)
        yield party
        party.viewer.close()


@pytest.fixture(scope="module")
def document(live_server: LiveServer) -> Any:
    """The OpenAPI document as anybody gets it."""
    return send(live_server.base_url, "GET", "/api/openapi.json").json


def test_every_route_is_in_the_document(live_server: LiveServer, document: Any) -> None:
    """No route of the server is hidden from this walk."""
    front = live_server.server._app()
    # the framework's own document pages are never asked: the front keeps them away (see the next test)
    served = {route.path.replace(":str}", "}") for route in front._api.routes if not route.path.startswith("/.openapi")}
    assert served == set(document["paths"]) | NOT_IN_DOCUMENT
    assert [type(mount) for mount in front._mounts] == [CsslcloudRoutes, PublicPictures]


@pytest.mark.parametrize("path", ["/.openapi", "/.openapi/openapi.json", "/.openapi/swagger"])
def test_framework_pages_are_not_served(live_server: LiveServer, path: str) -> None:
    """What the framework would show by itself is not reachable."""
    reply = send(live_server.base_url, "GET", path)
    assert b"openapi" not in reply.body.lower()


def test_every_operation_is_known(document: Any) -> None:
    """A new operation without ids in its path, or with a query parameter nobody has thought about, fails here."""
    for path, _, operation in operations(document):
        if not parameters(operation, "path"):
            assert operation["operationId"] in OWN, f"{path}: say in OWN what it is"
        name, queries = operation["operationId"], set(parameters(operation, "query"))
        assert queries - ID_QUERIES.get(name, {}).keys() <= QUERIES, path
        assert ("after" in queries) == (name in AFTER or name in NUMBERED), path


def test_ids_of_another_account_open_nothing(live_server: LiveServer, ann: Party, bob: Party, document: Any) -> None:
    """Every operation with ids in its path, every mixture of ours and theirs that has one of theirs, by API key and by cookie."""
    before = ann.views()
    for path, method, operation in operations(document):
        if not (names := parameters(operation, "path")):
            continue
        ann.wake()  # on a busy machine this takes longer than a server waits for a pong
        for values in itertools.product(*(ids_for(name, ann) + ids_for(name, bob)[:1] for name in names)):
            if not set(values) & set(itertools.chain(*ann.ids.values())):
                continue
            for headers in proofs(bob):
                reply = ask(live_server, method, fill(path, names, values), operation, headers, ann)
                assert reply.status in REFUSED, (method, path, values, reply)
                assert not ann.leaks_into(reply.body), (method, path, values, reply)
    assert ann.views() == before


def test_without_proof_nothing_opens(live_server: LiveServer, ann: Party, document: Any) -> None:
    """No route but the login answers a stranger, and the cookie alone, without its CSRF token, changes nothing."""
    before = ann.views()
    without_token = {"Cookie": ann.customer.cookie["Cookie"]}
    for path, method, operation in operations(document):
        names = parameters(operation, "path")
        target = fill(path, names, tuple(ids_for(name, ann)[0] for name in names)) + query_of(operation, ann)
        for headers in ({}, {"Authorization": "Bearer tk_" + "A" * 43}, without_token):
            if operation["operationId"] == "logIn" or (headers is without_token and method == "GET"):
                continue
            reply = send(live_server.base_url, method, target, body_of(operation["operationId"], ann), headers)
            assert reply.status in (401, 403), (method, path, reply)
            assert not ann.leaks_into(reply.body)
    assert ann.views() == before


def test_queries_with_ids_of_another_account(live_server: LiveServer, ann: Party, bob: Party, document: Any) -> None:
    """Pages after an id of theirs are refused, or show ours alone."""
    tried = 0
    for path, method, operation in operations(document):
        kind = AFTER.get(operation["operationId"])
        if kind is not None:
            names = parameters(operation, "path")
            target = fill(path, names, tuple(ids_for(name, bob)[0] for name in names))
            reply = send(live_server.base_url, method, f"{target}?after={ann.ids[kind][0]}", None, bob.customer.key)
            assert reply.status in (200, *REFUSED)
            assert not ann.leaks_into(reply.body), (path, reply)
            tried += 1
        names = parameters(operation, "path")
        more = "format=json&" if "format" in parameters(operation, "query") else ""
        ours = [f"{fill(path, names, values)}?{more}" for values in itertools.product(*(ids_for(name, bob) for name in names))]
        for name, taken in ID_QUERIES.get(operation["operationId"], {}).items():
            for theirs, our in itertools.product(ann.ids[taken], ours):
                reply = send(live_server.base_url, method, f"{our}{name}={theirs}", None, bob.customer.key)
                assert reply.status in REFUSED or (reply.status == 200 and not shown_in(reply)), (path, name, reply)
                assert not ann.leaks_into(reply.body), (path, name, reply)
            own = [
                send(live_server.base_url, method, f"{our}{name}={one}", None, bob.customer.key) for our in ours for one in bob.ids[taken]
            ]
            assert 200 in {reply.status for reply in own}, (path, name, own)
    assert tried == len(AFTER)


def test_bodies_with_ids_of_another_account(live_server: LiveServer, ann: Party, bob: Party, document: Any) -> None:
    """Our own path, and every mixture of ours and theirs in the body that has one of theirs; a picture of theirs wherever one may stand."""
    before = ann.views()
    tried = 0
    for path, method, operation in operations(document):
        body = {**OWN, **BODIES}.get(operation["operationId"])
        named = [member for member, kind in body.items() if isinstance(kind, str) and kind in ann.ids] if isinstance(body, dict) else []
        names = parameters(operation, "path")
        target = fill(path, names, tuple(ids_for(name, bob)[0] for name in names))
        for owners in itertools.product((ann, bob), repeat=len(named)):
            if ann in owners:
                ids = {member: owner.ids[body[member]][0] for member, owner in zip(named, owners, strict=True)}
                reply = send(live_server.base_url, method, target, {**body, **ids}, bob.customer.key)
                assert reply.status in (400, *REFUSED), (path, ids, reply)
                assert not ann.leaks_into(reply.body), (path, reply)
                tried += 1
    for place in ("cover", "picture", "option_pictures"):
        theirs: Any = ann.ids["picture"][0]
        question: Any = {"title": "?", "options": ["A", "B"]}
        survey: Any = {"title": "smuggled", "questions": [question]}
        (survey if place == "cover" else question)[place] = [theirs, theirs] if place == "option_pictures" else theirs
        for path in (f"/live-sessions/{bob.running['id']}/surveys", "/templates"):
            reply = bob.customer.call("POST", path, survey)
            assert reply.status in (400, *REFUSED), (path, place, reply)
            assert not ann.leaks_into(reply.body.replace(theirs.encode(), b"")), (path, reply)
            tried += 1
    assert tried >= 12
    assert ann.views() == before


def test_lists_show_ones_own(live_server: LiveServer, ann: Party, bob: Party, document: Any) -> None:
    """What can be read without naming anything, and all that our own ids lead to, has nothing of theirs, and does have ours."""
    for path, method, operation in operations(document):
        if method != "GET":
            continue
        names = parameters(operation, "path")
        for values in itertools.product(*(ids_for(name, bob) for name in names)):
            for headers in proofs(bob) if operation["operationId"] != "getLogin" else [bob.customer.cookie]:
                reply = send(live_server.base_url, method, fill(path, names, values) + query_of(operation, bob), None, headers)
                assert not ann.leaks_into(reply.body), (path, values, reply)
    assert bob.leaks_into(json.dumps(bob.views()))


def test_the_walk_reaches_what_it_tries(live_server: LiveServer, document: Any) -> None:
    """The control: the very same requests, sent by the account they belong to, are let through. So it is the account that is refused."""
    with receiving() as receiver:
        owner = play(live_server, receiver)
    order = {"GET": 0, "POST": 1, "DELETE": 2}
    for path, method, operation in sorted(operations(document), key=lambda each: order.get(each[1], 1)):
        names = parameters(operation, "path")
        if not names:
            continue
        headers = owner.customer.cookie if operation.get("security") == [{"cookie": []}] else owner.customer.key
        tried = itertools.product(*(ids_for(name, owner) for name in names))
        statuses = [ask(live_server, method, fill(path, names, values), operation, headers, owner).status for values in tried]
        assert {200, 201, 202, 204, 409} & set(statuses), (method, path, statuses)  # the state may stand against it
    owner.viewer.close()


def _forms(party: Party) -> tuple[str, list[str], list[str]]:
    """userid, roomids and liveids in CC's words."""
    ids = party.customer.live.ids
    rooms = [ids.hex32(Kind.ROOM, ids.parse_text(Kind.ROOM, text)).upper() for text in party.ids["room"]]
    lives = [ids.hex16(Kind.LIVE_SESSION, ids.parse_text(Kind.LIVE_SESSION, text)) for text in party.ids["live_session"]]
    return ids.hex16(Kind.ACCOUNT, party.customer.created.account_id), rooms, lives


def _collect(live: LiveServer, path: str, userid: str, key: str, values: Mapping[str, str]) -> Reply:
    client = CsslcloudClient(live.base_url, userid, key)
    return send(live.base_url, "POST", path, client.signed(values, ENDPOINTS[path].required[0]))


def test_csslcloud_shows_ones_own(live_server: LiveServer, ann: Party, bob: Party) -> None:
    """CC's calls: our proof with their room or live, their userid under our key, and our room with their live."""
    userid, rooms, lives = _forms(bob)
    their_userid, their_rooms, their_lives = _forms(ann)
    key, their_key = (party.customer.secrets.dialect_keys["csslcloud"] for party in (bob, ann))
    records = [
        *({"roomid": room} for room in their_rooms),
        *({"roomid": room, "liveid": live} for room, live in itertools.product(rooms + their_rooms, their_lives)),
        *({"roomid": room, "liveid": live} for room, live in itertools.product(their_rooms, lives)),
    ]
    wrong: dict[str, list[dict[str, str]]] = {
        "/collect/live/usercount": [{"liveid": live} for live in their_lives],
        "/collect/answercard/record": records,
        "/collect/vote/record": records,
        "/openapi/collect/rollcall/get": [{"live_id": live} for live in their_lives],
    }
    right: dict[str, dict[str, str]] = {
        "/collect/live/usercount": {"liveid": lives[0]},
        "/collect/answercard/record": {"roomid": rooms[0]},
        "/collect/vote/record": {"roomid": rooms[0]},
        "/openapi/collect/rollcall/get": {"live_id": lives[0]},
    }
    assert set(wrong) == set(ENDPOINTS), "a call of CC's that this test does not try"
    for path, tries in wrong.items():
        live_server.clock.advance(5)  # so that the rate of one account allows all of them
        for values in tries:
            reply = _collect(live_server, path, userid, key, values)
            assert reply.json["result"] == "FAIL", (path, values, reply)
            assert not ann.leaks_into(reply.body), (path, values, reply)
        for stolen in ((their_userid, key), (userid, their_key)):
            assert _collect(live_server, path, *stolen, tries[0]).json["result"] == "FAIL"
        own = _collect(live_server, path, userid, key, right[path])
        assert own.json["result"] == "OK"
        assert not ann.leaks_into(own.body)


def _enter_elsewhere(ann: Party, bob: Party) -> None:
    with Viewer(ann.customer.live.base_url) as viewer:
        for token, room in ((bob.entered["token"], ann.room), (ann.entered["token"], bob.room)):
            refused = viewer.enter(room["code"], "Mallory", token=token)
            assert (refused["op"], refused["error"]["code"]) == ("refused", "invalid_token")
            assert not ann.leaks_into(json.dumps(refused))
        # an entry id names a viewer within its room only
        entered = viewer.enter(bob.room["code"], "Mallory", entry_id=ann.entry_id)
        assert entered["viewer"]["name"] == "Mallory"
        assert entered["viewer"]["id"] not in ann.ids["viewer"]


def _answer_elsewhere(ann: Party, bob: Party) -> None:
    for submit in (bob.viewer.submit, bob.viewer.save_draft):
        for survey, question in itertools.product([*ann.ids["survey"], bob.open_card["id"]], ann.ids["question"]):
            refused = submit(survey, [{"question": question, "choices": [0]}])
            assert (refused["op"], refused["error"]["code"]) == ("refused", "not_found")
            assert not ann.leaks_into(json.dumps(refused))
    # nor in another room of one's own account
    room = bob.customer.room(mark())
    live_session = bob.customer.live_session(room)
    viewer, _ = bob.customer.viewer(room)
    assert viewer.answer(bob.open_card, [0])["error"]["code"] == "not_found"
    viewer.close()
    bob.customer.post(f"/live-sessions/{live_session['id']}/end")


def _check_in_elsewhere(ann: Party, bob: Party) -> None:
    for checkin in ann.ids["checkin"]:
        refused = bob.viewer.check_in({"id": checkin})
        assert (refused["op"], refused["error"]["code"]) == ("refused", "not_found")
        assert not ann.leaks_into(json.dumps(refused))


def _draw_elsewhere(ann: Party, bob: Party) -> None:
    for draw in ann.ids["draw"]:
        tries = [bob.viewer.enter_draw({"id": draw})]
        tries += [bob.viewer.fill_form({"id": draw}, prize, name="smuggled") for prize in (ann.ids["prize"][0], bob.ids["prize"][0])]
        for refused in tries:
            assert (refused["op"], refused["error"]["code"]) == ("refused", "not_found")
            assert not ann.leaks_into(json.dumps(refused))
    refused = bob.viewer.fill_form({"id": bob.ids["draw"][0]}, ann.ids["prize"][0], name="smuggled")
    assert refused["op"] == "refused"


def _watch_elsewhere(ann: Party, bob: Party) -> None:
    base_url = ann.customer.live.base_url
    cases = (
        ({"Cookie": bob.customer.cookie["Cookie"]}, "not_found"),
        ({}, "not_logged_in"),
        ({"Cookie": "turnout_login=x"}, "not_logged_in"),
    )
    for headers, code in cases:
        with Viewer(base_url, headers=headers) as watcher:
            for live_session in ann.ids["live_session"]:
                refused = watcher.ask({"op": "watch", "id": "w", "live_session": live_session})
                assert (refused["op"], refused["error"]["code"]) == ("refused", code)
                assert not ann.leaks_into(json.dumps(watcher.seen).replace(live_session, ""))


def _ping(ann: Party, bob: Party) -> None:
    assert set(bob.viewer.ask({"op": "ping", "id": "p"})) == {"op", "id", "now"}


def _read_own(ann: Party, bob: Party) -> None:
    held = bob.viewer.own()
    told = [own.get("survey") or own.get("checkin") or own["draw"] for own in held]
    assert told == [bob.open_card["id"], bob.ids["checkin"][0], *bob.ids["draw"][:2]]
    assert not ann.leaks_into(json.dumps(held))


SOCKET_MESSAGES = {
    "enter": _enter_elsewhere,
    "answer": _answer_elsewhere,
    "save_draft": _answer_elsewhere,
    "check_in": _check_in_elsewhere,
    "enter_draw": _draw_elsewhere,
    "fill_form": _draw_elsewhere,
    "read_own": _read_own,
    "watch": _watch_elsewhere,
    "watch_screen": screen_elsewhere,
    "read_names": screen_elsewhere,
    "read_confirmed": screen_elsewhere,
    "ping": _ping,
}
"""How each kind of message is tried across accounts."""


def test_every_socket_message_is_tried(live_server: LiveServer) -> None:
    """A new kind of message that nobody has told this file how to try fails here."""
    tags = {route.message.__struct_config__.tag for route in live_server.server._socket_routes()}
    assert tags | {"ping"} == set(SOCKET_MESSAGES)  # the dispatcher answers pings itself


@pytest.mark.parametrize("kind", SOCKET_MESSAGES)
def test_socket_message_across_accounts(ann: Party, bob: Party, kind: str) -> None:
    """Another room's question, another account's live session, another room's token: refused, and nothing has changed."""
    for party in (ann, bob):
        party.wake()
    before = ann.views()
    SOCKET_MESSAGES[kind](ann, bob)
    assert ann.views() == before


def test_news_stay_in_their_live_session(live_server: LiveServer, ann: Party, bob: Party) -> None:
    """While one account's session is full of news, sockets of the other hear nothing of it."""
    host, _ = bob.customer.host_socket(bob.running)
    theirs, _ = ann.customer.host_socket(ann.running)
    # the parties' own have heard no ping while the tests before this one ran, and may have been given up
    vera, _ = ann.customer.viewer(ann.room)
    bert, _ = bob.customer.viewer(bob.room)
    card = ann.customer.opened(ann.running, title=mark())
    vera.answer(card, [1])
    ann.customer.change(ann.running, card, "close")
    for listener in (vera, theirs):
        listener.wait_for(lambda message: message.get("kind") == "survey.closed" and message["survey"]["id"] == card["id"])
    for listener in (bert, host):
        listener.ask({"op": "ping", "id": "flush"})
        seen = json.dumps(listener.seen)
        assert not ann.leaks_into(seen)
        assert card["id"] not in seen
    for listener in (host, theirs, vera, bert):
        listener.close()


def test_an_ended_login_opens_nothing(live_server: LiveServer) -> None:
    """After logging out the cookie is refused by HTTP and by the socket."""
    leaving = new_customer(live_server)
    live_session = leaving.live_session(leaving.room())
    leaving.log_in()
    assert send(live_server.base_url, "DELETE", "/api/v1/login", None, leaving.cookie).status == 204
    assert send(live_server.base_url, "GET", "/api/v1/rooms", None, leaving.cookie).status == 401
    with Viewer(live_server.base_url, headers={"Cookie": leaving.cookie["Cookie"]}) as watcher:
        refused = watcher.ask({"op": "watch", "id": "w", "live_session": live_session["id"]})
    assert refused["error"]["code"] == "not_logged_in"
