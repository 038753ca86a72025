"""Templates, and files of them."""

from typing import Any

from turnout.api_examples.surveys import DRAFT, SURVEY
from turnout.interactions.question_bank.rules import TooManyTemplates
from turnout.interactions.spreadsheets import TooManyRows, UnknownEncoding, UnpacksTooLarge, UnreadableFile, UnsupportedFormat
from turnout.interactions.survey.rules import LiveSessionOver
from turnout.kernel.documented import Documented
from turnout.kernel.errors import NotFound

HEAD: Any = {
    "id": "tp_3r5d8y1f6k0xh",
    "name": "Lesson 3",
    "tags": ["networks"],
    "kind": "exam",
    "title": "After lesson 3",
    "question_count": 2,
    "created_at": "2026-01-04T12:00:00.000000Z",
    "updated_at": "2026-01-04T12:00:00.000000Z",
}
_UNSAID: Any = {
    "option_pictures": [],
    "right_options": [],
    "accepted": [],
    "options": [],
    "multiple": False,
    "least": None,
    "most": None,
    "required": False,
    "scale": 5,
    "verify": True,
    "picture": None,
}
TEMPLATE: Any = {
    **HEAD,
    **DRAFT,
    "questions": [{**_UNSAID, **question} for question in DRAFT["questions"]],
    "anonymous": False,
    "changeable": False,
    "shuffle_questions": False,
    "cover": None,
}
_HELD = {name: HEAD[name] for name in ("id", "name", "kind", "title", "question_count")}
_FAULT = {"row": 3, "column": "right", "code": "unknown_option", "message": "there is no option E"}

FILES: Any = {
    "text/csv": "title,kind,type,question,score,right,option_a,option_b,option_c\n"
    "After lesson 3,exam,choice,Which port does HTTPS use?,10,C,21,80,443\n",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "",
    "application/json": {"templates": [DRAFT]},
}

OPERATIONS = {
    "createTemplate": Documented({**DRAFT, "name": "Lesson 3", "tags": ["networks"]}, TEMPLATE, (TooManyTemplates,)),
    "listTemplates": Documented(reply={"templates": [HEAD], "next": None}),
    "getTemplate": Documented(reply=TEMPLATE),
    "editTemplate": Documented({**DRAFT, "name": "Lesson 3", "tags": []}, {**TEMPLATE, "tags": []}),
    "deleteTemplate": Documented(),
    "keepSurvey": Documented(
        {"live_session": "ls_7c4p1r9e2g6xw", "survey": SURVEY["id"], "name": "Lesson 3"}, TEMPLATE, (TooManyTemplates, NotFound)
    ),
    "createSurveyFromTemplate": Documented({"template": HEAD["id"]}, {**SURVEY, "template": HEAD["id"]}, (LiveSessionOver,)),
    "importTemplates": Documented(
        reply={"kept": False, "templates": [{**_HELD, "id": None}], "errors": [_FAULT]},
        refusals=(UnsupportedFormat, UnreadableFile, UnknownEncoding, UnpacksTooLarge, TooManyRows, TooManyTemplates),
        creates=True,
    ),
    "getTemplateSample": Documented(reply_types=FILES),
    "exportTemplate": Documented(reply_types=FILES),
}
