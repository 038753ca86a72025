"""The client for Python, over every call it has, against the real server."""

import inspect
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.flows.kinds import GOOD, PICTURE, all_types, entries, exam
from tests.flows.live import Customer, LiveServer, new_customer, until
from tests.harness.receiver import Reply, receiving
from turnout.client import (
    NativeClient,
    NativeLiveSessionData,
    NativeRefused,
    NativeSurveyData,
    decode_native,
    receive_native,
    verify_draw_membership,
    verify_draw_proof,
)
from turnout.kernel import limits

called: set[str] = set()


@pytest.fixture
def client(customer: Customer, live_server: LiveServer) -> Iterator[NativeClient]:
    """A client that remembers what it was asked."""

    class Remembering(NativeClient):
        def __getattribute__(self, name: str) -> object:
            called.add(name)
            return super().__getattribute__(name)

    with Remembering(live_server.base_url, customer.secrets.api_key) as made:
        yield made


def test_the_replies_of_a_kept_connection_come_at_once(client: NativeClient) -> None:
    """The second reply and those after it do not wait for the acknowledgement of their own head, which takes a client 40 ms."""
    client.get_account()
    took = []
    for _ in range(15):
        began = time.monotonic()
        client.get_account()
        took.append(time.monotonic() - began)
    assert min(took) < 0.03, took


def test_rooms_and_people(client: NativeClient, customer: Customer) -> None:
    """Settings, live sessions, who is there, who has to go."""
    assert client.get_account().name == "Acme"
    room = client.create_room("Hall", stream_url="https://cdn.example.com/a.m3u8", embed_origins=["https://www.example.com"])
    assert (room.stream_url, room.stream_origins, room.embed_origins) == ("https://cdn.example.com/a.m3u8", [], ["https://www.example.com"])
    theme = client.set_theme(name="Acme", accent="#1f4fd8", logo=client.upload_picture(PICTURE, "image/png").id)
    assert theme.logo
    assert client.get_theme() == theme
    changed = client.change_room(room.id, title="Great hall", viewer_limit=10)
    assert (changed.title, changed.viewer_limit, client.get_room(room.id)) == ("Great hall", 10, changed)
    assert [found.id for found in client.list_rooms()] == [room.id]
    live = client.start_live_session(room.id)
    vera, entered = customer.viewer({"code": room.code}, "Vera")
    customer.viewer({"code": room.code}, "Wang")
    people = client.list_viewers(live.id)
    assert (people.online, [(viewer.name, len(viewer.connections)) for viewer in people.viewers]) == (2, [("Vera", 1), ("Wang", 1)])
    assert [viewer.name for viewer in client.list_viewers(live.id, search="wan").viewers] == ["Wang"]
    assert client.kick_viewer(live.id, entered["viewer"]["id"]).name == "Vera"
    assert vera.wait_closed().code == 4003
    assert client.block_viewer(room.id, entered["viewer"]["id"]).blocked
    assert [block.viewer.name for block in client.list_blocks(room.id)] == ["Vera"]
    assert not client.unblock_viewer(room.id, entered["viewer"]["id"]).blocked
    assert list(client.list_blocks(room.id)) == []
    assert client.end_live_session(live.id).state == "ended"
    assert [found.state for found in client.list_live_sessions(room.id)] == ["ended"]
    link = client.make_screen_link(room.id)
    assert link.screen_url.startswith(f"{client.base_url}/screen/{room.id}#key=")
    assert client.get_room(room.id).screen_link_at == link.made_at
    client.end_screen_link(room.id)
    assert client.get_room(room.id).screen_link_at is None
    key = client.make_entry_key(end_earlier=True)
    assert key.key
    assert key.kid.startswith("ac_")
    assert client.get_names(room.id).quanshi


