"""The client's calls about check-ins."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from turnout.dialects.native import replies
from turnout.dialects.native.calling import Calling


class _CheckIns(msgspec.Struct):
    checkins: list[replies.CheckIn]


class _People(msgspec.Struct):
    people: list[replies.CheckInPerson]


class CheckInCalls(Calling):
    """Check-ins, and who is expected at them."""

    def create_checkin(
        self,
        live_session: str,
        title: str,
        *,
        time_limit_s: int | None = None,
        people: Sequence[Mapping[str, Any]] | None = None,
        **settings: Any,
    ) -> replies.CheckIn:
        """A check-in that viewers can confirm from now on. time_limit_s: seconds until it closes by itself. people: who is expected, such
        as `{"external_id": "staff-1024", "name": "Wang"}` or `{"viewer": "vw_…"}`; those present when absent. settings: late, show_counts,
        draft."""
        body = _checkin(title, time_limit_s, people, settings)
        return self._create(f"/live-sessions/{live_session}/checkins", body, replies.CheckIn)

    def edit_checkin(
        self,
        live_session: str,
        checkin: str,
        title: str,
        *,
        time_limit_s: int | None = None,
        people: Sequence[Mapping[str, Any]] | None = None,
        **settings: Any,
    ) -> replies.CheckIn:
        """The whole draft anew; what is not said here is as if it had never been said. settings: late, show_counts; `expects="list"`
        without people leaves the list as it is."""
        return self._put(_path(live_session, checkin), _checkin(title, time_limit_s, people, settings), replies.CheckIn)

    def list_checkins(self, live_session: str) -> list[replies.CheckIn]:
        """The check-ins of a live session, drafts included, newest first."""
        return [checkin for page in self._pages(f"/live-sessions/{live_session}/checkins", _CheckIns) for checkin in page.checkins]

    def get_checkin(self, live_session: str, checkin: str) -> replies.CheckIn:
        """A check-in with its counts."""
        return self._get(_path(live_session, checkin), replies.CheckIn)

    def open_checkin(self, live_session: str, checkin: str) -> replies.CheckIn:
        """Viewers can confirm a prepared one from now on."""
        return self._post(_path(live_session, checkin, "open"), replies.CheckIn)

    def close_checkin(self, live_session: str, checkin: str) -> replies.CheckIn:
        """No more confirmations; the counts are final."""
        return self._post(_path(live_session, checkin, "close"), replies.CheckIn)

    def withdraw_checkin(self, live_session: str, checkin: str) -> replies.CheckIn:
        """Takes a draft or an open one back: it disappears from viewers, and counts nowhere."""
        return self._post(_path(live_session, checkin, "withdraw"), replies.CheckIn)

    def list_checkin_people(self, live_session: str, checkin: str) -> Iterator[replies.CheckInPerson]:
        """Everybody who is expected or has confirmed, read page by page."""
        for page in self._pages(_path(live_session, checkin, "people"), _People):
            yield from page.people


def _checkin(
    title: str, time_limit_s: int | None, people: Sequence[Mapping[str, Any]] | None, settings: Mapping[str, Any]
) -> dict[str, Any]:
    listed = {} if people is None else {"expects": "list", "people": list(people)}
    return {"title": title, "time_limit_s": time_limit_s, **listed, **settings}


def _path(live_session: str, checkin: str, *more: str) -> str:
    return "/".join((f"/live-sessions/{live_session}/checkins/{checkin}", *more))
