"""Client of the native API, standing on the standard library and msgspec alone: one kept connection, typed replies.

```python
client = NativeClient("http://127.0.0.1:8080", "tk_…")  # close it, or use it in a with statement
room = client.create_room("Product training")
live_session = client.start_live_session(room.id)
card = client.create_answer_card(live_session.id, "Warm-up", ["Yes", "No"])
client.open_survey(live_session.id, card.id)
```
"""

from typing import Any

import msgspec

from turnout.dialects.native import replies
from turnout.dialects.native.account_calls import AccountCalls
from turnout.dialects.native.calling import NativeRefused as NativeRefused
from turnout.dialects.native.checkin_calls import CheckInCalls
from turnout.dialects.native.delivery_calls import DeliveryCalls
from turnout.dialects.native.draw_calls import DrawCalls
from turnout.dialects.native.endpoint_calls import EndpointCalls
from turnout.dialects.native.kind_calls import KindCalls
from turnout.dialects.native.live_calls import LiveCalls
from turnout.dialects.native.people_calls import PeopleCalls
from turnout.dialects.native.survey_calls import SurveyCalls
from turnout.dialects.native.template_calls import TemplateCalls


class _Rooms(msgspec.Struct):
    rooms: list[replies.Room]


class _LiveSessions(msgspec.Struct):
    live_sessions: list[replies.LiveSession]


class NativeClient(
    SurveyCalls, CheckInCalls, DrawCalls, TemplateCalls, PeopleCalls, LiveCalls, EndpointCalls, DeliveryCalls, KindCalls, AccountCalls
):
    """Calls as one account. Blocking; threads may share it and wait for each other.

    base_url: scheme and host of the server; api_key: tk_…; timeout_s: seconds without a byte before a call fails. Besides NativeRefused a
    call raises OSError and http.client.HTTPException (the server cannot be reached) and msgspec.DecodeError (it is no Turnout).
    What creates carries an Idempotency-Key, so a repeat after a broken connection creates nothing twice. A call that comes too often waits.
    """

    def get_account(self) -> replies.Account:
        """The account of the key."""
        return self._get("/account", replies.Account)

    def get_names(self, any_id: str) -> replies.Names:
        """What each vendor calls the thing with this id of ours."""
        return self._get(f"/ids/{any_id}", replies.Names)

    def get_theme(self) -> replies.Theme:
        """How the account's viewers see it."""
        return self._get("/account/theme", replies.Theme)

    def set_theme(self, *, name: str = "", accent: str | None = None, logo: str | None = None) -> replies.Theme:
        """Replaces the whole theme. accent: a colour such as #0a6e54. logo: id of an uploaded picture."""
        return self._put("/account/theme", {"name": name, "accent": accent, "logo": logo}, replies.Theme)

    def create_room(self, title: str, **shown: Any) -> replies.Room:
        """A new room. shown: stream_url, stream_origins, embed_origins, next_start_at, next_title."""
        return self._create("/rooms", {"title": title, **shown}, replies.Room)

    def list_rooms(self) -> list[replies.Room]:
        """The account's rooms, newest first."""
        return [room for page in self._pages("/rooms", _Rooms) for room in page.rooms]

    def get_room(self, room: str) -> replies.Room:
        """A room with its running live session."""
        return self._get(f"/rooms/{room}", replies.Room)

    def start_live_session(self, room: str, title: str = "") -> replies.LiveSession:
        """The room's next live session; title: the room's when empty."""
        return self._create(f"/rooms/{room}/live-sessions", {"title": title}, replies.LiveSession)

    def list_live_sessions(self, room: str) -> list[replies.LiveSession]:
        """The room's live sessions, newest first."""
        return [found for page in self._pages(f"/rooms/{room}/live-sessions", _LiveSessions) for found in page.live_sessions]

    def end_live_session(self, live_session: str) -> replies.LiveSession:
        """Ends a running live session."""
        return self._post(f"/live-sessions/{live_session}/end", replies.LiveSession)
