"""Reading the audience."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from turnout.accounts.queries import list_hosts
from turnout.audience import attendance_store, store
from turnout.audience.attendance_rules import Attendance, decide_step, points_of
from turnout.audience.rules import BlockedViewer, EntrantFacts, Presence, RemovedViewer, Viewer, entry_key_of_external
from turnout.audience.terminals import terminal_of
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import AccountId, LiveSessionId, RoomId, ViewerId
from turnout.rooms.queries import access_live_session, access_room, list_room_ids


class Cursor(NamedTuple):
    """Where a page of people ends: among the present, who come first, or among those who are gone; and with whom."""

    online: bool
    viewer_id: ViewerId


class People(NamedTuple):
    """A page of the people of a live session, and how many are online and have been there altogether."""

    presences: list[Presence]
    online: int
    total: int
    next: Cursor | None


def count_viewers(connection: sa.Connection, live_session_id: LiveSessionId) -> int:
    """Different viewers over the whole live session; coming back does not count again."""
    return store.count_viewers(connection, live_session_id)


def count_online(connection: sa.Connection, live_session_id: LiveSessionId) -> int:
    """Different viewers who are present."""
    return store.count_online(connection, live_session_id)


def list_online_ids(connection: sa.Connection, live_session_id: LiveSessionId) -> list[ViewerId]:
    """Different viewers who are present, by id."""
    return store.list_online_ids(connection, live_session_id)


def count_present_between(connection: sa.Connection, live_session_id: LiveSessionId, opened_at: Instant, closed_at: Instant) -> int:
    """Different viewers who were present at any moment from opened_at to closed_at."""
    return store.count_present_between(connection, live_session_id, opened_at, closed_at)


def list_people(
    connection: sa.Connection,
    account_id: AccountId,
    live_session_id: LiveSessionId,
    *,
    after: Cursor | None = None,
    search: str = "",
    limit: int = limits.MAX_PAGE_LENGTH,
) -> People:
    """A page of the people of the account's live session; raises NoSuchLiveSession. Who comes or goes while one turns pages may be on two
    of them or on none."""
    live_session = access_live_session(connection, account_id, live_session_id)
    ends_at = limit + 1  # one more, to know whether there is a next page
    found: list[tuple[bool, Viewer]] = []
    for online in (True, False):
        if after is not None and online and not after.online:
            continue
        from_here = after.viewer_id if after is not None and after.online == online else None
        wanted = ends_at - len(found)
        if wanted > 0:
            page = store.list_people(connection, live_session, online=online, after=from_here, search=search, limit=wanted)
            found += [(online, viewer) for viewer in page]
    shown = found[:limit]
    stays = store.list_stays(connection, live_session_id, [viewer.id for _, viewer in shown])
    return People(
        presences=[Presence(viewer=viewer, live_session_id=live_session_id, stay=stays[viewer.id]) for _, viewer in shown],
        online=store.count_online(connection, live_session_id),
        total=store.count_viewers(connection, live_session_id),
        next=Cursor(shown[-1][0], shown[-1][1].id) if len(found) > limit else None,
    )


def follow_attendance(
    connection: sa.Connection, account_id: AccountId, live_session_id: LiveSessionId, now: Instant, step_s: int | None
) -> Attendance:
    """Who was there through the account's live session, until now while it runs; raises NoSuchLiveSession, and InvalidInput for a step
    that makes too many."""
    live_session = access_live_session(connection, account_id, live_session_id)
    since = live_session.started_at
    until = max(since, now if live_session.ended_at is None else live_session.ended_at)
    step = decide_step(since, until, step_s)
    changes = attendance_store.list_changes(connection, live_session_id, since, until, step)
    most, most_at = attendance_store.list_peaks(connection, [live_session_id], since, until).get(live_session_id, (0, None))
    return Attendance(
        since=since,
        until=until,
        step_s=step,
        viewers=store.count_viewers(connection, live_session_id),
        online=sum(change.entered - change.left for change in changes),
        most=most,
        most_at=most_at,
        points=points_of(since, until, step, changes),
    )


def list_peaks(connection: sa.Connection, live_session_ids: Sequence[LiveSessionId]) -> dict[LiveSessionId, tuple[int, Instant]]:
    """The most viewers who were there at once in each of these live sessions, and the first moment of that. Reads all their visits."""
    return attendance_store.list_peaks(connection, live_session_ids)


def count_viewers_in(connection: sa.Connection, live_session_ids: Sequence[LiveSessionId]) -> dict[LiveSessionId, int]:
    """Different viewers over each whole live session; one without any is left out."""
    return attendance_store.count_viewers_in(connection, live_session_ids)


def count_online_in(connection: sa.Connection, live_session_ids: Sequence[LiveSessionId]) -> dict[LiveSessionId, int]:
    """Different viewers who are present, by live session; one without any is left out."""
    return store.count_online_in(connection, live_session_ids)


def list_blocked(
    connection: sa.Connection, account_id: AccountId, room_id: RoomId, after: ViewerId | None, limit: int
) -> list[BlockedViewer]:
    """A page of the blocked viewers of the account's room; raises NoSuchRoom."""
    access_room(connection, account_id, room_id)
    names = {host.id: host.name for host in list_hosts(connection, account_id)}
    found: list[BlockedViewer] = []
    for viewer, at, host_id in store.list_blocked(connection, room_id, after, limit):
        name = names.get(host_id) if host_id is not None else None
        found.append(BlockedViewer(viewer=viewer, blocked_at=at, host_id=host_id if name is not None else None, host_name=name or ""))
    return found


