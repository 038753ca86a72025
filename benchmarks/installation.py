"""An installation whose deliveries are measured, from the inside: its accounts, events put into its log, the deliveries it made."""

from collections.abc import Mapping, Sequence

import msgspec
import sqlalchemy as sa

from turnout.accounts.actions import CREATE_ACCOUNT
from turnout.accounts.secrets import new_account
from turnout.callbacks.rules import DeliveryState
from turnout.callbacks.store import deliveries
from turnout.compose import SIGNED_DIALECTS, open_database, open_keyring
from turnout.config import load_config
from turnout.interactions.lifecycle import State
from turnout.interactions.survey.rules import ClosedBy, QuestionFacts, SurveyFacts, SurveyKind
from turnout.kernel.clock import Instant, SystemClock
from turnout.kernel.ids import AccountId, DeliveryId, HostId, Kind, LiveSessionId, QuestionId, RoomId, SurveyId
from turnout.storage.action import Action
from turnout.storage.event_log import events, unplanned
from turnout.storage.group_commit import write
from turnout.storage.transaction import Tx


class Account(msgspec.Struct, frozen=True):
    """A customer. live_sessions: to which its events belong in turn."""

    id: AccountId
    api_key: str
    live_sessions: Sequence[LiveSessionId]


class Made(msgspec.Struct, frozen=True):
    """A delivery as the database has it. event_at: microseconds."""

    id: str
    endpoint: str
    event_at: int
    state: DeliveryState
    attempts: int


class Installation:
    """Beside the running server, on its database. environment: the server's."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        config = load_config(environment)
        self._keyring = open_keyring(config)
        self._database = open_database(config)
        self._clock = SystemClock()

    def close(self) -> None:
        """Closes the database."""
        self._database.close()

    def make_accounts(self, count: int, live_sessions: int) -> list[Account]:
        """New accounts, each with so many live sessions that exist in the event log alone."""
        made = []
        for number in range(count):
            command, secrets = new_account(
                self._keyring, SIGNED_DIALECTS, name=f"Account {number}", host_login=f"host-{number}", host_name="Host"
            )
            created = write(self._database, self._clock, CREATE_ACCOUNT, command)
            ids = write(
                self._database, self._clock, Action("take_ids", lambda tx, asked: [tx.new_ids(one) for one in asked]), live_sessions
            )
            made.append(Account(created.account_id, secrets.api_key, [LiveSessionId(one) for one in ids]))
        return made

    def feed(self, accounts: Sequence[Account], count: int) -> None:
        """That many openings and closes of surveys, one after the other for each account and each of its live sessions, in one commit."""

        def record(tx: Tx, commands: Sequence[int]) -> Sequence[None]:
            opened: dict[LiveSessionId, SurveyFacts] = {}
            for number in range(count):
                account = accounts[number % len(accounts)]
                live_session = account.live_sessions[number // len(accounts) % len(account.live_sessions)]
                facts, kind = opened.pop(live_session, None), "survey.closed"
                if facts is None:
                    facts, kind = _opening(tx, account.id, live_session, number), "survey.opened"
                    opened[live_session] = facts
                else:
                    facts = msgspec.structs.replace(facts, state=State.CLOSED, closed_at=tx.now, closed_by=ClosedBy.HOST, version=2)
                tx.record(stream_id=live_session, account_id=account.id, kind=kind, facts=facts, at=tx.now)
            return [None for _ in commands]

        write(self._database, self._clock, Action("feed", record), count)

    def is_idle(self) -> bool:
        """Whether every event has been planned and nothing is due or under way."""
        with self._database.reading() as connection:
            waits = connection.execute(sa.select(unplanned.c.number).limit(1)).first()
            owed = connection.execute(sa.select(deliveries.c.id).where(deliveries.c.finished_at.is_(None)).limit(1)).first()
        return waits is None and owed is None

    def now(self) -> Instant:
        """This moment by the clock of deliveries."""
        return self._clock.now()

    def list_made(self, since: Instant) -> list[Made]:
        """The deliveries made from this moment on, in no particular order."""
        statement = (
            sa.select(deliveries.c.id, deliveries.c.endpoint_id, events.c.at, deliveries.c.state, deliveries.c.attempts_made)
            .join(events, sa.and_(events.c.stream_id == deliveries.c.stream_id, events.c.number == deliveries.c.event_number))
            .where(deliveries.c.created_at >= since)
        )
        ids = self._keyring.ids
        with self._database.reading() as connection:
            rows = connection.execute(statement).all()
        return [
            Made(
                ids.text(Kind.DELIVERY, row.id),
                ids.text(Kind.ENDPOINT, row.endpoint_id),
                row.at,
                DeliveryState(row.state),
                row.attempts_made,
            )
            for row in rows
        ]

    def body_of(self, delivery: str) -> bytes:
        """The body that was sent."""
        found = DeliveryId(self._keyring.ids.parse_text(Kind.DELIVERY, delivery))
        with self._database.reading() as connection:
            return bytes(connection.execute(sa.select(deliveries.c.body).where(deliveries.c.id == found)).scalar_one())


def _opening(tx: Tx, account: AccountId, live_session: LiveSessionId, number: int) -> SurveyFacts:
    survey, question = tx.new_ids(2)
    return SurveyFacts(
        account_id=account,
        room_id=RoomId(live_session),
        live_session_id=live_session,
        survey_id=SurveyId(survey),
        kind=SurveyKind.ANSWER_CARD,
        title=f"Survey {number}",
        state=State.OPEN,
        published=False,
        host_id=HostId(account),
        host_name="Host",
        host_role="host",
        created_at=tx.now,
        opened_at=tx.now,
        closes_at=None,
        closed_at=None,
        closed_by=None,
        expected=50,
        answered=0,
        right=0,
        answering_us=0,
        version=1,
        questions=[
            QuestionFacts(
                question_id=QuestionId(question),
                type="choice",
                title=f"Question {number}",
                multiple=False,
                required=True,
                score=5,
                created_at=tx.now,
                options=["A", "B", "C", "D"],
                right_options=[0],
                answered=0,
                right=0,
                combinations=[],
            )
        ],
    )
