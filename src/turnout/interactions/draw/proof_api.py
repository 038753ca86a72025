"""Handlers for everybody: what a draw has published, its proof file, and the proof that somebody took part. Nobody logs in for these."""

import asyncio
from collections import OrderedDict
from typing import Annotated, Any

from litestar import Response, Router, get
from litestar.di import Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter

from turnout.accounts.repeats import AnyRequest
from turnout.interactions.draw import queries
from turnout.interactions.draw.closed_lists import ClosedLists
from turnout.interactions.draw.codes import entrant_of
from turnout.interactions.draw.proof_wire import ListNotClosed, NotAnEntrant, PublicDraw, public_draw, unproven
from turnout.interactions.draw.rules import DrawFacts
from turnout.kernel.errors import NotFound
from turnout.kernel.ids import DrawId, Kind
from turnout.proofs.making import make_membership, write_paper
from turnout.storage.runtime import Runtime

PATH = "/api/v1/proofs/{draw:str}"
DrawText = Annotated[str, Parameter(description="A draw's id, dr_…")]
CodeText = Annotated[str, Parameter(description="The code of an entrant, vw_… or en_…")]

FILES_KEPT_BYTES = 33_554_432
"""Bytes of proof files that one process keeps in memory."""

_KEPT = "public, max-age=86400"  # by whoever likes: these never change
_FILE_REPLY = {200: ResponseSpec(data_container=bytes, description="The file", media_type="application/json", generate_examples=False)}


class ProofFiles:
    """The proof files asked for last, so that the one everybody wants after a draw is read once. At most `most` bytes; a longer one is read
    each time. Belongs to the event loop."""

    def __init__(self, most: int = FILES_KEPT_BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[DrawId, bytes] = OrderedDict()
        self._bytes = 0
        self._one_reader = asyncio.Lock()

    async def get(self, runtime: Runtime, draw_id: DrawId) -> bytes | None:
        """The file; None while there is none."""
        if (kept := self._find(draw_id)) is not None:
            return kept
        async with self._one_reader:
            if (kept := self._find(draw_id)) is not None:
                return kept
            _, file = await runtime.database.read_long(lambda connection: queries.find_public(connection, draw_id))
            if file is not None and len(file) <= self._most:
                self._kept[draw_id] = file
                self._bytes += len(file)
                while self._bytes > self._most:
                    self._bytes -= len(self._kept.popitem(last=False)[1])
            return file

    def _find(self, draw_id: DrawId) -> bytes | None:
        kept = self._kept.get(draw_id)
        if kept is not None:
            self._kept.move_to_end(draw_id)
        return kept


@get(
    PATH,
    tags=["proofs"],
    operation_id="getProof",
    summary="Get the proof of a draw",
    security=[{}],
    responses=_FILE_REPLY,
)
async def get_proof(draw: DrawText, runtime: Runtime, proof_files: ProofFiles, request: AnyRequest) -> Response[bytes]:
    """The file that `turnout verify` and the page /proof/… check. It is there once the draw is drawn, or was cancelled after its list had
    been published."""
    draw_id = DrawId(runtime.ids.parse_text(Kind.DRAW, draw))
    facts = await _find(runtime, draw_id)
    etag = f'"{facts.fingerprint[:32]}"'  # a draw has one proof file, ever, and this fixes all that goes into it
    headers = {"ETag": etag, "Cache-Control": _KEPT, "Content-Disposition": f'inline; filename="proof-{draw}.json"'}
    file = await proof_files.get(runtime, draw_id) if facts.root else None
    if file is None:
        raise unproven(facts)
    if etag in _known_tags(request):
        return Response(b"", status_code=304, headers=headers)
    return Response(file, media_type="application/json", headers=headers)


@get(PATH + "/commitment", tags=["proofs"], operation_id="getCommitment", summary="Get what a draw has published so far", security=[{}])
async def get_commitment(draw: DrawText, runtime: Runtime) -> PublicDraw:
    """The commitment from before entries open, and from their end on the root with its fingerprint: what is worth noting before the draw is
    decided."""
    facts = await _find(runtime, DrawId(runtime.ids.parse_text(Kind.DRAW, draw)))
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
    facts = await _find(runtime, draw_id)
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


async def _find(runtime: Runtime, draw_id: DrawId) -> DrawFacts:
    facts, _ = await runtime.database.read(lambda connection: queries.find_public(connection, draw_id, paper=False))
    return facts


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
