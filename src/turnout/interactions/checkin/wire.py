"""What our own API and socket say about check-ins.

Two views of one check-in: the host's is complete; the public one has no drafts, and shows counts where the host wants that.
"""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from turnout.audience.wire import CommandIdText, ViewerView
from turnout.interactions.checkin.queries import OwnConfirmation, Person
from turnout.interactions.checkin.rules import (
    CheckInClosedBy,
    CheckInDraft,
    CheckInFacts,
    ExpectedPerson,
    Expects,
    Late,
    percent,
)
from turnout.interactions.lifecycle import State
from turnout.kernel.clock import rfc3339
from turnout.kernel.errors import InvalidInput, NotFound
from turnout.kernel.ids import CheckInId, IdForms, Kind, ViewerId


class ExpectedPersonRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody on the list, by one of: viewer, vw_…, of this room; external_id, from your own login, whether or not that person has ever
    come. name: shown for who has never come."""

    viewer: str | None = None
    external_id: str | None = None
    name: str = ""


class EditCheckInRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A check-in. time_limit_s: seconds from opening to the automatic close. expects: `present` viewers, or those on the `list` in people.
    late: whether viewers who enter while it is open are `counted` among the expected, or are `not_expected` and count apart when they
    confirm. show_counts: viewers see how many are expected and have confirmed."""

    title: str
    time_limit_s: int | None = None
    expects: Expects = Expects.PRESENT
    people: list[ExpectedPersonRequest] | None = None
    late: Late = Late.COUNTED
    show_counts: bool = False

    def in_words(self, ids: IdForms) -> CheckInDraft:
        """The same in the domain's words; raises InvalidInput for a text that is no viewer's id."""
        return CheckInDraft(
            title=self.title,
            expects=self.expects,
            people=[
                ExpectedPerson(_viewer(ids, person.viewer, f"people[{place}].viewer"), person.external_id, person.name)
                for place, person in enumerate(self.people or [])
            ],
            late=self.late,
            time_limit_s=self.time_limit_s,
            show_counts=self.show_counts,
        )


class CreateCheckInRequest(EditCheckInRequest, frozen=True, forbid_unknown_fields=True):
    """A check-in as it is edited. draft: it is only prepared, and opened later."""

    people: list[ExpectedPersonRequest] = []
    draft: bool = False


def _viewer(ids: IdForms, text: str | None, field: str) -> ViewerId | None:
    if text is None:
        return None
    try:
        return ViewerId(ids.parse_text(Kind.VIEWER, text))
    except NotFound:
        raise InvalidInput("there is no such viewer in this room", field=field) from None


class CheckInView(msgspec.Struct, frozen=True):
    """A check-in. expected: people who are; confirmed: those of them who have; rate: the same in whole percent; unexpected: people who have
    confirmed and are not expected. version: of the counts; a higher one replaces a lower one. The counts are absent from the public view
    unless show_counts; expects, late and created_at are only in the host's."""

    id: str
    title: str
    state: State
    time_limit_s: int | None
    show_counts: bool
    opened_at: str | None
    closes_at: str | None
    closed_at: str | None
    closed_by: CheckInClosedBy | None
    expected: int | UnsetType = UNSET
    confirmed: int | UnsetType = UNSET
    rate: int | UnsetType = UNSET
    unexpected: int | UnsetType = UNSET
    version: int | UnsetType = UNSET
    expects: Expects | UnsetType = UNSET
    late: Late | UnsetType = UNSET
    created_at: str | UnsetType = UNSET


class CheckInsReply(msgspec.Struct, frozen=True):
    """One page of a live session's check-ins, newest first. next: the value of `after` for the page that follows, null on the last."""

    checkins: list[CheckInView]
    next: str | None


class CheckInPersonView(msgspec.Struct, frozen=True):
    """Somebody who is expected, or has confirmed. viewer: null for who is on the list and has never come. external_id: from the customer's
    own login. name: the viewer's; of who has never come, the list's."""

    viewer: ViewerView | None
    external_id: str | None
    name: str
    expected: bool
    confirmed_at: str | None


