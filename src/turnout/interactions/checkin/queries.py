"""Reading check-ins."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from turnout.audience import queries as audience
from turnout.audience.rules import ViewerRole
from turnout.interactions.checkin import people_store, store, tally_store
from turnout.interactions.checkin.facts import facts_of, load_facts
from turnout.interactions.checkin.people_store import PersonRow
from turnout.interactions.checkin.rules import CheckInFacts, NoSuchCheckIn, is_public, may_show_names
from turnout.interactions.lifecycle import State
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import AccountId, CheckInId, LiveSessionId, RoomId, ViewerId
from turnout.rooms.queries import access_live_session, list_live_session_ids


class Person(msgspec.Struct, frozen=True):
    """Somebody who is expected at a check-in, or has confirmed it. cursor: `after` for the page that begins behind it. viewer_id, role:
    None for who is on the list and has never entered the room. name: the viewer's, or the list's."""

    cursor: int
    viewer_id: ViewerId | None
    external_id: str | None
    name: str
    role: ViewerRole | None
    expected: bool
    confirmed_at: Instant | None


class OwnConfirmation(msgspec.Struct, frozen=True):
    """What is held of a viewer in one check-in."""

    checkin_id: CheckInId
    confirmed_at: Instant


class RollCall(msgspec.Struct, frozen=True):
    """Somebody in one check-in of a live session."""

    checkin_id: CheckInId
    person: Person


def access_checkin(connection: sa.Connection, account_id: AccountId, live_session_id: LiveSessionId, checkin_id: CheckInId) -> CheckInFacts:
    """The account's check-in; raises NoSuchLiveSession, NoSuchCheckIn."""
    access_live_session(connection, account_id, live_session_id)
    row = store.load_checkin(connection, live_session_id, checkin_id)
    if row is None:
        raise NoSuchCheckIn
    return load_facts(connection, live_session_id, [row])[0]


def access_anywhere(connection: sa.Connection, account_id: AccountId, checkin_id: CheckInId) -> None:
    """Raises NotFound unless the account has this check-in in some live session. Looks into each of them: not for a hot path."""
    if not store.find_owned(connection, list_live_session_ids(connection, account_id), checkin_id):
        raise NotFound


def list_checkins(
    connection: sa.Connection,
    account_id: AccountId,
    live_session_id: LiveSessionId,
    *,
    before: CheckInId | None = None,
    limit: int = limits.MAX_PAGE_LENGTH,
) -> list[CheckInFacts]:
    """One page of the check-ins of the account's live session, newest first, drafts and withdrawn ones included; raises NoSuchLiveSession.
    before: the last one of the page before."""
    access_live_session(connection, account_id, live_session_id)
    return load_facts(connection, live_session_id, store.list_checkins(connection, live_session_id, before, limit))


def list_under_way(
    connection: sa.Connection, live_session_ids: Sequence[LiveSessionId]
) -> tuple[list[tuple[LiveSessionId, CheckInId, str]], dict[LiveSessionId, int]]:
    """Of these live sessions: live session, id and title of what is open, and how many drafts each has."""
    return store.list_under_way(connection, live_session_ids, (State.OPEN,))


def list_for_snapshot(connection: sa.Connection, live_session_id: LiveSessionId, *, drafts: bool) -> list[CheckInFacts]:
    """The newest check-ins of a live session, for a snapshot of it; none that was withdrawn."""
    rows = store.list_for_snapshot(connection, live_session_id, limits.SNAPSHOT_CHECKINS, drafts=drafts)
    return load_facts(connection, live_session_id, rows) if rows else []


def list_changed(
    connection: sa.Connection, live_session_id: LiveSessionId, known: Mapping[int, int]
) -> list[tuple[CheckInId, bool, tally_store.Tally]]:
    """The tallies whose version is not the known one, each with whether viewers see its counts; none of a draft or a withdrawn one."""
    return [head for head in tally_store.load_heads(connection, live_session_id) if known.get(head[0]) != head[2].version]


def list_own(
    connection: sa.Connection, live_session_id: LiveSessionId, viewer_ids: Iterable[ViewerId]
) -> dict[ViewerId, list[OwnConfirmation]]:
    """What these viewers have confirmed of the check-ins that a snapshot shows, by check-in; viewers without any are left out. A fixed
    number of statements, however many viewers."""
    wanted = list(viewer_ids)
    rows = store.list_for_snapshot(connection, live_session_id, limits.SNAPSHOT_CHECKINS, drafts=False) if wanted else []
    found = people_store.list_own(connection, live_session_id, [row.id for row in rows], wanted) if rows else []
    own: dict[ViewerId, list[OwnConfirmation]] = {}
    for checkin_id, viewer_id, confirmed_at in sorted(found):
        own.setdefault(viewer_id, []).append(OwnConfirmation(checkin_id, confirmed_at))
    return own


