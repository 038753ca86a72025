"""/collect/vote/record over real HTTP and a real database: contract 3.8, and votes of ours that CC does not know the like of."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.dialects.csslcloud.conftest import QUICK, World, serving
from tests.dialects.csslcloud.test_routes import FORM, asked, live_room, shape
from turnout.dialects.csslcloud.ids import forms
from turnout.dialects.csslcloud.replies import VoteReply
from turnout.dialects.csslcloud.routes import CsslcloudRoutes
from turnout.interactions.survey.actions import WITHDRAW_SURVEY, ChangeSurvey
from turnout.interactions.survey.rules import QuestionDraft
from turnout.kernel import limits
from turnout.kernel.ids import Kind
from turnout.storage.postgres import PostgresDatabase

VOTES = "/collect/vote/record"
SAMPLE = json.loads((Path(__file__).parent / "samples" / "vote_record.json").read_text("utf-8"))


def vote_ids(world: Any) -> dict[str, str]:
    """What CC calls each of Ann's entries, newest first; the rating in between and the vote of nothing but a rating are none."""
    simple, several, _, now = world.ann.votes
    evening, _, home = world.facts(world.ann, world.ann.lives[0], several).questions
    return {
        "now": world.ids.hex32(Kind.SURVEY, now),
        "evening": world.ids.hex32(Kind.QUESTION, evening.question_id),
        "way home": world.ids.hex32(Kind.QUESTION, home.question_id),
        "days": world.ids.hex32(Kind.SURVEY, simple),
    }


def room_of(world: Any) -> str:
    """Ann's first room."""
    return str(world.roomid(live_room(world)))


def shown(reply: Any) -> list[str]:
    """The ids of a reply's entries."""
    return [entry["publish_data"]["vote_id"] for entry in reply.content["data"]]


def test_a_vote_is_told_field_by_field(world: Any, wire: Any) -> None:
    """Every field of the document, in its order, with ids in CC's forms."""
    live, ids = world.ann.lives[0], world.ids
    one, two, _ = (ids.hex32(Kind.VIEWER, viewer) for viewer in world.ann.viewers)

    reply = wire.get(SAMPLE["path"], asked(world, world.ann, roomid=room_of(world), liveid=world.liveid(live)))

    entry = reply.content["data"][-1]
    assert list(reply.content) == list(SAMPLE["reply"])
    assert shape(entry) == shape(SAMPLE["reply"]["data"][0])
    assert [list(entry), list(entry["publish_data"])] == [
        list(SAMPLE["reply"]["data"][0]),
        list(SAMPLE["reply"]["data"][0]["publish_data"]),
    ]
    assert entry["publish_data"] == {
        "style": 0,
        "choices": ["Monday", "Wednesday", "Friday"],
        "publish_time": entry["publish_data"]["publish_time"],
        "roomid": room_of(world),
        "vote_id": vote_ids(world)["days"],
        "title": "Best day for the test?",
        "uid": ids.hex32(Kind.HOST, world.ann.caller.host_id),
        "liveid": world.liveid(live),
        "uname": "Ann",
    }
    assert sorted(entry["reply_data"], key=lambda each: each["uname"]) == [
        {"uid": one, "choices": [1], "uname": "one"},
        {"uid": two, "choices": [0], "uname": "two"},
    ]
    assert entry["publish_data"]["publish_time"].startswith("2026-01-05 16:2")


def test_several_questions_are_several_votes(world: Any, wire: Any) -> None:
    """One entry for each question with options, under the question's own id and text; the rating has no form here."""
    data = wire.get(VOTES, asked(world, world.ann, roomid=room_of(world))).content["data"]
    evening, home = data[1:3]

    assert [entry["publish_data"]["vote_id"] for entry in data] == list(vote_ids(world).values())
    assert evening["publish_data"]["title"] == "Evening"  # the question has no text
    assert home["publish_data"]["title"] == "Which way home?"
    assert [entry["publish_data"]["style"] for entry in (evening, home)] == [1, 0]
    assert [entry["publish_data"]["choices"] for entry in (evening, home)] == [["Tea", "Coffee", "Water"], ["Bus", "Train"]]


def test_an_anonymous_vote_names_nobody(world: Any, wire: Any) -> None:
    """uid and uname are empty; one who left a question out is not in its entry."""
    data = wire.get(VOTES, asked(world, world.ann, roomid=room_of(world))).content["data"]

    assert data[1]["reply_data"] == [{"uid": "", "choices": [0, 2], "uname": ""}]
    assert data[2]["reply_data"] == [{"uid": "", "choices": [1], "uname": ""}] * 2


def test_an_open_vote_is_told_as_it_stands(world: Any, wire: Any) -> None:
    """Named votes at once."""
    reply = wire.get(VOTES, asked(world, world.ann, roomid=room_of(world), liveid=world.liveid(world.ann.lives[1])))

    (entry,) = reply.content["data"]
    two = world.ids.hex32(Kind.VIEWER, world.ann.viewers[1])
    assert entry["reply_data"] == [{"uid": two, "choices": [0], "uname": "two"}]