def test_members_and_keys(client: NativeClient, customer: Customer) -> None:
    """Who may log in, what may call, and what the audit log says of it."""
    (first,) = client.list_members()
    assert client.change_member(first.id, name="Chen Jie").name == "Chen Jie"
    with pytest.raises(NativeRefused, match="last_operator"):
        client.remove_member(first.id)
    invited = client.create_join_link("operator", "Wang Fang", days=1)
    assert "/console/join#" in invited.url
    client.revoke_join_link(invited.join_link.id)
    assert [link.state for link in client.list_join_links()] == ["revoked"]
    made = client.create_api_key("CRM")
    client.revoke_api_key(made.api_key.id)
    assert [(key.label, key.revoked_at is None) for key in client.list_api_keys()] == [("CRM", False), ("first", True)]
    told = [record.kind for record in client.list_audit_records()]
    assert told == [
        "api_key.revoked",
        "api_key.created",
        "join_link.revoked",
        "join_link.created",
        "member.renamed",
        "account.created",
    ]
    assert [record.thing and record.thing.name for record in client.list_audit_records(kind="member.renamed")] == ["Chen Jie"]
    assert client.export_audit_records(kind="api_key.created").count(b"\r\n") == 2


def test_a_survey_of_each_kind(client: NativeClient, customer: Customer) -> None:
    """Made, edited, opened, answered, closed, marked, settled, published; copied, withdrawn; and a card in one line."""
    room = client.create_room("Hall")
    live = client.start_live_session(room.id)
    viewer, entered = customer.viewer({"code": room.code})
    picture = client.upload_picture(PICTURE, "image/png")
    assert (picture.width, picture.height, picture.url) == (1, 1, f"/pictures/{picture.id}")
    card = client.create_answer_card(live.id, "Card", ["A", "B"], right_options=[1])
    assert client.open_survey(live.id, card.id).questions[0].right_options == [1]
    made = client.create_survey(live.id, "questionnaire", "Wrong", all_types(picture.id), publish_on_close=False)
    edited = client.edit_survey(live.id, made.id, "exam", "Exam", exam(picture.id), publish_on_close=False)
    assert (edited.kind, edited.title, edited.revision, edited.questions[4].pictures) == ("exam", "Exam", 1, [picture.url] * 2)
    opened = client.open_survey(live.id, edited.id)
    view = {"questions": [{"id": question.id} for question in opened.questions]}
    assert viewer.submit(opened.id, entries(view, *GOOD))["op"] == "accepted"
    closed = client.close_survey(live.id, opened.id)
    assert (closed.state, closed.to_mark, closed.right_numbers and closed.right_numbers[0].number) == ("closed", 1, 5)
    (submission,) = client.list_submissions(live.id, closed.id)
    assert submission.viewer is not None
    assert submission.viewer.id == entered["viewer"]["id"]
    assert [answer.rating for answer in submission.answers if answer.rating] == [6]
    marked = client.mark(live.id, closed.id, submission.viewer.id, closed.questions[2].id, 20)
    assert (marked.state, marked.settled_by, marked.points) == ("settled", "marking", 60)
    with pytest.raises(NativeRefused, match="wrong_state"):
        client.mark(live.id, closed.id, submission.viewer.id, closed.questions[2].id, 0)
    (submission,) = client.list_submissions(live.id, closed.id)
    assert [mark.points for mark in submission.marks] == [20]
    assert client.publish_survey(live.id, closed.id).published
    copy = client.copy_survey(live.id, closed.id, live.id)
    assert (copy.state, copy.title, len(copy.questions)) == ("draft", "Exam", 10)
    assert client.withdraw_survey(live.id, copy.id).state == "withdrawn"
    again = client.open_survey(live.id, client.copy_survey(live.id, closed.id, live.id).id)
    assert viewer.submit(again.id, entries({"questions": [{"id": one.id} for one in again.questions]}, *GOOD))["op"] == "accepted"
    client.close_survey(live.id, again.id)
    assert client.settle_survey(live.id, again.id).settled_by == "host"
    with pytest.raises(NativeRefused, match="wrong_state") as refused:
        client.settle_survey(live.id, again.id)
    assert refused.value.status == 409
    assert {survey.id for survey in client.list_surveys(live.id)} == {card.id, closed.id, copy.id, again.id}
    assert client.get_survey(live.id, card.id).state == "open"
    assert b"Because of the north" in client.export_submissions(live.id, closed.id, "csv")


