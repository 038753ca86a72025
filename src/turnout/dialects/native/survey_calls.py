"""The client's calls about surveys."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from turnout.dialects.native import replies
from turnout.dialects.native.calling import Calling


class _Surveys(msgspec.Struct):
    surveys: list[replies.Survey]


class _Submissions(msgspec.Struct):
    submissions: list[replies.Submission]


class _Unanswered(msgspec.Struct):
    viewers: list[replies.Unanswered]


class SurveyCalls(Calling):
    """Surveys, what is answered to them, and the pictures in them."""

    def create_survey(
        self, live_session: str, kind: str, title: str, questions: Sequence[Mapping[str, Any]], **settings: Any
    ) -> replies.Survey:
        """A draft. kind: answer_card, vote, questionnaire or exam. questions: as the API's documentation has them, such as
        `{"type": "rating", "title": "How was it?", "scale": 10}`. settings: anonymous, changeable, time_limit_s, publish_on_close,
        shuffle_questions, shuffle_options, cover."""
        return self._create(f"/live-sessions/{live_session}/surveys", _survey(kind, title, questions, settings), replies.Survey)

    def create_answer_card(
        self,
        live_session: str,
        title: str,
        options: Sequence[str],
        *,
        question: str = "",
        right_options: Sequence[int] = (),
        multiple: bool = False,
        score: int = 0,
        time_limit_s: int | None = None,
        publish_on_close: bool = True,
    ) -> replies.Survey:
        """A draft of an answer card. right_options: numbers from 0. time_limit_s: seconds from opening to the automatic close."""
        asked = {
            "title": question,
            "options": list(options),
            "right_options": list(right_options),
            "multiple": multiple,
            "score": score,
        }
        settings = {"time_limit_s": time_limit_s, "publish_on_close": publish_on_close}
        return self.create_survey(live_session, "answer_card", title, [asked], **settings)

    def edit_survey(
        self,
        live_session: str,
        survey: str,
        kind: str,
        title: str,
        questions: Sequence[Mapping[str, Any]],
        *,
        revision: int | None = None,
        **settings: Any,
    ) -> replies.Survey:
        """The whole draft anew; what is not said here is as if it had never been said. revision: as the draft was read; one that was
        changed since is refused with draft_changed, and left alone."""
        path = _path(live_session, survey) + _seen(revision)
        return self._put(path, _survey(kind, title, questions, settings), replies.Survey)

    def list_surveys(self, live_session: str) -> list[replies.Survey]:
        """The surveys of a live session, drafts included, newest first."""
        return [survey for page in self._pages(f"/live-sessions/{live_session}/surveys", _Surveys) for survey in page.surveys]

    def get_survey(self, live_session: str, survey: str) -> replies.Survey:
        """A survey with its counts."""
        return self._get(_path(live_session, survey), replies.Survey)

    def open_survey(self, live_session: str, survey: str, *, revision: int | None = None) -> replies.Survey:
        """Viewers can answer from now on. revision: as in edit_survey."""
        return self._post(_path(live_session, survey, "open") + _seen(revision), replies.Survey)

    def close_survey(self, live_session: str, survey: str) -> replies.Survey:
        """No more answers; the counts are final unless answers are to be marked."""
        return self._post(_path(live_session, survey, "close"), replies.Survey)

    def publish_survey(self, live_session: str, survey: str) -> replies.Survey:
        """Viewers see the right answers and the counts."""
        return self._post(_path(live_session, survey, "publish"), replies.Survey)

    def settle_survey(self, live_session: str, survey: str) -> replies.Survey:
        """The result of a closed survey is final; what nobody has marked counts 0 points."""
        return self._post(_path(live_session, survey, "settle"), replies.Survey)

    def withdraw_survey(self, live_session: str, survey: str) -> replies.Survey:
        """Takes a survey back that is not settled: it disappears from viewers, and its answers count nowhere."""
        return self._post(_path(live_session, survey, "withdraw"), replies.Survey)

    def copy_survey(self, live_session: str, survey: str, to_live_session: str) -> replies.Survey:
        """A draft with the same questions and settings in another live session, or in the same."""
        return self._create(_path(live_session, survey, "copy"), {"live_session": to_live_session}, replies.Survey)

    def list_submissions(self, live_session: str, survey: str, **wanted: str) -> Iterator[replies.Submission]:
        """Every submission to a survey, read page by page; those of an anonymous one once it is closed, and without their viewers. wanted:
        search, result, points_from, points_to, question, choice, sort, descending, as the API's documentation has them."""
        for page in self._pages(_path(live_session, survey, "submissions"), _Submissions, **wanted):
            yield from page.submissions

    def list_unanswered(self, live_session: str, survey: str) -> Iterator[replies.Unanswered]:
        """Who was there while a survey was open and has not answered, read page by page."""
        for page in self._pages(_path(live_session, survey, "unanswered"), _Unanswered):
            yield from page.viewers

    def mark(self, live_session: str, survey: str, viewer: str, question: str, points: int) -> replies.Survey:
        """Gives points by hand to one answer of a closed exam; returns the survey with what is left to mark."""
        body = {"viewer": viewer, "question": question, "points": points}
        return self._post(_path(live_session, survey, "marks"), replies.Survey, body)

    def upload_picture(self, content: bytes, content_type: str) -> replies.Picture:
        """A picture for questions, options and covers. content_type: image/png, image/jpeg, image/webp or image/gif."""
        return self._create_raw("/pictures", content, content_type, replies.Picture)


def _survey(kind: str, title: str, questions: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "title": title, "questions": list(questions), **settings}


def _seen(revision: int | None) -> str:
    return "" if revision is None else f"?revision={revision}"


def _path(live_session: str, survey: str, *more: str) -> str:
    return "/".join((f"/live-sessions/{live_session}/surveys/{survey}", *more))