def test_an_anonymous_vote_that_is_open_holds_its_ballots_back(world: Any, wire: Any) -> None:
    """Who asked again after each vote would learn who voted what. A withdrawn vote is not listed at all."""
    bob, live = world.bob, world.bob.lives[0]
    survey_id = world.vote(bob, live, "Secret", QuestionDraft(options=["a", "b"]), anonymous=True)
    world.submit(bob, live, survey_id, bob.viewers[0], [1])
    values = {"roomid": world.roomid(bob.rooms[0]), "liveid": world.liveid(live)}

    def secret() -> list[Any]:
        data = wire.get(VOTES, asked(world, bob, **values)).content["data"]
        return [entry["reply_data"] for entry in data if entry["publish_data"]["title"] == "Secret"]

    assert secret() == [[]]
    world.close(bob, live, survey_id)
    assert secret() == [[{"uid": "", "choices": [1], "uname": ""}]]
    gone = world.vote(bob, live, "Gone", QuestionDraft(options=["a", "b"]))
    world.do(WITHDRAW_SURVEY, ChangeSurvey(bob.caller, live.id, gone))
    assert "Gone" not in str(wire.get(VOTES, asked(world, bob, **values)).content)


@pytest.mark.parametrize(
    ("page", "length", "names", "count"),
    [
        ("1", "2", ["now", "evening"], 2),
        ("2", "2", ["way home", "days"], 2),
        ("3", "2", [], 2),
        ("2", "1", ["evening"], 4),
        ("3", "1", ["way home"], 4),
        ("1", "501", ["now", "evening", "way home", "days"], 1),
    ],
)
def test_pages_count_entries(world: Any, wire: Any, page: str, length: str, names: list[str], count: int) -> None:
    """Also where a page ends in the middle of a vote; several live sessions of a room stand together."""
    reply = wire.get(VOTES, asked(world, world.ann, roomid=room_of(world), page_size=page, page_length=length))

    assert shown(reply) == [vote_ids(world)[name] for name in names]
    echoed = (int(page), min(int(length), limits.MAX_PAGE_LENGTH), count)
    assert (reply.content["page_size"], reply.content["page_length"], reply.content["page_count"]) == echoed


def test_a_room_without_votes(world: Any, wire: Any) -> None:
    """No pages, no entries."""
    content = wire.get(VOTES, asked(world, world.ann, roomid=world.roomid(world.ann.rooms[1]))).content

    assert content == {"page_length": 20, "page_count": 0, "data": [], "result": "OK", "page_size": 1, "error_msg": ""}


@pytest.mark.parametrize("path", [VOTES, f"{VOTES}/", f"/{VOTES}", "//collect//vote/record//"])
def test_every_way_of_asking(world: Any, wire: Any, path: str) -> None:
    """GET, form and JSON, whatever the slashes."""
    signed = asked(world, world.ann, roomid=room_of(world))
    expected = wire.get(VOTES, signed).content

    assert len(expected["data"]) == 4
    assert wire.get(path, signed).content == expected
    assert wire.send("POST", path, urlencode(signed).encode(), FORM).content == expected
    assert wire.send("POST", path, json.dumps(signed).encode(), "application/json").content == expected


def test_the_client_reads_votes(world: Any, port: int) -> None:
    """Typed, page by page."""
    client = world.client(port, world.ann)

    page = client.list_votes(room_of(world), page=2, page_length=3)
    assert isinstance(page, VoteReply)
    assert (page.page_count, page.data[0].publish_data.choices[0], len(page.data[0].reply_data)) == (2, "Monday", 2)
    assert len(client.list_votes(room_of(world), world.liveid(world.ann.lives[1])).data) == 1


def test_a_page_with_too_many_votes_is_refused(world: Any, wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By name; a shorter page is told."""
    monkeypatch.setattr(limits, "MAX_ANSWERS_PER_REPLY", 2)

    refused = wire.get(VOTES, asked(world, world.ann, roomid=room_of(world))).content
    assert (refused["result"], refused["error_msg"], refused["data"]) == ("FAIL", "page_length is too large", [])
    assert wire.get(VOTES, asked(world, world.ann, roomid=room_of(world), page_length="1")).content["result"] == "OK"


def test_the_ids_of_votes_are_told_apart(world: Any) -> None:
    """GET /api/v1/ids tells both names of a survey, and that of a question."""
    assert set(forms(world.ids, Kind.SURVEY, 1)) == {"qvote_id", "vote_id"}
    assert set(forms(world.ids, Kind.QUESTION, 1)) == {"vote_id"}


def test_postgresql_tells_the_same(postgres_url: str) -> None:
    """Cards and votes, whole and by the page, from the other engine."""
    database = PostgresDatabase(postgres_url)
    try:
        world = World(database)
        with serving(CsslcloudRoutes(world.runtime, 600, QUICK)) as port:
            client = world.client(port, world.ann)
            votes = [client.list_votes(room_of(world), page=page, page_length=1) for page in range(1, 6)]
            cards = client.list_answer_cards(room_of(world))
        expected = [[each] for each in vote_ids(world).values()]
    finally:
        database.close()
    assert [[entry.publish_data.vote_id for entry in page.data] for page in votes] == [*expected, []]
    assert [len(page.data[0].reply_data) for page in votes[:4]] == [1, 1, 2, 2]
    assert [card.publish_data.correct for card in cards.data] == [[1], [-1], [-1], [0, 2]]