def test_a_check_in(client: NativeClient, customer: Customer) -> None:
    """Of a list and of those present: prepared, opened, confirmed, closed, withdrawn; who was there."""
    room = client.create_room("Hall")
    live = client.start_live_session(room.id)
    viewer, entered = customer.viewer({"code": room.code})
    checkin = client.create_checkin(live.id, "There?", people=[{"viewer": entered["viewer"]["id"]}, {"external_id": "77"}], draft=True)
    assert client.edit_checkin(live.id, checkin.id, "Are you there?", expects="list").expected == 2
    assert client.open_checkin(live.id, checkin.id).state == "open"
    assert viewer.check_in({"id": checkin.id})["op"] == "accepted"
    assert client.close_checkin(live.id, checkin.id).confirmed == 1
    assert client.get_checkin(live.id, checkin.id).expected == 2
    people = client.list_checkin_people(live.id, checkin.id)
    assert sorted((person.external_id or "", person.confirmed_at is not None) for person in people) == [("", True), ("77", False)]
    another = client.create_checkin(live.id, "Still there?")
    assert client.withdraw_checkin(live.id, another.id).state == "withdrawn"
    assert [found.id for found in client.list_checkins(live.id)] == [another.id, checkin.id]


def test_what_is_told_and_who_was_there(client: NativeClient, customer: Customer) -> None:
    """An announcement made and withdrawn; the curve of who was there; all live sessions with their figures; who has not answered."""
    room = client.create_room("Hall")
    live = client.start_live_session(room.id)
    customer.viewer({"code": room.code}, "Vera")
    made = client.make_announcement(live.id, "Soon")
    assert (made.text, made.withdrawn_at) == ("Soon", None)
    assert client.withdraw_announcement(live.id, made.id).withdrawn_at
    assert [one.id for one in client.list_announcements(live.id)] == [made.id]
    card = client.open_survey(live.id, client.create_answer_card(live.id, "Card", ["A", "B"]).id)
    assert [one.viewer.name for one in client.list_unanswered(live.id, card.id)] == ["Vera"]
    attendance = client.get_attendance(live.id, 60)
    assert (attendance.viewers, attendance.online, attendance.peak and attendance.peak.viewers) == (1, 1, 1)
    assert client.list_planned() == []
    planned = client.change_room(room.id, next_start_at=(datetime.now(UTC) + timedelta(days=1)).isoformat(), next_title="Part two")
    assert [(one.room, one.room_title, one.title, one.starts_at) for one in client.list_planned()] == [
        (room.id, "Hall", "Part two", planned.next_start_at)
    ]
    (summary,) = client.list_summaries("running")
    assert (summary.id, summary.room_title, summary.online, [one.id for one in summary.under_way]) == (live.id, "Hall", 1, [card.id])


def test_a_draw(client: NativeClient) -> None:
    """A list, committed, opened, closed and drawn, with its proof; another is cancelled."""
    live = client.start_live_session(client.create_room("Hall").id)
    draw = client.create_draw(live.id, "Lucky", [{"name": "Cup", "count": 1}], who="list", entropy="offline")
    assert client.add_draw_entrants(live.id, draw.id, [{"external_id": "a", "name": "Ann"}, {"external_id": "b"}]).entered == 2
    edited = client.edit_draw(live.id, draw.id, "Luckier", [{"name": "Cup", "count": 1}], who="list", entropy="offline")
    assert (edited.title, edited.entered) == ("Luckier", 2)
    assert client.commit_draw(live.id, draw.id).state == "committed"
    assert client.open_draw(live.id, draw.id).state == "open"
    client.close_draw(live.id, draw.id)
    until(lambda: client.get_draw(live.id, draw.id), lambda found: found.state == "drawn")
    (winner,) = client.list_draw_winners(live.id, draw.id)
    assert winner.external_id in {entrant.external_id for entrant in client.list_draw_entrants(live.id, draw.id)}
    proof = client.get_draw_proof(draw.id)
    assert verify_draw_proof(proof).ok
    codes = [entrant.code for entrant in client.list_draw_entrants(live.id, draw.id)]
    assert verify_draw_membership(client.get_draw_membership(draw.id, codes[0]), proof).ok
    assert (client.get_draw_commitment(draw.id).title, client.get_draw_commitment(draw.id).count) == ("Luckier", 2)
    assert client.export_draw_winners(live.id, draw.id, "zh").decode().splitlines()[1].startswith("1,Cup,")
    unwanted = client.create_draw(live.id, "Unlucky", [{"name": "Cup", "count": 1}])
    assert client.cancel_draw(live.id, unwanted.id, "Nobody wants it.").because == "Nobody wants it."
    assert [found.id for found in client.list_draws(live.id)] == [unwanted.id, draw.id]


