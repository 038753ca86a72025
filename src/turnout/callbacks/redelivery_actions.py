"""What makes deliveries due again: one, those of a time, or those an endpoint should have had and has not.

The last two are kept as a redelivery and done page by page, each page a transaction that also says how far it got: a kill between two pages
loses nothing and repeats nothing.
"""

from collections.abc import Mapping, Sequence

import msgspec

from turnout.accounts import audit
from turnout.accounts.audit_rules import Thing
from turnout.accounts.caller import Caller
from turnout.callbacks import delivery_store, health_store, lease_store, plan_actions, queries, store
from turnout.callbacks.delivery_rules import Redelivery
from turnout.callbacks.delivery_store import Looked
from turnout.callbacks.lease_store import LeaseClock
from turnout.callbacks.rules import Delivery, DeliveryState, Endpoint, IsFeed, NoSuchDelivery, TooManyRedeliveries, decide_redelivery
from turnout.dialects.contract import CallbackDialect
from turnout.kernel import limits
from turnout.kernel.clock import Instant, rfc3339
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import AccountId, DeliveryId, EndpointId, Kind
from turnout.storage.action import Action
from turnout.storage.event_log import hold_streams, load_events
from turnout.storage.transaction import Tx

REDELIVERED_AT_ONCE = 200
"""Deliveries made due, or events planned, in one transaction."""

LOOK_FURTHER = 10
"""So many times as many are looked at in one transaction, when few of them are wanted."""


_Place = tuple[int, int, int]


class Redeliver(msgspec.Struct, frozen=True):
    """A delivery that has succeeded or failed becomes due again, with the same id, the same bytes (a signature within them is made anew)
    and the whole patience."""

    account_id: AccountId
    delivery_id: DeliveryId
    by: Caller | None = None


class BeginRedelivery(msgspec.Struct, frozen=True):
    """Everything of an endpoint from from_at on and before to_at. missing: the deliveries it should have and has not; else those made then
    that have one of these states. kinds: of events, all where none is named. by: None for the command line."""

    account_id: AccountId
    endpoint_id: EndpointId
    missing: bool
    from_at: Instant
    to_at: Instant
    states: tuple[DeliveryState, ...] = ()
    kinds: tuple[str, ...] = ()
    by: Caller | None = None


def redeliver(tx: Tx, commands: Sequence[Redeliver]) -> Sequence[Delivery | TurnoutError]:
    """Makes deliveries due again; refused for any other state, for a feed's, and when the endpoint has been removed."""
    return [_redeliver(tx, command) for command in commands]


def _redeliver(tx: Tx, command: Redeliver) -> Delivery:
    seen = queries.access_delivery(tx.connection, command.account_id, command.delivery_id)
    # the endpoint's lock first, as in its removal: of the two one sees what the other did
    endpoint = store.load_endpoint(tx.connection, seen.endpoint_id, lock=True)
    if endpoint is not None and endpoint.is_feed:
        raise IsFeed("a feed is read again by asking for what comes after an earlier number")
    health_store.let_one_through(tx, [seen.endpoint_id])
    found = lease_store.lock_leases(tx, [command.delivery_id]).get(command.delivery_id)
    if found is None:
        raise NoSuchDelivery  # kept no longer
    decide_redelivery(found[1], endpoint.removed_at if endpoint else tx.now)
    delivery_store.redeliver(tx, [command.delivery_id], lease_store.database_now(tx.connection, tx.now))
    tx.nudge("deliveries", seen.endpoint_id)
    audit.note(tx, command.by or command.account_id, "delivery.redelivered", Thing(Kind.DELIVERY, seen.id), event=seen.event_kind)
    return queries.access_delivery(tx.connection, command.account_id, command.delivery_id)


def begin_redelivery(tx: Tx, commands: Sequence[BeginRedelivery]) -> Sequence[Redelivery | TurnoutError]:
    """Keeps what is wanted, for the Redeliverer; refused where there is no such endpoint, and for what a feed has been given."""
    return [_begin(tx, command) for command in commands]


