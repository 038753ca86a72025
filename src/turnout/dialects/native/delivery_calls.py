"""The client's calls about deliveries, their redelivery, and feeds."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

import msgspec

from turnout.dialects.native import delivery_replies as replies
from turnout.dialects.native.calling import Calling


class _Deliveries(msgspec.Struct):
    deliveries: list[replies.Delivery]


class DeliveryCalls(Calling):
    """What was and is to be sent, and what is read instead."""

    def list_deliveries(
        self,
        live_session: str | None = None,
        *,
        endpoint: str | None = None,
        room: str | None = None,
        state: str | None = None,
        kind: str | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> Iterator[replies.Delivery]:
        """Deliveries, the newest first, read page by page; only those for which all of this holds. state: due, waiting, retrying, sending,
        succeeded, failed or cancelled. kind: of their event. from_, to: made since and before these instants, as 2026-01-05T08:00:00Z."""
        asked = {"live_session": live_session, "endpoint": endpoint, "room": room, "state": state, "kind": kind, "from": from_, "to": to}
        for page in self._pages(
            "/callbacks/deliveries", _Deliveries, **{name: value for name, value in asked.items() if value is not None}
        ):
            yield from page.deliveries

    def get_delivery(self, delivery: str) -> replies.DeliveryInspection:
        """A delivery with its body and its attempts."""
        return self._get(f"/deliveries/{delivery}", replies.DeliveryInspection)

    def count_deliveries(self, endpoint: str) -> replies.DeliveryCounts:
        """How many deliveries of an endpoint stand where."""
        return self._get(f"/callback-endpoints/{endpoint}/deliveries/counts", replies.DeliveryCounts)

    def redeliver(self, delivery: str) -> replies.Delivery:
        """Sends a delivery that has succeeded or failed again: the same id, the same bytes."""
        return self._post(f"/deliveries/{delivery}/redeliver", replies.Delivery)

    def redeliver_range(self, endpoint: str, from_: str, to: str, *, states: Sequence[str] = ("failed",), kinds: Sequence[str] = ()) -> int:
        """Sends again, in the background, what was made for an endpoint in this time and has one of these states; returns how many they
        are. kinds: only of these events."""
        body = {"from": from_, "to": to, "states": list(states), "kinds": list(kinds)}
        return self._post(f"/callback-endpoints/{endpoint}/redeliver", replies.RedeliveryCount, body).count

    def redeliver_missing(self, endpoint: str, from_: str, to: str) -> int:
        """Makes, in the background, the deliveries an endpoint should have for the events of this time and has none of; returns of how many
        events it has none."""
        body = {"from": from_, "to": to}
        return self._post(f"/callback-endpoints/{endpoint}/redeliver-missing", replies.RedeliveryCount, body).count

    def read_feed(self, endpoint: str, *, after: int | None = None, limit: int = 100, wait_s: int = 0) -> replies.FeedPage:
        """Messages of a feed after this number; None: after the last one acknowledged. wait_s: how long to wait for one where there is
        none, less than the client's timeout."""
        asked = {"endpoint": endpoint, "after": after, "limit": limit, "wait": wait_s}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return self._get(f"/callbacks/feed?{query}", replies.FeedPage)

    def acknowledge_feed(self, endpoint: str, through: int) -> replies.FeedPosition:
        """This message and all before it have been taken in; saying it again changes nothing."""
        return self._post("/callbacks/feed/acknowledge", replies.FeedPosition, {"endpoint": endpoint, "through": through})
