"""Taking out the winners of a draw, as a file. Read and sent page by page."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated

from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from litestar.response import Stream

from turnout.accounts.audit_actions import NOTE_EXPORT, NoteExport
from turnout.accounts.audit_rules import Thing
from turnout.accounts.caller import Caller
from turnout.interactions.draw import queries
from turnout.interactions.draw.api import PATH, READS, DrawText
from turnout.interactions.draw.queries import WinnerEntry
from turnout.interactions.handling import LiveSessionText
from turnout.interactions.spreadsheets import (
    MEDIA_TYPES,
    Cell,
    FileFormat,
    Language,
    attachment,
    on_file_thread,
    text_rows,
)
from turnout.kernel import limits
from turnout.kernel.clock import CHINA, to_datetime
from turnout.kernel.csv_text import CSV_START, csv_lines
from turnout.kernel.ids import DrawId, IdForms, Kind, LiveSessionId, PrizeId
from turnout.storage.runtime import Runtime

LanguageName = Annotated[Language, Parameter(description="Of the column names")]
_FILE_REPLIES = {
    200: ResponseSpec(data_container=bytes, description="The file", media_type="text/csv; charset=utf-8", generate_examples=False)
}
_HEADS = {
    Language.EN: ["number", "prize", "name", "viewer", "external id", "preferred", "given name", "phone", "address", "given at (UTC)"],
    Language.ZH: ["序号", "奖品", "姓名", "观众 ID", "外部 ID", "预先指定", "领奖人", "电话", "地址", "填写时间（北京时间）"],
}
_YES = {Language.EN: "yes", Language.ZH: "是"}


@get(
    PATH + "/{draw:str}/winners.csv",
    tags=["draws"],
    operation_id="exportDrawWinners",
    summary="Export the winners",
    responses=_FILE_REPLIES,
)
async def export_winners(
    live_session: LiveSessionText, draw: DrawText, caller: Caller, runtime: Runtime, language: LanguageName = Language.EN
) -> Stream:
    """Everybody who has won, in the order of drawing and numbered from 1, with what was filled in, as a CSV file. No cell is a formula."""
    live_session_id, draw_id = READS.ids(runtime, live_session, draw)
    facts = await runtime.database.read(lambda connection: queries.access_draw(connection, caller.account_id, live_session_id, draw_id))
    names = {prize.prize_id: prize.name for prize in facts.prizes}
    read = partial(_read_page, caller, runtime, live_session_id, draw_id)
    content = _csv(runtime.ids, names, language, await read(None), read)
    exported = NoteExport(caller, "winners.exported", Thing(Kind.DRAW, draw_id, facts.title))
    await runtime.commit.run(NOTE_EXPORT, exported, lane=caller.account_id)
    return Stream(content, media_type=MEDIA_TYPES[FileFormat.CSV], headers=attachment(facts.title, FileFormat.CSV))


async def _read_page(
    caller: Caller, runtime: Runtime, live_session_id: LiveSessionId, draw_id: DrawId, after: int | None
) -> list[WinnerEntry]:
    return await runtime.database.read_long(
        lambda connection: queries.list_winners(
            connection, caller.account_id, live_session_id, draw_id, after=after, limit=limits.MAX_PAGE_LENGTH
        )
    )


async def _csv(
    ids: IdForms,
    names: Mapping[PrizeId, str],
    language: Language,
    page: list[WinnerEntry],
    read: Callable[[int], Awaitable[list[WinnerEntry]]],
) -> AsyncIterator[bytes]:
    yield CSV_START + csv_lines([_HEADS[language]])
    while page:
        yield await on_file_thread(partial(_lines, ids, names, language, page))
        page = [] if len(page) < limits.MAX_PAGE_LENGTH else await read(page[-1].place)


def _lines(ids: IdForms, names: Mapping[PrizeId, str], language: Language, page: Sequence[WinnerEntry]) -> bytes:
    return csv_lines(text_rows(_rows(ids, names, language, page)))


def _rows(ids: IdForms, names: Mapping[PrizeId, str], language: Language, page: Sequence[WinnerEntry]) -> Iterator[list[Cell]]:
    for winner in page:
        form = winner.form
        yield [
            winner.place + 1,
            names[winner.prize],
            winner.name,
            None if winner.viewer_id is None else ids.text(Kind.VIEWER, winner.viewer_id),
            winner.external_id,
            _YES[language] if winner.preferred else None,
            *((None, None, None) if form is None else (form.name, form.phone, form.address)),
            _time(winner.filled_at, language),
        ]


def _time(at: int | None, language: Language) -> str | None:
    if at is None:
        return None
    shown = to_datetime(at, CHINA) if language is Language.ZH else to_datetime(at)
    return shown.strftime("%Y-%m-%d %H:%M:%S")
