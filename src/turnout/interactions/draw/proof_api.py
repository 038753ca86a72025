"""Handlers for everybody: what a draw has published, its proof file, and the proof that somebody took part. Nobody logs in for these."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import Response, Router, get
from litestar.di import Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from litestar.response import Stream

from turnout.accounts.repeats import AnyRequest
from turnout.interactions.draw import queries
from turnout.interactions.draw.closed_lists import ClosedLists
from turnout.interactions.draw.codes import entrant_of
from turnout.interactions.draw.proof_wire import ListNotClosed, NotAnEntrant, PublicDraw, public_draw, unproven
from turnout.interactions.draw.rules import DrawFacts
from turnout.kernel.errors import NotFound, Overloaded
from turnout.kernel.ids import DrawId, Kind, LiveSessionId
from turnout.proofs.making import make_membership, write_paper
from turnout.storage.runtime import Runtime

PATH = "/api/v1/proofs/{draw:str}"
DrawText = Annotated[str, Parameter(description="A draw's id, dr_…")]
CodeText = Annotated[str, Parameter(description="The code of an entrant, vw_… or en_…")]

PARTS_KEPT = 128
"""Parts of proof files that one process keeps in memory: 32 MiB."""

_KEPT = "public, max-age=86400"  # by whoever likes: these never change
_FILE_REPLY = {200: ResponseSpec(data_container=bytes, description="The file", media_type="application/json", generate_examples=False)}

_Part = tuple[LiveSessionId, DrawId, int]


class ProofFiles:
    """Proof files, part by part: nobody's download takes more memory than a part. Those asked for last are kept, and each is read once for
    all who wait for it, so that the file which everybody wants after a draw is read once. Belongs to the event loop."""

    def __init__(self, most: int = PARTS_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[_Part, bytes] = OrderedDict()  # the one used last is last
        self._under_way: dict[_Part, asyncio.Task[bytes]] = {}

    async def parts(self, runtime: Runtime, live_session_id: LiveSessionId, draw_id: DrawId, length: int) -> AsyncIterator[bytes]:
        """The file. length: of all of it."""
        part = 0
        while length > 0:
            content = await self._get(runtime, (live_session_id, draw_id, part))
            length -= len(content)
            part += 1
            yield content

    async def _get(self, runtime: Runtime, key: _Part) -> bytes:
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(_read(runtime, key))
            task.add_done_callback(lambda done: self._end(key, done))
        return await asyncio.shield(task)  # one who leaves does not take it from the others

    def _end(self, key: _Part, done: "asyncio.Task[bytes]") -> None:
        del self._under_way[key]
        if not done.cancelled() and done.exception() is None:
            self._kept[key] = done.result()
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


async def _read(runtime: Runtime, key: _Part) -> bytes:
    while True:
        try:
            return await runtime.database.read(lambda connection: queries.load_paper_part(connection, *key))
        except Overloaded as busy:  # half a file may be sent already: later is better than never
            await asyncio.sleep(busy.retry_after_s or 1)


@get(
    PATH,
    tags=["proofs"],
    operation_id="getProof",
    summary="Get the proof of a draw",
    security=[{}],
    responses=_FILE_REPLY,
)
async def get_proof(draw: DrawText, runtime: Runtime, proof_files: ProofFiles, request: AnyRequest) -> Response[Any]:
    """The file that `turnout verify` and the page /proof/… check. It is there once the draw is drawn, or was cancelled after its list had
    been published."""
    draw_id = DrawId(runtime.ids.parse_text(Kind.DRAW, draw))
    facts, length = await _find(runtime, draw_id)
    if length is None:
        raise unproven(facts)
    etag = f'"{facts.fingerprint[:32]}"'  # a draw has one proof file, ever, and this fixes all that goes into it
    headers = {"ETag": etag, "Cache-Control": _KEPT, "Content-Disposition": f'inline; filename="proof-{draw}.json"'}
    if etag in _known_tags(request):
        return Response(b"", status_code=304, headers=headers)
    headers["Content-Length"] = str(length)
    return Stream(proof_files.parts(runtime, facts.live_session_id, draw_id, length), media_type="application/json", headers=headers)


@get(PATH + "/commitment", tags=["proofs"], operation_id="getCommitment", summary="Get what a draw has published so far", security=[{}])
async def get_commitment(draw: DrawText, runtime: Runtime) -> PublicDraw:
    """The commitment from before entries open, and from their end on the root with its fingerprint: what is worth noting before the draw is
    decided."""
    facts, _ = await _find(runtime, DrawId(runtime.ids.parse_text(Kind.DRAW, draw)))
    return public_draw(runtime.ids, facts)


@get(
    PATH + "/members/{code:str}",
    tags=["proofs"],
    operation_id="getMembership",
    summary="Get the proof that somebody took part",
    security=[{}],
    responses=_FILE_REPLY,
)
async def get_membership(draw: DrawText, code: CodeText, runtime: Runtime, closed_lists: ClosedLists) -> Response[bytes]:
    """The file that shows, beside the proof of the draw, that this entrant was in its list. It is there once the root is published."""
    draw_id = DrawId(runtime.ids.parse_text(Kind.DRAW, draw))
    facts, _ = await _find(runtime, draw_id)
    if facts.published_at is None:
        raise ListNotClosed
    try:
        entrant_id, _ = entrant_of(runtime.ids, code)
    except NotFound:
        raise NotAnEntrant from None
    key = facts.live_session_id, draw_id
    # first: a code that was made up builds no list
    if not await runtime.database.read(lambda connection: queries.is_entrant(connection, *key, entrant_id)):
        raise NotAnEntrant
    closed = await closed_lists.get(key)
    if closed.index_of(code) is None:
        raise NotAnEntrant  # a viewer's own form of somebody who stands there by the list's
    file = write_paper(make_membership(facts.commitment, closed, facts.published_at, code))
    headers = {"Cache-Control": _KEPT, "Content-Disposition": f'inline; filename="membership-{draw}-{code}.json"'}
    return Response(file, media_type="application/json", headers=headers)


async def _find(runtime: Runtime, draw_id: DrawId) -> tuple[DrawFacts, int | None]:
    return await runtime.database.read(lambda connection: queries.find_public(connection, draw_id))


def _known_tags(request: AnyRequest) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]


def routes(closed_lists: ClosedLists | None) -> list[Router]:
    """The handlers, over the lists of this process; None where the routes are only described. They also need `runtime`."""
    files = ProofFiles()

    def provide(value: Any) -> Provide:
        return Provide(lambda: value, sync_to_thread=False)

    return [
        Router(
            path="/",
            route_handlers=[get_proof, get_commitment, get_membership],
            dependencies={"closed_lists": provide(closed_lists), "proof_files": provide(files)},
        )
    ]
