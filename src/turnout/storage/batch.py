"""Carries out one batch: all its runs in one transaction, then the commit.

On the happy path there are no savepoints (but one around each barrier, so that a host's refusal costs nobody a rerun). When a run
raises, everything is rolled back and done again with a savepoint around each run, and around each single command of the run that
fails: only the culprit gets the error. A deadlock or a serialization failure means the same batch again. A connection lost before
COMMIT means the same batch on a new one; lost during COMMIT, the writer's mark tells whether the batch stands (postgres.py).
Runs on a writer's thread; one BatchWriter is used by one thread at a time.
"""

import random
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import sqlalchemy as sa
import structlog

from turnout.kernel.clock import Clock, Instant
from turnout.kernel.errors import InternalError, Overloaded, TurnoutError
from turnout.storage.action import Action
from turnout.storage.database import CommitUnknown, Database, Verdict
from turnout.storage.id_blocks import BLOCK, IdSource, IdsSpent
from turnout.storage.plan import Group, Waiting, plan
from turnout.storage.transaction import Nudge, Tx

log = structlog.get_logger()

_chance = random.Random()  # noqa: S311 - hides nothing

MAX_RERUNS = 30
"""Deadlocks and serialization failures one batch may meet before its commands are refused as overloaded."""

_FIRST_PAUSE_S = 0.005
_LONGEST_PAUSE_S = 1.0

Outcomes = list[Any]


class OutcomeUnknown(TurnoutError):
    """The database was lost at the moment of the commit; the command may have been carried out or not. Sending it again is safe."""

    code = "outcome_unknown"
    status = 503


