"""Every list in pages: each thing once, in the list's order, however small the pages are and whatever is made meanwhile; and every creating
call under an Idempotency-Key: once, whoever repeats it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.kinds import PICTURE, exam, upload
from tests.flows.live import Customer, LiveServer, new_customer, send, until
from tests.flows.walk import operations
from tests.harness.receiver import receiving
from turnout.kernel.ids import Kind

Make = Callable[[Customer], tuple[str, str, list[str]]]
"""Fills a list: its path, the member of the reply that has the entries, and the ids in it, or [] for those of a whole page."""


def rooms(customer: Customer) -> tuple[str, str, list[str]]:
    return "/rooms", "rooms", [customer.room()["id"] for _ in range(7)][::-1]


def live_sessions(customer: Customer) -> tuple[str, str, list[str]]:
    room = customer.room()
    made = []
    for _ in range(7):
        live = customer.live_session(room)
        customer.post(f"/live-sessions/{live['id']}/end")
        made.append(live["id"])
    return f"/rooms/{room['id']}/live-sessions", "live_sessions", made[::-1]


def surveys(customer: Customer) -> tuple[str, str, list[str]]:
    live = customer.live_session(customer.room())
    made = [customer.card(live)["id"] for _ in range(7)]
    customer.change(live, {"id": made[3]}, "withdraw")
    return f"/live-sessions/{live['id']}/surveys", "surveys", made[::-1]


def templates(customer: Customer) -> tuple[str, str, list[str]]:
    body = {"title": "Kept", "questions": [{"options": ["A", "B"]}]}
    return "/templates", "templates", [customer.post("/templates", body)["id"] for _ in range(7)][::-1]


def endpoints(customer: Customer) -> tuple[str, str, list[str]]:
    body = {"url": "http://127.0.0.1:9/x", "dialect": "quanshi"}
    return "/callback-endpoints", "endpoints", [customer.post("/callback-endpoints", body)["id"] for _ in range(7)]


def viewers(customer: Customer) -> tuple[str, str, list[str]]:
    room = customer.room()
    live = customer.live_session(room)
    people = [customer.viewer(room, f"V{number}") for number in range(7)]
    ids = [entered["viewer"]["id"] for _, entered in people]
    for viewer, _ in people[::2]:
        viewer.close()
    path = f"/live-sessions/{live['id']}/viewers"
    until(lambda: customer.get(path), lambda found: found["online"] == 3)
    return path, "viewers", [*ids[1::2], *ids[::2]]


def blocks(customer: Customer) -> tuple[str, str, list[str]]:
    room = customer.room()
    customer.live_session(room)
    ids = [customer.viewer(room, f"V{number}")[1]["viewer"]["id"] for number in range(7)]
    for viewer in ids:
        customer.post(f"/rooms/{room['id']}/viewers/{viewer}/block")
    return f"/rooms/{room['id']}/blocks", "blocks", ids


def submissions(customer: Customer) -> tuple[str, str, list[str]]:
    return _submissions(customer, "vote", anonymous=False)


def ballots(customer: Customer) -> tuple[str, str, list[str]]:
    return _submissions(customer, "vote", anonymous=True)


def by_answering(customer: Customer) -> tuple[str, str, list[str]]:
    path, member, _ = _submissions(customer, "vote", anonymous=False)
    return path + "?sort=answered_at&descending=true", member, []


def unanswered(customer: Customer) -> tuple[str, str, list[str]]:
    room = customer.room()
    live = customer.live_session(room)
    card = customer.opened(live)
    people = [customer.viewer(room, f"V{number}") for number in range(8)]
    assert people[3][0].answer(card, [0])["op"] == "accepted"
    ids = [entered["viewer"]["id"] for _, entered in people]
    return f"/live-sessions/{live['id']}/surveys/{card['id']}/unanswered", "viewers", ids[:3] + ids[4:]


def announcements(customer: Customer) -> tuple[str, str, list[str]]:
    live = customer.live_session(customer.room())
    path = f"/live-sessions/{live['id']}/announcements"
    made = [customer.post(path, {"text": f"Text {number}"})["id"] for number in range(7)]
    assert customer.call("DELETE", f"{path}/{made[2]}").status == 200
    return path, "announcements", made[::-1]


def summaries(customer: Customer) -> tuple[str, str, list[str]]:
    made = [customer.live_session(customer.room())["id"] for _ in range(7)]
    for live_session in made[:3]:
        customer.post(f"/live-sessions/{live_session}/end")
    return "/live-sessions", "live_sessions", made[::-1]


def _submissions(customer: Customer, kind: str, *, anonymous: bool) -> tuple[str, str, list[str]]:
    room = customer.room()
    live = customer.live_session(room)
    question = {"type": "rating", "title": "?", "scale": 7}
    survey = customer.change(live, customer.prepare(live, kind=kind, title="V", questions=[question], anonymous=anonymous), "open")
    stars = survey["questions"][0]["id"]
    ids = []
    for number in range(7):
        viewer, entered = customer.viewer(room, f"V{number}")
        assert viewer.submit(survey["id"], [{"question": stars, "rating": number + 1}])["op"] == "accepted"
        ids.append(entered["viewer"]["id"])
    customer.change(live, survey, "close")
    return f"/live-sessions/{live['id']}/surveys/{survey['id']}/submissions", "submissions", [] if anonymous else ids


def deliveries(customer: Customer) -> tuple[str, str, list[str]]:
    live = customer.live_session(customer.room())
    with receiving() as receiver:
        customer.post("/callback-endpoints", {"url": receiver.url, "dialect": "quanshi"})
        for _ in range(4):
            customer.change(live, customer.opened(live), "close")
        path = f"/live-sessions/{live['id']}/deliveries"
        until(
            lambda: customer.get(path)["deliveries"],
            lambda found: len(found) == 8 and all(delivery["state"] == "succeeded" for delivery in found),
        )
    return path, "deliveries", []


def all_deliveries(customer: Customer) -> tuple[str, str, list[str]]:
    _, member, _ = deliveries(customer)
    return "/callbacks/deliveries", member, []


def members(customer: Customer) -> tuple[str, str, list[str]]:
    ids = [customer.live.ids.text(Kind.HOST, customer.created.host_id)]
    for number in range(6):
        secret = customer.post("/join-links", {})["url"].partition("#")[2]
        body = {
            "secret": secret,
            "login": f"{customer.secrets.host_login}-{number}",
            "name": f"M{number}",
            "password": "a window, a staple",
        }
        ids.append(customer.post("/join", body)["host"]["id"])
    return "/members", "members", ids


def join_links(customer: Customer) -> tuple[str, str, list[str]]:
    return "/join-links", "join_links", [customer.post("/join-links", {})["join_link"]["id"] for _ in range(7)][::-1]


def api_keys(customer: Customer) -> tuple[str, str, list[str]]:
    made = [customer.post("/api-keys", {})["api_key"]["id"] for _ in range(7)]
    return "/api-keys", "api_keys", [*made[::-1], customer.live.ids.text(Kind.API_KEY, customer.created.api_key_id)]


def audit_records(customer: Customer) -> tuple[str, str, list[str]]:
    for _ in range(7):
        customer.room()
    return "/audit", "records", []


LISTS: list[Make] = [
    members,
    join_links,
    api_keys,
    audit_records,
    rooms,
    live_sessions,
    surveys,
    templates,
    endpoints,
    viewers,
    blocks,
    submissions,
    ballots,
    deliveries,
    all_deliveries,
]
LISTS += [by_answering, unanswered, announcements, summaries]


def id_of(entry: Any) -> str:
    """What is unlike in every entry of a list."""
    if "id" in entry:
        return str(entry["id"])
    return str(entry["viewer"]["id"] if entry.get("viewer") else entry["answers"])


@pytest.mark.parametrize("make", LISTS)
def test_pages(customer: Customer, make: Make) -> None:
    """Pages of one, three and all show the same things in the same order; the last has no `next`, and a strange `after` is refused."""
    path, member, expected = make(customer)
    more = "&" if "?" in path else "?"
    whole = customer.get(path)
    assert whole["next"] is None
    ids = [id_of(entry) for entry in whole[member]]
    assert len(set(ids)) == len(ids) >= 7
    assert expected in ([], ids)
    for limit in (1, 3, len(ids)):
        found: list[str] = []
        after = ""
        while True:
            page = customer.get(f"{path}{more}limit={limit}{after}")
            assert len(page[member]) <= limit
            found += [id_of(entry) for entry in page[member]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert found == ids
    for strange in ("x", "vw_0000000000000", "bt_ffffffffffffffff", "bt_x", "%00", "gone-x"):
        reply = customer.call("GET", f"{path}{more}after={strange}")
        assert reply.status in (400, 404), (strange, reply)
    for limit in ("0", "501", "x", "-1"):
        assert customer.call("GET", f"{path}{more}limit={limit}").code == "invalid_input"


def test_what_is_made_while_pages_are_read(customer: Customer) -> None:
    """New rooms do not push older ones onto the next page a second time."""
    before = [customer.room()["id"] for _ in range(4)][::-1]
    first = customer.get("/rooms?limit=2")
    customer.room()
    second = customer.get(f"/rooms?limit=2&after={first['next']}")
    assert [room["id"] for room in first["rooms"] + second["rooms"]] == before


def test_every_creating_call_is_done_once(live_server: LiveServer) -> None:
    """Each operation of the document that takes an Idempotency-Key, sent twice: one thing, one reply. The
    same key for something else, and an unusable key, are refused."""
    customer = new_customer(live_server)
    document = send(live_server.base_url, "GET", "/api/openapi.json").json
    room = customer.room()
    live = customer.live_session(room)
    survey = customer.prepare(live, kind="exam", title="Exam", questions=exam(upload(customer)))
    template = customer.post("/templates", {"title": "Kept", "questions": [{"options": ["A", "B"]}]})
    draft = {"title": "Made", "questions": [{"options": ["A", "B"]}]}
    empty = customer.room()["id"]
    base, checkins, draws, told = (f"/live-sessions/{live['id']}/{what}" for what in ("surveys", "checkins", "draws", "announcements"))
    calls: dict[str, tuple[str, Any, str]] = {
        "createRoom": ("/rooms", {"title": "Once"}, "/rooms"),
        "startLiveSession": (f"/rooms/{empty}/live-sessions", {}, f"/rooms/{empty}/live-sessions"),
        "createSurvey": (base, draft, base),
        "createCheckIn": (checkins, {"title": "There?"}, checkins),
        "createDraw": (draws, {"title": "Lucky", "prizes": [{"name": "A", "count": 1}], "entropy": "offline", "open": True}, draws),
        "makeAnnouncement": (told, {"text": "Soon"}, told),
        "copySurvey": (f"{base}/{survey['id']}/copy", {"live_session": live["id"]}, base),
        "createSurveyFromTemplate": (f"{base}/from-template", {"template": template["id"]}, base),
        "createTemplate": ("/templates", draft, "/templates"),
        "keepSurvey": ("/templates/from-survey", {"live_session": live["id"], "survey": survey["id"]}, "/templates"),
        "importTemplates": ("/templates/import", {"templates": [draft]}, "/templates"),
        "createCallbackEndpoint": ("/callback-endpoints", {"url": "http://127.0.0.1:9/x", "dialect": "quanshi"}, "/callback-endpoints"),
        "makeEntryKey": ("/account/entry-key", {}, "/account/entry-keys"),
        "createJoinLink": ("/join-links", {"label": "Once"}, "/join-links"),
        "createApiKey": ("/api-keys", {"label": "Once"}, "/api-keys"),
        "uploadPicture": ("/pictures", PICTURE + b"once", ""),
    }
    taking = {
        operation["operationId"]
        for _, _, operation in operations(document)
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))
    }
    assert set(calls) == taking, "say above how a new creating call is tried"
    for name, (path, body, listed) in calls.items():
        count = _count(customer, listed)
        key = {"Idempotency-Key": f"key-of-{name}"}
        first, second = (customer.call("POST", path, body, key) for _ in range(2))
        assert first.status in (200, 201), (name, first)
        assert (second.status, second.json) == (first.status, first.json), name
        if listed:
            assert _count(customer, listed) == count + 1, name
        other = body + b"!" if isinstance(body, bytes) else {**body, "title": "Other"} if "title" in body else None
        if other is not None:
            assert customer.call("POST", path, other, key).code == "idempotency_key_reused", name
        assert customer.call("POST", path, body, {"Idempotency-Key": "two words"}).code == "invalid_input", name


def _count(customer: Customer, listed: str) -> int:
    if not listed:
        return 0
    reply = customer.get(listed)
    return len(next(value for value in reply.values() if isinstance(value, list)))
