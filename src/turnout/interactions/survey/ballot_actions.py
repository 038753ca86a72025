"""Voting where nobody may know who voted what: ballots without a viewer, and voter marks that only the survey's seal can make.

Called by submit, for the part of a batch that goes to anonymous surveys; a fixed number of statements for all of it. No row, event or log
line names a viewer together with a ballot, and none holds the seal.
"""

import hmac
from collections.abc import Sequence

from turnout.interactions.lifecycle import State
from turnout.interactions.survey import anonymous_store
from turnout.interactions.survey.anonymous_store import Ballot, VoterKey
from turnout.interactions.survey.commands import Accepted, Submit
from turnout.interactions.survey.rules import AlreadyAnswered, NoLongerKnown, decide_open_for_answers
from turnout.interactions.survey.sheets import Asked, Decided
from turnout.interactions.survey.tally_store import SurveyKey
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import LiveSessionId, SurveyId, ViewerId
from turnout.storage.transaction import Tx


def voter_mark(seal: bytes, viewer_id: ViewerId) -> str:
    """The mark of a viewer who has voted."""
    return hmac.digest(seal, b"voter %d" % viewer_id, "sha256").hex()


def command_mark(seal: bytes, viewer_id: ViewerId, command_id: str) -> str:
    """The mark of the command by which a viewer voted."""
    return hmac.digest(seal, b"command %d %s" % (viewer_id, command_id.encode()), "sha256").hex()


def cast_ballots(
    tx: Tx, commands: Sequence[Submit], asked_of: Sequence[tuple[int, Asked]], outcomes: list[Accepted | TurnoutError]
) -> None:
    """Counts the commands at these places, each with the anonymous survey it goes to, and writes refusals into the outcomes.

    Accepted: also when the same command id comes again, whatever it answers: what was answered first is not known any more.
    """
    seals = anonymous_store.load_seals(tx.connection, {asked.key for _, asked in asked_of if asked.state is State.OPEN})
    rows: dict[VoterKey, tuple[LiveSessionId, SurveyId, str, str]] = {}
    placed: list[tuple[int, Asked, Decided]] = []  # of each row
    doubts: list[tuple[int, VoterKey, str, TurnoutError]] = []
    for place, asked in asked_of:
        command = commands[place]
        seal = seals.get(asked.key)
        if seal is None:
            outcomes[place] = _without_seal(tx, asked)
            continue
        key = (*asked.key, voter_mark(seal, command.viewer_id))
        mark = command_mark(seal, command.viewer_id, command.command_id)
        try:
            decided = asked.decide(command.answers, command.received_at)
        except TurnoutError as refusal:
            doubts.append((place, key, mark, refusal))
            continue
        if key in rows:
            doubts.append((place, key, mark, AlreadyAnswered()))
            continue
        rows[key] = (*key, mark)
        placed.append((place, asked, decided))
    fresh = set(anonymous_store.insert_voters(tx, sorted(rows.values())))
    given: list[tuple[SurveyKey, Ballot]] = []
    for (key, row), (place, asked, decided) in zip(rows.items(), placed, strict=True):
        if key in fresh:
            judged, answers = decided
            given.append((asked.key, Ballot(answers, judged.number_right, judged.points)))
            asked.count(decided, commands[place].received_at)
            tx.nudge("own", commands[place].viewer_id)
        else:
            doubts.append((place, key, row[3], AlreadyAnswered()))
    anonymous_store.insert_ballots(tx, given)
    standing = anonymous_store.load_voters(tx.connection, {key for _, key, _, _ in doubts})
    for place, key, mark, otherwise in doubts:
        if standing.get(key) != mark:
            outcomes[place] = otherwise


def _without_seal(tx: Tx, asked: Asked) -> TurnoutError:
    if asked.state is State.OPEN:
        tx.nudge("due", 0)  # the seal was lost: the timers close the survey
        return NoLongerKnown()
    if asked.state in (State.CLOSED, State.SETTLED):
        return NoLongerKnown()
    try:
        decide_open_for_answers(asked.state, asked.closes_at, 0)
    except TurnoutError as refusal:
        return refusal
    raise AssertionError("what is not open takes no answers")
