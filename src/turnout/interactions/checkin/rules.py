"""Check-ins: who is expected, when they take confirmations, and the facts an event freezes. Pure."""

from enum import StrEnum

import msgspec

from turnout.interactions.lifecycle import Move, NotADraft, State, WrongState, decide_state
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import Conflict, InvalidInput, NotFound
from turnout.kernel.ids import AccountId, CheckInId, HostId, LiveSessionId, RoomId, ViewerId
from turnout.kernel.text import check_line, check_text
from turnout.rooms.rules import LiveSessionOver as LiveSessionOver


class Expects(StrEnum):
    """Who is expected to confirm: the viewers who are present when it opens, or those on a list."""

    PRESENT = "present"
    LIST = "list"


class Late(StrEnum):
    """What becomes of viewers who enter while a check-in of those present is open: they are expected too, or they may confirm and count
    apart."""

    COUNTED = "counted"
    NOT_EXPECTED = "not_expected"


class CheckInClosedBy(StrEnum):
    """What closed a check-in."""

    HOST = "host"
    TIME_LIMIT = "time_limit"
    LIVE_SESSION_END = "live_session_end"


class CheckInNotOpen(Conflict):
    """This check-in takes no confirmations now."""

    code = "checkin_not_open"


class TooLate(Conflict):
    """The time for this check-in is over."""

    code = "too_late"


class AlreadyCheckedIn(Conflict):
    """You have confirmed this check-in already."""

    code = "already_checked_in"


class AnotherCheckInOpen(Conflict):
    """Another check-in is open in this live session; close it first."""

    code = "another_checkin_open"


class NoSuchCheckIn(NotFound):
    """There is no such check-in."""


class ExpectedPerson(msgspec.Struct, frozen=True):
    """Somebody on the list of a check-in: a viewer, or whoever has this id in the customer's own login, who may never have come. name: as
    the list has it, shown for who never came."""

    viewer_id: ViewerId | None = None
    external_id: str | None = None
    name: str = ""


class CheckInDraft(msgspec.Struct, frozen=True):
    """A check-in as a host wants it.

    people: the list, where a list is expected. late: of one that expects those present. time_limit_s: seconds from opening to the automatic
    close, none when absent. show_counts: viewers see how many were expected and have confirmed.
    """

    title: str
    expects: Expects = Expects.PRESENT
    people: list[ExpectedPerson] = []
    late: Late = Late.COUNTED
    time_limit_s: int | None = None
    show_counts: bool = False


class CheckInFacts(msgspec.Struct, frozen=True):
    """A check-in and its counts at the moment of an event, complete enough that nobody who reads the event must look at a live row.

    expected: people who are. confirmed: those of them who have. unexpected: people who have confirmed without being expected. version: of
    these three; grows with every commit that changes one.
    """

    account_id: AccountId
    room_id: RoomId
    live_session_id: LiveSessionId
    checkin_id: CheckInId
    title: str
    state: State
    host_id: HostId
    host_name: str
    host_role: str
    expects: Expects
    late: Late
    show_counts: bool
    time_limit_s: int | None
    created_at: Instant
    opened_at: Instant | None
    closes_at: Instant | None
    closed_at: Instant | None
    closed_by: CheckInClosedBy | None
    expected: int
    confirmed: int
    unexpected: int
    version: int
    withdrawn_from: State | None = None  # what it was when it was withdrawn

    @property
    def rate(self) -> int:
        """Of the expected, who has confirmed, in whole percent."""
        return percent(self.confirmed, self.expected)


