"""Compares everything the product has and tells of a live session's surveys with the model (model.py)."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from tests.suites.domains.model import Session, Survey
from tests.suites.domains.show import Show
from turnout.audience import queries as audience
from turnout.interactions.survey import queries
from turnout.interactions.survey.anonymous_store import ballots, seals, voters
from turnout.interactions.survey.answer_store import draft_answers, marks, submissions
from turnout.interactions.survey.question_rules import decode_values
from turnout.interactions.survey.rules import AnonymousOpen, QuestionFacts, QuestionType, SurveyFacts, SurveyKind, mask_of
from turnout.interactions.survey.store import surveys
from turnout.kernel.ids import SurveyId, ViewerId
from turnout.storage.event_log import read_events

EVENTS_OF = ("survey.closed", "survey.settled", "survey.withdrawn", "survey.published", "survey.opened")


class Comparing:
    """Remembers from step to step what must not change any more, and what may only grow."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._versions: dict[SurveyId, int] = {}
        self._counted: dict[SurveyId, Any] = {}
        self._events_seen = 0

    def compare(self, session: Session, viewer_ids: Sequence[ViewerId], *, lists: bool) -> None:
        """Raises where the product differs from the model. lists: compare pages of submissions and records too."""
        show, live_session_id = self._show, self._show.live.id
        self._compare_rows(session)
        with show.database.reading() as connection:
            found = queries.list_surveys(connection, show.caller.account_id, live_session_id)
            events = read_events(connection, live_session_id, self._events_seen, 1000)
            assert audience.count_online(connection, live_session_id) == len(session.online)
            ever = {visit.viewer_id for visit in session.visits.values()}
            assert audience.count_viewers(connection, live_session_id) == len(ever)
        assert [facts.survey_id for facts in found] == [survey.id for survey in reversed(session.surveys)]
        by_id = {facts.survey_id: facts for facts in found}
        for survey in session.surveys:
            compare_facts(by_id[survey.id], survey)
            self._compare_version(by_id[survey.id], survey)
        self._compare_events(events, session, by_id)
        self._compare_own(session, viewer_ids)
        if lists:
            self._compare_lists(session)

    def _compare_rows(self, session: Session) -> None:
        rows = self._show.rows
        given = {(survey.id, viewer_id): one for survey in session.surveys for viewer_id, one in survey.given.items()}
        by_id = {survey.id: survey for survey in session.surveys}
        found = rows(submissions)
        assert len(found) == len(given)
        for row in found:
            one = given[row["survey_id"], row["viewer_id"]]
            assert tuple(decode_values(row["answers"])) == one.values
            assert (row["command_id"], row["answered_at"]) == (one.command_id, one.at)
            assert msgspec.json.decode(row["replaced"]) == one.replaced
            assert (row["number_right"], row["points"], row["to_mark"]) == by_id[row["survey_id"]].judged(one)
        saved = {(survey.id, viewer_id): values for survey in session.surveys for viewer_id, values in survey.drafts.items()}
        assert {(row["survey_id"], row["viewer_id"]): tuple(decode_values(row["answers"])) for row in rows(draft_answers)} == saved
        marked = {
            (survey.id, viewer_id, survey.questions[place]): points
            for survey in session.surveys
            for viewer_id, one in survey.given.items()
            for place, points in one.marks.items()
        }
        assert {(row["survey_id"], row["viewer_id"], row["question_id"]): row["points"] for row in rows(marks)} == marked
        self._compare_secret_rows(session)

    def _compare_secret_rows(self, session: Session) -> None:
        rows = self._show.rows
        cast = Counter(
            (row["survey_id"], tuple(decode_values(row["answers"])), row["number_right"], row["points"]) for row in rows(ballots)
        )
        assert cast == Counter(
            (survey.id, values, *survey.judged_values(values, {})[:2]) for survey in session.surveys for values in survey.ballots
        )
        assert Counter(row["survey_id"] for row in rows(voters)) == Counter(
            {survey.id: len(survey.voters) for survey in session.surveys if survey.voters}
        )
        assert {row["survey_id"] for row in rows(seals)} == {survey.id for survey in session.surveys if survey.sealed}
        burned = {row["id"] for row in rows(surveys) if row["burned_at"] is not None}
        assert burned == {survey.id for survey in session.surveys if survey.burned}

    def _compare_version(self, facts: SurveyFacts, survey: Survey) -> None:
        """The version grows whenever something else is counted, and never falls."""
        if survey.state == "withdrawn":
            return
        before = self._versions.get(facts.survey_id, 0)
        assert facts.version >= before
        counted = msgspec.structs.asdict(facts) | dict.fromkeys(("state", "published", "closed_at", "closed_by", "settled_by"))
        counted |= {"expected": None, "opened_at": None, "closes_at": None, "version": None, "revision": None}
        if facts.version == before and facts.survey_id in self._counted and survey.state != "draft":
            earlier_state, earlier = self._counted[facts.survey_id]
            assert earlier_state == "draft" or earlier == counted
        self._versions[facts.survey_id], self._counted[facts.survey_id] = facts.version, (survey.state, counted)

    def _compare_events(self, events: Sequence[Any], session: Session, by_id: dict[SurveyId, SurveyFacts]) -> None:
        """What was recorded since the last step; of several events of a survey the last one says how it stands now, unless more was
        counted afterwards in the same batch, which the one state of a survey forbids after its close."""
        latest: dict[SurveyId, tuple[str, SurveyFacts]] = {}
        for event in events:
            assert event.number == self._events_seen + 1
            self._events_seen = event.number
            if event.kind in EVENTS_OF:
                facts = msgspec.json.decode(event.facts, type=SurveyFacts)
                latest[facts.survey_id] = (event.kind, facts)
        for survey_id, (kind, facts) in latest.items():
            now = by_id[survey_id]
            if kind != "survey.opened":  # answers may follow an opening in the same batch
                assert facts == now, kind
        ended = {"survey.closed": ("closed", "settled"), "survey.withdrawn": ("withdrawn",)}
        for survey in session.surveys:
            if survey.id in latest and latest[survey.id][0] in ended:
                assert survey.state in ended[latest[survey.id][0]]

    def _compare_own(self, session: Session, viewer_ids: Sequence[ViewerId]) -> None:
        show = self._show
        with show.database.reading() as connection:
            found = queries.list_own(connection, show.live.id, viewer_ids)
        assert set(found) <= set(viewer_ids)
        for viewer_id in viewer_ids:
            told = {own.survey_id: own for own in found.get(viewer_id, [])}
            assert len(told) == len(found.get(viewer_id, []))
            expected = {survey.id: _own(survey, viewer_id) for survey in session.surveys}
            assert told == {survey_id: own for survey_id, own in expected.items() if own is not None}

    def _compare_lists(self, session: Session) -> None:
        show = self._show
        account_id, live_session_id = show.caller.account_id, show.live.id
        with show.database.reading() as connection:
            records: dict[SurveyId, queries.SurveyRecord] = {}
            for kind in SurveyKind:
                page = queries.list_records(connection, account_id, show.room.id, live_session_id, kind, tuple(QuestionType), 0, 500)
                assert page[0] == len(page[1])
                records |= {one.survey.facts.survey_id: one.survey for one in page[1]}
            for survey in session.surveys:
                given = {viewer_id: one.values for viewer_id, one in survey.given.items()}
                if survey.anonymous and survey.state == "open":
                    try:
                        queries.list_submissions(connection, account_id, live_session_id, survey.id)
                    except AnonymousOpen:
                        assert records[survey.id].submissions == []
                    else:
                        raise AssertionError("ballots were listed while the survey is open")
                    continue
                listed = queries.list_submissions(connection, account_id, live_session_id, survey.id)
                if survey.state in ("withdrawn", "draft"):
                    assert (listed, survey.id in records) == ([], False)
                elif survey.anonymous:
                    assert Counter((tuple(one.values), one.number_right, one.points, one.to_mark) for one in listed) == Counter(
                        (values, *survey.judged_values(values, {})) for values in survey.ballots
                    )
                    assert Counter(tuple(one.values) for one in records[survey.id].submissions) == Counter(survey.ballots)
                    assert {(one.viewer_id, one.viewer_name, one.answered_at) for one in listed} <= {(None, "", None)}
                else:
                    assert {one.viewer_id: tuple(one.values) for one in listed} == given
                    assert {one.viewer_id: tuple(one.values) for one in records[survey.id].submissions} == given


