"""The client's calls about viewers, and about who may enter a room."""

from collections.abc import Iterator
from typing import Any

import msgspec

from turnout.dialects.native import replies
from turnout.dialects.native.calling import Calling


class _Blocks(msgspec.Struct):
    blocks: list[replies.Block]


class PeopleCalls(Calling):
    """The people of a room."""

    def change_room(self, room: str, **settings: Any) -> replies.Room:
        """Changes title, entry (open, passcode, token), passcode, viewer_limit, stream_url, stream_origins, embed_origins, next_start_at
        or next_title; what is not said stays."""
        return self._patch(f"/rooms/{room}", settings, replies.Room)

    def make_screen_link(self, room: str) -> replies.ScreenLink:
        """An address that shows the room's big screen without a login; the one before stops at once. It is shown this once."""
        return self._put(f"/rooms/{room}/screen-link", None, replies.ScreenLink)

    def end_screen_link(self, room: str) -> None:
        """The room's screen link works no more."""
        self._delete(f"/rooms/{room}/screen-link")

    def list_viewers(self, live_session: str, search: str = "") -> replies.Presences:
        """Who is and was there, the present first. search: only people with this text in their name or external id."""
        pages = list(self._pages(f"/live-sessions/{live_session}/viewers", replies.Presences, search=search))
        return msgspec.structs.replace(pages[-1], viewers=[viewer for page in pages for viewer in page.viewers])

    def kick_viewer(self, live_session: str, viewer: str) -> replies.Removed:
        """Ends the viewer's connections, and lets the viewer in no more until this live session ends."""
        return self._post(f"/live-sessions/{live_session}/viewers/{viewer}/kick", replies.Removed)

    def block_viewer(self, room: str, viewer: str) -> replies.Removed:
        """Ends the viewer's connections, and lets the viewer into the room no more until unblocked."""
        return self._post(f"/rooms/{room}/viewers/{viewer}/block", replies.Removed)

    def unblock_viewer(self, room: str, viewer: str) -> replies.Removed:
        """Lets a blocked viewer in again."""
        return msgspec.json.decode(self._delete(f"/rooms/{room}/viewers/{viewer}/block"), type=replies.Removed)

    def list_blocks(self, room: str) -> Iterator[replies.Block]:
        """Who is blocked from a room, read page by page."""
        for page in self._pages(f"/rooms/{room}/blocks", _Blocks):
            yield from page.blocks

    def make_entry_key(self, *, end_earlier: bool = False) -> replies.EntryKey:
        """A new key for signing passes; shown this once. end_earlier: earlier keys stop working at once instead of in 24 hours."""
        return self._create("/account/entry-key", {"end_earlier": end_earlier}, replies.EntryKey)