def test_the_question_bank(client: NativeClient) -> None:
    """Kept, found, edited, used, taken out to a file and brought in again, deleted."""
    live = client.start_live_session(client.create_room("Hall").id)
    questions = [{"title": "Which?", "options": ["A", "B"]}]
    made = client.create_template("answer_card", "Card", questions, name="Warm-up", tags=["easy"])
    assert client.get_template(made.id) == made
    assert [found.id for found in client.list_templates("warm")] == [made.id]
    assert list(client.list_templates("cold")) == []
    assert client.edit_template(made.id, "vote", "Vote", questions, name="Warm-up").kind == "vote"
    survey = client.create_survey_from_template(live.id, made.id)
    assert (survey.kind, survey.template) == ("vote", made.id)
    assert client.keep_survey(live.id, survey.id, "Kept", ["again"]).name == "Kept"
    file = client.export_template(made.id, "csv")
    tried = client.import_templates(file, "csv", dry_run=True)
    assert (tried.kept, tried.errors, [found.title for found in tried.templates]) == (False, [], ["Vote"])
    assert client.import_templates(file, "csv").kept
    assert len(list(client.list_templates())) == 3
    broken = client.import_templates(file.replace(b"vote", b"veto"), "csv")
    assert not broken.kept
    assert broken.errors
    client.delete_template(made.id)
    assert len(list(client.list_templates())) == 2


def test_callback_endpoints(client: NativeClient) -> None:
    """Made, changed, tried, held, given another secret, disabled by its receiver with a notice, and removed."""
    ever = ("2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z")
    with receiving() as receiver:
        made = client.create_endpoint(receiver.url, "native", name="CRM", timeout_s=3)
        assert (made.state, made.name, made.secret and made.secret[:6]) == ("active", "CRM", "whsec_")
        assert client.list_endpoints() == [client.get_endpoint(made.id)]
        assert client.update_endpoint(made.id, name="Records").name == "Records"
        second = client.rotate_secret(made.id).secret
        tried = client.test_endpoint(made.id)
        (call,) = receiver.wait_until(lambda received: len(received) == 1)
        for secret in (made.secret, second):
            assert receive_native(call.headers, call.body, secret or "").kind == "callback_endpoint.tested"
        (delivery,) = until(lambda: list(client.list_deliveries(endpoint=made.id)), lambda found: found[0].state == "succeeded")
        assert (delivery.event.number, delivery.event.kind, delivery.shown) == (tried.number, "callback_endpoint.tested", "succeeded")
        assert client.get_delivery(delivery.id).attempts[0].status == 200
        assert client.redeliver(delivery.id).state == "due"
        again = receiver.wait_until(lambda received: len(received) == 2)[1]
        assert (again.body, again.headers["webhook-id"]) == (call.body, delivery.id)
        until(lambda: client.count_deliveries(made.id), lambda counts: counts.succeeded == 1)
        assert client.get_endpoint_health(made.id).hours[0].accepted == 2
        assert client.pause_endpoint(made.id).state == "paused"
        assert client.resume_endpoint(made.id).state == "active"
        receiver.answer = lambda received: Reply(410)
        client.start_live_session(client.create_room("Hall").id)
        (notice,) = until(lambda: list(client.list_notices()), lambda found: bool(found))
        assert (notice.endpoint.id, client.get_endpoint(made.id).state) == (made.id, "disabled")
        client.dismiss_notice(notice.id)
        assert list(client.list_notices()) == []
        receiver.answer = lambda received: Reply()
        client.resume_endpoint(made.id)
        assert client.redeliver_range(made.id, *ever, kinds=["live_session.started"]) == 1
        until(lambda: client.count_deliveries(made.id), lambda counts: (counts.failed, counts.due) == (0, 0))
        assert client.redeliver_missing(made.id, *ever) == 0
    client.remove_endpoint(made.id)
    assert client.list_endpoints() == []


