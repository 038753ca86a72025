"""Native callbacks of the whole server: what its events really say, to a real receiver."""

import json
from typing import Any

import jsonschema_rs
from standardwebhooks import Webhook

from tests.flows.kinds import GOOD, entries, exam, upload
from tests.flows.live import Customer
from tests.harness.receiver import Received, receiving
from turnout.client import (
    NativeEndpointData,
    NativeLiveSessionData,
    NativeMessage,
    NativeSurveyData,
    NativeViewerData,
    new_native_key_pair,
    receive_native,
)
from turnout.dialects.native.catalogue import KINDS
from turnout.dialects.native.signing import new_secret

SECRET = new_secret()


def read(received: list[Received]) -> list[NativeMessage]:
    """What came, in its order, each verified by the standard's own library, held against its schema, and read by our receiver."""
    found = []
    for one in received:
        body = Webhook(SECRET).verify(one.body, one.headers)
        kind = KINDS[body["type"]]
        jsonschema_rs.Draft202012Validator(kind.schema, validate_formats=True).validate(body)
        message = receive_native(one.headers, one.body, SECRET)
        assert not isinstance(message.data, dict)
        found.append(message)
    return found


def test_every_kind_of_event_is_told(customer: Customer) -> None:
    """A live session with all there is, told in its order, as the API itself shows it."""
    room = customer.room("Hall")
    with receiving() as receiver:
        customer.post("/callback-endpoints", {"url": receiver.url, "dialect": "native", "secret": SECRET})
        live_session = customer.live_session(room)
        viewer, entered = customer.viewer(room, "Vera")
        withdrawn = customer.change(live_session, customer.card(live_session), "withdraw")
        opened = customer.change(live_session, customer.prepare(live_session, **_exam(customer)), "open")
        told = viewer.submit(opened["id"], entries(opened, *GOOD))
        assert told["op"] == "accepted", told
        closed = customer.change(live_session, opened, "close")
        settled = customer.change(live_session, closed, "settle")
        published = customer.change(live_session, settled, "publish")
        vera = entered["viewer"]["id"]
        customer.post(f"/live-sessions/{live_session['id']}/viewers/{vera}/kick")
        customer.post(f"/rooms/{room['id']}/viewers/{vera}/block")
        assert customer.call("DELETE", f"/rooms/{room['id']}/viewers/{vera}/block").status == 200
        ended = customer.post(f"/live-sessions/{live_session['id']}/end")
        messages = read(receiver.wait_until(lambda received: len(received) == 10))

    assert [message.kind for message in messages] == [
        "live_session.started",
        "survey.withdrawn",
        "survey.opened",
        "survey.closed",
        "survey.settled",
        "survey.published",
        "viewer.kicked",
        "viewer.blocked",
        "viewer.unblocked",
        "live_session.ended",
    ]
    assert len({message.id for message in messages}) == 10
    told_at = [json.loads(one.body)["data"] for one in receiver.received]
    assert told_at[0]["live_session"] == live_session
    assert told_at[-1]["live_session"] == ended
    for number, survey in ((1, withdrawn), (2, opened), (3, closed), (4, settled), (5, published)):
        assert told_at[number]["survey"] == survey
        data = messages[number].data
        assert isinstance(data, NativeSurveyData)
        assert (data.room, data.live_session, data.host.name) == (room["id"], live_session["id"], "Acme host")
    for number in (6, 7, 8):
        data = messages[number].data
        assert isinstance(data, NativeViewerData)
        assert (data.room, data.live_session, data.viewer.id, data.viewer.name) == (room["id"], live_session["id"], vera, "Vera")
    assert isinstance(messages[0].data, NativeLiveSessionData)


def _exam(customer: Customer) -> dict[str, Any]:
    return {"kind": "exam", "title": "Exam", "questions": exam(upload(customer)), "publish_on_close": False}


def test_what_the_catalogue_says_is_what_the_api_says(customer: Customer) -> None:
    """GET /api/v1/callbacks/kinds has every kind, with the schema and the example the tests hold to."""
    kinds = customer.get("/callbacks/kinds")["kinds"]

    assert [kind["kind"] for kind in kinds] == list(KINDS)
    for kind in kinds:
        ours = KINDS[kind["kind"]]
        assert kind == {"kind": ours.name, "description": ours.description, "schema": ours.schema, "example": ours.example}


def test_a_receiver_changes_from_a_shared_secret_to_a_public_key(customer: Customer) -> None:
    """While both are valid, whoever knows either verifies; a secret that cannot sign is refused, and none is ever shown."""
    private, public = new_native_key_pair()
    with receiving() as receiver:
        endpoint = customer.post("/callback-endpoints", {"url": receiver.url, "dialect": "native"})
        path = f"/callback-endpoints/{endpoint['id']}"
        for bad in ("a long shared secret", public, "whsec_c2hvcnQ="):
            refused = customer.call("POST", f"{path}/rotate-secret", {"secret": bad})
            assert (refused.status, refused.code, refused.json["error"]["field"]) == (400, "invalid_input", "secret")
        rotated = customer.post(f"{path}/rotate-secret", {"secret": private})
        customer.post(f"{path}/test")
        (call,) = receiver.wait_until(lambda received: len(received) == 1)
    for key in (endpoint["secret"], public):
        message = receive_native(call.headers, call.body, key)
        assert isinstance(message.data, NativeEndpointData)
        assert (message.kind, message.data.endpoint.id) == ("callback_endpoint.tested", endpoint["id"])
    assert private not in json.dumps([rotated, customer.get(path)])
