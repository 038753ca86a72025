"""What changes surveys. Answering is hot and works by set; the host's commands are batches of one and barriers in their live session.

Locks are taken in one order: event stream, survey, tally; by id within each (design 3.1).
"""

from collections.abc import Iterable, Sequence
from functools import partial

import msgspec

from turnout.accounts import idempotency
from turnout.accounts.caller import Caller
from turnout.audience import queries as audience
from turnout.interactions.lifecycle import Move, State, decide_state
from turnout.interactions.survey import answer_store, store
from turnout.interactions.survey.rules import (
    AlreadyAnswered,
    ClosedBy,
    LiveSessionOver,
    NoSuchQuestion,
    NoSuchSurvey,
    NotPublishable,
    OpenQuestion,
    SurveyDraft,
    SurveyKind,
    check_draft,
    decide_answer,
    decide_closed_at,
    decide_open,
    is_right,
    mask_of,
    options_of,
)
from turnout.interactions.survey.store import QuestionRow
from turnout.interactions.survey.store import SurveyRow as SurveyRow
from turnout.kernel.clock import Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import LiveSessionId, QuestionId, SurveyId, ViewerId
from turnout.rooms import queries as rooms
from turnout.rooms.actions import closes_with_live_session
from turnout.rooms.rules import LiveSession, LiveSessionState
from turnout.storage.group_commit import Action
from turnout.storage.transaction import Tx


class CreateSurvey(msgspec.Struct, frozen=True):
    """A new draft in a running live session. once: the idempotency key of the call, if it had one."""

    caller: Caller
    live_session_id: LiveSessionId
    draft: SurveyDraft
    once: idempotency.Once | None = None


class ChangeSurvey(msgspec.Struct, frozen=True):
    """A host's command to open, close or publish."""

    caller: Caller
    live_session_id: LiveSessionId
    survey_id: SurveyId


class CloseOverdue(msgspec.Struct, frozen=True):
    """Closes a survey whose time is over; nothing happens when it is closed already."""

    live_session_id: LiveSessionId
    survey_id: SurveyId


class Answer(msgspec.Struct, frozen=True, gc=False):
    """A viewer's answer. command_id: the client's id of this command. received_at: when the server read it from the socket."""

    live_session_id: LiveSessionId
    question_id: QuestionId
    viewer_id: ViewerId
    choices: list[int]
    command_id: str
    received_at: Instant


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """The answer counts, and is durable."""


class SurveyCreated(msgspec.Struct, frozen=True):
    """The id of the new draft."""

    survey_id: SurveyId


ACCEPTED = Accepted()


def create_survey(tx: Tx, commands: Sequence[CreateSurvey]) -> Sequence[SurveyCreated | TurnoutError]:
    """A draft answer card; refused with InvalidInput naming the field, NoSuchLiveSession, LiveSessionOver."""
    return [
        idempotency.once(tx, command.caller.account_id, command.once, SurveyCreated, partial(_create_survey, tx, command))
        for command in commands
    ]


def _create_survey(tx: Tx, command: CreateSurvey) -> SurveyCreated:
    live_session = rooms.access_live_session(tx.connection, command.caller.account_id, command.live_session_id)
    if live_session.state is not LiveSessionState.RUNNING:
        raise LiveSessionOver
    draft = check_draft(command.draft)
    survey = SurveyRow(
        id=SurveyId(tx.new_id()),
        live_session_id=live_session.id,
        account_id=live_session.account_id,
        room_id=live_session.room_id,
        kind=SurveyKind.ANSWER_CARD,
        title=draft.title,
        state=State.DRAFT,
        host_id=command.caller.host_id or live_session.host_id,
        host_name=command.caller.host_name or live_session.host_name,
        time_limit_s=draft.time_limit_s,
        publish_on_close=draft.publish_on_close,
        created_at=tx.now,
    )
    question = QuestionRow(
        id=QuestionId(tx.new_id()),
        survey_id=survey.id,
        position=0,
        type="choice",
        title=draft.question.title,
        multiple=draft.question.multiple,
        required=False,
        score=draft.question.score,
        options=draft.question.options,
        right_mask=mask_of(draft.question.right_options),
        created_at=tx.now,
    )
    store.insert_survey(tx, live_session.id, survey, [question])
    return SurveyCreated(survey_id=survey.id)


def open_survey(tx: Tx, commands: Sequence[ChangeSurvey]) -> Sequence[SurveyRow | TurnoutError]:
    """Takes answers from now on, until the time limit where there is one. Refused with WrongState, LiveSessionOver."""
    return [_open_survey(tx, command) for command in commands]


