"""Handlers of draws: HTTP for hosts, the socket for viewers who enter and for winners who fill in what a prize asks for."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from litestar import Router, get, post, put
from litestar.di import Provide
from litestar.params import Parameter

from turnout.accounts.caller import Caller
from turnout.accounts.repeats import AnyRequest, once_of_request
from turnout.audience.rules import NotEntered, Seat
from turnout.interactions.draw import commands, queries
from turnout.interactions.draw.actions import DrawActions
from turnout.interactions.draw.commands import EnterDraw, FillForm
from turnout.interactions.draw.request_wire import (
    AddEntrantsRequest,
    CancelDrawRequest,
    CloseDrawRequest,
    CreateDrawRequest,
    EditDrawRequest,
    listed_entrants,
)
from turnout.interactions.draw.rules import DrawFacts, DrawState, EntropyKind, Form, NoSuchDraw, NoSuchPrize
from turnout.interactions.draw.wire import (
    DrawEntrantsReply,
    DrawsReply,
    DrawView,
    DrawWinnersReply,
    EnterDrawMessage,
    EntrantsAddedReply,
    FillFormMessage,
    entrants_reply,
    host_view,
    winners_reply,
)
from turnout.interactions.handling import AfterText, HostReads, LiveSessionText, PageLength, cursor_of, known_id, live_session_of
from turnout.kernel import limits
from turnout.kernel.connection import Connection, MessageHandler
from turnout.kernel.documented import FROM_0
from turnout.kernel.ids import MAX_ID, DrawId, Kind, LiveSessionId, PrizeId
from turnout.storage.runtime import Runtime

PATH = "/api/v1/live-sessions/{live_session:str}/draws"
DrawText = Annotated[str, Parameter(description="A draw's id, dr_…")]
AfterPlace = Annotated[int | None, Parameter(ge=0, le=MAX_ID, schema_extra=FROM_0, description="`next` of the page before")]

DrandLook = Callable[[], Awaitable[str | None]]
"""Why no relay of drand answers; None where one does."""

READS: HostReads[DrawId, DrawFacts, DrawView] = HostReads(Kind.DRAW, DrawId, queries.access_draw, queries.list_draws, host_view)
"""How hosts read draws."""


@post(PATH, tags=["draws"], operation_id="createDraw", summary="Prepare a draw")
async def create_draw(
    live_session: LiveSessionText,
    data: CreateDrawRequest,
    caller: Caller,
    runtime: Runtime,
    draw_actions: DrawActions,
    drand_look: DrandLook,
    request: AnyRequest,
) -> DrawView:
    """A draft, seen by hosts alone; with `open` it is committed and takes entries at once. One draw takes entries in a live session at a
    time. Send an Idempotency-Key to be safe against repeats."""
    draft = data.in_words(runtime.ids)
    command = commands.CreateDraw(
        caller=caller,
        live_session_id=live_session_of(runtime, live_session),
        draft=draft,
        opens=data.open,
        drand_problem=await drand_look() if data.open and draft.entropy is EntropyKind.DRAND else None,
        once=await once_of_request(request),
    )
    created = await runtime.commit.run(draw_actions.create_draw, command, lane=command.live_session_id)
    return await READS.one(caller, runtime, command.live_session_id, created.draw_id)


@get(PATH, tags=["draws"], operation_id="listDraws", summary="List draws")
async def list_draws(
    live_session: LiveSessionText, caller: Caller, runtime: Runtime, after: AfterText = None, limit: PageLength = limits.MAX_PAGE_LENGTH
) -> DrawsReply:
    """The draws of a live session, drafts and cancelled ones included, newest first, in pages."""
    views, following = await READS.page(caller, runtime, live_session, after, limit)
    return DrawsReply(draws=views, next=following)


@get(PATH + "/{draw:str}", tags=["draws"], operation_id="getDraw", summary="Get a draw")
async def get_draw(live_session: LiveSessionText, draw: DrawText, caller: Caller, runtime: Runtime) -> DrawView:
    """One draw, complete but for its people."""
    return await READS.one(caller, runtime, *READS.ids(runtime, live_session, draw))


@put(PATH + "/{draw:str}", tags=["draws"], operation_id="editDraw", summary="Edit a draft")
async def edit_draw(
    live_session: LiveSessionText, draw: DrawText, data: EditDrawRequest, caller: Caller, runtime: Runtime, draw_actions: DrawActions
) -> DrawView:
    """The whole draft anew, under new ids of its prizes. The list stays as it is where `entrants` is left out, else it is replaced. What is
    committed cannot be edited: its rules are public."""
    live_session_id, draw_id = READS.ids(runtime, live_session, draw)
    command = commands.EditDraw(caller, live_session_id, draw_id, data.in_words(runtime.ids), keeps_list=data.entrants is None)
    return await READS.changed(draw_actions.edit_draw, command, runtime, draw_id)


@post(PATH + "/{draw:str}/entrants", tags=["draws"], operation_id="addDrawEntrants", summary="Add people to the list", status_code=200)
async def add_entrants(
    live_session: LiveSessionText,
    draw: DrawText,
    data: AddEntrantsRequest,
    caller: Caller,
    runtime: Runtime,
    draw_actions: DrawActions,
) -> EntrantsAddedReply:
    """Of a draft whose winners come from a list, at most 10,000 at a time. Who stands there already is passed over, so that the same call
    can be sent again, and refused with another name or weight."""
    live_session_id, draw_id = READS.ids(runtime, live_session, draw)
    command = commands.AddEntrants(caller, live_session_id, draw_id, listed_entrants(runtime.ids, data.entrants))
    added = await runtime.commit.run(draw_actions.add_entrants, command, lane=live_session_id)
    return EntrantsAddedReply(added=added.added, entered=added.entered)


@get(PATH + "/{draw:str}/entrants", tags=["draws"], operation_id="listDrawEntrants", summary="List who takes part")
async def list_entrants(
    live_session: LiveSessionText,
    draw: DrawText,
    caller: Caller,
    runtime: Runtime,
    after: AfterText = None,
    limit: PageLength = limits.MAX_PAGE_LENGTH,
) -> DrawEntrantsReply:
    """Those on the list or who have entered so far; where people are gathered at the close, all of them from then on. In pages."""
    live_session_id, draw_id = READS.ids(runtime, live_session, draw)
    cursor = None if after is None else cursor_of(runtime, Kind.ENTRY, after)
    found = await runtime.database.read(
        lambda connection: queries.list_entrants(
            connection, runtime.ids, caller.account_id, live_session_id, draw_id, after=cursor, limit=limit
        )
    )
    return entrants_reply(runtime.ids, found, limit)


@post(PATH + "/{draw:str}/commit", tags=["draws"], operation_id="commitDraw", summary="Publish how a draw will be decided", status_code=200)
async def commit_draw(
    live_session: LiveSessionText, draw: DrawText, caller: Caller, runtime: Runtime, draw_actions: DrawActions, drand_look: DrandLook
) -> DrawView:
    """Its prizes, rules and preferred winners are public from now on and change no more; nobody can enter yet. Refused with
    drand_unreachable where drand is to decide and no relay of it answers now."""
    live_session_id, draw_id = READS.ids(runtime, live_session, draw)
    problem = await _drand_problem(caller, runtime, live_session_id, draw_id, drand_look)
    command = commands.ChangeDraw(caller, live_session_id, draw_id, drand_problem=problem)
    return await READS.changed(draw_actions.commit_draw, command, runtime, draw_id)


@post(PATH + "/{draw:str}/open", tags=["draws"], operation_id="openDraw", summary="Open a draw", status_code=200)
async def open_draw(
    live_session: LiveSessionText, draw: DrawText, caller: Caller, runtime: Runtime, draw_actions: DrawActions, drand_look: DrandLook
) -> DrawView:
    """It takes entries from now on, where people enter. A draft is committed first, and refused as there."""
    live_session_id, draw_id = READS.ids(runtime, live_session, draw)
    problem = await _drand_problem(caller, runtime, live_session_id, draw_id, drand_look)
    command = commands.ChangeDraw(caller, live_session_id, draw_id, drand_problem=problem)
    return await READS.changed(draw_actions.open_draw, command, runtime, draw_id)


@post(PATH + "/{draw:str}/close", tags=["draws"], operation_id="closeDraw", summary="End the entries of a draw", status_code=200)
async def close_draw(
    live_session: LiveSessionText,
    draw: DrawText,
    caller: Caller,
    runtime: Runtime,
    draw_actions: DrawActions,
    data: CloseDrawRequest | None = None,
) -> DrawView:
    """Who takes part is fixed and published, and the winners follow by themselves: with drand some ten seconds later. With `countdown_s`
    entries end after so many seconds."""
    live_session_id, draw_id = READS.ids(runtime, live_session, draw)
    command = commands.ChangeDraw(caller, live_session_id, draw_id, 0 if data is None else data.countdown_s)
    return await READS.changed(draw_actions.close_draw, command, runtime, draw_id)


@post(PATH + "/{draw:str}/cancel", tags=["draws"], operation_id="cancelDraw", summary="Cancel a draw", status_code=200)
async def cancel_draw(
    live_session: LiveSessionText,
    draw: DrawText,
    caller: Caller,
    runtime: Runtime,
    draw_actions: DrawActions,
    data: CancelDrawRequest | None = None,
) -> DrawView:
    """Until it is drawn. Once committed it stays public, as cancelled."""
    live_session_id, draw_id = READS.ids(runtime, live_session, draw)
    command = commands.CancelDraw(caller, live_session_id, draw_id, "" if data is None else data.because)
    return await READS.changed(draw_actions.cancel_draw, command, runtime, draw_id)


@get(PATH + "/{draw:str}/winners", tags=["draws"], operation_id="listDrawWinners", summary="List the winners")
async def list_winners(
    live_session: LiveSessionText,
    draw: DrawText,
    caller: Caller,
    runtime: Runtime,
    after: AfterPlace = None,
    limit: PageLength = limits.MAX_PAGE_LENGTH,
) -> DrawWinnersReply:
    """In the order of drawing, with what they have filled in, in pages."""
    live_session_id, draw_id = READS.ids(runtime, live_session, draw)
    found = await runtime.database.read(
        lambda connection: queries.list_winners(connection, caller.account_id, live_session_id, draw_id, after=after, limit=limit)
    )
    return winners_reply(runtime.ids, found, limit)


async def _drand_problem(
    caller: Caller, runtime: Runtime, live_session_id: LiveSessionId, draw_id: DrawId, drand_look: DrandLook
) -> str | None:
    """Looked for only where it may matter: with no relay in reach a look takes seconds."""
    facts = await runtime.database.read(lambda connection: queries.access_draw(connection, caller.account_id, live_session_id, draw_id))
    return await drand_look() if facts.state is DrawState.DRAFT and facts.entropy is EntropyKind.DRAND else None


HANDLERS = [
    create_draw,
    list_draws,
    get_draw,
    edit_draw,
    add_entrants,
    list_entrants,
    commit_draw,
    open_draw,
    close_draw,
    cancel_draw,
    list_winners,
]
"""They need `draw_actions`, `drand_look`, `runtime` and `caller`."""


def routes(draw_actions: DrawActions | None, drand_look: DrandLook | None) -> list[Router]:
    """The handlers, over these; None where the routes are only described. They also need `runtime` and `caller`."""

    def provide(value: Any) -> Provide:
        return Provide(lambda: value, sync_to_thread=False)

    return [
        Router(
            path="/",
            route_handlers=HANDLERS,
            dependencies={"draw_actions": provide(draw_actions), "drand_look": provide(drand_look)},
        )
    ]


def message_handlers(runtime: Runtime, draw_actions: DrawActions) -> dict[type[msgspec.Struct], MessageHandler]:
    """The socket messages of draws. Entering is hot: nothing in its handler waits."""

    @lru_cache(maxsize=10_000)
    def parse_draw(text: str) -> DrawId:
        return DrawId(runtime.ids.parse_text(Kind.DRAW, text))

    @lru_cache(maxsize=10_000)
    def parse_prize(text: str) -> PrizeId:
        return PrizeId(runtime.ids.parse_text(Kind.PRIZE, text))

    submit = runtime.commit.submit
    now = runtime.clock.now
    enter_draw, fill_form = draw_actions.enter_draw, draw_actions.fill_form

    def on_enter(connection: Connection, message: EnterDrawMessage) -> None:
        seat = _seat(connection)
        draw_id = known_id(parse_draw, message.draw, NoSuchDraw, "draw")
        viewer_id = seat.viewer_id
        live_session_id = seat.live_session_id
        command = EnterDraw(live_session_id, seat.room_id, draw_id, viewer_id, message.word, message.salt, message.id, now())
        submit(enter_draw, command, connection.tell_outcome, lane=live_session_id, order=viewer_id)
        connection.in_flight += 1

    def on_fill(connection: Connection, message: FillFormMessage) -> None:
        seat = _seat(connection)
        draw_id = known_id(parse_draw, message.draw, NoSuchDraw, "draw")
        prize_id = known_id(parse_prize, message.prize, NoSuchPrize, "prize")
        form = Form(message.name, message.phone, message.address)
        command = FillForm(seat.live_session_id, seat.room_id, draw_id, prize_id, seat.viewer_id, form, now(), message.id)
        submit(fill_form, command, connection.tell_outcome, lane=seat.live_session_id, order=seat.viewer_id)
        connection.in_flight += 1

    return {EnterDrawMessage: on_enter, FillFormMessage: on_fill}


def _seat(connection: Connection) -> Seat:
    seat = connection.seat
    if not isinstance(seat, Seat):
        raise NotEntered
    return seat
