"""Survey facts as an event freezes them, for tests of callbacks."""

import msgspec

from turnout.interactions.lifecycle import State
from turnout.interactions.survey.rules import (
    ClosedBy,
    CombinationCount,
    QuestionFacts,
    RightNumber,
    SettledBy,
    SurveyFacts,
    SurveyKind,
)
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.events import Event
from turnout.kernel.ids import AccountId, HostId, LiveSessionId, PictureId, QuestionId, RoomId, SurveyId, TemplateId

CREATED: Instant = 1_767_602_381_120_000
"""2026-01-05T16:39:41.120 in China."""

OPENED: Instant = 1_767_602_390 * SECOND
CLOSED: Instant = 1_767_602_405_030_000
"""2026-01-05T16:40:05.030 in China."""

QUESTION = QuestionFacts(
    question_id=QuestionId(9),
    type="choice",
    title="Which port does HTTPS use?",
    multiple=False,
    required=False,
    score=10,
    created_at=CREATED - 1_000,
    options=["A", "B"],
    right_options=[1],
    answered=0,
    right=0,
    combinations=[],
)

OPEN_FACTS = SurveyFacts(
    account_id=AccountId(2),
    room_id=RoomId(3),
    live_session_id=LiveSessionId(4),
    survey_id=SurveyId(5),
    kind=SurveyKind.ANSWER_CARD,
    title="Warm-up question",
    state=State.OPEN,
    published=False,
    host_id=HostId(6),
    host_name="Host Lin",
    host_role="host",
    created_at=CREATED,
    opened_at=OPENED,
    closes_at=None,
    closed_at=None,
    closed_by=None,
    expected=4,
    answered=0,
    right=0,
    answering_us=0,
    version=0,
    questions=[QUESTION],
)
"""A card that has just been opened to four people."""

CLOSED_FACTS = msgspec.structs.replace(
    OPEN_FACTS,
    state=State.SETTLED,
    published=True,
    closed_at=CLOSED,
    closed_by=ClosedBy.HOST,
    expected=5,
    answered=3,
    right=2,
    answering_us=31_400_000,
    version=3,
    questions=[
        msgspec.structs.replace(
            QUESTION, answered=3, right=2, combinations=[CombinationCount(options=[0], count=1), CombinationCount(options=[1], count=2)]
        )
    ],
    right_numbers=[RightNumber(0, 1), RightNumber(1, 2)],
    settled_by=SettledBy.CLOSE,
)
"""The same card closed: three of five people answered, two of them right."""

EXAM_CLOSED = CLOSED + 60 * SECOND


def question(number: int, type_: str, **changes: object) -> QuestionFacts:
    """A question without points, options and answers, unless changed."""
    plain: dict[str, object] = {"score": 0, "options": [], "right_options": [], "title": f"Question {number}"}
    return msgspec.structs.replace(QUESTION, question_id=QuestionId(number), type=type_, **{**plain, **changes})


def chosen(options: list[int], count: int) -> CombinationCount:
    """So many people chose these."""
    return CombinationCount(options=options, count=count)


