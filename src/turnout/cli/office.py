"""The database as commands about accounts use it: opened for one command, beside a running server or without one."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from cyclopts import Parameter
from rich.table import Table

from turnout.accounts import queries
from turnout.accounts.rules import Host, check_login
from turnout.cli.options import Place
from turnout.cli.output import Output
from turnout.compose import open_database, open_keyring, require_database
from turnout.kernel.clock import SystemClock
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import AccountId, IdForms, Kind
from turnout.server.logs import configure_logs
from turnout.storage.action import Action
from turnout.storage.group_commit import GroupCommit, write
from turnout.storage.runtime import Runtime

C = TypeVar("C")
O = TypeVar("O")  # noqa: E741 - the outcome of an Action[C, O]
T = TypeVar("T")

AccountText = Annotated[str, Parameter(help="The account's id, ac_…")]


@dataclass(frozen=True, slots=True)
class Office:
    """The database, opened for one command. runtime: its group commit is not started, since `write` needs none."""

    runtime: Runtime

    @property
    def ids(self) -> IdForms:
        """The outside forms of ids."""
        return self.runtime.ids

    def read(self, query: Callable[[sa.Connection], T]) -> T:
        """What a query finds."""
        with self.runtime.database.reading() as connection:
            return query(connection)

    def write(self, action: Action[C, O], command: C) -> O:
        """The outcome of one command, committed."""
        return write(self.runtime.database, self.runtime.clock, action, command)

    def account_id(self, text: str) -> AccountId:
        """Raises NotFound."""
        account_id = AccountId(self.ids.parse_text(Kind.ACCOUNT, text))
        self.read(lambda connection: queries.find_account(connection, account_id))
        return account_id

    def host_of_login(self, login: str) -> Host:
        """Raises NotFound."""
        found = self.read(lambda connection: queries.find_host_for_login(connection, check_login(login)))
        if found is None:
            raise NotFound("there is no host with this login name", field="login")
        return found[0]


@contextmanager
def open_office(place: Place, *, makes_all: bool = False) -> Iterator[Office]:
    """makes_all: also what the first start of the server would make, so that the first account can be made before it."""
    config = place.load()
    configure_logs("warning", "console")
    if not makes_all:
        require_database(config)
    keyring, database = open_keyring(config), open_database(config)
    try:
        database.migrate()
        clock = SystemClock()
        yield Office(Runtime(database, GroupCommit(database, clock, lambda nudges: None), keyring, keyring.ids, clock, config.base_url))
    finally:
        database.close()


def show(as_json: bool, values: dict[str, Any], remark: str) -> None:
    """One thing as a command has made it, with what there is to remember."""
    output = Output(as_json)
    if as_json:
        output.document(values)
        return
    table = Table(show_header=False, box=None)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _flat(values):
        table.add_row(name, value)
    output.person.print(table)
    output.person.print(f"[yellow]{remark}[/]")


def _flat(values: dict[str, Any]) -> Sequence[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, dict):
            rows += [(f"{name} {inner}", text) for inner, text in _flat(value)]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for one in value:
                rows += [(f"{name} {inner}", text) for inner, text in _flat(one)]
        elif value or value is False:
            rows.append((name, ", ".join(value) if isinstance(value, list) else str(value)))
    return rows
