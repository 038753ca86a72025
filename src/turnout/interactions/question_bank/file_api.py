"""HTTP handlers of files of templates: bringing them in, taking them out, and a sample to start from."""

from dataclasses import dataclass, field
from typing import Annotated

from litestar import Response, get, post
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import Parameter

from turnout.accounts.caller import Caller
from turnout.accounts.repeats import AnyRequest, once_of_request
from turnout.interactions.question_bank import actions, queries
from turnout.interactions.question_bank.api import PATH, TemplateText
from turnout.interactions.question_bank.files import ReadFile, read_file, write_file
from turnout.interactions.question_bank.rules import TemplateDraft
from turnout.interactions.question_bank.samples import sample
from turnout.interactions.question_bank.sheet_rules import Fault
from turnout.interactions.question_bank.wire import ImportReply, import_faults, imported
from turnout.interactions.spreadsheets import MEDIA_TYPES, FileFormat, Language, attachment, format_of, on_file_thread
from turnout.interactions.survey.export_api import FILE_REPLIES, FormatName, LanguageName
from turnout.kernel import limits
from turnout.kernel.ids import Kind, TemplateId
from turnout.storage.runtime import Runtime


def _files() -> RequestBody:
    binary = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
    return RequestBody(required=True, content={named.partition(";")[0]: binary for named in MEDIA_TYPES.values()})


@dataclass
class _Import(Operation):
    """The operation's document: the framework describes only bodies it decodes."""

    request_body: RequestBody | None = field(default_factory=_files)


@post(
    PATH + "/import",
    tags=["question bank"],
    operation_id="importTemplates",
    summary="Import templates from a file",
    operation_class=_Import,
    status_code=200,
)
async def import_templates(
    caller: Caller,
    runtime: Runtime,
    request: AnyRequest,
    dry_run: Annotated[bool, Parameter(description="Only say what the file holds and what is wrong with it")] = False,
) -> ImportReply:
    """The body is the file: CSV, XLSX or JSON, as Content-Type says (docs/import.md). All its faults are listed, with row and column; a
    file with any is not kept. Send an Idempotency-Key to be safe against repeats."""
    content = await request.body()
    file_format = format_of(request.headers.get("content-type", ""), content)
    file = await on_file_thread(lambda: read_file(content, file_format, runtime.ids))
    faults = [*file.faults, *await _missing_pictures(caller, runtime, file)][: limits.MAX_IMPORT_ERRORS]
    drafts = [template.draft for template in file.templates]
    if faults or dry_run:
        understood = [template.draft for template in file.templates if template.of_a_kind]
        return ImportReply(kept=False, templates=imported(runtime.ids, understood, []), errors=import_faults(faults))
    command = actions.KeepTemplates(caller=caller, drafts=drafts, once=await once_of_request(request))
    kept = await runtime.commit.run(actions.KEEP_TEMPLATES, command, lane=caller.account_id)
    return ImportReply(kept=True, templates=imported(runtime.ids, drafts, list(kept.template_ids)), errors=[])


async def _missing_pictures(caller: Caller, runtime: Runtime, file: ReadFile) -> list[Fault]:
    named = file.pictures()
    missing = await runtime.database.read(lambda connection: queries.list_missing_pictures(connection, caller.account_id, named))
    places = [file.place(template, name) for picture in sorted(missing) for template, name in named[picture]]
    return [Fault(row, column, "unknown_picture", "there is no such picture") for row, column in sorted(places)]


@get(
    PATH + "/sample",
    tags=["question bank"],
    operation_id="getTemplateSample",
    summary="Get a sample of a file of templates",
    responses=FILE_REPLIES,
)
async def get_sample(caller: Caller, runtime: Runtime, file_format: FormatName, language: LanguageName = Language.EN) -> Response[bytes]:
    """A file with one survey of each kind and a question of each type that needs no picture, to fill in and import."""
    name = "模板示例" if language is Language.ZH else "templates"
    return await _file(runtime, sample(language), file_format, language, name)


@get(
    PATH + "/{template:str}/export",
    tags=["question bank"],
    operation_id="exportTemplate",
    summary="Export a template",
    responses=FILE_REPLIES,
)
async def export_template(
    template: TemplateText, caller: Caller, runtime: Runtime, file_format: FormatName, language: LanguageName = Language.EN
) -> Response[bytes]:
    """A file that gives the same template when it is imported."""
    template_id = TemplateId(runtime.ids.parse_text(Kind.TEMPLATE, template))
    found = await runtime.database.read(lambda connection: queries.access_template(connection, caller.account_id, template_id))
    draft = TemplateDraft(survey=found.survey, name=found.name, tags=found.tags)
    return await _file(runtime, [draft], file_format, language, found.name)


async def _file(runtime: Runtime, drafts: list[TemplateDraft], file_format: FileFormat, language: Language, name: str) -> Response[bytes]:
    content = await on_file_thread(lambda: write_file(drafts, file_format, language, runtime.ids))
    return Response(content, media_type=MEDIA_TYPES[file_format], headers=attachment(name, file_format))


ROUTES = [import_templates, get_sample, export_template]
