"""/audit of the native API: the audit log, in pages and as a file."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter, QueryParameter
from litestar.response import Stream

from turnout.accounts import member_queries
from turnout.accounts.audit_actions import NOTE_EXPORT, NoteExport
from turnout.accounts.audit_rules import AUDIT_KINDS, AuditFilter, AuditPlace, AuditRecord
from turnout.accounts.audit_wire import CSV_HEAD, AuditOut, csv_row, place_in, place_out, record_out
from turnout.accounts.caller import Caller
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.csv_text import CSV_START, csv_lines
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import Kind
from turnout.kernel.instants import instant_of
from turnout.storage.runtime import Runtime

KindName = Annotated[str | None, Parameter(description="Of this kind only, such as member.removed")]
ActorText = Annotated[str | None, Parameter(description="What this member (hs_…) or API key (ak_…) did")]
FromText = Annotated[str | None, QueryParameter(name="from", description="Not before this moment (RFC 3339)")]
ToText = Annotated[str | None, QueryParameter(name="to", description="Before this moment (RFC 3339)")]
AfterText = Annotated[str | None, Parameter(description="`next` of the page before")]
PageLength = Annotated[int, Parameter(ge=1, le=limits.MAX_PAGE_LENGTH, description="Entries in the page")]

_FILE = {200: ResponseSpec(data_container=bytes, description="The file", media_type="text/csv", generate_examples=False)}


@get("/api/v1/audit", operation_id="listAuditRecords", tags=["audit log"], summary="Read the audit log")
async def list_records(
    caller: Caller,
    runtime: Runtime,
    kind: KindName = None,
    actor: ActorText = None,
    from_time: FromText = None,
    to_time: ToText = None,
    after: AfterText = None,
    limit: PageLength = limits.MAX_PAGE_LENGTH,
) -> AuditOut:
    """Who of the account did what, newest first, in pages: members, API keys and the command line; nothing of viewers. Records are kept for
    two years. For operators and API keys."""
    wanted = _filter(runtime, kind, actor, from_time, to_time)
    place = None if after is None else place_in(runtime.ids, after)
    found = await runtime.database.read(lambda connection: member_queries.list_records(connection, caller, wanted, place, limit))
    records = [record_out(runtime.ids, record) for record in found]
    return AuditOut(records=records, next=place_out(runtime.ids, found[-1].place) if len(found) == limit else None)


@get("/api/v1/audit/export", operation_id="exportAuditRecords", tags=["audit log"], summary="Export the audit log", responses=_FILE)
async def export_records(
    caller: Caller,
    runtime: Runtime,
    kind: KindName = None,
    actor: ActorText = None,
    from_time: FromText = None,
    to_time: ToText = None,
) -> Stream:
    """What the filters choose, as CSV, newest first. The export itself is a record. For operators and API keys."""
    caller.require_operator()
    wanted = _filter(runtime, kind, actor, from_time, to_time)
    first = await _page(caller, runtime, wanted, None)  # read here, so that a refusal is a reply and not half a file
    await runtime.commit.run(NOTE_EXPORT, NoteExport(caller, "audit.exported"), lane=caller.account_id)
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    return Stream(_lines(caller, runtime, wanted, first), media_type="text/csv; charset=utf-8", headers=headers)


async def _lines(caller: Caller, runtime: Runtime, wanted: AuditFilter, page: list[AuditRecord]) -> AsyncIterator[bytes]:
    yield CSV_START + csv_lines([CSV_HEAD])
    while page:
        yield csv_lines([csv_row(runtime.ids, record) for record in page])
        if len(page) < limits.MAX_PAGE_LENGTH:
            return
        page = await _page(caller, runtime, wanted, page[-1].place)


async def _page(caller: Caller, runtime: Runtime, wanted: AuditFilter, after: AuditPlace | None) -> list[AuditRecord]:
    return await runtime.database.read_long(
        lambda connection: member_queries.list_records(connection, caller, wanted, after, limits.MAX_PAGE_LENGTH)
    )


def _filter(runtime: Runtime, kind: str | None, actor: str | None, from_time: str | None, to_time: str | None) -> AuditFilter:
    if kind is not None and kind not in AUDIT_KINDS:
        raise InvalidInput("there is no such kind of record", field="kind")
    actor_id = None
    if actor is not None:
        actor_id = runtime.ids.parse_text(Kind.API_KEY if actor.lower().startswith("ak") else Kind.HOST, actor)
    return AuditFilter(kind, actor_id, _moment(from_time, "from"), _moment(to_time, "to"))


def _moment(text: str | None, field: str) -> Instant | None:
    return None if text is None else instant_of(text, field)


ROUTES: list[Any] = [list_records, export_records]
"""What server.app.build_app is handed."""