class CheckInPeopleReply(msgspec.Struct, frozen=True):
    """One page of people. next: the value of `after` for the page that follows, null on the last."""

    people: list[CheckInPersonView]
    next: str | None


class CheckInMessage(msgspec.Struct, frozen=True, tag_field="op", tag="check_in", gc=False):
    """socket: a viewer confirms a check-in."""

    id: CommandIdText
    checkin: str


class OwnCheckIn(msgspec.Struct, frozen=True):
    """That the viewer has confirmed a check-in, and when."""

    checkin: str
    confirmed_at: str


class CheckInTallyMessage(msgspec.Struct, frozen=True, tag_field="op", tag="checkin_tally"):
    """socket: absolute counts of a check-in; a higher version replaces a lower one. To viewers only where the host shows them."""

    checkin: str
    version: int
    expected: int
    confirmed: int
    rate: int
    unexpected: int


class ReadConfirmedMessage(msgspec.Struct, frozen=True, tag_field="op", tag="read_confirmed"):
    """socket: a big screen reads who has checked in last, where the host shows the counts."""

    id: CommandIdText
    checkin: str


class ConfirmedMessage(msgspec.Struct, frozen=True, tag_field="op", tag="confirmed"):
    """socket: names of those who have confirmed a check-in, the latest first; nobody where its counts are not shown."""

    id: str
    names: list[str]


def host_view(ids: IdForms, facts: CheckInFacts) -> CheckInView:
    """All of a check-in."""
    return msgspec.structs.replace(
        _with_counts(_view(ids, facts), facts), expects=facts.expects, late=facts.late, created_at=rfc3339(facts.created_at)
    )


def public_view(ids: IdForms, facts: CheckInFacts) -> CheckInView:
    """What every viewer may see of a check-in that was opened."""
    view = _view(ids, facts)
    return _with_counts(view, facts) if facts.show_counts else view


def _view(ids: IdForms, facts: CheckInFacts) -> CheckInView:
    return CheckInView(
        id=ids.text(Kind.CHECKIN, facts.checkin_id),
        title=facts.title,
        state=facts.state,
        time_limit_s=facts.time_limit_s,
        show_counts=facts.show_counts,
        opened_at=_time(facts.opened_at),
        closes_at=_time(facts.closes_at),
        closed_at=_time(facts.closed_at),
        closed_by=facts.closed_by,
    )


def _with_counts(view: CheckInView, facts: CheckInFacts) -> CheckInView:
    return msgspec.structs.replace(
        view, expected=facts.expected, confirmed=facts.confirmed, rate=facts.rate, unexpected=facts.unexpected, version=facts.version
    )


def tally_message(ids: IdForms, checkin_id: CheckInId, version: int, expected: int, confirmed: int, unexpected: int) -> CheckInTallyMessage:
    """Where the counts stand."""
    return CheckInTallyMessage(
        checkin=ids.text(Kind.CHECKIN, checkin_id),
        version=version,
        expected=expected,
        confirmed=confirmed,
        rate=percent(confirmed, expected),
        unexpected=unexpected,
    )


def own_checkin(ids: IdForms, own: OwnConfirmation) -> OwnCheckIn:
    """For the viewer who has confirmed."""
    return OwnCheckIn(ids.text(Kind.CHECKIN, own.checkin_id), rfc3339(own.confirmed_at))


def people_reply(ids: IdForms, found: Sequence[Person], limit: int) -> CheckInPeopleReply:
    """One page; a full one says where the next begins."""
    following = ids.text(Kind.VIEWER, found[-1].cursor) if len(found) == limit else None
    return CheckInPeopleReply(people=[person_view(ids, person) for person in found], next=following)


def person_view(ids: IdForms, person: Person) -> CheckInPersonView:
    """Somebody as the host sees him."""
    return CheckInPersonView(
        viewer=None if person.viewer_id is None else ViewerView(id=ids.text(Kind.VIEWER, person.viewer_id), name=person.name),
        external_id=person.external_id,
        name=person.name,
        expected=person.expected,
        confirmed_at=_time(person.confirmed_at),
    )


def _time(at: int | None) -> str | None:
    return None if at is None else rfc3339(at)
