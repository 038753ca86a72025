"""CC's query interface over real HTTP and a real database: the integrator's checklist of contract section 6."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest

from turnout.dialects.csslcloud.proof import Escaping, escape, sign
from turnout.dialects.csslcloud.replies import AnswerCardReply, LiveCountReply, VoteReply, china_time
from turnout.interactions.survey.rules import QuestionDraft, SurveyDraft
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.ids import Kind

COUNT = "/collect/live/usercount/"
CARDS = "/collect/answercard/record"
FORM = "application/x-www-form-urlencoded"
SAMPLES = Path(__file__).parent / "samples"


def shape(content: Any) -> Any:
    """A JSON document with each value replaced by its type, lists by their first element."""
    if isinstance(content, dict):
        return {name: shape(value) for name, value in content.items()}
    if isinstance(content, list):
        return [shape(content[0])] if content else []
    return type(content).__name__


def asked(world: Any, party: Any, **parameters: str) -> dict[str, str]:
    """The signed parameters of a request of this party."""
    return world.client(0, party).signed(parameters)


# ---- what is answered


@pytest.mark.parametrize(
    ("name", "type_"), [("live_usercount", LiveCountReply), ("answercard_record", AnswerCardReply), ("vote_record", VoteReply)]
)
def test_the_documented_reply_is_what_we_speak(name: str, type_: type[msgspec.Struct]) -> None:
    """The document's example decodes into our struct and comes back byte for byte the same: keys, types and order."""
    sample = json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))["reply"]
    raw = json.dumps(sample, separators=(",", ":")).encode()

    assert msgspec.json.encode(msgspec.json.decode(raw, type=type_, strict=True)) == raw


def test_viewers_are_counted_once(world: Any, wire: Any) -> None:
    """Three people, one of whom came twice; one in the other live session."""
    first, second = world.ann.lives
    sample = json.loads((SAMPLES / "live_usercount.json").read_text("utf-8"))

    reply = wire.get(sample["path"], asked(world, world.ann, liveid=world.liveid(first)))

    assert (reply.status, reply.content) == (200, {"result": "OK", "data": {"livecount": 3}, "error_msg": ""})
    assert shape(reply.content) == shape(sample["reply"])
    assert wire.get(COUNT, asked(world, world.ann, liveid=world.liveid(second))).content["data"] == {"livecount": 1}


def test_answer_cards_are_told_field_by_field(world: Any, wire: Any) -> None:
    """Every field of the document, with ids in CC's forms, newest card first, drafts left out."""
    sample = json.loads((SAMPLES / "answercard_record.json").read_text("utf-8"))
    live, ids = world.ann.lives[0], world.ids

    reply = wire.get(sample["path"], asked(world, world.ann, roomid=world.roomid(live_room(world)), liveid=world.liveid(live)))

    content = reply.content
    assert shape(content["data"][1]) == shape(sample["reply"]["data"][0])
    assert {name: value for name, value in content.items() if name != "data"} == {
        "result": "OK",
        "page_size": 1,
        "page_length": 20,
        "page_count": 1,
        "error_msg": "",
    }
    newest, middle, oldest = content["data"]
    assert [card["publish_data"]["qvote_id"] for card in content["data"]] == [
        ids.hex32(Kind.SURVEY, card) for card in world.ann.cards[2::-1]
    ]
    one, two, three = (ids.hex32(Kind.VIEWER, viewer) for viewer in world.ann.viewers)
    published = oldest["publish_data"]
    assert published == {
        "qvote_id": ids.hex32(Kind.SURVEY, world.ann.cards[0]),
        "uid": ids.hex32(Kind.HOST, world.ann.caller.host_id),
        "style": 1,
        "count": 4,
        "publish_time": published["publish_time"],
        "liveid": world.liveid(live),
        "correct": [0, 2],
    }
    assert published["publish_time"] == "2026-01-05 16:20:11"
    given = {answer["uid"]: (answer["choice"], answer["reply_time"]) for answer in oldest["reply_data"]}
    assert given == {one: ([0, 2], "2026-01-05 16:20:12"), two: ([1], "2026-01-05 16:20:13")}
    assert (middle["publish_data"]["style"], middle["publish_data"]["correct"]) == (0, [-1])  # right option set, not published
    assert [answer["uid"] for answer in middle["reply_data"]] == [three]
    assert (newest["publish_data"]["correct"], newest["reply_data"]) == ([-1], [])  # published, none set


def live_room(world: Any) -> Any:
    """The room in which Ann played."""
    return world.ann.rooms[0]