EXAM_FACTS = msgspec.structs.replace(
    OPEN_FACTS,
    survey_id=SurveyId(15),
    kind=SurveyKind.EXAM,
    title="Final exam",
    state=State.CLOSED,
    closed_at=EXAM_CLOSED,
    closed_by=ClosedBy.TIME_LIMIT,
    expected=9,
    answered=6,
    right=1,
    answering_us=600 * SECOND,
    version=6,
    cover=PictureId(40),
    template_id=TemplateId(50),
    shuffle_questions=True,
    to_mark=4,
    points=70,
    right_numbers=[RightNumber(0, 2), RightNumber(2, 3), RightNumber(4, 1)],
    questions=[
        question(
            21,
            "choice",
            multiple=True,
            least=1,
            most=3,
            required=True,
            score=10,
            options=["2", "9", "11"],
            right_options=[0, 2],
            answered=6,
            right=3,
            combinations=[chosen([0, 1], 1), chosen([0, 2], 3), chosen([1], 2)],
            picture=PictureId(41),
        ),
        question(
            22,
            "true_false",
            score=5,
            options=["True", "False"],
            right_options=[0],
            answered=5,
            right=4,
            combinations=[chosen([0], 4), chosen([1], 1)],
        ),
        question(23, "free_form", score=20, by_hand=True, answered=4, right=0, to_mark=4),
        question(
            24,
            "combined",
            score=5,
            options=["Yes", "No"],
            right_options=[1],
            answered=5,
            right=2,
            combinations=[chosen([1], 2), chosen([0], 2), chosen([], 1)],
        ),
        question(
            25,
            "picture_choice",
            score=5,
            options=["Disc", "Square"],
            option_pictures=[PictureId(42), PictureId(43)],
            right_options=[0],
            answered=2,
            right=2,
            combinations=[chosen([0], 2)],
        ),
        question(26, "fill_in", score=5, accepted=["Beijing", "北京"], answered=4, right=3),
        question(27, "rating", scale=10, answered=5, combinations=[chosen([10], 1), chosen([7], 3), chosen([2], 1)]),
        question(28, "name", required=True, answered=6),
        question(29, "mobile", answered=1),
        question(30, "mail", verify=False, answered=2),
    ],
)
"""An exam with every type of question, closed by its time limit: six of nine took part, four essays are still to mark."""

EXAM_SETTLED_FACTS = msgspec.structs.replace(
    EXAM_FACTS,
    state=State.SETTLED,
    to_mark=0,
    points=130,
    settled_by=SettledBy.MARKING,
    right=2,
    right_numbers=[RightNumber(0, 2), RightNumber(3, 2), RightNumber(5, 2)],
    questions=[msgspec.structs.replace(each, right=3, to_mark=0) if each.type == "free_form" else each for each in EXAM_FACTS.questions],
)
"""The same exam once the essays are marked: three of the four got all points."""

VOTE_FACTS = msgspec.structs.replace(
    OPEN_FACTS,
    survey_id=SurveyId(16),
    kind=SurveyKind.VOTE,
    title="Which emblem?",
    state=State.SETTLED,
    anonymous=True,
    closed_at=CLOSED,
    closed_by=ClosedBy.HOST,
    answered=3,
    questions=[
        question(
            31,
            "picture_choice",
            options=["Wave", "Star"],
            option_pictures=[PictureId(42), PictureId(43)],
            answered=3,
            combinations=[chosen([1], 3)],
        ),
        question(32, "rating", answered=2, combinations=[chosen([5], 2)]),
    ],
)
"""An anonymous vote with two questions."""

QUESTIONNAIRE_FACTS = msgspec.structs.replace(
    VOTE_FACTS,
    survey_id=SurveyId(17),
    kind=SurveyKind.QUESTIONNAIRE,
    title="How was it?",
    anonymous=False,
    published=True,
    questions=[question(33, "free_form", answered=3)],
)
"""A questionnaire with one question, published."""


def opened(facts: SurveyFacts = OPEN_FACTS, number: int = 1) -> Event:
    """The event of its opening."""
    return Event(facts.live_session_id, number, facts.account_id, "survey.opened", facts.opened_at, msgspec.json.encode(facts))


def closed(facts: SurveyFacts = CLOSED_FACTS, number: int = 2) -> Event:
    """The event of its close."""
    return Event(facts.live_session_id, number, facts.account_id, "survey.closed", facts.closed_at or 0, msgspec.json.encode(facts))


def happened(kind: str, facts: SurveyFacts, at: Instant, number: int = 3) -> Event:
    """Any other event of a survey."""
    return Event(facts.live_session_id, number, facts.account_id, kind, at, msgspec.json.encode(facts))


def running(facts: SurveyFacts) -> SurveyFacts:
    """The same survey as it was opened."""
    return msgspec.structs.replace(
        facts,
        state=State.OPEN,
        published=False,
        closed_at=None,
        closed_by=None,
        settled_by=None,
        answered=0,
        right=0,
        answering_us=0,
        version=0,
        to_mark=0,
        points=0,
        right_numbers=[],
        questions=[msgspec.structs.replace(each, answered=0, right=0, to_mark=0, combinations=[]) for each in facts.questions],
    )
