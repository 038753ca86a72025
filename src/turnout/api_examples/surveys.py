"""Surveys, submissions and marks."""

from typing import Any

from turnout.interactions.lifecycle import DraftChanged, NotADraft, WrongState
from turnout.interactions.spreadsheets import TooManyRows
from turnout.interactions.survey.rules import AnonymousOpen, LiveSessionOver, NoSuchQuestion, NotMarkable, NotPublishable
from turnout.kernel.documented import Documented

CHOICE, FREE_FORM = "qn_8s2f5n1k7m4td", "qn_9v3g6p2m8n5we"

DRAFT: Any = {
    "kind": "exam",
    "title": "After lesson 3",
    "questions": [
        {"type": "choice", "title": "Which port does HTTPS use?", "options": ["21", "80", "443"], "right_options": [2], "score": 10},
        {"type": "free_form", "title": "Why is it another one than HTTP's?", "required": True, "score": 20},
    ],
    "time_limit_s": 600,
    "publish_on_close": False,
    "shuffle_options": True,
}
_QUESTION: Any = {"picture": None, "pictures": [], "multiple": False, "least": None, "most": None, "scale": 5, "verify": True}
_NO_COUNTS: Any = {"right_options": [], "accepted": [], "counts": [], "answered": 0, "right": 0, "by_hand": False, "to_mark": 0}
_FIRST = {
    "id": CHOICE,
    "type": "choice",
    "title": "Which port does HTTPS use?",
    "required": False,
    "score": 10,
    "options": ["21", "80", "443"],
    **_QUESTION,
    **_NO_COUNTS,
    "right_options": [2],
    "counts": [0, 0, 0],
}
_SECOND = {
    "id": FREE_FORM,
    "type": "free_form",
    "title": "Why is it another one than HTTP's?",
    "required": True,
    "score": 20,
    "options": [],
    **_QUESTION,
    **_NO_COUNTS,
    "by_hand": True,
}
SURVEY: Any = {
    "id": "sv_1b7ya3kf0m9cz",
    "kind": "exam",
    "title": "After lesson 3",
    "cover": None,
    "state": "draft",
    "published": False,
    "anonymous": False,
    "changeable": False,
    "shuffle_questions": False,
    "shuffle_options": True,
    "opened_at": None,
    "closes_at": None,
    "closed_at": None,
    "closed_by": None,
    "answered": 0,
    "version": 0,
    "questions": [_FIRST, _SECOND],
    "right": 0,
    "right_numbers": [],
    "expected": 0,
    "points": 0,
    "to_mark": 0,
    "settled_by": None,
    "template": None,
    "revision": 0,
    "created_at": "2026-01-05T08:35:00.000000Z",
    "time_limit_s": 600,
    "publish_on_close": False,
}
OPEN: Any = {
    **SURVEY,
    "state": "open",
    "expected": 2,
    "opened_at": "2026-01-05T08:36:00.000000Z",
    "closes_at": "2026-01-05T08:46:00.000000Z",
}
CLOSED: Any = {
    **OPEN,
    "state": "closed",
    "closed_at": "2026-01-05T08:41:12.031000Z",
    "closed_by": "host",
    "answered": 2,
    "version": 2,
    "questions": [{**_FIRST, "counts": [1, 0, 1], "answered": 2, "right": 1}, {**_SECOND, "answered": 2, "to_mark": 2}],
    "right_numbers": [{"number": 0, "count": 1}, {"number": 1, "count": 1}],
    "points": 10,
    "to_mark": 2,
}
SETTLED: Any = {
    **CLOSED,
    "state": "settled",
    "settled_by": "host",
    "questions": [CLOSED["questions"][0], {**_SECOND, "answered": 2}],
    "to_mark": 0,
    "version": 3,
}
SUBMISSION: Any = {
    "viewer": {"id": "vw_0a6x2c8h4j1mz", "name": "Wang Wei"},
    "answers": [{"question": CHOICE, "choices": [2]}, {"question": FREE_FORM, "text": "So that both can be served."}],
    "answered_at": "2026-01-05T08:38:20.114000Z",
    "right": 1,
    "points": 25,
    "to_mark": 0,
    "marks": [{"question": FREE_FORM, "points": 15}],
}

OPERATIONS = {
    "createSurvey": Documented(DRAFT, SURVEY, (LiveSessionOver,)),
    "listSurveys": Documented(reply={"surveys": [SURVEY], "next": None}),
    "getSurvey": Documented(reply=CLOSED),
    "editSurvey": Documented(
        {**DRAFT, "title": "After lesson 4"},
        {**SURVEY, "title": "After lesson 4", "revision": 1},
        (NotADraft, DraftChanged, LiveSessionOver),
    ),
    "openSurvey": Documented(reply=OPEN, refusals=(WrongState, DraftChanged, LiveSessionOver)),
    "closeSurvey": Documented(reply=CLOSED, refusals=(WrongState,)),
    "publishSurvey": Documented(reply={**CLOSED, "published": True}, refusals=(NotPublishable,)),
    "settleSurvey": Documented(reply=SETTLED, refusals=(WrongState,)),
    "withdrawSurvey": Documented(reply={**CLOSED, "state": "withdrawn"}, refusals=(WrongState,)),
    "copySurvey": Documented({"live_session": "ls_7c4p1r9e2g6xw"}, {**SURVEY, "id": "sv_4k0z9d3v6r8bq"}, (LiveSessionOver,)),
    "listSubmissions": Documented(
        reply={"submissions": [SUBMISSION], "next": "vw_0a6x2c8h4j1mz"}, refusals=(AnonymousOpen, NoSuchQuestion)
    ),
    "listUnanswered": Documented(
        reply={"viewers": [{"viewer": {"id": "vw_6y1d4s8f0k3pb", "name": "Li Na"}, "external_id": "u-20994"}], "next": None}
    ),
    "exportSubmissions": Documented(
        refusals=(AnonymousOpen, NoSuchQuestion, TooManyRows),
        reply_types={
            "text/csv": "viewer,name,answered_at,1. Which port does HTTPS use?\nvw_0a6x2c8h4j1mz,Wang Wei,2026-01-05 16:38:20,C. 443\n",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "",
            "application/json": {"survey": SURVEY["id"], "submissions": [SUBMISSION]},
        },
    ),
    "markAnswer": Documented(
        {"viewer": "vw_0a6x2c8h4j1mz", "question": FREE_FORM, "points": 15},
        {
            **CLOSED,
            "points": 25,
            "to_mark": 1,
            "version": 3,
            "questions": [CLOSED["questions"][0], {**_SECOND, "answered": 2, "to_mark": 1}],
        },
        (WrongState, NotMarkable),
    ),
}
