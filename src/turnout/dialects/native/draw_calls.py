"""The client's calls about draws."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from turnout.dialects.native import replies
from turnout.dialects.native.calling import Calling


class _Draws(msgspec.Struct):
    draws: list[replies.Draw]


class _Entrants(msgspec.Struct):
    entrants: list[replies.DrawEntrant]


class _Winners(msgspec.Struct):
    winners: list[replies.DrawWinner]


class DrawCalls(Calling):
    """Draws, who takes part in them, and who has won."""

    def create_draw(self, live_session: str, title: str, prizes: Sequence[Mapping[str, Any]], **settings: Any) -> replies.Draw:
        """A draft, unless settings say `open=True`. prizes: such as `{"name": "A headset", "count": 2, "asks": ["phone"]}`. settings: who,
        word, survey, checkin, entrants, weighted, preferred, repeat_winners, earlier_winners, entropy, countdown_s, with_list, open."""
        body = {"title": title, "prizes": list(prizes), **settings}
        return self._create(f"/live-sessions/{live_session}/draws", body, replies.Draw)

    def edit_draw(self, live_session: str, draw: str, title: str, prizes: Sequence[Mapping[str, Any]], **settings: Any) -> replies.Draw:
        """The whole draft anew; what is not said here is as if it had never been said. The list stays where settings have no entrants."""
        return self._put(_path(live_session, draw), {"title": title, "prizes": list(prizes), **settings}, replies.Draw)

    def list_draws(self, live_session: str) -> list[replies.Draw]:
        """The draws of a live session, drafts and cancelled ones included, newest first."""
        return [draw for page in self._pages(f"/live-sessions/{live_session}/draws", _Draws) for draw in page.draws]

    def get_draw(self, live_session: str, draw: str) -> replies.Draw:
        """A draw, complete but for its people."""
        return self._get(_path(live_session, draw), replies.Draw)

    def add_draw_entrants(self, live_session: str, draw: str, entrants: Sequence[Mapping[str, Any]]) -> replies.EntrantsAdded:
        """More people for the list of a draft, such as `{"external_id": "staff-1024", "name": "Wang"}` or `{"viewer": "vw_…"}`, at most
        10,000 at a time. The same call can be sent again."""
        return self._post(_path(live_session, draw, "entrants"), replies.EntrantsAdded, {"entrants": list(entrants)})

    def list_draw_entrants(self, live_session: str, draw: str) -> Iterator[replies.DrawEntrant]:
        """Everybody who takes part, read page by page."""
        for page in self._pages(_path(live_session, draw, "entrants"), _Entrants):
            yield from page.entrants

    def commit_draw(self, live_session: str, draw: str) -> replies.Draw:
        """Publishes how it will be decided; nobody can enter yet."""
        return self._post(_path(live_session, draw, "commit"), replies.Draw)

    def open_draw(self, live_session: str, draw: str) -> replies.Draw:
        """It takes entries from now on; a draft is committed first."""
        return self._post(_path(live_session, draw, "open"), replies.Draw)

    def close_draw(self, live_session: str, draw: str, countdown_s: int = 0) -> replies.Draw:
        """Entries end, after countdown_s seconds; the winners follow by themselves."""
        return self._post(_path(live_session, draw, "close"), replies.Draw, {"countdown_s": countdown_s})

    def cancel_draw(self, live_session: str, draw: str, because: str = "") -> replies.Draw:
        """Until it is drawn. because: shown to everybody."""
        return self._post(_path(live_session, draw, "cancel"), replies.Draw, {"because": because})

    def list_draw_winners(self, live_session: str, draw: str) -> Iterator[replies.DrawWinner]:
        """The winners in the order of drawing, with what they have filled in, read page by page."""
        for page in self._pages(_path(live_session, draw, "winners"), _Winners):
            yield from page.winners

    def export_draw_winners(self, live_session: str, draw: str, language: str = "en") -> bytes:
        """The winners with what they have filled in, as a CSV file. language: of its head, en or zh."""
        return self._call("GET", f"{_path(live_session, draw, 'winners.csv')}?language={language}", None, {})

    def get_draw_commitment(self, draw: str) -> replies.DrawCommitment:
        """What a draw has published so far; anybody may read it, and best before it is decided."""
        return self._get(f"/proofs/{draw}/commitment", replies.DrawCommitment)

    def get_draw_membership(self, draw: str, code: str) -> bytes:
        """The file that shows that an entrant was in the list, for verify_draw_membership; anybody may read it. code: in the proof."""
        return self._call("GET", f"/proofs/{draw}/members/{code}", None, {})

    def get_draw_proof(self, draw: str) -> bytes:
        """The proof file of a draw that is drawn, for verify_draw_proof; anybody may read it."""
        return self._call("GET", f"/proofs/{draw}", None, {})


def _path(live_session: str, draw: str, *more: str) -> str:
    return "/".join((f"/live-sessions/{live_session}/draws/{draw}", *more))