def _open_survey(tx: Tx, command: ChangeSurvey) -> SurveyRow:
    survey, live_session = _lock(tx, command)
    if live_session.state is not LiveSessionState.RUNNING:
        raise LiveSessionOver
    closes_at = decide_open(survey.state, tx.now, survey.time_limit_s)
    expected = audience.count_online(tx.connection, survey.live_session_id)
    survey = msgspec.structs.replace(survey, state=State.OPEN, opened_at=tx.now, closes_at=closes_at, expected=expected)
    store.save_survey(tx, survey)
    _record(tx, "survey.opened", survey, tx.now)
    tx.nudge("due", 0)
    return survey


def close_survey(tx: Tx, commands: Sequence[ChangeSurvey]) -> Sequence[SurveyRow | TurnoutError]:
    """Takes no more answers; the counts are frozen with the event. Refused with WrongState."""
    return [_close(tx, _lock(tx, command)[0], ClosedBy.HOST) for command in commands]


def close_overdue(tx: Tx, commands: Sequence[CloseOverdue]) -> Sequence[None]:
    """Closes what is still open of these."""
    for live_session_id, survey_id in sorted((command.live_session_id, command.survey_id) for command in commands):
        tx.lock_streams([live_session_id])
        survey = store.load_survey(tx.connection, live_session_id, survey_id, lock=True)
        if survey is not None and survey.state is State.OPEN and survey.closes_at is not None and survey.closes_at <= tx.now:
            _close(tx, survey, ClosedBy.TIME_LIMIT)
    return [None] * len(commands)


@closes_with_live_session
def close_surveys_of(tx: Tx, live_session: LiveSession) -> None:
    """No survey stays open in a live session that has ended."""
    for survey_id in store.list_open(tx.connection, live_session.id):
        survey = store.load_survey(tx.connection, live_session.id, survey_id, lock=True)
        if survey is not None and survey.state is State.OPEN:
            _close(tx, survey, ClosedBy.LIVE_SESSION_END)


def publish_survey(tx: Tx, commands: Sequence[ChangeSurvey]) -> Sequence[SurveyRow | TurnoutError]:
    """Viewers may see the right options and the counts. Refused with NotPublishable while it takes answers; twice is once."""
    outcomes: list[SurveyRow] = []
    for command in commands:
        survey = _lock(tx, command)[0]
        if survey.closed_at is None:
            raise NotPublishable
        if survey.published_at is None:
            survey = msgspec.structs.replace(survey, published_at=tx.now)
            store.save_survey(tx, survey)
            _record(tx, "survey.published", survey, tx.now)
        outcomes.append(survey)
    return outcomes


def _lock(tx: Tx, command: ChangeSurvey) -> tuple[SurveyRow, LiveSession]:
    live_session = rooms.access_live_session(tx.connection, command.caller.account_id, command.live_session_id)
    tx.lock_streams([live_session.id])
    survey = store.load_survey(tx.connection, live_session.id, command.survey_id, lock=True)
    if survey is None:
        raise NoSuchSurvey
    # the live session was read before its stream was locked, and may have ended in between
    return survey, rooms.access_live_session(tx.connection, command.caller.account_id, command.live_session_id)


def _close(tx: Tx, survey: SurveyRow, closed_by: ClosedBy) -> SurveyRow:
    closed_at = decide_closed_at(survey.state, tx.now, survey.closes_at)
    if survey.closes_at is not None and closed_at >= survey.closes_at:
        closed_by = ClosedBy.TIME_LIMIT
    present = audience.count_present_between(tx.connection, survey.live_session_id, survey.opened_at or closed_at, closed_at)
    # an answer card has nothing to mark, so it settles with its close
    survey = msgspec.structs.replace(
        survey,
        state=decide_state(decide_state(survey.state, Move.CLOSE), Move.SETTLE),
        closed_at=closed_at,
        closed_by=closed_by,
        settled_at=tx.now,
        published_at=tx.now if survey.publish_on_close else None,
        # after a crash a visit ends at its process's last heartbeat, which may lie before the opening of what that viewer saw
        expected=max(survey.expected, present),
    )
    store.save_survey(tx, survey)
    _record(tx, "survey.closed", survey, closed_at)
    _record(tx, "survey.settled", survey, tx.now)
    return survey


def _record(tx: Tx, kind: str, survey: SurveyRow, at: Instant) -> None:
    question_rows = store.load_questions(tx.connection, survey.live_session_id, [survey.id])[survey.id]
    tally = answer_store.load_tallies(tx.connection, survey.live_session_id, [survey.id])[survey.id]
    facts = store.facts_of(survey, question_rows, tally)
    tx.record(stream_id=survey.live_session_id, account_id=survey.account_id, kind=kind, facts=facts, at=at)


