"""Quanshi callbacks out of survey facts, field by field as contracts/quanshi.md A.2 to A.7 has them."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.dialects.quanshi.facts import CLOSED, CLOSED_FACTS, CREATED, OPEN_FACTS, OPENED, QUESTION, closed, opened
from tests.dialects.quanshi.reading import DIALECT, IDS, message
from turnout.dialects.contract import Part, Sending
from turnout.dialects.quanshi.callbacks import PATIENCE, china_time, percent
from turnout.interactions.survey.rules import ClosedBy, CombinationCount, RightNumber, SurveyFacts
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput
from turnout.kernel.events import Event
from turnout.kernel.ids import Kind

SAMPLES = Path(__file__).parent / "samples"
CONFERENCE = str(IDS.integer(Kind.ROOM, 3))
RUN = str(IDS.integer(Kind.LIVE_SESSION, 4))
CUSTOMER = str(IDS.integer(Kind.ACCOUNT, 2))
HOST = IDS.integer(Kind.HOST, 6)


def shape(value: object) -> object:
    """Keys in their order and JSON types, of whatever is inside; a list by its first element."""
    if isinstance(value, dict):
        return [(key, shape(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value)


def test_end_has_the_shape_of_the_contracts_example() -> None:
    """Every key of A.7, in its order, with its JSON type, and no other."""
    sample = json.loads((SAMPLES / "contract_answer_card_end.json").read_bytes())

    assert shape(sample) == shape(message(closed()))


def test_end_has_every_key_of_the_vendors_example() -> None:
    """The same against the vendor's own document, whose printed `"type "` has a trailing blank."""
    sample = json.loads((SAMPLES / "vendor_answer_card_end.json").read_bytes())
    sample = {key.strip(): value for key, value in sample.items()}

    assert shape(sample) == shape(message(closed()))


def test_end_says_what_happened() -> None:
    """Every value of an end message."""
    assert {
        "type": 2,
        "dataType": 1,
        "tempConferenceId": RUN,
        "conferenceId": CONFERENCE,
        "hostId": HOST,
        "customerCode": CUSTOMER,
        "timestamp": 1_767_602_405,
        "data": [
            {
                "surveyId": IDS.integer(Kind.SURVEY, 5),
                "surveyName": "Warm-up question",
                "surveyState": 2,
                "surveyType": 1,
                "surveyCover": "",
                "incognito": 0,
                "stage": 3,
                "templateId": 0,
                "questionType": 1,
                "tempConfId": RUN,
                "conferenceId": CONFERENCE,
                "customerCode": CUSTOMER,
                "creator": {
                    "tempUserId": str(HOST),
                    "accId": f"{RUN}-{HOST}",
                    "userId": HOST,
                    "avatar": "",
                    "name": "Host Lin",
                    "clientType": 0,
                    "role": "1",
                    "phone": "",
                    "email": "",
                    "group": "*",
                },
                "quNumber": 1,
                "totalScore": 10,
                "rightRate": 67,
                "answerCount": 3,
                "rightCount": 2,
                "allCount": 5,
                "createDate": "2026-01-05T16:39:41.120000000+08:00",
                "endDate": "2026-01-05T16:40:05.030000000+08:00",
                "questionList": [
                    {
                        "questionId": IDS.integer(Kind.QUESTION, 9),
                        "questionTitle": "Which port does HTTPS use?",
                        "questionType": 1,
                        "questionImage": "",
                        "score": 10,
                        "required": 0,
                        "verify": 0,
                        "rightCount": 2,
                        "rightRate": 67,
                        "answerCount": 3,
                        "multiple": 0,
                        "answerValue": "B",
                        "createDate": "2026-01-05T16:39:41.119000000+08:00",
                        "optionList": [
                            {"index": 0, "optionName": "A", "questionImage": "", "isAnswer": 0},
                            {"index": 1, "optionName": "B", "questionImage": "", "isAnswer": 1},
                        ],
                        "answerCountList": [{"indexStr": [1], "count": 2, "value": ""}, {"indexStr": [0], "count": 1, "value": ""}],
                    }
                ],
                "rightCountList": [{"number": 0, "count": 1}, {"number": 1, "count": 2}],
                "duration": 31,
            }
        ],
    } == message(closed())


