"""Handlers of draws: HTTP for hosts, the socket for viewers who enter and for winners who fill in what a prize asks for."""

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, TypeVar

import msgspec
from litestar import Router, get, post
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
    listed_entrants,
)
from turnout.interactions.draw.rules import Form, NoSuchDraw
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
from turnout.kernel import limits
from turnout.kernel.connection import Connection, MessageHandler
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import MAX_ID, DrawId, Kind, LiveSessionId, PrizeId
from turnout.storage.runtime import Runtime

T = TypeVar("T")

PATH = "/api/v1/live-sessions/{live_session:str}/draws"
LiveSessionText = Annotated[str, Parameter(description="A live session's id, ls_…")]
DrawText = Annotated[str, Parameter(description="A draw's id, dr_…")]
AfterText = Annotated[str | None, Parameter(description="`next` of the page before")]
AfterPlace = Annotated[int | None, Parameter(ge=0, le=MAX_ID, description="`next` of the page before")]
PageLength = Annotated[int, Parameter(ge=1, le=limits.MAX_PAGE_LENGTH, description="Entries in the page")]


@post(PATH, tags=["draws"], operation_id="createDraw", summary="Prepare a draw")
async def create_draw(
    live_session: LiveSessionText,
    data: CreateDrawRequest,
    caller: Caller,
    runtime: Runtime,
    draw_actions: DrawActions,
    request: AnyRequest,
) -> DrawView:
    """A draft, seen by hosts alone; with `open` it is committed and takes entries at once. One draw is under way in a live session at a
    time. Send an Idempotency-Key to be safe against repeats."""
    command = commands.CreateDraw(
        caller=caller,
        live_session_id=LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session)),
        draft=data.in_words(runtime.ids),
        opens=data.open,
        once=await once_of_request(request),
    )
    created = await runtime.commit.run(draw_actions.create_draw, command, lane=command.live_session_id)
    return await _read_draw(caller, runtime, command.live_session_id, created.draw_id)


@get(PATH, tags=["draws"], operation_id="listDraws", summary="List draws")
async def list_draws(
    live_session: LiveSessionText, caller: Caller, runtime: Runtime, after: AfterText = None, limit: PageLength = limits.MAX_PAGE_LENGTH
) -> DrawsReply:
    """The draws of a live session, drafts and cancelled ones included, newest first, in pages."""
    live_session_id = LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session))
    before = None if after is None else DrawId(runtime.ids.parse_text(Kind.DRAW, after))
    found = await runtime.database.read(
        lambda connection: queries.list_draws(connection, caller.account_id, live_session_id, before=before, limit=limit)
    )
    views = [host_view(runtime.ids, facts) for facts in found]
    return DrawsReply(draws=views, next=views[-1].id if len(views) == limit else None)


