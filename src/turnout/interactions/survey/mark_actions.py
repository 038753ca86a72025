"""Marks that hosts give by hand to answers of a closed exam. A barrier in its live session, in a batch of one.

Locks are taken in the order of host_actions; a submission after its survey.
"""

from collections.abc import Sequence

from turnout.interactions.survey import answer_store, question_store, tally_store
from turnout.interactions.survey.commands import Mark
from turnout.interactions.survey.counting import Counting
from turnout.interactions.survey.host_actions import lock_survey, settle
from turnout.interactions.survey.question_rules import decode_values, judge, sheet_of
from turnout.interactions.survey.rules import AnswerValue, NoSuchQuestion, NotMarkable, SettledBy, decide_mark, may_settle
from turnout.storage.transaction import Tx


def mark(tx: Tx, commands: Sequence[Mark]) -> Sequence[None]:
    """The answer has these points, and the survey settles when nothing is left to mark. Refused with NoSuchSurvey, NoSuchQuestion,
    WrongState, NotMarkable, InvalidInput."""
    for command in commands:
        _mark(tx, command)
    return [None] * len(commands)


def _mark(tx: Tx, command: Mark) -> None:
    survey, _ = lock_survey(tx, command.caller, command.live_session_id, command.survey_id)
    question_rows = question_store.load_questions(tx.connection, survey.live_session_id, [survey.id])[survey.id]
    sheet = sheet_of(survey.kind, [row.asked() for row in question_rows], anonymous=survey.anonymous, changeable=survey.changeable)
    place = sheet.places.get(command.question_id)
    if place is None:
        raise NoSuchQuestion(field="question")
    key = (survey.live_session_id, survey.id, command.viewer_id)
    given = answer_store.load_submissions(tx, [key], lock=True).get(key)
    values: list[AnswerValue] = [] if given is None else decode_values(given.answers)
    decide_mark(survey.kind, survey.state, sheet.questions[place], values[place] if values else None, command.points)
    if given is None:
        raise NotMarkable
    marks = answer_store.load_marks_of(tx, key)
    before = judge(sheet, values, marks)
    after = judge(sheet, values, {**marks, command.question_id: command.points})
    fresh = command.question_id not in marks
    answer_store.save_mark(tx, key, command.question_id, command.points, command.caller.host_id, fresh=fresh)
    after_given = given._replace(number_right=after.number_right, points=after.points, to_mark=after.to_mark)
    answer_store.replace_submissions(tx, {key: after_given})
    counting = Counting()
    counting.count(key[:2], sheet, before, -1, 0)
    counting.count(key[:2], sheet, after, 1, 0)
    counting.write(tx)
    tx.nudge("marked", command.viewer_id)
    if may_settle(survey.state, tally_store.load_to_mark(tx.connection, survey.live_session_id, survey.id)):
        settle(tx, survey, SettledBy.MARKING)