def test_start_says_what_is_known_then() -> None:
    """A start has the same keys; what has not happened is zero, empty, or the vendor's time that has not come."""
    start = message(opened())
    survey = start["data"][0]
    end = message(closed())

    assert (start["type"], start["dataType"], start["timestamp"]) == (1, 1, OPENED // SECOND)
    assert (survey["surveyState"], survey["stage"]) == (1, 1)
    assert survey["endDate"] == "0001-01-01T00:00:00Z"
    assert (
        survey["rightRate"],
        survey["answerCount"],
        survey["rightCount"],
        survey["allCount"],
        survey["duration"],
    ) == (0, 0, 0, 4, 0)
    assert (survey["rightCountList"], survey["questionList"][0]["answerCountList"]) == ([], [])
    assert list(end) == list(start)
    assert list(end["data"][0]) == list(survey)
    assert end["data"][0]["surveyId"] == survey["surveyId"]


@pytest.mark.parametrize(
    ("published", "closed_by", "stage"),
    [
        (True, ClosedBy.HOST, 3),
        (True, ClosedBy.TIME_LIMIT, 3),
        (True, ClosedBy.LIVE_SESSION_END, 4),
        (False, ClosedBy.HOST, 2),
        (False, ClosedBy.LIVE_SESSION_END, 2),
    ],
)
def test_stage_of_an_end(published: bool, closed_by: ClosedBy, stage: int) -> None:
    """A.3: 2 not published, 3 published, 4 when the publication is over as well."""
    facts = msgspec.structs.replace(CLOSED_FACTS, published=published, closed_by=closed_by)

    assert stage == message(closed(facts))["data"][0]["stage"]


def with_question(facts: SurveyFacts, **changes: object) -> SurveyFacts:
    """The facts with another question."""
    return msgspec.structs.replace(facts, questions=[msgspec.structs.replace(facts.questions[0], **changes)])


def test_without_right_options() -> None:
    """No right answer: answerValue is empty, nobody is counted as right or wrong (A.5, A.6)."""
    facts = with_question(msgspec.structs.replace(CLOSED_FACTS, right=0, right_numbers=[]), right_options=[], right=0)
    survey = message(closed(facts))["data"][0]
    question = survey["questionList"][0]

    assert (question["answerValue"], survey["rightCountList"], survey["rightCount"], survey["rightRate"]) == ("", [], 0, 0)
    assert [option["isAnswer"] for option in question["optionList"]] == [0, 0]


def test_several_right_options() -> None:
    """A multiple choice: option values by commas, combinations as they were chosen."""
    facts = with_question(
        CLOSED_FACTS,
        multiple=True,
        options=["80", "443", "8443"],
        right_options=[2, 1],
        combinations=[CombinationCount(options=[1, 2], count=2), CombinationCount(options=[0, 1, 2], count=1)],
    )
    question = message(closed(facts))["data"][0]["questionList"][0]

    assert (question["multiple"], question["answerValue"]) == (1, "443,8443")
    assert [option["isAnswer"] for option in question["optionList"]] == [0, 1, 1]
    assert [(one["indexStr"], one["count"]) for one in question["answerCountList"]] == [([1, 2], 2), ([0, 1, 2], 1)]


def test_everyone_right() -> None:
    """Numbers that do not occur are not listed (A.6)."""
    facts = with_question(msgspec.structs.replace(CLOSED_FACTS, right=3, right_numbers=[RightNumber(0, 0), RightNumber(1, 3)]), right=3)

    assert message(closed(facts))["data"][0]["rightCountList"] == [{"number": 1, "count": 3}]


def test_an_event_of_the_first_version_is_read() -> None:
    """It held no numbers of right answers; an event waiting since before the upgrade still becomes the message it was to be."""
    known = msgspec.json.decode(msgspec.json.encode(CLOSED_FACTS), type=dict)
    added = ("right_numbers", "settled_by", "anonymous", "changeable", "shuffle_questions", "shuffle_options", "cover", "template_id")
    older = {name: value for name, value in known.items() if name not in (*added, "to_mark", "points", "revision", "withdrawn_from")}
    fields = ("question_id", "type", "title", "multiple", "required", "score", "created_at")
    fields += ("options", "right_options", "answered", "right", "combinations")
    older["questions"] = [{name: each[name] for name in fields} for each in older["questions"]]
    event = Event(4, 2, 2, "survey.closed", CLOSED, msgspec.json.encode(older))

    assert message(event) == message(closed())


def test_another_role_is_an_assistant() -> None:
    """A.4 knows two roles that start tools."""
    facts = msgspec.structs.replace(CLOSED_FACTS, host_role="operator")

    assert message(closed(facts))["data"][0]["creator"]["role"] == "2"


def test_legacy_type_key_is_added() -> None:
    """The option emits `"type "` in addition, right after `"type"`."""
    legacy = message(closed(), legacy_type_key=True)

    assert list(legacy)[:3] == ["type", "type ", "dataType"]
    assert (legacy["type"], legacy["type "]) == (2, 2)
    assert "type " not in message(closed(), legacy_type_key=False)


def test_chinese_is_utf8_and_not_escaped() -> None:
    """The body is UTF-8, and its header says so."""
    facts = msgspec.structs.replace(CLOSED_FACTS, title="答题卡 😀")
    body = DIALECT.encode(closed(facts), Part("x"), {})

    assert '"surveyName":"答题卡 😀"'.encode() in body
    assert DIALECT.headers(body, [], Sending("dl_1", CLOSED)) == {"Content-Type": "application/json; charset=utf-8"}


def test_encoding_is_stable() -> None:
    """The same event gives the same bytes whenever it is encoded."""
    (part,) = DIALECT.plan(closed(), {})

    assert DIALECT.encode(closed(), part, {}) == DIALECT.encode(closed(), part, {})


def test_start_and_end_share_an_ordering_key() -> None:
    """The end of an activity waits for its start, another activity does not."""
    other = msgspec.structs.replace(OPEN_FACTS, survey_id=77)

    assert DIALECT.plan(opened(), {}) == DIALECT.plan(closed(), {})
    assert DIALECT.plan(opened(), {}) != DIALECT.plan(opened(other), {})
    assert len(DIALECT.plan(opened(), {})) == 1


@pytest.mark.parametrize("kind", ["survey.published", "live_session.started", "live_session.ended", "draw.settled"])
def test_other_events_have_no_form(kind: str) -> None:
    """One message at the start and one at the end, nothing in between; facts of other shapes are not even looked at."""
    assert DIALECT.plan(Event(4, 3, 2, kind, CLOSED, b"{}"), {"repeat_end_on_settle": True}) == ()


@pytest.mark.parametrize("options", [{"legacy": True}, {"legacy_type_key": "yes"}, {"legacy_type_key": 1}, {"repeat_end_on_settle": "on"}])
def test_unknown_options_are_refused(options: dict[str, Any]) -> None:
    """An option the dialect does not have is named."""
    with pytest.raises(InvalidInput) as refused:
        DIALECT.check_options(options)

    assert refused.value.field == f"options.{next(iter(options))}"


def test_known_options_pass() -> None:
    """None, and those there are."""
    DIALECT.check_options({})
    DIALECT.check_options({"legacy_type_key": True, "repeat_end_on_settle": False})


def test_patience_is_the_contracts() -> None:
    """A.1: 5 s, and five further attempts."""
    assert (PATIENCE.timeout_s, PATIENCE.waits_s) == (5.0, (5.0, 15.0, 60.0, 300.0, 900.0))


@pytest.mark.parametrize(("status", "accepted"), [(199, False), (200, True), (204, True), (299, True), (400, False), (500, False)])
def test_any_2xx_acknowledges(status: int, accepted: bool) -> None:
    """A.1: the body of the reply is ignored."""
    assert accepted is DIALECT.accepted(status, b'{"error": "whatever"}', {})


@pytest.mark.parametrize(
    ("right", "answered", "expected"), [(0, 0, 0), (0, 3, 0), (1, 3, 33), (2, 3, 67), (1, 8, 13), (3, 3, 100), (1, 200, 1)]
)
def test_percent(right: int, answered: int, expected: int) -> None:
    """Whole percent, halves up."""
    assert expected == percent(right, answered)


def test_china_time_is_exact() -> None:
    """Nine fraction digits, always, and the instant is unchanged to the microsecond."""
    text = china_time(CREATED + 7)

    assert text == "2026-01-05T16:39:41.120007000+08:00"
    parsed = datetime.fromisoformat(text[:26] + text[29:])
    assert timedelta(hours=8) == parsed.utcoffset()
    assert QUESTION.created_at + 1_007 == round(parsed.timestamp() * 1_000_000)
