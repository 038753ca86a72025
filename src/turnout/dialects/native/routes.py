"""Routes of the native API that belong to no domain: what each vendor calls a thing of ours."""

from collections.abc import Callable, Mapping
from typing import Annotated

import msgspec
import sqlalchemy as sa
from litestar import Router, get
from litestar.di import Provide
from litestar.params import Parameter

from turnout.accounts import queries as accounts
from turnout.accounts.caller import Caller
from turnout.audience import queries as audience
from turnout.interactions.checkin import queries as checkins
from turnout.interactions.draw import queries as draws
from turnout.interactions.question_bank import queries as question_bank
from turnout.interactions.survey import queries as surveys
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import (
    AccountId,
    CheckInId,
    DrawId,
    HostId,
    IdForms,
    Kind,
    LiveSessionId,
    PrizeId,
    QuestionId,
    RoomId,
    SurveyId,
    TemplateId,
    UnknownId,
    ViewerId,
)
from turnout.rooms import queries as rooms
from turnout.storage.runtime import Runtime

VendorForms = Mapping[str, Callable[[IdForms, Kind, int], dict[str, str | int]]]
"""By dialect: what it calls an entity, under the names of its own fields."""


class IdNames(msgspec.Struct, frozen=True):
    """One thing under every name it has. csslcloud: of userid, roomid, liveid, qvote_id, vote_id, roll_call_id, uid. quanshi: of
    customerCode, conferenceId, tempConferenceId, surveyId, questionId, templateId, signId, prizeId, userId. volcengine: of AccountID,
    ActivityID, AwardId, AwardItemId, UserID. Empty where the vendor has no name for such a thing."""

    id: str
    csslcloud: dict[str, str | int]
    quanshi: dict[str, str | int]
    volcengine: dict[str, str | int]


@get("/api/v1/ids/{id_text:str}", tags=["account"], operation_id="getId", summary="What each vendor calls it")
async def get_id(
    id_text: Annotated[str, Parameter(description="Any id of ours: ac_…, hs_…, rm_…, ls_…, sv_…, qn_…, tp_…, ci_…, dr_…, pz_…, vw_…")],
    caller: Caller,
    runtime: Runtime,
    vendor_forms: VendorForms,
) -> IdNames:
    """The ids under which the same thing appears in the vendors' interfaces and callbacks."""
    kind, number = read_id(runtime.ids, id_text)
    try:
        await runtime.database.read(lambda connection: _access(connection, caller.account_id, kind, number))
    except NotFound:
        raise UnknownId from None  # another account's thing is answered exactly like a text that is no id at all
    found = {name: forms(runtime.ids, kind, number) for name, forms in vendor_forms.items()}
    return IdNames(runtime.ids.text(kind, number), found["csslcloud"], found["quanshi"], found["volcengine"])


def routes(vendor_forms: VendorForms) -> list[Router]:
    """The handlers. vendor_forms: handed in, so that no dialect knows another. They also need `runtime` and `caller`."""

    def provide() -> VendorForms:
        return vendor_forms

    return [Router(path="/", route_handlers=[get_id], dependencies={"vendor_forms": Provide(provide, sync_to_thread=False)})]


def read_id(ids: IdForms, text: str) -> tuple[Kind, int]:
    """Kind and number of an id's native text; raises UnknownId."""
    try:
        kind = Kind(text[:2].lower())
    except ValueError:
        raise UnknownId from None
    return kind, ids.parse_text(kind, text)


def _access(connection: sa.Connection, account_id: AccountId, kind: Kind, number: int) -> None:
    """Raises NotFound for what is another account's, and for what does not exist."""
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
        case Kind.SURVEY:
            surveys.access_anywhere(connection, account_id, SurveyId(number), question=False)
        case Kind.QUESTION:
            surveys.access_anywhere(connection, account_id, QuestionId(number), question=True)
        case Kind.TEMPLATE:
            question_bank.access_template(connection, account_id, TemplateId(number))
        case Kind.CHECKIN:
            checkins.access_anywhere(connection, account_id, CheckInId(number))
        case Kind.DRAW:
            draws.access_anywhere(connection, account_id, DrawId(number))
        case Kind.PRIZE:
            draws.access_prize_anywhere(connection, account_id, PrizeId(number))
        case Kind.VIEWER:
            audience.access_viewer(connection, account_id, ViewerId(number))
        case _:
            raise NotFound("no vendor has a name for this")
