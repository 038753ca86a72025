"""Answering: hot, by set. A batch costs a fixed number of statements, however many commands it holds.

Locks are taken in one order: surveys (FOR SHARE), submissions, tallies; by id within each (design 3.1).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import msgspec

from turnout.interactions.survey import answer_store, store
from turnout.interactions.survey.answer_store import NONE_REPLACED, NewSubmission, Submission, SubmissionKey
from turnout.interactions.survey.ballot_actions import cast_ballots
from turnout.interactions.survey.commands import ACCEPTED, Accepted, SaveDraftAnswers, Submit
from turnout.interactions.survey.counting import Counting
from turnout.interactions.survey.question_rules import NO_MARKS, decide_draft, decode_values, encode_values, judge
from turnout.interactions.survey.rules import AlreadyAnswered, DraftsNotKept, NoSuchSurvey, decide_open_for_answers
from turnout.interactions.survey.sheets import Asked, Decided, load_asked
from turnout.interactions.survey.tally_store import SurveyKey
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import LiveSessionId, SurveyId, ViewerId
from turnout.storage.transaction import Tx


class _Doubt(NamedTuple):
    """A command that may be a repeat, or a change of mind. decided: None, with the refusal, where it would not count by itself."""

    place: int
    key: SubmissionKey
    asked: Asked
    decided: Decided | None
    refusal: TurnoutError


def submit(tx: Tx, commands: Sequence[Submit]) -> Sequence[Accepted | TurnoutError]:
    """One submission per viewer and survey counts; of a changeable survey the latest one does.

    Accepted: it stands and is durable with this commit; also when the same command is repeated. Refused: NoSuchSurvey, NoSuchQuestion,
    SurveyNotOpen, TooLate, the InvalidAnswer that names what is wrong, AlreadyAnswered for a second submission under another command id,
    and NoLongerKnown after the close of an anonymous survey.
    """
    surveys = load_asked(tx, {(command.live_session_id, command.survey_id) for command in commands})
    outcomes: list[Accepted | TurnoutError] = [ACCEPTED] * len(commands)
    rows: dict[SubmissionKey, NewSubmission] = {}
    places: list[int] = []  # of each row
    doubts: list[_Doubt] = []
    secret: list[tuple[int, Asked]] = []
    for place, command in enumerate(commands):
        live_session_id = command.live_session_id
        survey_id = command.survey_id
        asked = surveys.get((live_session_id, survey_id))
        if asked is None:
            outcomes[place] = NoSuchSurvey(field="survey")
            continue
        if asked.sheet.anonymous:
            secret.append((place, asked))
            continue
        viewer_id = command.viewer_id
        received_at = command.received_at
        key = (live_session_id, survey_id, viewer_id)
        try:
            decided = asked.decide(command.answers, received_at)
        except TurnoutError as refusal:
            doubts.append(_Doubt(place, key, asked, None, refusal))
            continue
        if key in rows:
            doubts.append(_Doubt(place, key, asked, decided, AlreadyAnswered()))
            continue
        judged, answers = decided
        rows[key] = (
            live_session_id,
            survey_id,
            viewer_id,
            command.command_id,
            received_at,
            answers,
            judged.number_right,
            judged.points,
            judged.to_mark,
        )
        asked.count(decided, received_at)  # almost always it is the viewer's first
        places.append(place)
    counting = Counting()
    if rows:
        fresh = _insert(tx, rows, {key for key, asked in surveys.items() if asked.drafts_kept})
        if len(fresh) < len(rows):
            for place, key in zip(places, rows, strict=True):
                if key not in fresh:
                    asked = surveys[key[:2]]
                    decided = asked.judge(commands[place].answers)
                    asked.count(decided, commands[place].received_at, -1)
                    doubts.append(_Doubt(place, key, asked, decided, AlreadyAnswered()))
    if doubts:
        doubts.sort()
        _settle_doubts(tx, commands, doubts, outcomes, counting)
    if secret:
        cast_ballots(tx, commands, secret, outcomes)
    counting.count_new(surveys.values())
    counting.write(tx)
    return outcomes


def _insert(tx: Tx, rows: Mapping[SubmissionKey, NewSubmission], with_drafts: set[SurveyKey]) -> Collection[SubmissionKey]:
    """Inserts what is new, says what it was, and takes away what was saved of it. with_drafts: surveys of which something may be saved."""
    inserted = answer_store.insert_submissions(tx, sorted(rows.values()))
    fresh: Collection[SubmissionKey] = rows.keys() if len(inserted) == len(rows) else set(inserted)
    tx.nudge_each("own", [key[2] for key in inserted])
    if with_drafts:
        answer_store.delete_drafts(tx, [key for key in inserted if key[:2] in with_drafts])
    return fresh


def _settle_doubts(
    tx: Tx, commands: Sequence[Submit], doubts: Sequence[_Doubt], outcomes: list[Accepted | TurnoutError], counting: Counting
) -> None:
    """Repeats get the first outcome again, also after the close; a change of mind replaces what stands where that is allowed."""
    may_change = any(doubt.decided is not None and doubt.asked.sheet.changeable for doubt in doubts)
    standing = answer_store.load_submissions(tx, {doubt.key for doubt in doubts}, lock=may_change)
    changed: dict[SubmissionKey, Submission] = {}
    for doubt in doubts:
        if doubt.decided is not None:
            given = standing[doubt.key]
            command = commands[doubt.place]
            if not _is_repeat(command, doubt, given):
                if command.command_id == given.command_id or not doubt.asked.sheet.changeable:
                    outcomes[doubt.place] = doubt.refusal
                else:
                    changed[doubt.key] = standing[doubt.key] = _replace(tx, command, doubt.asked, doubt.decided, given, counting)
    for doubt in doubts:  # only now, so that a repeat is known whatever came first
        if doubt.decided is None:
            found = standing.get(doubt.key)
            if found is None or not _is_repeat(commands[doubt.place], doubt, found):
                outcomes[doubt.place] = doubt.refusal
    answer_store.replace_submissions(tx, changed)


def _is_repeat(command: Submit, doubt: _Doubt, given: Submission) -> bool:
    """Whether this very submission stands, or has stood before a change: the same id with other answers is another submission."""
    if command.command_id != given.command_id:
        return given.replaced != NONE_REPLACED and command.command_id in _decode_ids(given.replaced)
    decided = doubt.decided
    if decided is None:
        try:
            decided = doubt.asked.judge(command.answers)
        except TurnoutError:
            return False
    return decided[1] == given.answers


def _replace(tx: Tx, command: Submit, asked: Asked, decided: Decided, given: Submission, counting: Counting) -> Submission:
    """The submission in place of the one that stood, with the tallies moved."""
    judged, answers = decided
    before = judge(asked.sheet, decode_values(given.answers), NO_MARKS)
    counting.count(asked.key, asked.sheet, before, -1, -max(0, given.answered_at - asked.opened_at))
    counting.count(asked.key, asked.sheet, judged, 1, max(0, command.received_at - asked.opened_at))
    tx.nudge("own", command.viewer_id)
    replaced = [*_decode_ids(given.replaced), given.command_id][-limits.REPEATS_KNOWN :]
    return Submission(
        command_id=command.command_id,
        answered_at=command.received_at,
        answers=answers,
        number_right=judged.number_right,
        points=judged.points,
        to_mark=judged.to_mark,
        replaced=msgspec.json.encode(replaced).decode(),
    )


_decode_ids = msgspec.json.Decoder(list[str]).decode


def save_draft_answers(tx: Tx, commands: Sequence[SaveDraftAnswers]) -> Sequence[Accepted | TurnoutError]:
    """What a viewer has filled in survives a reload; the last of several is kept.

    Refused: as submit, but for what is still missing, and with DraftsNotKept for an anonymous survey, AlreadyAnswered after a submission.
    """
    surveys = load_asked(tx, {(command.live_session_id, command.survey_id) for command in commands})
    store.note_drafts(tx, [asked.key for asked in surveys.values() if asked.may_keep_drafts and not asked.drafts_kept])
    submitted = answer_store.find_submitted(tx, {(command.live_session_id, command.survey_id, command.viewer_id) for command in commands})
    outcomes: list[Accepted | TurnoutError] = []
    rows: dict[SubmissionKey, tuple[LiveSessionId, SurveyId, ViewerId, str, Instant]] = {}
    for command in commands:
        key = (command.live_session_id, command.survey_id, command.viewer_id)
        asked = surveys.get(key[:2])
        try:
            if asked is None:
                raise NoSuchSurvey(field="survey")
            if asked.sheet.anonymous:
                raise DraftsNotKept
            decide_open_for_answers(asked.state, asked.closes_at, command.received_at)
            values = decide_draft(asked.sheet, command.answers)
            if key in submitted:
                raise AlreadyAnswered
        except TurnoutError as refusal:
            outcomes.append(refusal)
            continue
        rows[key] = (*key, encode_values(values), command.received_at)
        outcomes.append(ACCEPTED)
        tx.nudge("own", command.viewer_id)
    answer_store.save_drafts(tx, sorted(rows.values()))
    return outcomes