def list_people(
    connection: sa.Connection,
    account_id: AccountId,
    live_session_id: LiveSessionId,
    checkin_id: CheckInId,
    *,
    after: int | None = None,
    limit: int = limits.MAX_PAGE_LENGTH,
    confirmed: bool | None = None,
) -> list[Person]:
    """One page of who is expected at a check-in or has confirmed it, in the order of first entries, who never came at the place of the
    list; nobody of a withdrawn one. after: the cursor of the last of the page before. confirmed: only those who have, or have not.

    Raises NoSuchLiveSession, NoSuchCheckIn. Who is recognised while one turns pages may be on two of them or on none.
    """
    live_session = access_live_session(connection, account_id, live_session_id)
    checkin = store.load_checkin(connection, live_session_id, checkin_id)
    if checkin is None:
        raise NoSuchCheckIn
    if checkin.state is State.WITHDRAWN:
        return []
    key = (live_session_id, checkin_id)
    rows = people_store.list_people(connection, key, after=after, limit=limit, confirmed=confirmed)
    return _people(connection, live_session.room_id, rows)


def list_confirmed(connection: sa.Connection, live_session_id: LiveSessionId, checkin_id: CheckInId) -> list[ViewerId]:
    """Who has confirmed a check-in, by id; nobody of a withdrawn one."""
    checkin = store.load_checkin(connection, live_session_id, checkin_id)
    if checkin is None or checkin.state is State.WITHDRAWN:
        return []
    return people_store.list_confirmed(connection, (live_session_id, checkin_id))


def list_wall(connection: sa.Connection, live_session_id: LiveSessionId, checkin_id: CheckInId) -> list[str]:
    """The names a hall may read of a check-in that was opened: who has confirmed last, the latest first; nobody where its host shows no
    counts. Raises NoSuchCheckIn, also for a draft and a withdrawn one."""
    row = store.load_checkin(connection, live_session_id, checkin_id)
    if row is None or not is_public(row.state):
        raise NoSuchCheckIn(field="checkin")
    if not may_show_names(row.state, show_counts=row.show_counts):
        return []
    latest = people_store.list_latest(connection, (live_session_id, checkin_id), limits.WALL_NAMES)
    names = audience.names_of(connection, row.room_id, latest)
    return [names[viewer_id] for viewer_id in latest if viewer_id in names]


def list_roll_calls(
    connection: sa.Connection, account_id: AccountId, live_session_id: LiveSessionId, offset: int, limit: int
) -> tuple[int, list[RollCall]]:
    """How many people there are in all check-ins of a live session that were opened and not withdrawn, each counted in each, and one page
    of them: of the check-in opened last first, those of one as list_people has them. Raises NoSuchLiveSession."""
    live_session = access_live_session(connection, account_id, live_session_id)
    checkins = [facts_of(row, tally) for row, tally in _with_tallies(connection, live_session_id)]
    found: list[RollCall] = []
    begins = 0
    for facts in checkins:
        size = facts.expected + facts.unexpected
        skipped, wanted = max(0, offset - begins), limit - len(found)
        begins += size
        if wanted > 0 and skipped < size:
            key = (live_session_id, facts.checkin_id)
            rows = people_store.list_people(connection, key, offset=skipped, limit=wanted)
            found += [RollCall(facts.checkin_id, person) for person in _people(connection, live_session.room_id, rows)]
    return begins, found


def _with_tallies(connection: sa.Connection, live_session_id: LiveSessionId) -> list[tuple[store.CheckInRow, tally_store.Tally]]:
    rows = store.list_opened(connection, live_session_id)
    tallies = tally_store.load_tallies(connection, live_session_id, [row.id for row in rows])
    return [(row, tallies[row.id]) for row in rows]


def _people(connection: sa.Connection, room_id: RoomId, rows: Collection[PersonRow]) -> list[Person]:
    viewers = audience.viewers_of(connection, room_id, [ViewerId(row.person_id) for row in rows if row.external_id is None])
    found: list[Person] = []
    for row in rows:
        viewer = None if row.external_id is not None else viewers.get(ViewerId(row.person_id))
        found.append(
            Person(
                cursor=row.person_id,
                viewer_id=None if row.external_id is not None else ViewerId(row.person_id),
                external_id=row.external_id if viewer is None else viewer.external_id,
                name=row.name if viewer is None else viewer.name,
                role=None if viewer is None else viewer.role,
                expected=row.expected,
                confirmed_at=row.confirmed_at,
            )
        )
    return found


def next_due(connection: sa.Connection) -> Instant | None:
    """When the next open check-in's time is over; None when none has a limit."""
    return store.next_due(connection)


def list_due(connection: sa.Connection, now: Instant) -> list[tuple[LiveSessionId, CheckInId]]:
    """Open check-ins whose time is over, longest overdue first."""
    return store.list_due(connection, now, limits.MAX_PAGE_LENGTH)
