"""The client's calls about announcements, and about all live sessions of the account."""

from collections.abc import Iterator
from urllib.parse import urlencode

import msgspec

from turnout.dialects.native import live_replies
from turnout.dialects.native.calling import Calling


class _Announcements(msgspec.Struct):
    announcements: list[live_replies.Announcement]


class _Summaries(msgspec.Struct):
    live_sessions: list[live_replies.Summary]
    planned: list[live_replies.Planned]


_LARGEST_PAGE = 50  # of summaries, whose figures are counted for each


class LiveCalls(Calling):
    """What is told to everybody in a live session, who was there, and how the account's live sessions stand."""

    def make_announcement(self, live_session: str, text: str) -> live_replies.Announcement:
        """Everybody in the running live session sees this text, and who comes later too."""
        return self._create(f"/live-sessions/{live_session}/announcements", {"text": text}, live_replies.Announcement)

    def list_announcements(self, live_session: str) -> list[live_replies.Announcement]:
        """All of a live session, the withdrawn ones too, newest first."""
        pages = self._pages(f"/live-sessions/{live_session}/announcements", _Announcements)
        return [announcement for page in pages for announcement in page.announcements]

    def withdraw_announcement(self, live_session: str, announcement: str) -> live_replies.Announcement:
        """Viewers see it no more."""
        path = f"/live-sessions/{live_session}/announcements/{announcement}"
        return msgspec.json.decode(self._delete(path), type=live_replies.Announcement)

    def get_attendance(self, live_session: str, step_s: int | None = None) -> live_replies.Attendance:
        """How many were there, step by step. step_s: seconds of a step, chosen by the server when absent."""
        query = "" if step_s is None else "?" + urlencode({"step_s": step_s})
        return self._get(f"/live-sessions/{live_session}/attendance{query}", live_replies.Attendance)

    def list_summaries(self, state: str = "") -> Iterator[live_replies.Summary]:
        """The live sessions of all rooms with their figures, the one started last first, read page by page. state: running or ended."""
        for page in self._pages("/live-sessions", _Summaries, _LARGEST_PAGE, **({"state": state} if state else {})):
            yield from page.live_sessions

    def list_planned(self) -> list[live_replies.Planned]:
        """What is planned for the rooms' next live sessions, soonest first."""
        return self._get("/live-sessions?limit=1", _Summaries).planned