def answer(tx: Tx, commands: Sequence[Answer]) -> Sequence[Accepted | TurnoutError]:
    """One answer per viewer and question counts; the batch costs a fixed number of statements however many commands.

    Accepted: it stands and is durable with this commit; also when the same command is repeated. Refused: NoSuchQuestion, SurveyNotOpen,
    TooLate, InvalidChoice, and AlreadyAnswered for a second answer under another command id.
    """
    asked = store.load_open_questions(tx, sorted({(command.live_session_id, command.question_id) for command in commands}))
    outcomes: list[Accepted | TurnoutError] = [ACCEPTED] * len(commands)
    rows: dict[answer_store.AnswerKey, tuple[LiveSessionId, QuestionId, ViewerId, int, str, Instant]] = {}
    doubtful: list[tuple[int, answer_store.AnswerKey, TurnoutError | None]] = []
    decided: list[tuple[int, answer_store.AnswerKey, int]] = []
    for place, command in enumerate(commands):
        key = (command.live_session_id, command.question_id, command.viewer_id)
        question = asked.get(key[:2])
        if question is None:
            outcomes[place] = NoSuchQuestion(field="question")
            continue
        try:
            mask = decide_answer(question, command.choices, command.received_at)
        except TurnoutError as error:
            doubtful.append((place, key, error))
            continue
        if key not in rows:
            rows[key] = (*key, mask, command.command_id, command.received_at)
        decided.append((place, key, mask))
    fresh = answer_store.insert_answers(tx, sorted(rows.values())) if rows else set()
    _count(tx, asked, (rows[key] for key in fresh))
    for place, key, mask in decided:
        if key not in fresh or rows[key][4] != commands[place].command_id or rows[key][3] != mask:
            doubtful.append((place, key, None))
    if doubtful:
        standing = answer_store.load_standing(tx, sorted({key for _, key, _ in doubtful}))
        for place, key, refusal in doubtful:
            if not _is_repeat(commands[place], standing.get(key)):  # a repeat gets the first outcome again, also after the close
                outcomes[place] = refusal or AlreadyAnswered()
    return outcomes


def _is_repeat(command: Answer, standing: tuple[str, int] | None) -> bool:
    """Whether this very answer stands: the same id with other choices is another answer."""
    return standing is not None and standing[0] == command.command_id and options_of(standing[1]) == sorted(command.choices)


def _count(
    tx: Tx,
    asked: dict[tuple[LiveSessionId, QuestionId], OpenQuestion],
    rows: Iterable[tuple[LiveSessionId, QuestionId, ViewerId, int, str, Instant]],
) -> None:
    surveys: dict[tuple[LiveSessionId, SurveyId], list[int]] = {}
    choices: dict[tuple[LiveSessionId, SurveyId, QuestionId, int], int] = {}
    for live_session_id, question_id, _viewer_id, mask, _command_id, answered_at in rows:
        question = asked[live_session_id, question_id]
        sums = surveys.get((live_session_id, question.survey_id))
        if sums is None:
            sums = surveys[live_session_id, question.survey_id] = [0, 0, 0]
        sums[0] += 1
        sums[1] += is_right(mask, question.right_mask)
        # two machines' clocks may differ: nobody answered before the question was asked
        sums[2] += max(0, answered_at - question.opened_at)
        choice = (live_session_id, question.survey_id, question_id, mask)
        choices[choice] = choices.get(choice, 0) + 1
    if not surveys:
        return
    answer_store.add_to_tallies(
        tx,
        ((*key, 1, answered, right, answering_us) for key, (answered, right, answering_us) in surveys.items()),
        ((*key, people) for key, people in choices.items()),
    )
    for live_session_id, _ in surveys:
        tx.nudge("tally", live_session_id)


CREATE_SURVEY: Action[CreateSurvey, SurveyCreated] = Action("create_survey", create_survey, barrier=True)
OPEN_SURVEY: Action[ChangeSurvey, SurveyRow] = Action("open_survey", open_survey, barrier=True)
CLOSE_SURVEY: Action[ChangeSurvey, SurveyRow] = Action("close_survey", close_survey, barrier=True)
CLOSE_OVERDUE: Action[CloseOverdue, None] = Action("close_overdue", close_overdue, barrier=True)
PUBLISH_SURVEY: Action[ChangeSurvey, SurveyRow] = Action("publish_survey", publish_survey, barrier=True)
ANSWER: Action[Answer, Accepted] = Action("answer", answer)