def _own(survey: Survey, viewer_id: ViewerId) -> queries.OwnSubmission | None:
    """What the viewer is told of this survey."""
    if survey.state in ("draft", "withdrawn"):
        return None
    if survey.anonymous:
        return queries.OwnSubmission(survey.id, True, [], None, None) if viewer_id in survey.voters and survey.sealed else None
    given = survey.given.get(viewer_id)
    if given is None:
        values = survey.drafts.get(viewer_id)
        return None if values is None else queries.OwnSubmission(survey.id, False, list(values), None, None)
    result = None
    if survey.published and any(item.rightable for item in survey.items):
        number_right, points, to_mark = survey.judged(given)
        marked = {survey.questions[place]: points for place, points in given.marks.items()}
        result = queries.OwnResult(number_right, points, to_mark, marked)
    return queries.OwnSubmission(survey.id, True, list(given.values), given.at, result)


def compare_facts(facts: SurveyFacts, survey: Survey) -> None:
    """The survey as its host sees it, recomputed from the model's submissions."""
    told = (facts.state, facts.published, facts.closed_at, facts.closed_by, facts.settled_by, facts.revision)
    assert told == (survey.state, survey.published, survey.closed_at, survey.closed_by, survey.settled_by, survey.revision)
    shown = survey if survey.state != "withdrawn" else Survey(survey.id, survey.paper, survey.questions)
    judged = [shown.judged_values(*one) for one in shown.all_values]
    answered = len(shown.given) + len(shown.ballots)
    assert (facts.answered, facts.answering_us) == (answered, shown.answering_us)
    assert facts.points == sum(points for _, points, _ in judged)
    assert facts.to_mark == sum(to_mark for _, _, to_mark in judged)
    rightable = sum(item.rightable for item in survey.items)
    assert facts.right == sum(1 for number, _, _ in judged if rightable and number == rightable)
    assert {each.number: each.count for each in facts.right_numbers} == shown.right_numbers()
    assert sum(each.count for each in facts.right_numbers) == (answered if rightable else 0)
    assert [each.number for each in facts.right_numbers] == sorted(shown.right_numbers())
    if survey.state not in ("draft", "withdrawn"):
        assert facts.expected == max(survey.expected, answered)
    for place, question in enumerate(facts.questions):
        _compare_question(question, shown, place)


def _compare_question(question: QuestionFacts, survey: Survey, place: int) -> None:
    item = survey.items[place]
    given = [(values[place], marks.get(place)) for values, marks in survey.all_values if values[place] is not None]
    assert (question.answered, question.type, question.score) == (len(given), item.draft.type, item.draft.score)
    assert question.right == sum(1 for value, mark in given if item.is_right(value, mark))
    assert question.to_mark == sum(1 for _, mark in given if item.by_hand and mark is None)
    assert (question.by_hand, question.rightable) == (item.by_hand, item.rightable)
    assert {mask_of(each.options): each.count for each in question.combinations} == survey.combinations(place)
