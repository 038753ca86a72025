"""What ends logins. Batches of one."""

from collections.abc import Sequence

import msgspec

from turnout.accounts import audit, store
from turnout.accounts.caller import Caller
from turnout.accounts.rules import LOGIN_ID_LENGTH
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import HostId
from turnout.storage.action import Action
from turnout.storage.transaction import Tx


class LogOut(msgspec.Struct, frozen=True):
    """Ends the login of this token; nothing happens when it has ended. caller: whose it is."""

    token_hash: str
    caller: Caller


class EndLogins(msgspec.Struct, frozen=True):
    """Ends the host's login of this id (OwnLogin.id); None: all but the one with keep_token_hash. caller: the host."""

    caller: Caller
    host_id: HostId
    login_id: str | None
    keep_token_hash: str


def log_out(tx: Tx, commands: Sequence[LogOut]) -> Sequence[None]:
    """Ends logins."""
    for command in commands:
        if store.delete_login(tx.connection, command.token_hash):
            audit.note(tx, command.caller, "login.ended")
        tx.nudge("logins", 0)  # sockets opened with it end too
    return [None] * len(commands)


def end_logins(tx: Tx, commands: Sequence[EndLogins]) -> Sequence[None]:
    """Ends logins of one host; raises NotFound for an id that is none of them."""
    for command in commands:
        ended = _end_logins(tx, command)
        if ended:
            audit.note(tx, command.caller, "login.ended", others=ended)
        tx.nudge("logins", 0)
    return [None] * len(commands)


def _end_logins(tx: Tx, command: EndLogins) -> int:
    if command.login_id is None:
        return store.delete_logins_of_host(tx.connection, command.host_id, except_token_hash=command.keep_token_hash)
    if len(command.login_id) != LOGIN_ID_LENGTH or not store.delete_login_of_host(tx.connection, command.host_id, command.login_id):
        raise NotFound
    return 1


LOG_OUT = Action("log_out", log_out)
END_LOGINS = Action("end_logins", end_logins)