class BatchWriter:
    """One writer: its connection, its ids, its sense of time. keep_trying: asked while the database cannot be reached."""

    def __init__(
        self, database: Database, writer: int, clock: Clock, keep_trying: Callable[[], bool] = lambda: True, id_block: int = BLOCK
    ) -> None:
        self._owner = database.writing(writer)
        self._engine_name = database.engine_name
        self._clock = clock
        self._keep_trying = keep_trying
        self._ids = IdSource(id_block)
        self._latest: Instant = 0
        self._kept: dict[Hashable, Any] = {}

    def write(self, batch: Sequence[Waiting]) -> tuple[Outcomes, frozenset[Nudge]]:
        """Carries out the batch and commits. Returns each command's outcome in the batch's order, and what to nudge. Does not raise."""
        groups = plan(batch)
        careful = False
        tries = 0
        while True:
            try:
                if self._ids.is_low():
                    self._ids.reserve(self._owner)
                outcomes, tx = self._run(groups, len(batch), careful)
            except IdsSpent:
                self._owner.rollback()
                if not self._reserve_more():
                    return self._all_failed(batch, InternalError())
                continue
            except Exception as error:
                verdict = self._owner.verdict(error)
                self._owner.rollback()
                if verdict is Verdict.POISON:
                    if len(batch) == 1:
                        return [_told(batch[0][0], error)], frozenset()
                    if careful:
                        log.exception("batch_failed", commands=len(batch), exc_info=error)
                        return self._all_failed(batch, InternalError())
                    log.warning("batch_rerun_singly", commands=len(batch), error=repr(error))
                    careful = True
                    continue
                tries += 1
                if not self._may_try_again(verdict, tries, error):
                    return self._all_failed(batch, Overloaded())
                continue
            try:
                self._owner.commit()
            except CommitUnknown as error:
                log.warning("commit_unknown", commands=len(batch), error=repr(error.__cause__))
                stands = self._did_commit()
                if stands is None:
                    return self._all_failed(batch, OutcomeUnknown())
                if not stands:
                    continue
            except Exception as error:
                tries += 1
                verdict = self._owner.verdict(error)
                self._owner.rollback()
                if verdict is Verdict.POISON:
                    log.exception("commit_failed", commands=len(batch), exc_info=error)
                    return self._all_failed(batch, InternalError())
                if not self._may_try_again(verdict, tries, error):
                    return self._all_failed(batch, Overloaded())
                continue
            return outcomes, frozenset(tx.nudges)

    def close(self) -> None:
        """Closes the connection."""
        self._owner.close()

    def _now(self) -> Instant:
        self._latest = max(self._clock.now(), self._latest + 1)
        return self._latest

    def _run(self, groups: Sequence[Group], size: int, careful: bool) -> tuple[Outcomes, Tx]:
        tx = Tx(self._owner.begin(), self._engine_name, self._now(), self._ids, self._kept)
        if len(groups) == 1 and groups[0][2] is None and not careful:
            return _run_action(tx, groups[0][0], groups[0][1]), tx
        outcomes: Outcomes = [None] * size
        for action, commands, places in groups:
            if careful or (action.barrier and size > 1):
                results = self._run_guarded(tx, action, commands)
            else:
                results = _run_action(tx, action, commands)
            for place, result in zip(range(size) if places is None else places, results, strict=True):
                outcomes[place] = result
        return outcomes, tx

    def _run_guarded(self, tx: Tx, action: Action[Any, Any], commands: list[Any]) -> Outcomes:
        """The run within a savepoint; when it fails, its commands one by one, each within a savepoint."""
        try:
            return _within_savepoint(tx, action, commands)
        except IdsSpent:
            raise
        except Exception as error:
            if self._owner.verdict(error) is not Verdict.POISON:
                raise
            if len(commands) == 1:
                return [_told(action, error)]
        return [self._run_guarded(tx, action, [command])[0] for command in commands]

    def _reserve_more(self) -> bool:
        try:
            self._ids.reserve(self._owner)
        except Exception as error:
            if self._owner.verdict(error) is Verdict.POISON:
                log.exception("no_more_ids", exc_info=error)
                return False
        return True

    def _may_try_again(self, verdict: Verdict, tries: int, error: Exception) -> bool:
        """Pauses; whether the batch shall be run again."""
        log.warning("batch_rerun", verdict=verdict.value, tries=tries, error=repr(error))
        if verdict is Verdict.RERUN and tries > MAX_RERUNS:
            return False
        if verdict is Verdict.LOST and not self._keep_trying():
            return False
        self._pause(tries)
        return True

    def _did_commit(self) -> bool | None:
        """Whether the transaction whose COMMIT was lost stands; None when nobody could tell us before we had to stop."""
        tries = 0
        while True:
            try:
                return self._owner.did_commit()
            except Exception as error:  # noqa: BLE001 - whatever it was, only the database can answer
                tries += 1
                log.warning("commit_still_unknown", tries=tries, error=repr(error))
                if not self._keep_trying():
                    return None
                self._pause(tries)

    @staticmethod
    def _pause(tries: int) -> None:
        longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(tries, 10))
        time.sleep(longest * _chance.uniform(0.5, 1.0))  # two writers that met once shall not meet again at once

    @staticmethod
    def _all_failed(batch: Sequence[Waiting], error: TurnoutError) -> tuple[Outcomes, frozenset[Nudge]]:
        return [error] * len(batch), frozenset()


def _run_action(tx: Tx, action: Action[Any, Any], commands: list[Any]) -> Outcomes:
    outcomes = action.run(tx, commands)
    if len(outcomes) != len(commands):
        raise RuntimeError(f"action {action.name} returned {len(outcomes)} outcomes for {len(commands)} commands")
    tx.flush()
    return list(outcomes)


def _within_savepoint(tx: Tx, action: Action[Any, Any], commands: list[Any]) -> Outcomes:
    nudges = set(tx.nudges)
    savepoint: sa.NestedTransaction = tx.connection.begin_nested()
    try:
        outcomes = _run_action(tx, action, commands)
        savepoint.commit()
    except BaseException:
        savepoint.rollback()
        tx.forget(nudges)
        raise
    return outcomes


def _told(action: Action[Any, Any], error: Exception) -> TurnoutError:
    """What the sender of a failed command is told: a refusal as it is, anything else only as InternalError."""
    if isinstance(error, TurnoutError):
        return error
    log.error("command_failed", action=action.name, exc_info=error)
    return InternalError()