def list_removed(connection: sa.Connection, since: Instant) -> list[RemovedViewer]:
    """Who was kicked or blocked since then, in any room, for the process that ends their connections."""
    return store.list_removed(connection, since)


def access_viewer(connection: sa.Connection, account_id: AccountId, viewer_id: ViewerId) -> None:
    """Raises NotFound unless this is a viewer of one of the account's rooms. Looks into each of them: not for a hot path."""
    if not store.load_viewers(connection, [(room_id, viewer_id) for room_id in list_room_ids(connection, account_id)]):
        raise NotFound


def find_by_external_ids(connection: sa.Connection, room_id: RoomId, external_ids: Collection[str]) -> dict[str, ViewerId]:
    """Those who have come to this room from the customer's own login under these ids, by them."""
    keys = {(room_id, entry_key_of_external(external_id)): external_id for external_id in external_ids}
    found = store.load_viewers_by_entry(connection, list(keys)) if keys else {}
    return {keys[key]: viewer.id for key, viewer in found.items()}


def list_external_ids(connection: sa.Connection, room_id: RoomId) -> dict[str, ViewerId]:
    """All who ever came to this room from the customer's own login, by their ids there."""
    return store.list_external_ids(connection, room_id)


def viewers_of(connection: sa.Connection, room_id: RoomId, viewer_ids: Collection[ViewerId]) -> dict[ViewerId, Viewer]:
    """These viewers of a room."""
    found = store.load_viewers(connection, sorted({(room_id, viewer_id) for viewer_id in viewer_ids})) if viewer_ids else {}
    return {viewer_id: viewer for (_, viewer_id), viewer in found.items()}


def find_viewers(connection: sa.Connection, keys: Collection[tuple[RoomId, ViewerId]]) -> dict[tuple[RoomId, ViewerId], Viewer]:
    """These viewers, where they exist in these rooms."""
    return store.load_viewers(connection, sorted(keys)) if keys else {}


def names_of(connection: sa.Connection, room_id: RoomId, viewer_ids: Sequence[ViewerId]) -> dict[ViewerId, str]:
    """The names of viewers of a room."""
    return {viewer_id: viewer.name for viewer_id, viewer in viewers_of(connection, room_id, viewer_ids).items()}


def facts_of(
    connection: sa.Connection, room_id: RoomId, live_session_id: LiveSessionId, viewer_ids: Collection[ViewerId]
) -> dict[ViewerId, EntrantFacts]:
    """Who these viewers of a room are, and how they came to the live session; who never came has neither address nor terminal. For facts
    that an event freezes; with thousands of viewers not for the thread that writes."""
    found = viewers_of(connection, room_id, viewer_ids)
    came = store.list_came_by(connection, live_session_id, sorted(found))
    facts: dict[ViewerId, EntrantFacts] = {}
    for viewer_id, viewer in found.items():
        by = came.get(viewer_id)
        facts[viewer_id] = EntrantFacts(
            address="" if by is None else by.address,
            terminal="" if by is None else terminal_of(by.user_agent),
            extra=viewer.extra or ("" if by is None else by.extra),
            phone=viewer.phone or "",
            email=viewer.email or "",
            group=viewer.group or "",
            external_id=viewer.external_id or "",
            name=viewer.name,
        )
    return facts