def percent(part: int, whole: int) -> int:
    """Whole percent, halves rounded up; 0 of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else 0


def check_draft(draft: CheckInDraft, *, keeps_list: bool = False) -> CheckInDraft:
    """The check-in without blanks around its texts; raises InvalidInput, naming the field (people[2].external_id), for one that cannot be
    held. keeps_list: its people are those of the draft that it replaces."""
    title = check_line(draft.title, "title", limits.MAX_TITLE_LENGTH)
    if draft.time_limit_s is not None and not 1 <= draft.time_limit_s <= limits.MAX_TIME_LIMIT_S:
        raise InvalidInput(f"from 1 to {limits.MAX_TIME_LIMIT_S} seconds", field="time_limit_s")
    if draft.expects is Expects.PRESENT and draft.people:
        raise InvalidInput("only where a list is expected", field="people")
    if draft.expects is Expects.LIST and draft.late is not Late.COUNTED:
        raise InvalidInput("only where those present are expected: who is on a list is expected whenever he enters", field="late")
    if draft.expects is Expects.LIST and not keeps_list and not 1 <= len(draft.people) <= limits.MAX_EXPECTED_PEOPLE:
        raise InvalidInput(f"from 1 to {limits.MAX_EXPECTED_PEOPLE} people", field="people")
    return msgspec.structs.replace(draft, title=title, people=_checked(draft.people))


def _checked(people: list[ExpectedPerson]) -> list[ExpectedPerson]:
    """In the same places; who is named twice must be so in the same way."""
    found: list[ExpectedPerson] = []
    names: dict[tuple[int | None, str | None], str] = {}
    for place, person in enumerate(people):
        if (person.viewer_id is None) == (person.external_id is None):
            raise InvalidInput("either a viewer or an external id", field=f"people[{place}]")
        external_id = person.external_id
        if external_id is not None:
            external_id = check_text(external_id, f"people[{place}].external_id", limits.MAX_EXTERNAL_ID_LENGTH)
        name = check_line(person.name, f"people[{place}].name", limits.MAX_NAME_LENGTH, may_be_empty=True)
        if names.setdefault((person.viewer_id, external_id), name) != name:
            raise InvalidInput("this person is on the list already, with another name", field=f"people[{place}].name")
        found.append(ExpectedPerson(person.viewer_id, external_id, name))
    return found


def decide_edit(state: State) -> None:
    """Raises NotADraft for what has been opened or withdrawn."""
    if state is not State.DRAFT:
        raise NotADraft


def decide_open(state: State, now: Instant, time_limit_s: int | None) -> Instant | None:
    """closes_at of a check-in opened now, None without a time limit; raises WrongState."""
    decide_state(state, Move.OPEN)
    return None if time_limit_s is None else now + time_limit_s * SECOND


def decide_open_for_confirming(state: State, closes_at: Instant | None, received_at: Instant) -> None:
    """Raises CheckInNotOpen, TooLate. Late means received at or after closes_at (design 3.1)."""
    if state is not State.OPEN:
        raise TooLate if is_public(state) else CheckInNotOpen
    if closes_at is not None and received_at >= closes_at:
        raise TooLate


def decide_closed_at(state: State, now: Instant, closes_at: Instant | None) -> Instant:
    """The moment a check-in closed now stopped taking confirmations: its time limit when that has passed, also when the server was down
    then. Raises WrongState."""
    decide_state(state, Move.CLOSE)
    return now if closes_at is None else min(now, closes_at)


def decide_withdraw(state: State) -> State:
    """The state after it; raises WrongState for what is closed: there is nothing to settle, so a close is final."""
    if state is State.CLOSED:
        raise WrongState(f"cannot {Move.WITHDRAW.value}: it is {state.value}")
    return decide_state(state, Move.WITHDRAW)


def is_public(state: State) -> bool:
    """Whether viewers know of it: it was opened, and not withdrawn."""
    return state not in (State.DRAFT, State.WITHDRAWN)


def may_show_names(state: State, *, show_counts: bool) -> bool:
    """Whether a hall reads who has confirmed: where viewers read how many have."""
    return is_public(state) and show_counts


def expects_entrant(state: State, expects: Expects, late: Late) -> bool:
    """Whether who enters now, or confirms without having been counted, is expected."""
    return state is State.OPEN and expects is Expects.PRESENT and late is Late.COUNTED