@get(PATH + "/{draw:str}", tags=["draws"], operation_id="getDraw", summary="Get a draw")
async def get_draw(live_session: LiveSessionText, draw: DrawText, caller: Caller, runtime: Runtime) -> DrawView:
    """One draw, complete but for its people."""
    return await _read_draw(caller, runtime, *read_ids(runtime, live_session, draw))


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
    can be sent again."""
    live_session_id, draw_id = read_ids(runtime, live_session, draw)
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
    live_session_id, draw_id = read_ids(runtime, live_session, draw)
    cursor = None if after is None else runtime.ids.parse_text(Kind.ENTRY, after)
    found = await runtime.database.read(
        lambda connection: queries.list_entrants(
            connection, runtime.ids, caller.account_id, live_session_id, draw_id, after=cursor, limit=limit
        )
    )
    return entrants_reply(runtime.ids, found, limit)


@post(PATH + "/{draw:str}/commit", tags=["draws"], operation_id="commitDraw", summary="Publish how a draw will be decided", status_code=200)
async def commit_draw(
    live_session: LiveSessionText, draw: DrawText, caller: Caller, runtime: Runtime, draw_actions: DrawActions
) -> DrawView:
    """Its prizes, rules and preferred winners are public from now on and change no more; nobody can enter yet."""
    live_session_id, draw_id = read_ids(runtime, live_session, draw)
    command = commands.ChangeDraw(caller, live_session_id, draw_id)
    await runtime.commit.run(draw_actions.commit_draw, command, lane=live_session_id)
    return await _read_draw(caller, runtime, live_session_id, draw_id)


@post(PATH + "/{draw:str}/open", tags=["draws"], operation_id="openDraw", summary="Open a draw", status_code=200)
async def open_draw(live_session: LiveSessionText, draw: DrawText, caller: Caller, runtime: Runtime, draw_actions: DrawActions) -> DrawView:
    """It takes entries from now on, where people enter. A draft is committed first."""
    live_session_id, draw_id = read_ids(runtime, live_session, draw)
    command = commands.ChangeDraw(caller, live_session_id, draw_id)
    await runtime.commit.run(draw_actions.open_draw, command, lane=live_session_id)
    return await _read_draw(caller, runtime, live_session_id, draw_id)


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
    live_session_id, draw_id = read_ids(runtime, live_session, draw)
    command = commands.ChangeDraw(caller, live_session_id, draw_id, 0 if data is None else data.countdown_s)
    await runtime.commit.run(draw_actions.close_draw, command, lane=live_session_id)
    return await _read_draw(caller, runtime, live_session_id, draw_id)


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
    live_session_id, draw_id = read_ids(runtime, live_session, draw)
    command = commands.CancelDraw(caller, live_session_id, draw_id, "" if data is None else data.because)
    await runtime.commit.run(draw_actions.cancel_draw, command, lane=live_session_id)
    return await _read_draw(caller, runtime, live_session_id, draw_id)


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
    live_session_id, draw_id = read_ids(runtime, live_session, draw)
    found = await runtime.database.read(
        lambda connection: queries.list_winners(connection, caller.account_id, live_session_id, draw_id, after=after, limit=limit)
    )
    return winners_reply(runtime.ids, found, limit)


async def _read_draw(caller: Caller, runtime: Runtime, live_session_id: LiveSessionId, draw_id: DrawId) -> DrawView:
    facts = await runtime.database.read(lambda connection: queries.access_draw(connection, caller.account_id, live_session_id, draw_id))
    return host_view(runtime.ids, facts)


def read_ids(runtime: Runtime, live_session: str, draw: str) -> tuple[LiveSessionId, DrawId]:
    """The ids in a path; raises UnknownId."""
    return (
        LiveSessionId(runtime.ids.parse_text(Kind.LIVE_SESSION, live_session)),
        DrawId(runtime.ids.parse_text(Kind.DRAW, draw)),
    )


HANDLERS = [
    create_draw,
    list_draws,
    get_draw,
    add_entrants,
    list_entrants,
    commit_draw,
    open_draw,
    close_draw,
    cancel_draw,
    list_winners,
]
"""They need `draw_actions`, `runtime` and `caller`."""


def routes(draw_actions: DrawActions | None) -> list[Router]:
    """The handlers, over these actions; None where the routes are only described. They also need `runtime` and `caller`."""

    def provide_actions() -> DrawActions | None:
        return draw_actions

    return [Router(path="/", route_handlers=HANDLERS, dependencies={"draw_actions": Provide(provide_actions, sync_to_thread=False)})]


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
        draw_id = _known(parse_draw, message.draw, "draw")
        viewer_id = seat.viewer_id
        live_session_id = seat.live_session_id
        command = EnterDraw(live_session_id, seat.room_id, draw_id, viewer_id, message.word, message.salt, message.id, now())
        submit(enter_draw, command, connection.tell_outcome, lane=live_session_id, order=viewer_id)
        connection.in_flight += 1

    def on_fill(connection: Connection, message: FillFormMessage) -> None:
        seat = _seat(connection)
        draw_id = _known(parse_draw, message.draw, "draw")
        prize_id = _known(parse_prize, message.prize, "prize")
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


def _known(parse: Callable[[str], T], text: str, field: str) -> T:
    try:
        return parse(text)
    except NotFound:
        raise NoSuchDraw(field=field) from None