def test_an_anonymous_card_names_nobody(world: Any, wire: Any) -> None:
    """Nothing while it is open, since who asked again after each answer would learn who chose what; then options without uid and time."""
    bob, live = world.bob, world.bob.lives[0]
    question = QuestionDraft(options=["w", "x"], right_options=[1])
    survey_id = world.opened(bob, live, SurveyDraft(title="Secret", questions=[question], anonymous=True))
    world.submit(bob, live, survey_id, bob.viewers[0], [1])

    def secret() -> Any:
        data = wire.get(CARDS, asked(world, bob, roomid=world.roomid(bob.rooms[0]))).content["data"]
        (entry,) = (one for one in data if one["publish_data"]["qvote_id"] == world.ids.hex32(Kind.SURVEY, survey_id))
        return entry["reply_data"], entry["publish_data"]["correct"]

    assert secret() == ([], [-1])
    world.close(bob, live, survey_id)
    assert secret() == ([{"uid": "", "choice": [1], "reply_time": ""}], [1])


def test_without_a_liveid_the_whole_room_is_told(world: Any, wire: Any) -> None:
    """Both live sessions of the room; an empty liveid is as good as none."""
    room = world.roomid(live_room(world))
    ids = [world.ids.hex32(Kind.SURVEY, card) for card in reversed(world.ann.cards)]

    for parameters in ({"roomid": room}, {"roomid": room, "liveid": ""}):
        content = wire.get(CARDS, asked(world, world.ann, **parameters)).content
        assert [card["publish_data"]["qvote_id"] for card in content["data"]] == ids
        assert content["data"][0]["publish_data"]["liveid"] == world.liveid(world.ann.lives[1])


@pytest.mark.parametrize(
    ("page", "length", "expected", "count"),
    [
        ("1", "3", [3, 2, 1], 2),
        ("2", "3", [0], 2),
        ("3", "3", [], 2),
        ("999999999", "500", [], 1),
        ("2", "1", [2], 4),
        ("", "", [3, 2, 1, 0], 1),
        ("1", "4", [3, 2, 1, 0], 1),
        ("01", "04", [3, 2, 1, 0], 1),
    ],
)
def test_pages(world: Any, wire: Any, page: str, length: str, expected: list[int], count: int) -> None:
    """page_size is the page's number; a page after the last is empty with the true count."""
    reply = wire.get(CARDS, asked(world, world.ann, roomid=world.roomid(live_room(world)), page_size=page, page_length=length))

    assert [card["publish_data"]["qvote_id"] for card in reply.content["data"]] == [
        world.ids.hex32(Kind.SURVEY, world.ann.cards[index]) for index in expected
    ]
    assert (reply.content["page_size"], reply.content["page_length"]) == (int(page or 1), int(length or 20))
    assert reply.content["page_count"] == count


def test_a_long_page_is_cut_and_an_empty_room_has_no_pages(world: Any, wire: Any) -> None:
    """page_length above 500 is answered as 500; a room without cards has page_count 0."""
    room = world.roomid(world.ann.rooms[1])

    content = wire.get(CARDS, asked(world, world.ann, roomid=room, page_length="501")).content

    assert content == {"result": "OK", "data": [], "page_size": 1, "page_length": 500, "page_count": 0, "error_msg": ""}


# ---- how it is asked


@pytest.mark.parametrize("path", [CARDS, CARDS + "/", "/" + CARDS, "//collect///answercard//record//", "/collect/answercard%2Frecord"])
def test_slashes_do_not_matter(world: Any, wire: Any, path: str) -> None:
    """With, without and with many slashes, by GET and POST, answered and not redirected."""
    signed = asked(world, world.ann, roomid=world.roomid(live_room(world)))

    assert wire.get(path, signed).content["result"] == "OK"
    assert wire.send("POST", path, urlencode(signed).encode(), FORM).content["result"] == "OK"


def test_query_form_and_json_are_the_same(world: Any, wire: Any) -> None:
    """GET, POST with each kind of body, POST with a query only, and the proof apart from the rest."""
    signed = asked(world, world.ann, roomid=world.roomid(live_room(world)), page_size="1", page_length="2")
    proof = urlencode({name: signed[name] for name in ("time", "hash")})
    rest = {name: value for name, value in signed.items() if name not in ("time", "hash")}
    numbers = {name: int(value) if name.startswith(("page", "time")) else value for name, value in signed.items()}
    expected = wire.get(CARDS, signed).content

    assert len(expected["data"]) == 2
    for target, body, kind in (
        (CARDS, urlencode(signed).encode(), FORM),
        (CARDS, json.dumps(numbers).encode(), "application/json"),
        (CARDS, json.dumps(signed).encode(), "application/json; charset=utf-8"),
        (f"{CARDS}?{urlencode(signed)}", None, None),
        (f"{CARDS}?{proof}", urlencode(rest).encode(), FORM),
        (f"{CARDS}?{proof}", json.dumps(rest).encode(), "application/json"),
        (f"{CARDS}?{urlencode(rest)}", proof.encode(), FORM),
        (f"{CARDS}?{urlencode(signed)}", urlencode(signed).encode(), FORM),
    ):
        assert wire.send("POST", target, body, kind).content == expected


