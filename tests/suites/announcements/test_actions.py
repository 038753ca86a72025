"""Announcements on both databases: made, withdrawn, counted, and told as events."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from tests.suites.audience.stage import Stage, code_of, write
from turnout.announcements import queries, store
from turnout.announcements.actions import MAKE_ANNOUNCEMENT, WITHDRAW_ANNOUNCEMENT, MakeAnnouncement, WithdrawAnnouncement
from turnout.announcements.rules import Announcement, AnnouncementFacts, NoSuchAnnouncement, announcement_of
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput, TooManyRequests
from turnout.kernel.ids import AnnouncementId
from turnout.rooms.rules import LiveSessionOver, NoSuchLiveSession
from turnout.storage.batch import BatchWriter


def make(stage: Stage, text: str = "We go on at ten.", **changes: Any) -> Announcement:
    """An announcement in the stage's live session."""
    made: Announcement = stage.do(MAKE_ANNOUNCEMENT, MakeAnnouncement(stage.caller, stage.live.id, text, **changes))
    return made


def withdraw(stage: Stage, announcement: Announcement) -> Announcement:
    """Takes it back."""
    taken: Announcement = stage.do(WITHDRAW_ANNOUNCEMENT, WithdrawAnnouncement(stage.caller, stage.live.id, announcement.id))
    return taken


def standing(stage: Stage) -> list[Announcement]:
    """What a snapshot shows."""
    with stage.database.reading() as connection:
        return queries.list_for_snapshot(connection, stage.live.id)


def told(stage: Stage) -> list[tuple[str, Announcement]]:
    """The events of announcements, in their order."""
    return [
        (event.kind, announcement_of(msgspec.json.decode(event.facts, type=AnnouncementFacts)))
        for event in stage.events()
        if event.kind.startswith("announcement.")
    ]


def test_made_and_withdrawn(stage: Stage) -> None:
    """Each is an event with all of it; a snapshot shows those that stand, the newest last; withdrawing twice is one event."""
    first, second = make(stage, "  first\nline "), make(stage, "second")
    assert first.text == "first\nline"
    assert standing(stage) == [first, second]

    taken = withdraw(stage, first)
    again = withdraw(stage, first)

    assert taken.withdrawn_at is not None
    assert again == taken
    assert standing(stage) == [second]
    assert told(stage) == [("announcement.made", first), ("announcement.made", second), ("announcement.withdrawn", taken)]
    with stage.database.reading() as connection:
        assert queries.list_announcements(connection, stage.caller.account_id, stage.live.id) == [second, taken]


def test_a_snapshot_shows_the_newest(stage: Stage) -> None:
    """Not more than its limit, however many there were."""
    made = []
    for number in range(limits.SNAPSHOT_ANNOUNCEMENTS + 3):
        stage.clock.advance(61)
        made.append(make(stage, f"number {number}"))

    assert standing(stage) == made[3:]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (limits.MAX_ANNOUNCEMENT_LENGTH + 1), "bell\a"])
def test_what_is_no_text(stage: Stage, text: str) -> None:
    """Refused by its field, and nothing is told."""
    with pytest.raises(InvalidInput) as refused:
        make(stage, text)
    assert refused.value.field == "text"
    assert told(stage) == []


def test_only_in_a_running_live_session(stage: Stage) -> None:
    """After its end nothing is announced any more; what was can still be taken back."""
    made = make(stage)
    stage.end()
    with pytest.raises(LiveSessionOver):
        make(stage)

    assert withdraw(stage, made).withdrawn_at is not None
    assert standing(stage) == []


def test_a_minute_has_so_many(stage: Stage) -> None:
    """The next is refused with how long to wait, and after that time it is taken."""
    for _ in range(limits.ANNOUNCEMENTS_PER_MINUTE):
        make(stage)
    with pytest.raises(TooManyRequests) as refused:
        make(stage)
    wait_s = refused.value.retry_after_s
    assert wait_s is not None
    assert 0 < wait_s <= 60
    assert len(told(stage)) == limits.ANNOUNCEMENTS_PER_MINUTE

    stage.clock.advance(wait_s + 0.001)  # an instant after the one by which it was counted

    assert make(stage).text


def test_two_writers_count_together(postgres_stage: Stage) -> None:
    """Announcements of two writers at once are as many as a minute may have, not twice that."""
    stage = postgres_stage
    each = limits.ANNOUNCEMENTS_PER_MINUTE

    def many(number: int) -> list[str]:
        writer = BatchWriter(stage.database, number, stage.clock)
        try:
            command = MakeAnnouncement(stage.caller, stage.live.id, "Soon")
            return [code_of(write(writer, [(MAKE_ANNOUNCEMENT, command)])[0]) for _ in range(each)]
        finally:
            writer.close()

    with ThreadPoolExecutor(2) as pool:
        codes = [code for found in pool.map(many, (1, 2)) for code in found]

    assert sorted(codes) == ["accepted"] * each + ["too_many_requests"] * each


def test_another_account_finds_nothing(stage: Stage) -> None:
    """Neither the live session nor the announcement, and it changes nothing."""
    other = Stage(stage.database, stage.clock)
    made = make(stage)
    try:
        with pytest.raises(NoSuchLiveSession):
            other.do(MAKE_ANNOUNCEMENT, MakeAnnouncement(other.caller, stage.live.id, "theirs"))
        with pytest.raises(NoSuchLiveSession):
            other.do(WITHDRAW_ANNOUNCEMENT, WithdrawAnnouncement(other.caller, stage.live.id, made.id))
        with pytest.raises(NoSuchAnnouncement):
            other.do(WITHDRAW_ANNOUNCEMENT, WithdrawAnnouncement(other.caller, other.live.id, made.id))
        with pytest.raises(NoSuchAnnouncement):
            withdraw(stage, msgspec.structs.replace(made, id=AnnouncementId(made.id + SECOND)))
    finally:
        other.close()
    assert standing(stage) == [made]


def test_the_newest_is_told_by_time(stage: Stage) -> None:
    """Not by ids, of which each writer has a block of its own: the list, its pages and the snapshot have them as they were made."""
    other = BatchWriter(stage.database, 0, stage.clock)
    made = []
    try:
        for writer, text in ((stage.writer, "first"), (other, "second"), (stage.writer, "third")):
            stage.clock.advance(1)
            made += write(writer, [(MAKE_ANNOUNCEMENT, MakeAnnouncement(stage.caller, stage.live.id, text))])
    finally:
        other.close()
    assert made[2].id < made[1].id, "this test would see nothing else"

    assert standing(stage) == made
    pages: list[Announcement] = []
    with stage.database.reading() as connection:
        assert store.list_made_since(connection, stage.live.id, 0, 2) == [made[1].made_at, made[2].made_at]
        while page := queries.list_announcements(connection, stage.caller.account_id, stage.live.id, pages[-1].id if pages else None, 1):
            pages += page
    assert pages == made[::-1]
