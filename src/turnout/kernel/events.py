"""Events: past-tense facts, immutable, in the order of their stream."""

import msgspec

from turnout.kernel.clock import Instant
from turnout.kernel.ids import AccountId


class Event(msgspec.Struct, frozen=True):
    """One fact as the event log keeps it.

    stream_id: the live session's id, or the account's for what belongs to no live session. number: 1, 2, 3 … within the stream, in
    commit order, without gaps. kind: `noun.past_tense`. facts: JSON of the domain's fact struct, frozen when it happened.
    """

    stream_id: int
    number: int
    account_id: AccountId
    kind: str
    at: Instant
    facts: bytes