def test_deliveries(client: NativeClient, customer: Customer) -> None:
    """Found, looked at, counted, and sent again."""
    span = ("2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z")
    with receiving() as receiver:
        endpoint = client.create_endpoint(f"{receiver.url}/hook", "quanshi")
        live = customer.live_session(customer.room())
        customer.change(live, customer.opened(live), "close")
        found = until(
            lambda: list(client.list_deliveries(endpoint=endpoint.id)),
            lambda seen: [one.shown for one in seen] == ["succeeded"] * 2,
        )
        closed, opened = found
        assert (closed.event.kind, opened.event.kind, closed.live_session) == ("survey.closed", "survey.opened", live["id"])
        assert list(client.list_deliveries(kind="survey.opened", state="succeeded", from_=span[0], to=span[1])) == [opened]
        assert list(client.list_deliveries(live["id"], room=live["room"], to=span[0])) == []
        seen = client.get_delivery(opened.id)
        assert (seen.attempts[0].url, seen.attempts[0].status, seen.body) == (
            f"{receiver.url}/hook",
            200,
            receiver.received[0].body.decode(),
        )
        assert client.count_deliveries(endpoint.id).succeeded == 2
        assert client.redeliver(opened.id).state == "due"
        receiver.wait_until(lambda calls: len(calls) == 3)
        until(lambda: client.count_deliveries(endpoint.id), lambda counts: counts.succeeded == 2)
        assert client.redeliver_range(endpoint.id, *span) == 0
        assert client.redeliver_range(endpoint.id, *span, states=["succeeded"], kinds=["survey.closed"]) == 1
        calls = receiver.wait_until(lambda calls: len(calls) == 4)
        assert len({call.body for call in calls}) == 2
        later = client.create_endpoint(f"{receiver.url}/later", "quanshi", kinds=["survey.closed"])
        assert client.redeliver_missing(later.id, *span) == 1
        receiver.wait_until(lambda calls: calls[-1].path.endswith("/later"))
        until(lambda: client.count_deliveries(later.id), lambda counts: counts.succeeded == 1)
        assert client.redeliver_missing(later.id, *span) == 0


def test_a_feed(client: NativeClient) -> None:
    """For a receiver behind a firewall: read by number, decoded like a callback, acknowledged."""
    feed = client.create_endpoint(None, "native", kinds=["live_session.started", "live_session.ended"])
    assert (feed.state, feed.url) == ("feed", None)
    live = client.start_live_session(client.create_room("Hall").id)
    client.end_live_session(live.id)
    page = until(lambda: client.read_feed(feed.id, wait_s=5), lambda found: found.last == 2)
    first, second = (decode_native(message.body, message.id) for message in client.read_feed(feed.id, after=0).messages)
    assert (page.next, [message.number for message in page.messages]) == (2, [1, 2])
    assert (first.kind, second.kind, second.id) == ("live_session.started", "live_session.ended", page.messages[1].id)
    assert isinstance(second.data, NativeLiveSessionData)
    assert second.data.live_session.id == live.id
    assert client.acknowledge_feed(feed.id, 1).acknowledged == 1
    assert [message.number for message in client.read_feed(feed.id).messages] == [2]


def test_the_catalogue_of_callbacks(client: NativeClient) -> None:
    """Kinds with their schema, and an example that the receiver reads."""
    (closed,) = (kind for kind in client.list_callback_kinds() if kind.kind == "survey.closed")
    message = decode_native(msgspec.json.encode(closed.example))
    assert decode_native(closed.example) == message
    assert (closed.schema["title"], message.kind, message.at) == ("survey.closed", "survey.closed", closed.example["timestamp"])
    assert isinstance(message.data, NativeSurveyData)


def test_it_waits_for_its_rate(tmp_path: Path) -> None:
    """A client that calls too often is held up, not refused."""
    live = LiveServer(tmp_path, api_requests_per_second=20)
    live.start()
    try:
        with NativeClient(live.base_url, new_customer(live).secrets.api_key) as client:
            began = time.monotonic()
            for _ in range(20 * limits.API_BURST_S + 5):
                client.get_account()
            assert time.monotonic() - began >= 0.15
    finally:
        live.stop()


def test_every_call_was_tried() -> None:
    """A new call of the client's that nobody has tried here fails. Runs last in its file."""
    calls = {name for name, _ in inspect.getmembers(NativeClient, inspect.isfunction) if not name.startswith("_")}
    assert calls <= called