def _begin(tx: Tx, command: BeginRedelivery) -> Redelivery:
    endpoint = queries.access_endpoint(tx.connection, command.account_id, command.endpoint_id, lock=True)
    if endpoint.is_feed and not command.missing:
        raise IsFeed("a feed is read again by asking for what comes after an earlier number")
    if delivery_store.count_redeliveries(tx.connection, endpoint.id) >= limits.MAX_REDELIVERIES_PER_ENDPOINT:
        raise TooManyRedeliveries(f"at most {limits.MAX_REDELIVERIES_PER_ENDPOINT} may be under way for one endpoint")
    redelivery = redelivery_of(command, tx.new_id())
    delivery_store.insert_redelivery(tx, redelivery)
    tx.nudge("redeliveries", 0)
    by, thing = command.by or command.account_id, Thing(Kind.ENDPOINT, endpoint.id, endpoint.name)
    audit.note(tx, by, "endpoint.redelivered", thing, missing=command.missing, since=rfc3339(command.from_at), until=rfc3339(command.to_at))
    return redelivery


def redelivery_of(command: BeginRedelivery, redelivery_id: int = 0) -> Redelivery:
    """What is wanted, with nothing of it done yet."""
    return Redelivery(
        id=redelivery_id,
        account_id=command.account_id,
        endpoint_id=command.endpoint_id,
        missing=command.missing,
        from_at=command.from_at,
        to_at=command.to_at,
        states=command.states,
        kinds=command.kinds,
        done=(-1, 0, 0),
    )


class RedeliverPage:
    """Does the next page of the oldest redelivery nobody is at. Each command's outcome: whether there was one, so that it is worth coming
    again."""

    def __init__(self, dialects: Mapping[str, CallbackDialect], lease_clock: LeaseClock, at_once: int) -> None:
        self._dialects = dialects
        self._lease_clock = lease_clock
        self._at_once = at_once

    def __call__(self, tx: Tx, commands: Sequence[None]) -> Sequence[bool | TurnoutError]:
        return [self._next(tx) for _ in commands]

    def _next(self, tx: Tx) -> bool:
        redelivery = delivery_store.take_redelivery(tx)
        if redelivery is None:
            return False
        endpoint = store.load_endpoint(tx.connection, redelivery.endpoint_id, lock=True)
        done = None
        if endpoint is not None and endpoint.removed_at is None:
            done = self._plan_missing(tx, redelivery, endpoint) if redelivery.missing else self._make_due(tx, redelivery)
        if done is None:
            delivery_store.delete_redelivery(tx, redelivery.id)
        else:
            delivery_store.save_redelivery(tx, redelivery.id, done)
        return True

    def _make_due(self, tx: Tx, redelivery: Redelivery) -> _Place | None:
        """How far this page got; None where it was the last."""
        places, done = self._page(delivery_store.look_for_redeliverable(tx.connection, redelivery, self._at_once * LOOK_FURTHER))
        locked = lease_store.lock_leases(tx, [DeliveryId(delivery_id) for _, delivery_id, _ in places])
        again = [delivery_id for delivery_id, (_, state) in locked.items() if state in redelivery.states]
        if again:
            delivery_store.redeliver(tx, again, self._lease_clock(tx.connection, tx.now))
            tx.nudge("deliveries", redelivery.endpoint_id)
        return done

    def _plan_missing(self, tx: Tx, redelivery: Redelivery, endpoint: Endpoint) -> _Place | None:
        """The same."""
        places, done = self._page(delivery_store.look_for_missing(tx.connection, redelivery, self._at_once * LOOK_FURTHER))
        hold_streams(tx.connection, (stream_id for _, stream_id, _ in places))  # against their being deleted from here on
        kept = load_events(tx.connection, (place[1:] for place in places))
        planned = [
            (event, endpoint, part)
            for event in (kept.get(place[1:]) for place in places)
            if event is not None
            for part in plan_actions.parts_for(event, endpoint, self._dialects)
        ]
        if planned:
            plan_actions.insert_planned(tx, planned, self._dialects, self._lease_clock(tx.connection, tx.now))
        return done

    def _page(self, looked: Sequence[Looked]) -> tuple[list[_Place], _Place | None]:
        """Where there is something wanted, at most as many as may be done at once; and how far that is, None for to the end."""
        wanted = [one.place for one in looked if one.wanted]
        if len(wanted) > self._at_once:
            return wanted[: self._at_once], wanted[self._at_once - 1]
        return wanted, looked[-1].place if len(looked) == self._at_once * LOOK_FURTHER else None


REDELIVER = Action("redeliver", redeliver, barrier=True)
BEGIN_REDELIVERY = Action("begin_redelivery", begin_redelivery, barrier=True)
