"""What customers change about their endpoints. Batches of one. by, in the commands: None for the command line."""

from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET

from turnout.accounts import audit, idempotency
from turnout.accounts.audit_rules import AuditKind, Fact, Thing
from turnout.accounts.caller import Caller
from turnout.callbacks import lease_store, notice_store, queries, store
from turnout.callbacks.endpoint_rules import EndpointChanges, change, facts_of, pause, resume, rotate
from turnout.callbacks.rules import Endpoint, EndpointHealth, TooManyEndpoints
from turnout.dialects.contract import TESTED, OptionValue
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import AccountId, EndpointId, Kind
from turnout.storage.action import Action
from turnout.storage.transaction import Tx

SECRET_PURPOSE = "callback endpoint secret"  # noqa: S105 - the name of a purpose
"""What the secrets of endpoints are sealed for."""

HEADERS_PURPOSE = "callback endpoint headers"
"""What their own headers are sealed for, as a JSON object."""

CERTIFICATE_PURPOSE = "callback endpoint certificate"
"""What their client certificates are sealed for: PEM of the certificate, its chain and its key."""


class CreateEndpoint(msgspec.Struct, frozen=True):
    """A checked endpoint (endpoint_rules). url: "" for a feed. secret: sealed for SECRET_PURPOSE. settings: the rest."""

    account_id: AccountId
    url: str
    dialect: str
    secret: bytes | None
    options: dict[str, OptionValue]
    settings: EndpointChanges = EndpointChanges()
    once: idempotency.Once | None = None
    by: Caller | None = None


class ChangeEndpoint(msgspec.Struct, frozen=True):
    """New settings of an endpoint, checked against its dialect. What is planned from now on goes by its new kinds and room; what is sent
    from now on goes by all else."""

    account_id: AccountId
    endpoint_id: EndpointId
    changes: EndpointChanges
    by: Caller | None = None


class RotateSecret(msgspec.Struct, frozen=True):
    """secret: sealed. overlap_s: seconds for which the one before signs too."""

    account_id: AccountId
    endpoint_id: EndpointId
    secret: bytes
    overlap_s: int
    by: Caller | None = None


class HoldEndpoint(msgspec.Struct, frozen=True):
    """held: what is due waits from now on; else it is sent again, also after this server disabled the endpoint."""

    account_id: AccountId
    endpoint_id: EndpointId
    held: bool
    by: Caller | None = None


class TestEndpoint(msgspec.Struct, frozen=True):
    """Somebody tries an endpoint: an event that only this endpoint gets."""

    __test__ = False  # pytest takes the name for a test's

    account_id: AccountId
    endpoint_id: EndpointId


class RemoveEndpoint(msgspec.Struct, frozen=True):
    """Nothing more is sent to it; what was due is cancelled, what is under way ends as it ends."""

    account_id: AccountId
    endpoint_id: EndpointId
    by: Caller | None = None


def create_endpoint(tx: Tx, commands: Sequence[CreateEndpoint]) -> Sequence[Endpoint | TurnoutError]:
    """A new endpoint: it gets what is planned from now on."""
    created: list[Endpoint | TurnoutError] = []
    for command in commands:

        def make(command: CreateEndpoint = command) -> Endpoint:
            return _create_endpoint(tx, command)

        created.append(idempotency.once(tx, command.account_id, command.once, Endpoint, make))
    return created


def _create_endpoint(tx: Tx, command: CreateEndpoint) -> Endpoint:
    if store.count_endpoints(tx.connection, command.account_id) >= limits.MAX_ENDPOINTS_PER_ACCOUNT:
        raise TooManyEndpoints(f"an account has at most {limits.MAX_ENDPOINTS_PER_ACCOUNT} callback endpoints")
    endpoint = Endpoint(
        id=EndpointId(tx.new_id()),
        account_id=command.account_id,
        url=command.url,
        dialect=command.dialect,
        secret=command.secret,
        options=command.options,
        created_at=tx.now,
    )
    endpoint = change(endpoint, command.settings)
    store.insert_endpoint(tx, endpoint)
    _note(tx, command, "endpoint.created", endpoint, dialect=endpoint.dialect)
    return endpoint


def change_endpoint(tx: Tx, commands: Sequence[ChangeEndpoint]) -> Sequence[Endpoint | TurnoutError]:
    """Endpoints with new settings. What failed under an old URL is not held against a new one."""
    changed: list[Endpoint | TurnoutError] = []
    for command in commands:
        given = [name for name in command.changes.__struct_fields__ if getattr(command.changes, name) is not UNSET]
        changed.append(_changed(tx, command, partial(change, changes=command.changes), "endpoint.changed", settings=", ".join(given)))
        if command.changes.url is not UNSET:
            store.reset_health(tx, command.endpoint_id)
        tx.nudge("deliveries", command.endpoint_id)
    return changed


