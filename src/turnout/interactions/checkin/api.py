"""Handlers of check-ins: HTTP for hosts, the socket for viewers who confirm."""

from functools import lru_cache
from typing import Annotated

import msgspec
from litestar import get, post, put
from litestar.params import Parameter

from turnout.accounts.caller import Caller
from turnout.accounts.repeats import AnyRequest, once_of_request
from turnout.audience.rules import NotEntered, Seat
from turnout.interactions.checkin import actions, queries
from turnout.interactions.checkin.actions import CONFIRM, Confirm
from turnout.interactions.checkin.rules import CheckInFacts, NoSuchCheckIn
from turnout.interactions.checkin.wire import (
    CheckInMessage,
    CheckInPeopleReply,
    CheckInsReply,
    CheckInView,
    CreateCheckInRequest,
    EditCheckInRequest,
    host_view,
    people_reply,
)
from turnout.interactions.handling import AfterText, HostReads, LiveSessionText, PageLength, cursor_of, known_id, live_session_of
from turnout.kernel import limits
from turnout.kernel.connection import Connection, MessageHandler
from turnout.kernel.ids import CheckInId, Kind
from turnout.storage.group_commit import Action
from turnout.storage.runtime import Runtime

PATH = "/api/v1/live-sessions/{live_session:str}/checkins"
CheckInText = Annotated[str, Parameter(description="A check-in's id, ci_…")]
ConfirmedOnly = Annotated[bool | None, Parameter(description="true: only who has confirmed; false: only who has not")]

_READS: HostReads[CheckInId, CheckInFacts, CheckInView] = HostReads(
    Kind.CHECKIN, CheckInId, queries.access_checkin, queries.list_checkins, host_view
)


@post(PATH, tags=["checkins"], operation_id="createCheckIn", summary="Start a check-in")
async def create_checkin(
    live_session: LiveSessionText, data: CreateCheckInRequest, caller: Caller, runtime: Runtime, request: AnyRequest
) -> CheckInView:
    """Viewers can confirm from now on, until it is closed or its time is over; with `draft` it is only prepared. One check-in is open in a
    live session at a time. Send an Idempotency-Key to be safe against repeats."""
    command = actions.CreateCheckIn(
        caller=caller,
        live_session_id=live_session_of(runtime, live_session),
        draft=data.in_words(runtime.ids),
        opens=not data.draft,
        once=await once_of_request(request),
    )
    created = await runtime.commit.run(actions.CREATE_CHECKIN, command, lane=command.live_session_id)
    return await _READS.one(caller, runtime, command.live_session_id, created.checkin_id)


@get(PATH, tags=["checkins"], operation_id="listCheckIns", summary="List check-ins")
async def list_checkins(
    live_session: LiveSessionText, caller: Caller, runtime: Runtime, after: AfterText = None, limit: PageLength = limits.MAX_PAGE_LENGTH
) -> CheckInsReply:
    """The check-ins of a live session, drafts included, newest first, in pages."""
    views, following = await _READS.page(caller, runtime, live_session, after, limit)
    return CheckInsReply(checkins=views, next=following)


@get(PATH + "/{checkin:str}", tags=["checkins"], operation_id="getCheckIn", summary="Get a check-in with its counts")
async def get_checkin(live_session: LiveSessionText, checkin: CheckInText, caller: Caller, runtime: Runtime) -> CheckInView:
    """One check-in, complete but for its people."""
    return await _READS.one(caller, runtime, *_READS.ids(runtime, live_session, checkin))


@put(PATH + "/{checkin:str}", tags=["checkins"], operation_id="editCheckIn", summary="Edit a draft")
async def edit_checkin(
    live_session: LiveSessionText, checkin: CheckInText, data: EditCheckInRequest, caller: Caller, runtime: Runtime
) -> CheckInView:
    """The whole draft anew. The list stays as it is where `people` is left out, else it is replaced. What was opened once cannot be
    edited."""
    live_session_id, checkin_id = _READS.ids(runtime, live_session, checkin)
    command = actions.EditCheckIn(caller, live_session_id, checkin_id, data.in_words(runtime.ids), keeps_list=data.people is None)
    return await _READS.changed(actions.EDIT_CHECKIN, command, runtime, checkin_id)


