"""The message for dataType 1 to 4 as contracts/quanshi.md A.2 to A.6 and the vendor's example have it: every key with its JSON type."""

import re
from datetime import datetime
from typing import Any

ENVELOPE = {
    "type": int,
    "dataType": int,
    "tempConferenceId": str,
    "conferenceId": str,
    "hostId": int,
    "customerCode": str,
    "timestamp": int,
    "data": list,
}
SURVEY = {
    "surveyId": int,
    "surveyName": str,
    "surveyState": int,
    "surveyType": int,
    "surveyCover": str,
    "incognito": int,
    "stage": int,
    "templateId": int,
    "questionType": int,
    "tempConfId": str,
    "conferenceId": str,
    "customerCode": str,
    "creator": dict,
    "quNumber": int,
    "totalScore": int,
    "rightRate": int,
    "answerCount": int,
    "rightCount": int,
    "allCount": int,
    "createDate": str,
    "endDate": str,
    "questionList": list,
    "rightCountList": list,
    "duration": int,
}
CREATOR = {
    "tempUserId": str,
    "accId": str,
    "userId": int,
    "avatar": str,
    "name": str,
    "clientType": int,
    "role": str,
    "phone": str,
    "email": str,
    "group": str,
}
QUESTION = {
    "questionId": int,
    "questionTitle": str,
    "questionType": int,
    "questionImage": str,
    "score": int,
    "required": int,
    "verify": int,
    "rightCount": int,
    "rightRate": int,
    "answerCount": int,
    "multiple": int,
    "answerValue": str,
    "createDate": str,
    "optionList": list,
    "answerCountList": list,
}
OPTION = {"index": int, "optionName": str, "questionImage": str, "isAnswer": int}
ANSWER_COUNT = {"indexStr": list, "count": int, "value": str}
RIGHT_COUNT = {"number": int, "count": int}

NOT_YET = "0001-01-01T00:00:00Z"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\+08:00")
_PICTURE = re.compile(r"https?://[^/]+/pictures/pc_[0-9a-z]{13}")
_OPTION_TYPES = (1, 2, 4, 5)
_RATING = 7


def check_message(message: Any) -> None:
    """Fails unless the message has every documented key, in the documented order, with its JSON type, and values that fit each other."""
    _same(ENVELOPE, message)
    assert message["type"] in (1, 2)
    assert message["dataType"] in (1, 2, 3, 4)
    assert len(message["data"]) == 1
    for survey in message["data"]:
        _check_survey(message, survey)


def _same(documented: dict[str, type], found: dict[str, Any]) -> None:
    assert list(found) == list(documented)
    assert {key: type(value) for key, value in found.items()} == documented


def _check_survey(message: Any, survey: Any) -> None:
    _same(SURVEY, survey)
    _same(CREATOR, survey["creator"])
    ended = message["type"] == 2
    assert survey["surveyType"] == message["dataType"]
    assert survey["tempConfId"] == message["tempConferenceId"]
    assert (survey["conferenceId"], survey["customerCode"]) == (message["conferenceId"], message["customerCode"])
    assert survey["creator"]["accId"] == f"{survey['tempConfId']}-{survey['creator']['tempUserId']}"
    assert survey["creator"]["role"] in ("0", "1", "2", "3")
    assert survey["surveyState"] == (2 if ended else 1)
    assert survey["stage"] in ((2, 3, 4) if ended else (1,))
    assert survey["incognito"] in (0, 1)
    assert survey["surveyCover"] == "" or _PICTURE.fullmatch(survey["surveyCover"])
    _check_time(survey["createDate"])
    if ended:
        _check_time(survey["endDate"])
    else:
        assert survey["endDate"] == NOT_YET
        assert (survey["answerCount"], survey["rightCount"], survey["rightRate"], survey["duration"]) == (0, 0, 0, 0)
    questions = survey["questionList"]
    assert survey["quNumber"] == len(questions) > 0
    assert survey["questionType"] == (questions[0]["questionType"] if len(questions) == 1 else 4)
    assert survey["totalScore"] == sum(question["score"] for question in questions)
    assert 0 <= survey["rightCount"] <= survey["answerCount"] <= survey["allCount"]
    assert 0 <= survey["rightRate"] <= 100
    for entry in survey["rightCountList"]:
        _same(RIGHT_COUNT, entry)
    numbers = [entry["number"] for entry in survey["rightCountList"]]
    assert numbers == sorted(set(numbers))
    if numbers:
        assert sum(entry["count"] for entry in survey["rightCountList"]) == survey["answerCount"]
        assert numbers[0] >= 0
        assert numbers[-1] <= len(questions)
    for question in questions:
        _check_question(survey, question)


def _check_question(survey: Any, question: Any) -> None:
    _same(QUESTION, question)
    assert 1 <= question["questionType"] <= 10
    assert question["questionImage"] == "" or _PICTURE.fullmatch(question["questionImage"])
    assert {question["required"], question["verify"], question["multiple"]} <= {0, 1}
    assert 0 <= question["rightCount"] <= question["answerCount"] <= survey["answerCount"]
    assert 0 <= question["rightRate"] <= 100
    _check_time(question["createDate"])
    for option in question["optionList"]:
        _same(OPTION, option)
        assert option["questionImage"] == "" or _PICTURE.fullmatch(option["questionImage"])
    assert [option["index"] for option in question["optionList"]] == list(range(len(question["optionList"])))
    assert bool(question["optionList"]) is (question["questionType"] in _OPTION_TYPES)
    right = [option["optionName"] for option in question["optionList"] if option["isAnswer"]]
    if question["optionList"]:
        assert question["answerValue"] == ",".join(right)
    for entry in question["answerCountList"]:
        _same(ANSWER_COUNT, entry)
        assert entry["count"] > 0
        assert all(type(index) is int and 0 <= index < len(question["optionList"]) for index in entry["indexStr"])
        if question["questionType"] == _RATING:
            assert entry["indexStr"] == []
            assert 1 <= int(entry["value"]) <= 10
        else:
            assert entry["value"] == ""
    if question["questionType"] in (*_OPTION_TYPES, _RATING):
        assert sum(entry["count"] for entry in question["answerCountList"]) == question["answerCount"]
    else:
        assert question["answerCountList"] == []


def _check_time(text: str) -> None:
    assert _TIME.fullmatch(text), text
    datetime.fromisoformat(text[:26] + text[29:])
