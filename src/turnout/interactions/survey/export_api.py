"""Taking out what was submitted to a survey, as a file. Read and sent page by page: no export fills the memory."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from tempfile import TemporaryFile
from typing import IO, Annotated, Any

import msgspec
from litestar import get
from litestar.di import Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter, QueryParameter
from litestar.response import Stream

from turnout.accounts.audit_actions import NOTE_EXPORT, NoteExport
from turnout.accounts.audit_rules import Thing
from turnout.accounts.caller import Caller
from turnout.interactions.handling import LiveSessionText
from turnout.interactions.spreadsheets import (
    MEDIA_TYPES,
    FileFormat,
    Language,
    TooManyRows,
    XlsxWriter,
    attachment,
    later_on_file_thread,
    on_file_thread,
    text_rows,
)
from turnout.interactions.survey import queries
from turnout.interactions.survey.answer_api import wanted_submissions
from turnout.interactions.survey.answer_queries import SubmissionGiven
from turnout.interactions.survey.answer_wire import submission_view
from turnout.interactions.survey.api import PATH, READS, SurveyText
from turnout.interactions.survey.export_table import ExportTable
from turnout.interactions.survey.filter_rules import Place, SubmissionFilter
from turnout.interactions.survey.rules import QuestionType, SurveyFacts
from turnout.interactions.survey.wire import host_view
from turnout.kernel import limits
from turnout.kernel.csv_text import CSV_START, csv_lines
from turnout.kernel.ids import IdForms, Kind, LiveSessionId, SurveyId
from turnout.storage.runtime import Runtime

FormatName = Annotated[FileFormat, QueryParameter(name="format", description="csv, xlsx or json")]
LanguageName = Annotated[Language, Parameter(description="Of the column names")]
FILE_REPLIES = {
    200: ResponseSpec(data_container=bytes, description="The file", media_type="application/octet-stream", generate_examples=False)
}

Pages = AsyncIterator[list[SubmissionGiven]]
_CHUNK_BYTES = 262_144


@get(
    PATH + "/{survey:str}/export",
    tags=["surveys"],
    operation_id="exportSubmissions",
    summary="Export the submissions",
    responses=FILE_REPLIES,
    dependencies={"wanted": Provide(wanted_submissions)},
)
async def export_submissions(
    live_session: LiveSessionText,
    survey: SurveyText,
    caller: Caller,
    runtime: Runtime,
    wanted: SubmissionFilter,
    file_format: FormatName,
    language: LanguageName = Language.EN,
) -> Stream:
    """Everything submitted so far, or what is picked of it as in the list, by viewer, as a file. That of an anonymous survey can be had
    once it is closed, whole, without viewers and times."""
    live_session_id, survey_id = READS.ids(runtime, live_session, survey)
    facts = await runtime.database.read(lambda connection: queries.access_survey(connection, caller.account_id, live_session_id, survey_id))
    if file_format is FileFormat.XLSX and facts.answered > limits.MAX_EXPORTED_SUBMISSIONS:
        raise TooManyRows(f"an XLSX file holds at most {limits.MAX_EXPORTED_SUBMISSIONS} submissions; export CSV or JSON")
    read = partial(_read_page, caller, runtime, live_session_id, survey_id, wanted)
    first = await read(None)  # before anything is sent, so that a refusal is one
    pages = _pages(read, first)
    exported = NoteExport(caller, "submissions.exported", Thing(Kind.SURVEY, survey_id, facts.title))
    await runtime.commit.run(NOTE_EXPORT, exported, lane=caller.account_id)
    table = ExportTable(facts, language, runtime.ids)
    if file_format is FileFormat.CSV:
        content = _csv(table, pages)
    elif file_format is FileFormat.JSON:
        content = _json(runtime.ids, facts, pages)
    else:
        content = _xlsx(table, pages)
    return Stream(content, media_type=MEDIA_TYPES[file_format], headers=attachment(facts.title, file_format))


async def _read_page(
    caller: Caller, runtime: Runtime, live_session_id: LiveSessionId, survey_id: SurveyId, wanted: SubmissionFilter, after: Place | None
) -> list[SubmissionGiven]:
    return await runtime.database.read_long(
        lambda connection: queries.list_submissions(
            connection, caller.account_id, live_session_id, survey_id, after, limits.MAX_PAGE_LENGTH, wanted
        )
    )


async def _pages(read: Any, page: list[SubmissionGiven]) -> Pages:
    while page:
        yield page
        if len(page) < limits.MAX_PAGE_LENGTH:
            return
        page = await read(page[-1].place)


async def _csv(table: ExportTable, pages: Pages) -> AsyncIterator[bytes]:
    yield CSV_START + csv_lines([table.head()])
    async for page in pages:
        yield await on_file_thread(partial(_csv_page, table, page))


def _csv_page(table: ExportTable, page: Sequence[SubmissionGiven]) -> bytes:
    return csv_lines(text_rows(table.rows(page)))


async def _json(ids: IdForms, facts: SurveyFacts, pages: Pages) -> AsyncIterator[bytes]:
    forms = [(question.question_id, QuestionType(question.type)) for question in facts.questions]
    yield b'{"survey":' + msgspec.json.encode(host_view(ids, facts)) + b',"submissions":['
    separator = b""
    async for page in pages:
        yield separator + b",".join(msgspec.json.encode(submission_view(ids, given, forms)) for given in page)
        separator = b","
    yield b"]}"


async def _xlsx(table: ExportTable, pages: Pages) -> AsyncIterator[bytes]:
    writer = await on_file_thread(partial(XlsxWriter, table.title, (22, 20, 20)))
    try:
        await on_file_thread(lambda: writer.head(table.head()))
        async for page in pages:
            await on_file_thread(partial(_xlsx_page, writer, table, page))
        with TemporaryFile() as file:
            await on_file_thread(partial(_xlsx_end, writer, file))
            while chunk := await on_file_thread(partial(file.read, _CHUNK_BYTES)):
                yield chunk
    finally:
        later_on_file_thread(writer.discard)  # who asked may have gone while the thread was writing


def _xlsx_page(writer: XlsxWriter, table: ExportTable, page: Sequence[SubmissionGiven]) -> None:
    writer.append(table.rows(page))


def _xlsx_end(writer: XlsxWriter, file: IO[bytes]) -> None:
    writer.save(file)
    file.seek(0)


ROUTES = [export_submissions]
