"""Durable confirmations of check-ins per second against durable answers, through the same group commit.

Batches of 1,000 commands of 20 rooms, as group commit hands them to its writer, are carried out and committed on one core: submissions to
an open answer card, and confirmations of an open check-in of those present. Every command is a first one of its viewer. The two take turns,
a card and a check-in of all viewers each; a figure is the median over the rounds, the ratio the median of the rounds' ratios. What a socket
costs is the same for both and is not in it. After every round the tallies must be exactly what was acknowledged.

Run: python -m benchmarks.checkins [--rounds N] … (make bench). Exit status 1 when a round was not exact or the ratio is below the promise.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.answers import HERE, folder_on_disk
from benchmarks.machine import describe_machine
from benchmarks.promised import PROMISED_OF_ANSWERS
from benchmarks.turnout import environment_of
from turnout.accounts.actions import CREATE_ACCOUNT
from turnout.accounts.caller import Caller
from turnout.accounts.secrets import new_account
from turnout.audience.actions import ENTER, Enter
from turnout.compose import SIGNED_DIALECTS, open_database, open_keyring
from turnout.config import load_config
from turnout.interactions.checkin import actions as checkins
from turnout.interactions.checkin import queries as checkin_queries
from turnout.interactions.checkin.rules import CheckInDraft
from turnout.interactions.survey import actions as surveys
from turnout.interactions.survey import queries as survey_queries
from turnout.interactions.survey.question_rules import QuestionDraft
from turnout.interactions.survey.rules import AnswerEntry, SurveyDraft
from turnout.kernel.clock import SystemClock
from turnout.kernel.ids import LiveSessionId, RoomId, ViewerId
from turnout.rooms.actions import CREATE_ROOM, START_LIVE_SESSION, CreateRoom, StartLiveSession
from turnout.rooms.codes import new_code
from turnout.storage.action import Action
from turnout.storage.batch import BatchWriter
from turnout.storage.plan import Waiting

ROOMS = 20
BATCH = 1_000
PROCESS = 1
"""Whose heartbeat vouches for the visits; nobody looks at it here."""

Command = tuple[Action[Any, Any], Any, int, int]
"""action, command, lane, order"""


class Inexact(Exception):
    """The tallies are not what was acknowledged."""


class Hall:
    """Rooms full of viewers, and the writer that carries out what they do."""

    def __init__(self, folder: Path, viewers: int, stack: ExitStack) -> None:
        config = load_config(environment_of(folder, 0))
        keyring = open_keyring(config)
        self.database = open_database(config)
        stack.callback(self.database.close)
        self.database.migrate()
        self.clock = SystemClock()
        self._writer = BatchWriter(self.database, 0, self.clock)
        stack.callback(self._writer.close)
        command, _ = new_account(keyring, SIGNED_DIALECTS, name="Benchmark", host_login="host", host_name="Host")
        account = self.do(CREATE_ACCOUNT, command)
        self.caller = Caller(account.account_id, account.host_id, "Host", None, "operator")
        self.rooms: list[tuple[RoomId, LiveSessionId, list[ViewerId]]] = []
        for _ in range(ROOMS):
            room = self.do(CREATE_ROOM, CreateRoom(self.caller, "Room", new_code()))
            live = self.do(START_LIVE_SESSION, StartLiveSession(self.caller, room.id, ""))
            entering = [Enter(room.code, PROCESS, self.clock.now(), f"entry-{number:014}", "Viewer") for number in range(viewers)]
            entered = self.write([(ENTER, one, live.id, 0) for one in entering])
            self.rooms.append((room.id, live.id, [one.seat.viewer_id for one in entered]))

    def write(self, commands: Sequence[Command]) -> list[Any]:
        """Carries them out in batches; their outcomes. Raises the first refusal."""
        outcomes: list[Any] = []
        for at in range(0, len(commands), BATCH):
            waiting: list[Waiting] = [(action, command, _ignore, lane, order) for action, command, lane, order in commands[at : at + BATCH]]
            outcomes += self._writer.write(waiting)[0]
        refused = next((one for one in outcomes if isinstance(one, BaseException)), None)
        if refused is not None:
            raise refused
        return outcomes

    def do(self, action: Action[Any, Any], command: Any) -> Any:
        """One command in a transaction of its own."""
        return self.write([(action, command, 1, 0)])[0]

    def answers_per_s(self, number: int) -> float:
        """An answer card in each room, answered by everybody."""
        draft = SurveyDraft(f"Card {number}", [QuestionDraft(title="Question", options=list("ABCD"), right_options=[0], score=5)])
        cards = []
        for _, live_session_id, _ in self.rooms:
            card = self.do(surveys.CREATE_SURVEY, surveys.CreateSurvey(self.caller, live_session_id, draft)).survey_id
            self.do(surveys.OPEN_SURVEY, surveys.ChangeSurvey(self.caller, live_session_id, card))
            cards.append((card, self._card(live_session_id, card).questions[0].question_id))
        commands: list[Command] = []
        for place in range(len(self.rooms[0][2])):
            for (_, live_session_id, viewers), (card, question) in zip(self.rooms, cards, strict=True):
                entry = [AnswerEntry(question, choices=[place % 4])]
                command = surveys.Submit(live_session_id, card, viewers[place], entry, f"c{number}-{place:08}", self.clock.now())
                commands.append((surveys.SUBMIT, command, live_session_id, viewers[place]))
        per_s = self._timed(commands)
        for (_, live_session_id, viewers), (card, _) in zip(self.rooms, cards, strict=True):
            if self._card(live_session_id, card).answered != len(viewers):
                raise Inexact("answers")
            self.do(surveys.CLOSE_SURVEY, surveys.ChangeSurvey(self.caller, live_session_id, card))
        return per_s

    def confirmations_per_s(self, number: int) -> float:
        """A check-in in each room, confirmed by everybody."""
        opened = []
        for _, live_session_id, _ in self.rooms:
            command = checkins.CreateCheckIn(self.caller, live_session_id, CheckInDraft(f"Check-in {number}"))
            opened.append(self.do(checkins.CREATE_CHECKIN, command).checkin_id)
        commands: list[Command] = []
        for place in range(len(self.rooms[0][2])):
            for (_, live_session_id, viewers), checkin in zip(self.rooms, opened, strict=True):
                tap = checkins.Confirm(live_session_id, checkin, viewers[place], f"c{number}-{place:08}", self.clock.now())
                commands.append((checkins.CONFIRM, tap, live_session_id, viewers[place]))
        per_s = self._timed(commands)
        for (_, live_session_id, viewers), checkin in zip(self.rooms, opened, strict=True):
            with self.database.reading() as connection:
                facts = checkin_queries.access_checkin(connection, self.caller.account_id, live_session_id, checkin)
            if (facts.expected, facts.confirmed) != (len(viewers), len(viewers)):
                raise Inexact("confirmations")
            self.do(checkins.CLOSE_CHECKIN, checkins.ChangeCheckIn(self.caller, live_session_id, checkin))
        return per_s

    def _timed(self, commands: Sequence[Command]) -> float:
        began = time.perf_counter()
        self.write(commands)
        return len(commands) / (time.perf_counter() - began)

    def _card(self, live_session_id: LiveSessionId, card: Any) -> Any:
        with self.database.reading() as connection:
            return survey_queries.access_survey(connection, self.caller.account_id, live_session_id, card)


def _ignore(_command: object, _outcome: object) -> None:
    return None


def main() -> int:
    """Measures, prints, writes the JSON; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--viewers", type=int, default=1_000, help="viewers of each room")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "checkins.json")
    options = parser.parse_args()
    os.sched_setaffinity(0, {options.server_core})
    runs: dict[str, list[float]] = {"answers": [], "confirmations": []}
    with ExitStack() as stack:
        folder = stack.enter_context(folder_on_disk())
        hall = Hall(folder, options.viewers, stack)
        measure = {"answers": hall.answers_per_s, "confirmations": hall.confirmations_per_s}
        for number in range(-1, options.rounds):  # the first of each only warms up
            for name in sorted(measure, reverse=number % 2 == 0):
                per_s = measure[name](number)
                if number >= 0:
                    runs[name].append(round(per_s))
                    print(f"round {number + 1} {name:14} {per_s:>9,.0f}/s", file=sys.stderr, flush=True)
        machine = describe_machine(folder)
    ratio = round(median(one / other for one, other in zip(runs["confirmations"], runs["answers"], strict=True)), 3)
    shape = {"rounds": options.rounds, "rooms": ROOMS, "viewers": options.viewers, "batch": BATCH}
    report = {
        "measured_at": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine,
        "shape": shape,
        "medians": {name: median(found) for name, found in runs.items()},
        "of_answers": ratio,
        "runs": runs,
    }
    options.output.write_text(json.dumps(report, indent=1) + "\n")
    print(f"of_answers: {ratio:.3f}")
    return 0 if ratio >= PROMISED_OF_ANSWERS else 1


if __name__ == "__main__":
    sys.exit(main())
