"""What every handler needs of the running server, made by compose.py and handed in under the name `runtime`."""

from dataclasses import dataclass

from turnout.kernel.clock import Clock
from turnout.kernel.ids import IdForms
from turnout.storage.database import Database
from turnout.storage.group_commit import GroupCommit
from turnout.storage.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Runtime:
    """base_url: the server's public address without a slash at its end; empty means that of the request."""

    database: Database
    commit: GroupCommit
    keyring: Keyring
    ids: IdForms
    clock: Clock
    base_url: str
