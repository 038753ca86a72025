"""The list of people: the present first, each with connections, in pages, and searched."""

from tests.suites.audience.stage import Stage
from turnout.audience import queries


def test_connections(stage: Stage) -> None:
    """Several of one viewer count once, and each is told with its address and its client."""
    first = stage.enter(address="192.0.2.7", user_agent="Mozilla/5.0 (Linux; Android 14) Chrome/131.0.0.0 Mobile Safari/537.36")
    stage.clock.advance(5)
    stage.enter(viewer=first.viewer.id, address="2001:db8::1")
    gone = stage.enter(name="Gone")
    stage.clock.advance(5)
    stage.leave(gone.seat)
    people = stage.people()
    assert (people.online, people.total, people.next) == (1, 2, None)
    vera, other = people.presences
    assert [(visit.entered_at, visit.address) for visit in vera.stay.connections] == [
        (first.seat.entered_at, "192.0.2.7"),
        (first.seat.entered_at + 5_000_000, "2001:db8::1"),
    ]
    assert vera.stay.connections[0].user_agent.startswith("Mozilla")
    assert (vera.stay.entered_at, vera.stay.exited_at) == (first.seat.entered_at, None)
    assert (other.stay.connections, other.stay.exited_at) == ([], stage.clock.now())
    stage.leave(first.seat)
    assert len(stage.people().presences[0].stay.connections) == 1


def test_pages(stage: Stage) -> None:
    """Whatever the length of a page, together they are everybody, once, the present first."""
    seats = [stage.enter(name=f"Viewer {number}").seat for number in range(7)]
    for seat in seats[::2]:
        stage.leave(seat)
    expected = [seat.viewer_id for seat in (*seats[1::2], *seats[::2])]
    for length in range(1, 9):
        seen: list[int] = []
        after: queries.Cursor | None = None
        for _ in range(8):
            page = stage.people(after=after, limit=length)
            assert len(page.presences) <= length
            assert (page.online, page.total) == (3, 7)
            seen += [person.viewer.id for person in page.presences]
            after = page.next
            if after is None:
                break
        assert seen == expected, length


def test_search(stage: Stage) -> None:
    """By a part of the name or of the external id; what SQL would read as a pattern is text."""
    for name in ("Wang Wei", "王伟", "100%", "a_b", "back\\slash", "axb"):
        stage.enter(name=name)
    stage.enter(signed=stage.signed("student-77", name="Li"))
    found = {
        text: [person.viewer.name for person in stage.people(search=text).presences]
        for text in ("wang", "WEI", "伟", "%", "_", "\\", "a_b", "STUDENT-7", "nobody", "")
    }
    assert found == {
        "wang": ["Wang Wei"],
        "WEI": ["Wang Wei"],
        "伟": ["王伟"],
        "%": ["100%"],
        "_": ["a_b"],
        "\\": ["back\\slash"],
        "a_b": ["a_b"],
        "STUDENT-7": ["Li"],
        "nobody": [],
        "": ["Wang Wei", "王伟", "100%", "a_b", "back\\slash", "axb", "Li"],
    }
    page = stage.people(search="w", limit=1)
    assert (len(page.presences), page.next) == (1, None)


def test_who_was_only_in_another_live_session(stage: Stage) -> None:
    """Is not in this one's list."""
    stage.enter()
    before = stage.live.id
    stage.end()
    stage.start()
    newcomer = stage.enter().viewer.id
    assert [person.viewer.id for person in stage.people().presences] == [newcomer]
    assert stage.people(live_session_id=before).total == 1


def test_who_comes_and_goes(stage: Stage) -> None:
    """However often: the first entry, the last exit, and the connections that last."""
    came = stage.enter()
    for _ in range(5):
        stage.clock.advance(1)
        stage.leave(stage.enter(viewer=came.viewer.id).seat)
    stage.leave(came.seat)
    (gone,) = stage.people().presences
    assert (gone.stay.entered_at, gone.stay.exited_at, gone.stay.connections) == (came.seat.entered_at, stage.clock.now(), [])
    stage.clock.advance(1)
    back = stage.enter(viewer=came.viewer.id, address="192.0.2.9")
    (here,) = stage.people().presences
    assert (here.stay.entered_at, here.stay.exited_at) == (came.seat.entered_at, None)
    assert [(visit.entered_at, visit.address) for visit in here.stay.connections] == [(back.seat.entered_at, "192.0.2.9")]
