"""What the handlers of every kind of interaction share: the parameters of their paths, ids in messages, and how a host reads one, or a page
of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Protocol, TypeVar

import sqlalchemy as sa
from litestar.params import Parameter

from turnout.accounts.caller import Caller
from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput, NotFound
from turnout.kernel.ids import AccountId, IdForms, Kind, LiveSessionId
from turnout.storage.group_commit import Action
from turnout.storage.runtime import Runtime

LiveSessionText = Annotated[str, Parameter(description="A live session's id, ls_…")]
AfterText = Annotated[str | None, Parameter(description="`next` of the page before")]
PageLength = Annotated[int, Parameter(ge=1, le=limits.MAX_PAGE_LENGTH, description="Entries in the page")]


class _View(Protocol):
    """What the views of all kinds have."""

    @property
    def id(self) -> str: ...


class _Command(Protocol):
    """What every command of a host names."""

    @property
    def caller(self) -> Caller: ...
    @property
    def live_session_id(self) -> LiveSessionId: ...


T = TypeVar("T")
Id = TypeVar("Id", bound=int)
Facts = TypeVar("Facts")
View = TypeVar("View", bound=_View)
C = TypeVar("C", bound=_Command)


class _ListPage(Protocol[Id, Facts]):  # type: ignore[misc]  # ids are only ever handed in, and facts handed out
    def __call__(
        self, connection: sa.Connection, account_id: AccountId, live_session_id: LiveSessionId, *, before: Id | None, limit: int
    ) -> Sequence[Facts]: ...


@dataclass(frozen=True, slots=True)
class HostReads(Generic[Id, Facts, View]):
    """How hosts read one kind. kind, make: of its ids; access, list_page: queries; view: the host's."""

    kind: Kind
    make: Callable[[int], Id]
    access: Callable[[sa.Connection, AccountId, LiveSessionId, Id], Facts]
    list_page: _ListPage[Id, Facts]
    view: Callable[[IdForms, Facts], View]

    def ids(self, runtime: Runtime, live_session: str, one: str) -> tuple[LiveSessionId, Id]:
        """The ids in a path; raises UnknownId."""
        return live_session_of(runtime, live_session), self.make(runtime.ids.parse_text(self.kind, one))

    async def one(self, caller: Caller, runtime: Runtime, live_session_id: LiveSessionId, one: Id) -> View:
        """The account's; raises what `access` raises."""
        facts = await runtime.database.read(lambda connection: self.access(connection, caller.account_id, live_session_id, one))
        return self.view(runtime.ids, facts)

    async def page(
        self, caller: Caller, runtime: Runtime, live_session: str, after: str | None, limit: int
    ) -> tuple[list[View], str | None]:
        """One page of the live session's, and `after` for the page that follows, None on the last. Raises UnknownId, NoSuchLiveSession,
        InvalidInput for an `after` that is none."""
        live_session_id = live_session_of(runtime, live_session)
        before = None if after is None else self.make(cursor_of(runtime, self.kind, after))
        found = await runtime.database.read(
            lambda connection: self.list_page(connection, caller.account_id, live_session_id, before=before, limit=limit)
        )
        views = [self.view(runtime.ids, facts) for facts in found]
        return views, views[-1].id if len(views) == limit else None

    async def changed(self, action: Action[C, Any], command: C, runtime: Runtime, one: Id) -> View:
        """What it is after this command."""
        await runtime.commit.run(action, command, lane=command.live_session_id)
        return await self.one(command.caller, runtime, command.live_session_id, one)


def cursor_of(runtime: Runtime, kind: Kind, after: str) -> int:
    """The id after which a page begins; raises InvalidInput for what no page has given as `next`."""
    try:
        return runtime.ids.parse_text(kind, after)
    except NotFound:
        raise InvalidInput("this is not `next` of a page of this list", field="after") from None


def known_id(parse: Callable[[str], T], text: str, unknown: type[NotFound], field: str) -> T:
    """The id behind a text in a message or a query; raises `unknown`, naming the field."""
    try:
        return parse(text)
    except NotFound:
        raise unknown(field=field) from None


def live_session_of(runtime: Runtime, text: str) -> LiveSessionId:
    """The id in a path; raises UnknownId."""
    return LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, text))
