"""All four kinds of survey, every type of question, and ends that come otherwise than by a close (contracts/quanshi.md A.3 to A.6)."""

import msgspec
import pytest

from tests.dialects.quanshi.contract import check_message
from tests.dialects.quanshi.facts import (
    CLOSED_FACTS,
    EXAM_CLOSED,
    EXAM_FACTS,
    EXAM_SETTLED_FACTS,
    OPENED,
    QUESTIONNAIRE_FACTS,
    VOTE_FACTS,
    closed,
    happened,
    opened,
    running,
)
from tests.dialects.quanshi.reading import BASE_URL, DIALECT, IDS, message
from turnout.dialects.contract import Part
from turnout.dialects.quanshi.callbacks import QuanshiCallbacks, china_time
from turnout.interactions.lifecycle import State
from turnout.interactions.survey.rules import SettledBy, SurveyFacts
from turnout.kernel.clock import SECOND
from turnout.kernel.events import Event
from turnout.kernel.ids import Kind


@pytest.mark.parametrize("facts", [CLOSED_FACTS, VOTE_FACTS, QUESTIONNAIRE_FACTS, EXAM_FACTS], ids=lambda facts: facts.kind.value)
def test_every_documented_key_is_there(facts: SurveyFacts) -> None:
    """All four kinds, at start and end: every key of A.2 to A.6 and of the vendor's example, in its order, with its JSON type."""
    start, end = message(opened(running(facts))), message(closed(facts))

    check_message(start)
    check_message(end)
    assert (start["type"], end["type"]) == (1, 2)
    assert start["dataType"] == end["dataType"] == {"answer_card": 1, "vote": 2, "questionnaire": 3, "exam": 4}[facts.kind.value]
    assert start["data"][0]["surveyId"] == end["data"][0]["surveyId"]


def test_an_exam_says_everything_about_itself() -> None:
    """Cover, template and the rest at the level of the activity."""
    survey = message(closed(EXAM_FACTS))["data"][0]

    assert survey["surveyCover"] == f"{BASE_URL}/pictures/{IDS.text(Kind.PICTURE, 40)}"
    assert survey["templateId"] == IDS.integer(Kind.TEMPLATE, 50)
    assert (survey["incognito"], survey["questionType"], survey["quNumber"], survey["totalScore"]) == (0, 4, 10, 50)
    assert (survey["answerCount"], survey["rightCount"], survey["rightRate"], survey["allCount"], survey["duration"]) == (6, 1, 17, 9, 600)
    assert survey["rightCountList"] == [{"number": 0, "count": 2}, {"number": 2, "count": 3}, {"number": 4, "count": 1}]
    assert (survey["surveyState"], survey["stage"], survey["endDate"]) == (2, 2, china_time(EXAM_CLOSED))


def test_every_type_of_question() -> None:
    """Types 1 to 10 in the vendor's order: what each has of options, right answers, pictures and counts."""
    questions = message(closed(EXAM_FACTS))["data"][0]["questionList"]
    shown = [
        {name: one[name] for name in ("questionType", "required", "verify", "multiple", "score", "answerValue", "rightCount", "rightRate")}
        for one in questions
    ]
    picture = {number: f"{BASE_URL}/pictures/{IDS.text(Kind.PICTURE, number)}" for number in (41, 42, 43)}

    def said(number: int, *values: object) -> dict[str, object]:
        return dict(zip(shown[0], (number, *values), strict=True))

    assert shown == [
        said(1, 1, 0, 1, 10, "2,11", 3, 50),
        said(2, 0, 0, 0, 5, "True", 4, 80),
        said(3, 0, 0, 0, 20, "", 0, 0),
        said(4, 0, 0, 0, 5, "No", 2, 40),
        said(5, 0, 0, 0, 5, "Disc", 2, 100),
        said(6, 0, 0, 0, 5, "Beijing,北京", 3, 75),
        said(7, 0, 0, 0, 0, "", 0, 0),
        said(8, 1, 1, 0, 0, "", 0, 0),
        said(9, 0, 1, 0, 0, "", 0, 0),
        said(10, 0, 0, 0, 0, "", 0, 0),  # a mail address that need not look like one
    ]
    assert [one["questionImage"] for one in questions] == [picture[41], *[""] * 9]
    assert [[option["questionImage"] for option in one["optionList"]] for one in questions] == [
        ["", "", ""],
        ["", ""],
        [],
        ["", ""],
        [picture[42], picture[43]],
        *[[]] * 5,
    ]
    assert [[(each["indexStr"], each["count"], each["value"]) for each in one["answerCountList"]] for one in questions] == [
        [([0, 2], 3, ""), ([1], 2, ""), ([0, 1], 1, "")],
        [([0], 4, ""), ([1], 1, "")],
        [],
        [([0], 2, ""), ([1], 2, ""), ([], 1, "")],  # one wrote a text and chose nothing
        [([0], 2, "")],
        [],
        [([], 1, "2"), ([], 3, "7"), ([], 1, "10")],  # by the rating
        [],
        [],
        [],
    ]