def rotate_secret(tx: Tx, commands: Sequence[RotateSecret]) -> Sequence[Endpoint | TurnoutError]:
    """Endpoints with new secrets; the last one before signs too for as long as is said."""
    rotated: list[Endpoint | TurnoutError] = []
    for command in commands:
        of = partial(rotate, secret=command.secret, until=tx.now + command.overlap_s * SECOND, now=tx.now)
        rotated.append(_changed(tx, command, of, "endpoint.secret_rotated", overlap_s=command.overlap_s))
    return rotated


def hold_endpoint(tx: Tx, commands: Sequence[HoldEndpoint]) -> Sequence[Endpoint | TurnoutError]:
    """Endpoints paused, or at work again: their failures are forgotten, what waited is due, and a notice about them is done with."""
    return [_hold(tx, command) for command in commands]


def _hold(tx: Tx, command: HoldEndpoint) -> Endpoint:
    if command.held:
        return _changed(tx, command, partial(pause, now=tx.now), "endpoint.paused")
    resumed = _changed(tx, command, resume, "endpoint.resumed")
    store.reset_health(tx, command.endpoint_id)
    notice_store.dismiss_notices_of(tx, command.account_id, command.endpoint_id)
    tx.nudge("deliveries", command.endpoint_id)
    return resumed


def test_endpoint(tx: Tx, commands: Sequence[TestEndpoint]) -> Sequence[int | TurnoutError]:
    """Records the event of a test; its number in the account's own stream. Of a held endpoint the delivery waits."""
    return [_test(tx, command) for command in commands]


def _test(tx: Tx, command: TestEndpoint) -> int:
    endpoint = queries.access_endpoint(tx.connection, command.account_id, command.endpoint_id)
    return tx.record(
        stream_id=endpoint.account_id, account_id=endpoint.account_id, kind=TESTED, facts=facts_of(endpoint, EndpointHealth()), at=tx.now
    )


def _note(
    tx: Tx,
    command: CreateEndpoint | ChangeEndpoint | RotateSecret | HoldEndpoint | RemoveEndpoint,
    kind: AuditKind,
    endpoint: Endpoint,
    **facts: Fact,
) -> None:
    """Under the endpoint's name, or the host it calls: paths and queries of addresses may hold secrets."""
    name = endpoint.name or urlsplit(endpoint.url).hostname or ""
    audit.note(tx, command.by or command.account_id, kind, Thing(Kind.ENDPOINT, endpoint.id, name), **facts)


def _changed(
    tx: Tx, command: ChangeEndpoint | RotateSecret | HoldEndpoint, of: Callable[[Endpoint], Endpoint], kind: AuditKind, **facts: Fact
) -> Endpoint:
    before = queries.access_endpoint(tx.connection, command.account_id, command.endpoint_id, lock=True)
    changed = of(before)
    store.update_endpoint(tx, changed)
    if changed != before:
        _note(tx, command, kind, changed, **facts)
    return changed


def remove_endpoint(tx: Tx, commands: Sequence[RemoveEndpoint]) -> Sequence[TurnoutError | None]:
    """Removes endpoints. One that is removed already is not found. Of a long backlog the rest is cancelled part by part, by the senders:
    nothing of it is sent meanwhile."""
    for command in commands:
        endpoint = queries.access_endpoint(tx.connection, command.account_id, command.endpoint_id, lock=True)
        store.remove_endpoint(tx, command.endpoint_id)
        _note(tx, command, "endpoint.removed", endpoint)
        if lease_store.cancel_due(tx, command.endpoint_id, lease_store.CANCELLED_AT_ONCE) == lease_store.CANCELLED_AT_ONCE:
            tx.nudge("removals", command.endpoint_id)  # any sender cancels the rest
    return [None] * len(commands)


CREATE_ENDPOINT = Action("create_endpoint", create_endpoint, barrier=True)
CHANGE_ENDPOINT = Action("change_endpoint", change_endpoint, barrier=True)
ROTATE_SECRET = Action("rotate_secret", rotate_secret, barrier=True)
HOLD_ENDPOINT = Action("hold_endpoint", hold_endpoint, barrier=True)
TEST_ENDPOINT = Action("test_endpoint", test_endpoint, barrier=True)
REMOVE_ENDPOINT = Action("remove_endpoint", remove_endpoint, barrier=True)
