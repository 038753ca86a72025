"""Who is removed is out of pages that are open; and what hosts do in a live session stands in the audit log, what viewers do does not."""

import time
from typing import Any

from tests.flows.live import Customer, send
from turnout.kernel.ids import Kind


def joined(customer: Customer) -> dict[str, str]:
    """The headers of somebody who has joined the account as a host."""
    secret = customer.post("/join-links", {})["url"].partition("#")[2]
    body = {"secret": secret, "login": f"{customer.secrets.host_login}-bo", "name": "Bo", "password": "a window, a staple"}
    reply = send(customer.live.base_url, "POST", "/api/v1/join", body)
    assert reply.status == 200, reply
    return {"Cookie": reply.headers["set-cookie"].partition(";")[0], "X-CSRF-Token": reply.json["csrf_token"]}


def kinds(customer: Customer) -> list[str]:
    """Of the account's records, oldest first."""
    return [record["kind"] for record in customer.get("/audit")["records"]][::-1]


def test_a_removed_members_open_page_ends(customer: Customer) -> None:
    """The socket of a host who is removed is closed for good; that of another host goes on."""
    customer.log_in()
    live = customer.live_session(customer.room())
    stays, _ = customer.host_socket(live)
    bo = joined(customer)
    goes = customer.connect({"Cookie": bo["Cookie"]})
    assert goes.ask({"op": "watch", "id": "watch", "live_session": live["id"]})["op"] == "watching"
    (member,) = [one["id"] for one in customer.get("/members")["members"] if one["name"] == "Bo"]
    assert customer.call("DELETE", f"/members/{member}").status == 204
    assert goes.wait_closed().code == 4003
    assert stays.ask({"op": "ping", "id": "still-here"})["op"] == "pong"


def test_a_live_session_in_the_audit_log(customer: Customer) -> None:
    """Each thing a host does, once, in order, by whoever did it; entering and answering leave nothing."""
    before = len(kinds(customer))
    bo = joined(customer)

    def as_bo(path: str, body: Any = None) -> Any:
        reply = send(customer.live.base_url, "POST", f"/api/v1{path}", body, bo)
        assert reply.status in (200, 201, 202), reply
        return reply.json

    room = as_bo("/rooms", {"title": "Hall"})
    live = as_bo(f"/rooms/{room['id']}/live-sessions", {})
    base = f"/live-sessions/{live['id']}"
    viewer, entered = customer.viewer(room)
    card = as_bo(f"{base}/surveys", {"title": "Card", "questions": [{"title": "?", "options": ["A", "B"]}], "publish_on_close": False})
    opened = as_bo(f"{base}/surveys/{card['id']}/open")
    assert viewer.answer(opened, [0])["op"] == "accepted"
    for move in ("close", "publish", "publish"):
        as_bo(f"{base}/surveys/{card['id']}/{move}")
    as_bo(f"{base}/checkins", {"title": "There?"})
    draw = as_bo(
        f"{base}/draws", {"title": "Lucky", "prizes": [{"name": "A", "count": 1}], "who": "tap", "entropy": "offline", "open": True}
    )
    as_bo(f"{base}/draws/{draw['id']}/cancel", {"because": "The wrong prize"})
    for _ in range(2):
        as_bo(f"{base}/viewers/{entered['viewer']['id']}/kick")
    as_bo(f"{base}/end")
    assert kinds(customer)[before:] == [
        "join_link.created",
        "member.joined",
        "room.created",
        "live_session.started",
        "survey.opened",
        "survey.closed",
        "survey.published",
        "checkin.opened",
        "draw.committed",
        "draw.opened",
        "draw.cancelled",
        "viewer.kicked",
        "live_session.ended",
    ]
    records = customer.get("/audit")["records"]
    assert {record["actor"]["name"] for record in records[:11]} == {"Bo"}
    assert records[0]["thing"] == {"id": live["id"], "name": "Hall"}
    assert [record["facts"] for record in records if record["kind"] == "draw.cancelled"] == [{"because": "The wrong prize"}]


def test_what_everybody_sees_in_the_audit_log(customer: Customer) -> None:
    """The screen link, the theme and announcements, each change once; ending or withdrawing again leaves nothing."""
    room = customer.room()
    live = customer.live_session(room)
    before = len(kinds(customer))
    link, base = f"/rooms/{room['id']}/screen-link", f"/live-sessions/{live['id']}/announcements"
    assert customer.call("PUT", link).status == 200
    for _ in range(2):
        assert customer.call("DELETE", link).status == 204
    for _ in range(2):
        assert customer.call("PUT", "/account/theme", {"name": "Acme", "accent": None, "logo": None}).status == 200
    made = customer.post(base, {"text": "Hello"})
    for _ in range(2):
        assert customer.call("DELETE", f"{base}/{made['id']}").status == 200
    assert kinds(customer)[before:] == [
        "screen_link.made",
        "screen_link.ended",
        "theme.changed",
        "announcement.made",
        "announcement.withdrawn",
    ]


def test_endpoints_in_the_audit_log(customer: Customer) -> None:
    """Made, changed, rotated, paused, resumed, removed, each once; never with an address that may hold a secret."""
    before = len(kinds(customer))
    endpoint = customer.post("/callback-endpoints", {"url": "http://127.0.0.1:9/hook?key=sesame", "dialect": "native"})
    path = f"/callback-endpoints/{endpoint['id']}"
    assert customer.call("PATCH", path, {"name": "CRM"}).status == 200
    assert customer.call("PATCH", path, {"name": "CRM"}).status == 200  # again, which changes nothing
    for move in ("rotate-secret", "pause", "pause", "resume", "resume"):
        assert customer.call("POST", f"{path}/{move}", {"overlap_s": 0} if move == "rotate-secret" else None).status == 200
    assert customer.call("DELETE", path).status == 204
    assert kinds(customer)[before:] == [
        "endpoint.created",
        "endpoint.changed",
        "endpoint.secret_rotated",
        "endpoint.paused",
        "endpoint.resumed",
        "endpoint.removed",
    ]
    assert "sesame" not in str(customer.get("/audit"))
    assert customer.get("/audit")["records"][0]["thing"]["name"] == "CRM"
    assert customer.live.ids.parse_text(Kind.ENDPOINT, customer.get("/audit")["records"][0]["thing"]["id"])


def test_a_key_says_when_it_was_used(customer: Customer) -> None:
    """A key's first request is in the list soon after; a key nobody calls with has none."""
    customer.post("/api-keys", {"label": "CRM"})
    deadline = time.monotonic() + 10
    while True:
        used = {key["label"]: key["last_used_at"] for key in customer.get("/api-keys")["api_keys"]}
        if used["first"] is not None or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    assert used["CRM"] is None
    assert used["first"] is not None
