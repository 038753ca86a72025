"""Who enters while a check-in is open: expected too where it counts late entrants, and recognised where a list awaits them.

In the transaction of the entry, by set. Locks are taken in the order of host_actions; the live session is held by the entry.
"""

from collections.abc import Sequence

from turnout.audience.actions import Entrant, follows_entries
from turnout.interactions.checkin import people_store, store, tally_store
from turnout.interactions.checkin.people_store import Awaited, NewPerson
from turnout.interactions.checkin.rules import Expects, expects_entrant
from turnout.interactions.checkin.tally_store import Added, CheckInKey
from turnout.kernel.ids import CheckInId, LiveSessionId, ViewerId
from turnout.storage.transaction import Tx


@follows_entries
def count_entrants(tx: Tx, entrants: Sequence[Entrant]) -> None:
    """Counts them in the open check-ins of their live sessions; one statement where none is open."""
    open_here = {standing.live_session_id: standing for standing in store.lock_open(tx, {one.live_session_id for one in entrants})}
    if not open_here:
        return
    late: dict[tuple[LiveSessionId, CheckInId, int], NewPerson] = {}
    awaited: dict[tuple[LiveSessionId, CheckInId, str], ViewerId] = {}
    for one in entrants:
        standing = open_here.get(one.live_session_id)
        if standing is None:
            continue
        key = (one.live_session_id, standing.checkin_id)
        if expects_entrant(standing.state, standing.expects, standing.late):
            late[*key, one.viewer_id] = (*key, one.viewer_id, None, "", True)
        elif standing.expects is Expects.LIST and one.external_id is not None:
            awaited[*key, one.external_id] = one.viewer_id
    added: dict[CheckInKey, Added] = {}
    for live_session_id, checkin_id, _ in people_store.insert_people(tx, sorted(late.values())):
        before = added.get((live_session_id, checkin_id), Added())
        added[live_session_id, checkin_id] = Added(before.expected + 1)
    found = people_store.lock_awaited(tx, awaited)
    added |= recognise(tx, [(person, awaited[person.live_session_id, person.checkin_id, person.external_id]) for person in found])
    tally_store.add_to_tallies(tx, added)


def recognise(tx: Tx, found: Sequence[tuple[Awaited, ViewerId]]) -> dict[CheckInKey, Added]:
    """Puts the viewer in the place of each who was known by an external id alone. Who was on the list under both is expected once."""
    people_store.delete_people(tx, [person[:3] for person, _ in found])
    rows = [(person.live_session_id, person.checkin_id, viewer_id, None, person.name, True) for person, viewer_id in found]
    fresh = people_store.insert_people(tx, sorted(rows, key=lambda row: row[:3]))
    counts: dict[CheckInKey, int] = {}
    for person, _ in found:
        counts[person[:2]] = counts.get(person[:2], 0) - 1
    for row in fresh:
        counts[row[:2]] += 1
    return {key: Added(expected=count) for key, count in counts.items()}
