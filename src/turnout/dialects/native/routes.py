"""Routes of the native API that belong to no domain: what each vendor calls a thing of ours.

The vendors' forms are handed in by compose.py as the dependency `vendor_forms`, so that no dialect knows another:

    dependencies={"vendor_forms": {"csslcloud": csslcloud_ids.forms, "quanshi": quanshi_ids.forms}, …}
"""

from collections.abc import Callable, Mapping
from typing import Annotated

import msgspec
import sqlalchemy as sa
from litestar import get
from litestar.params import Parameter

from turnout.accounts import queries as accounts
from turnout.accounts.caller import Caller
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import AccountId, HostId, IdForms, Kind, LiveSessionId, RoomId, UnknownId
from turnout.rooms import queries as rooms
from turnout.storage.runtime import Runtime

VendorForms = Mapping[str, Callable[[IdForms, Kind, int], dict[str, str | int]]]
"""By dialect: what it calls an entity, under the names of its own fields."""


class IdNames(msgspec.Struct, frozen=True):
    """One thing under every name it has. csslcloud: of userid, roomid, liveid, qvote_id, uid. quanshi: of customerCode, conferenceId,
    tempConferenceId, surveyId, questionId, userId. Empty where the vendor has no name for such a thing."""

    id: str
    csslcloud: dict[str, str | int]
    quanshi: dict[str, str | int]


@get("/api/v1/ids/{id_text:str}", tags=["account"], operation_id="getId", summary="What each vendor calls it")
async def get_id(
    id_text: Annotated[str, Parameter(description="Any id of ours: ac_…, hs_…, rm_…, ls_…, sv_…, qn_…, vw_…")],
    caller: Caller,
    runtime: Runtime,
    vendor_forms: VendorForms,
) -> IdNames:
    """The ids under which the same thing appears in the vendors' interfaces and callbacks."""
    kind, number = read_id(runtime.ids, id_text)
    await runtime.database.read(lambda connection: _access(connection, caller.account_id, kind, number))
    found = {name: forms(runtime.ids, kind, number) for name, forms in vendor_forms.items()}
    return IdNames(id=runtime.ids.text(kind, number), csslcloud=found["csslcloud"], quanshi=found["quanshi"])


ROUTES = [get_id]


def read_id(ids: IdForms, text: str) -> tuple[Kind, int]:
    """Kind and number of an id's native text; raises UnknownId."""
    try:
        kind = Kind(text[:2].lower())
    except ValueError:
        raise UnknownId from None
    return kind, ids.parse_text(kind, text)


def _access(connection: sa.Connection, account_id: AccountId, kind: Kind, number: int) -> None:
    """Raises NotFound for what is another account's. A survey, question or viewer is found only together with its live session, so its
    names are given for the text alone: they say nothing about it, and nobody can guess the text."""
    match kind:
        case Kind.ACCOUNT:
            if number != account_id:
                raise NotFound
        case Kind.HOST:
            accounts.find_host(connection, account_id, HostId(number))
        case Kind.ROOM:
            rooms.access_room(connection, account_id, RoomId(number))
        case Kind.LIVE_SESSION:
            rooms.access_live_session(connection, account_id, LiveSessionId(number))
        case Kind.SURVEY | Kind.QUESTION | Kind.VIEWER:
            return
        case _:
            raise NotFound("no vendor has a name for this")