@get(PATH + "/{checkin:str}/people", tags=["checkins"], operation_id="listCheckInPeople", summary="List who has confirmed and who has not")
async def list_people(
    live_session: LiveSessionText,
    checkin: CheckInText,
    caller: Caller,
    runtime: Runtime,
    after: AfterText = None,
    limit: PageLength = 100,
    confirmed: ConfirmedOnly = None,
) -> CheckInPeopleReply:
    """Everybody who is expected or has confirmed, in pages. Who is on the list and has never come is there too."""
    live_session_id, checkin_id = _READS.ids(runtime, live_session, checkin)
    cursor = None if after is None else cursor_of(runtime, Kind.VIEWER, after)
    found = await runtime.database.read(
        lambda connection: queries.list_people(
            connection, caller.account_id, live_session_id, checkin_id, after=cursor, limit=limit, confirmed=confirmed
        )
    )
    return people_reply(runtime.ids, found, limit)


@post(PATH + "/{checkin:str}/open", tags=["checkins"], operation_id="openCheckIn", summary="Open a prepared check-in", status_code=200)
async def open_checkin(live_session: LiveSessionText, checkin: CheckInText, caller: Caller, runtime: Runtime) -> CheckInView:
    """Viewers can confirm from now on, until it is closed or its time is over."""
    return await _change(actions.OPEN_CHECKIN, live_session, checkin, caller, runtime)


@post(PATH + "/{checkin:str}/close", tags=["checkins"], operation_id="closeCheckIn", summary="Close a check-in", status_code=200)
async def close_checkin(live_session: LiveSessionText, checkin: CheckInText, caller: Caller, runtime: Runtime) -> CheckInView:
    """No more confirmations: its counts are final."""
    return await _change(actions.CLOSE_CHECKIN, live_session, checkin, caller, runtime)


@post(PATH + "/{checkin:str}/withdraw", tags=["checkins"], operation_id="withdrawCheckIn", summary="Withdraw a check-in", status_code=200)
async def withdraw_checkin(live_session: LiveSessionText, checkin: CheckInText, caller: Caller, runtime: Runtime) -> CheckInView:
    """Takes a draft or an open check-in back for ever: it disappears from viewers, and counts nowhere."""
    return await _change(actions.WITHDRAW_CHECKIN, live_session, checkin, caller, runtime)


async def _change(
    action: Action[actions.ChangeCheckIn, actions.CheckInRow], live_session: str, checkin: str, caller: Caller, runtime: Runtime
) -> CheckInView:
    live_session_id, checkin_id = _READS.ids(runtime, live_session, checkin)
    command = actions.ChangeCheckIn(caller, live_session_id, checkin_id)
    return await _READS.changed(action, command, runtime, checkin_id)


ROUTES = [create_checkin, list_checkins, get_checkin, edit_checkin, list_people, open_checkin, close_checkin, withdraw_checkin]


def message_handlers(runtime: Runtime) -> dict[type[msgspec.Struct], MessageHandler]:
    """The socket message of check-ins. Its handler is hot: nothing in it waits."""

    @lru_cache(maxsize=10_000)
    def parse_checkin(text: str) -> CheckInId:
        return CheckInId(runtime.ids.parse_text(Kind.CHECKIN, text))

    submit = runtime.commit.submit
    now = runtime.clock.now

    def on_check_in(connection: Connection, message: CheckInMessage) -> None:
        seat = connection.seat
        if not isinstance(seat, Seat):
            raise NotEntered
        checkin_id = known_id(parse_checkin, message.checkin, NoSuchCheckIn, "checkin")
        live_session_id = seat.live_session_id
        viewer_id = seat.viewer_id
        command = Confirm(live_session_id, checkin_id, viewer_id, message.id, now())
        submit(CONFIRM, command, connection.tell_outcome, lane=live_session_id, order=viewer_id)
        connection.in_flight += 1

    return {CheckInMessage: on_check_in}