def test_an_anonymous_vote_names_nobody() -> None:
    """incognito 1; what a message says of answers is counts alone, for named surveys too."""
    vote = message(closed(VOTE_FACTS))

    assert (vote["dataType"], vote["data"][0]["incognito"], vote["data"][0]["rightCountList"]) == (2, 1, [])
    assert [one["questionType"] for one in vote["data"][0]["questionList"]] == [5, 7]
    assert vote["data"][0]["questionType"] == 4


def test_the_only_question_gives_its_type() -> None:
    """At the level of the activity (A.3)."""
    assert message(closed(QUESTIONNAIRE_FACTS))["data"][0]["questionType"] == 3


def test_without_an_address_pictures_are_paths() -> None:
    """A dialect that was told none; the server always tells one."""
    event = closed(EXAM_FACTS)

    assert b'"surveyCover":"/pictures/pc_' in QuanshiCallbacks(IDS).encode(event, Part("x"), {})


def settled(facts: SurveyFacts) -> Event:
    """Two minutes after its close."""
    return happened("survey.settled", facts, EXAM_CLOSED + 120 * SECOND)


@pytest.mark.parametrize("settled_by", [SettledBy.MARKING, SettledBy.HOST])
def test_the_end_is_repeated_for_who_asks_for_it(settled_by: SettledBy) -> None:
    """With the counts that marking made final and the time of the settling; the close stays when it was, and nothing else changes."""
    facts = msgspec.structs.replace(EXAM_SETTLED_FACTS, settled_by=settled_by)
    end, again = message(closed(EXAM_FACTS), repeat_end_on_settle=True), message(settled(facts), repeat_end_on_settle=True)

    check_message(again)
    assert DIALECT.plan(settled(facts), {"repeat_end_on_settle": True}) == DIALECT.plan(closed(EXAM_FACTS), {})
    assert (again["type"], again["timestamp"]) == (2, end["timestamp"] + 120)
    before, after = end["data"][0], again["data"][0]
    assert {name for name in before if before[name] != after[name]} == {"rightCount", "rightRate", "questionList", "rightCountList"}
    assert (after["rightCount"], after["questionList"][2]["rightCount"]) == (2, 3)
    assert after["rightCountList"] == [{"number": 0, "count": 2}, {"number": 3, "count": 2}, {"number": 5, "count": 2}]


def test_the_repeated_end_is_later_within_one_second_too() -> None:
    """A receiver that keeps the later of two ends, or drops what has a timestamp it knows, is not left in doubt."""
    at_once = happened("survey.settled", EXAM_SETTLED_FACTS, EXAM_CLOSED + SECOND // 2)

    end, again = message(closed(EXAM_FACTS)), message(at_once, repeat_end_on_settle=True)

    assert again["timestamp"] == end["timestamp"] + 1
    assert again["data"][0]["endDate"] == end["data"][0]["endDate"]


@pytest.mark.parametrize(
    ("settled_by", "options"),
    [
        (SettledBy.MARKING, {}),
        (SettledBy.MARKING, {"repeat_end_on_settle": False}),
        (SettledBy.HOST, {"legacy_type_key": True}),
        (SettledBy.CLOSE, {"repeat_end_on_settle": True}),
    ],
)
def test_the_end_is_not_repeated_otherwise(settled_by: SettledBy, options: dict[str, bool]) -> None:
    """Neither unasked, nor for what settled with its close."""
    facts = msgspec.structs.replace(EXAM_SETTLED_FACTS, settled_by=settled_by)

    assert DIALECT.plan(settled(facts), options) == ()


def withdrawn(before: State) -> Event:
    """A survey taken back from this state, ten seconds after its opening."""
    facts = running(EXAM_FACTS)
    if before is State.CLOSED:
        facts = msgspec.structs.replace(EXAM_FACTS, answered=0, right=0, right_numbers=[])
    return happened("survey.withdrawn", msgspec.structs.replace(facts, state=State.WITHDRAWN, withdrawn_from=before), OPENED + 10 * SECOND)


def test_an_open_survey_that_is_withdrawn_ends() -> None:
    """A receiver that heard of the start hears of an end: not published, without answers, ended when it was taken back."""
    end = message(withdrawn(State.OPEN))

    check_message(end)
    survey = end["data"][0]
    assert (end["type"], survey["surveyState"], survey["stage"], survey["answerCount"]) == (2, 2, 2, 0)
    assert survey["endDate"] == china_time(OPENED + 10 * SECOND)
    assert DIALECT.plan(withdrawn(State.OPEN), {}) == DIALECT.plan(opened(EXAM_FACTS), {})


@pytest.mark.parametrize("before", [State.DRAFT, State.CLOSED])
def test_other_withdrawals_say_nothing(before: State) -> None:
    """A draft has never started; a closed one has ended already, and the vendor knows one end."""
    assert DIALECT.plan(withdrawn(before), {"repeat_end_on_settle": True}) == ()
