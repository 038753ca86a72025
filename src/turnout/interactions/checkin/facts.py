"""Facts of a check-in, made of its rows: what events freeze, and what every view is made from."""

from collections.abc import Sequence

import sqlalchemy as sa

from turnout.interactions.checkin import tally_store
from turnout.interactions.checkin.rules import CheckInFacts
from turnout.interactions.checkin.store import CheckInRow
from turnout.interactions.checkin.tally_store import NO_TALLY, Tally
from turnout.interactions.lifecycle import State
from turnout.kernel.ids import LiveSessionId


def facts_of(checkin: CheckInRow, tally: Tally) -> CheckInFacts:
    """The check-in with its counts. A withdrawn one shows none."""
    withdrawn = checkin.state is State.WITHDRAWN
    if withdrawn:
        tally = NO_TALLY
    return CheckInFacts(
        account_id=checkin.account_id,
        room_id=checkin.room_id,
        live_session_id=checkin.live_session_id,
        checkin_id=checkin.id,
        title=checkin.title,
        state=checkin.state,
        host_id=checkin.host_id,
        host_name=checkin.host_name,
        host_role="host",
        expects=checkin.expects,
        late=checkin.late,
        show_counts=checkin.show_counts,
        time_limit_s=checkin.time_limit_s,
        created_at=checkin.created_at,
        opened_at=checkin.opened_at,
        closes_at=checkin.closes_at,
        closed_at=checkin.closed_at,
        closed_by=checkin.closed_by,
        expected=tally.expected,
        confirmed=tally.confirmed,
        unexpected=tally.unexpected,
        version=tally.version,
        withdrawn_from=(State.DRAFT if checkin.opened_at is None else State.OPEN) if withdrawn else None,
    )


def load_facts(connection: sa.Connection, live_session_id: LiveSessionId, rows: Sequence[CheckInRow]) -> list[CheckInFacts]:
    """These check-ins of a live session with their counts, as they are now; one statement."""
    tallies = tally_store.load_tallies(connection, live_session_id, [row.id for row in rows])
    return [facts_of(row, tallies[row.id]) for row in rows]
