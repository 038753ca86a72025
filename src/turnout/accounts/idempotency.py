"""Creating calls that may be sent twice.

A client that did not get its reply sends the same request again under the same `Idempotency-Key`; it gets the first outcome, also after
a restart, and nothing is made twice. The key, what was asked and the outcome are written in the transaction that creates, so that they
stand or fall together. A key belongs to one account and is kept for IDEMPOTENCY_KEY_DAYS at least.
"""

import hashlib
from collections.abc import Callable
from typing import TypeVar

import msgspec

from turnout.accounts import store
from turnout.accounts.rules import IdempotencyKeyReused
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import AccountId
from turnout.storage.transaction import Tx

T = TypeVar("T")

_KEPT: Instant = limits.IDEMPOTENCY_KEY_DAYS * 86_400 * SECOND
_FORGOTTEN_AT_ONCE = 20  # for each new one: enough that the table does not grow, and never a long transaction


class Once(msgspec.Struct, frozen=True):
    """A call that shall happen once. fingerprint: a hash of the method, path and body, so that a key used for something else is noticed."""

    key: str
    fingerprint: str


def once_of(key: str | None, method: str, path: str, body: bytes) -> Once | None:
    """The Once of a request, or None when it has no Idempotency-Key; raises InvalidInput for a key we cannot keep."""
    if key is None:
        return None
    if not 1 <= len(key) <= limits.MAX_IDEMPOTENCY_KEY_LENGTH or not all("!" <= letter <= "~" for letter in key):
        raise InvalidInput(
            f"an Idempotency-Key has 1 to {limits.MAX_IDEMPOTENCY_KEY_LENGTH} visible ASCII characters", field="Idempotency-Key"
        )
    digest = hashlib.sha256(f"{method} {path}\n".encode())
    digest.update(body)
    return Once(key, digest.hexdigest())


def once(tx: Tx, account_id: AccountId, asked: Once | None, outcome_type: type[T], make: Callable[[], T]) -> T:
    """What `make` returns, or the first outcome when this was asked before.

    Raises IdempotencyKeyReused when the key was used for another request, and whatever `make` raises; the transaction must then be rolled
    back (as group commit does), which frees the key: a refused call may be tried again under it.
    """
    if asked is None:
        return make()
    # The insert comes first: of two writers that take one key at once, the second waits here until the first has committed.
    if store.claim_idempotency_key(tx.connection, account_id=account_id, key=asked.key, fingerprint=asked.fingerprint, at=tx.now):
        outcome = make()
        store.update_first_reply(tx.connection, account_id=account_id, key=asked.key, reply=msgspec.json.encode(outcome).decode())
        store.delete_idempotency_keys(tx.connection, before=tx.now - _KEPT, most=_FORGOTTEN_AT_ONCE)
        return outcome
    fingerprint, reply = store.select_first_reply(tx.connection, account_id=account_id, key=asked.key)
    if fingerprint != asked.fingerprint:
        raise IdempotencyKeyReused
    return msgspec.json.decode(reply, type=outcome_type)
