"""Facts of a survey, made of its rows: what events freeze, and what every view is made from."""

from collections.abc import Sequence

import sqlalchemy as sa

from turnout.interactions.lifecycle import State
from turnout.interactions.survey import question_store, tally_store
from turnout.interactions.survey.question_store import QuestionRow
from turnout.interactions.survey.rules import CombinationCount, QuestionFacts, RightNumber, SurveyFacts, counts_of, options_of
from turnout.interactions.survey.store import SurveyRow
from turnout.interactions.survey.tally_store import NO_TALLY, TallyRow
from turnout.kernel.ids import LiveSessionId


def facts_of(survey: SurveyRow, question_rows: Sequence[QuestionRow], tally: TallyRow) -> SurveyFacts:
    """The survey with its questions and counts. A draft's opened_at is its created_at. A withdrawn survey shows no counts."""
    if survey.state is State.WITHDRAWN:
        tally = NO_TALLY
    return SurveyFacts(
        account_id=survey.account_id,
        room_id=survey.room_id,
        live_session_id=survey.live_session_id,
        survey_id=survey.id,
        kind=survey.kind,
        title=survey.title,
        state=survey.state,
        published=survey.published_at is not None,
        host_id=survey.host_id,
        host_name=survey.host_name,
        host_role="host",
        created_at=survey.created_at,
        opened_at=survey.opened_at or survey.created_at,
        closes_at=survey.closes_at,
        closed_at=survey.closed_at,
        closed_by=survey.closed_by,
        expected=max(survey.expected, tally.answered),
        answered=tally.answered,
        right=tally.right,
        answering_us=tally.answering_us,
        version=tally.version,
        questions=[_question_facts(question, tally) for question in question_rows],
        time_limit_s=survey.time_limit_s,
        publish_on_close=survey.publish_on_close,
        anonymous=survey.anonymous,
        changeable=survey.changeable,
        shuffle_questions=survey.shuffle_questions,
        shuffle_options=survey.shuffle_options,
        cover=survey.cover,
        template_id=survey.template_id,
        to_mark=tally.to_mark,
        points=tally.points,
        right_numbers=_right_numbers(sum(question.rightable for question in question_rows), tally),
        settled_by=survey.settled_by,
        revision=survey.revision,
        withdrawn_from=_withdrawn_from(survey) if survey.state is State.WITHDRAWN else None,
    )


def _right_numbers(rightable: int, tally: TallyRow) -> list[RightNumber]:
    """People by how many answers they had right, of so many that can be; nobody's numbers are left out."""
    counts = {0: tally.answered - tally.right, 1: tally.right} if rightable == 1 else tally.right_numbers
    if not rightable:
        return []
    return [RightNumber(number, people) for number, people in sorted(counts.items()) if people]


def _withdrawn_from(survey: SurveyRow) -> State:
    if survey.closed_at is not None:
        return State.CLOSED
    return State.DRAFT if survey.opened_at is None else State.OPEN


def load_facts(connection: sa.Connection, live_session_id: LiveSessionId, rows: Sequence[SurveyRow]) -> list[SurveyFacts]:
    """These surveys of a live session with their questions and counts, as they are now; a fixed number of statements."""
    survey_ids = [row.id for row in rows]
    by_survey = question_store.load_questions(connection, live_session_id, survey_ids)
    tallies = tally_store.load_tallies(connection, live_session_id, survey_ids)
    return [facts_of(row, by_survey[row.id], tallies[row.id]) for row in rows]


def _question_facts(question: QuestionRow, tally: TallyRow) -> QuestionFacts:
    counts = counts_of(question.type, question.right_mask, tally.combinations.get(question.id, {}))
    return QuestionFacts(
        question_id=question.id,
        type=question.type,
        title=question.title,
        multiple=question.multiple,
        required=question.required,
        score=question.score,
        created_at=question.created_at,
        options=question.options,
        right_options=options_of(question.right_mask),
        answered=counts.answered,
        right=counts.right,
        combinations=[
            # the mask of a rating r is 1 << r, so that its one number is the rating
            CombinationCount(options=options_of(mask), count=count)
            for mask, count in sorted(counts.combinations.items(), key=lambda item: (-item[1], item[0]))
        ],
        picture=question.picture,
        option_pictures=question.option_pictures,
        least=question.least,
        most=question.most,
        verify=question.verify,
        scale=question.scale,
        accepted=question.accepted,
        by_hand=question.by_hand,
        to_mark=counts.to_mark,
    )