@pytest.mark.parametrize("how", Escaping)
def test_every_escaping_is_understood(world: Any, wire: Any, how: Escaping) -> None:
    """A Chinese value with a blank and a colon in a parameter we do not know, hashed in each way; and changed, it is refused."""
    values = {"userid": world.ann.userid, "liveid": world.liveid(world.ann.lives[0]), "viewerid": "学生 1:2"}
    at = str(world.clock.at // SECOND)
    sent_as = Escaping.PERCENT if how is Escaping.NONE else how  # a request line holds no blanks
    proof = f"time={at}&hash={sign(values, at, world.ann.key.encode(), how).lower()}"

    def query(viewerid: str) -> str:
        return "&".join(f"{name}={escape(value, sent_as)}" for name, value in {**values, "viewerid": viewerid}.items())

    assert wire.send("GET", f"{COUNT}?{query('学生 1:2')}&{proof}").content["result"] == "OK"
    assert wire.send("POST", COUNT, f"{query('学生 1:2')}&{proof}".encode(), FORM).content["result"] == "OK"
    assert wire.send("GET", f"{COUNT}?{query('学生 1:3')}&{proof}").content["error_msg"] == "invalid encrypt"


def test_ids_are_read_in_either_case(world: Any, wire: Any) -> None:
    """Lower-case ids, signed as sent, name the same things."""
    party = world.ann
    values = {"userid": party.userid.lower(), "liveid": world.liveid(party.lives[0]).lower()}
    at = str(world.clock.at // SECOND)

    reply = wire.get(COUNT, {**values, "time": at, "hash": sign(values, at, party.key.encode())})

    assert reply.content["data"] == {"livecount": 3}


def test_the_body_of_a_get_is_not_looked_at(world: Any, wire: Any) -> None:
    """Nothing in it can change the answer."""
    signed = asked(world, world.ann, liveid=world.liveid(world.ann.lives[0]))

    reply = wire.send("GET", f"{COUNT}?{urlencode(signed)}", b'{"liveid": "other"}', "application/json")

    assert reply.content["data"] == {"livecount": 3}


def test_the_client_speaks_it(world: Any, port: int) -> None:
    """Our own client gets typed replies, page by page."""
    client = world.client(port, world.ann)
    page = client.list_answer_cards(world.roomid(live_room(world)), page=2, page_length=3)

    assert client.count_viewers(world.liveid(world.ann.lives[0])) == 3
    assert (page.page_count, page.data[0].publish_data.correct) == (2, [0, 2])
    assert len(client.list_answer_cards(world.roomid(live_room(world)), world.liveid(world.ann.lives[1])).data) == 1


def test_times_are_chinas(world: Any) -> None:
    """Eight hours ahead of UTC, across midnight, without a fraction."""
    assert china_time(1_767_601_200 * SECOND + 999_999) == "2026-01-05 16:20:00"
    assert china_time(1_767_715_199 * SECOND) == "2026-01-06 23:59:59"
    assert china_time(1_767_715_200 * SECOND) == "2026-01-07 00:00:00"


def test_the_cap_is_the_contracts() -> None:
    """500 entries a page, 20 requests a second."""
    assert (limits.MAX_PAGE_LENGTH, limits.DIALECT_REQUESTS_PER_SECOND) == (500, 20)
    assert quote("*", safe="") == "%2A"  # what form-style clients send is not what PHP sends; both are tried


def test_a_page_with_too_many_answers_is_refused(world: Any, wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The vendor has no pages for answers: a page of cards that would hold too many is refused by name, and a shorter one is told."""
    room = world.roomid(live_room(world))
    whole = wire.get(CARDS, asked(world, world.ann, roomid=room)).content
    most = max(len(card["reply_data"]) for card in whole["data"])
    assert sum(len(card["reply_data"]) for card in whole["data"]) > most
    monkeypatch.setattr(limits, "MAX_ANSWERS_PER_REPLY", most)

    refused = wire.get(CARDS, asked(world, world.ann, roomid=room)).content
    assert (refused["result"], refused["error_msg"], refused["data"]) == ("FAIL", "page_length is too large", [])
    assert wire.get(CARDS, asked(world, world.ann, roomid=room, page_length="1")).content["result"] == "OK"
