"""Files of templates: CSV, XLSX and JSON, read and written. Runs on a thread: a large file takes its time."""

import codecs
import re

import msgspec

from turnout.interactions.question_bank.columns import COLUMNS, LETTERS
from turnout.interactions.question_bank.fault_rules import find_faults
from turnout.interactions.question_bank.rules import TemplateDraft
from turnout.interactions.question_bank.sheet_rules import Fault, ReadSheet, read_sheet, write_sheet
from turnout.interactions.question_bank.wire import TemplateFile, TemplateRequest, request_of
from turnout.interactions.spreadsheets import FileFormat, Language, Table, UnreadableFile, read_csv, read_xlsx, write_xlsx
from turnout.interactions.survey.draft_rules import places_of_pictures
from turnout.kernel import limits
from turnout.kernel.choices import name_choices
from turnout.kernel.csv_text import write_csv
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import IdForms, Kind, PictureId

_WIDTHS = (24, 24, 16, 14, 10, 10, 8, 8, 8, 8, 14, 14, 40)


class ReadTemplate(msgspec.Struct, frozen=True):
    """A template of a file. rows: where the survey stands, then each question; of a JSON file only the number of the template. of_a_kind:
    whether the file's word for its kind is one; without, the draft's own kind says nothing."""

    draft: TemplateDraft
    rows: list[int]
    of_a_kind: bool = True


class ReadFile(msgspec.Struct, frozen=True):
    """What a file holds. heads: column → its name in the sheet; None for a JSON file, whose fields are named by their paths."""

    templates: list[ReadTemplate]
    faults: list[Fault]
    heads: dict[str, str] | None

    def place(self, template: ReadTemplate, field: str) -> tuple[int, str]:
        """Row and column in which a field of a template stands."""
        if self.heads is None:
            return template.rows[0], field
        row, column = _place(field)
        name = self.heads.get(column, column)
        return template.rows[row] if row < len(template.rows) else template.rows[0], name

    def pictures(self) -> dict[PictureId, list[tuple[ReadTemplate, str]]]:
        """Every picture with the fields that name it."""
        found: dict[PictureId, list[tuple[ReadTemplate, str]]] = {}
        for template in self.templates:
            for field, picture in places_of_pictures(template.draft.survey).items():
                found.setdefault(picture, []).append((template, field))
        return found


_QUESTION_FIELD = re.compile(r"questions\[(\d+)\]\.([a-z_]+)(?:\[(\d+)\])?")
_COLUMN_OF = {"title": "question", "right_options": "right", "options": "option_a", "option_pictures": "picture_a"}


def _place(field: str) -> tuple[int, str]:
    """The row of a template and the column in which a sheet has the field."""
    found = _QUESTION_FIELD.match(field)
    if not found:
        name = field.partition("[")[0]
        return 0, name if name in COLUMNS else "title"
    question, name, index = int(found[1]), found[2], found[3]
    letter = LETTERS[min(int(index or 0), len(LETTERS) - 1)].lower()
    if name == "options":
        return question + 1, f"option_{letter}"
    if name == "option_pictures":
        return question + 1, f"picture_{letter}"
    return question + 1, _COLUMN_OF.get(name, name)


def read_file(content: bytes, file_format: FileFormat, ids: IdForms) -> ReadFile:
    """What the file holds and all that is wrong with it but for pictures of others. Raises UnreadableFile, UnknownEncoding,
    UnpacksTooLarge, TooManyRows for a file of which nothing can be said."""
    if file_format is FileFormat.JSON:
        found = _read_json(content, ids)
    else:
        found = _read_table(read_csv(content) if file_format is FileFormat.CSV else read_xlsx(content), ids)
    if len(found.templates) > limits.MAX_IMPORT_TEMPLATES:
        return ReadFile([], [_too_many(), *found.faults][: limits.MAX_IMPORT_ERRORS], found.heads)
    templates: list[ReadTemplate] = []
    faults = list(found.faults)
    known = {(fault.row, fault.column) for fault in faults}  # a cell that could not be read is not also blamed for being empty
    unkind = {fault.row for fault in faults if fault.code == "unknown_kind"}
    unclear = {fault.row for fault in faults if fault.code == "unknown_type"}  # nor is a question of no type for what its type must have
    for template in found.templates:
        if len(faults) > limits.MAX_IMPORT_ERRORS:
            break
        draft, wrong = find_faults(template.draft)
        templates.append(ReadTemplate(draft, template.rows, template.rows[0] not in unkind))
        for error in wrong:
            row, column = found.place(template, error.field or "")
            if (row, column) not in known and row not in unclear:
                faults.append(Fault(row, column, error.code, error.message))
    faults.sort(key=lambda fault: (fault.row or 0, _order(fault.column, found.heads)))
    return ReadFile(templates, faults[: limits.MAX_IMPORT_ERRORS], found.heads)


def _too_many() -> Fault:
    return Fault(None, None, "too_many_templates", f"at most {limits.MAX_IMPORT_TEMPLATES} templates in one file")


def _order(column: str | None, heads: dict[str, str] | None) -> int:
    names = list(heads.values()) if heads else []
    return names.index(column) if column in names else len(names)


def _read_table(table: Table, ids: IdForms) -> ReadFile:
    sheet: ReadSheet = read_sheet(table.rows, lambda text: PictureId(ids.parse_text(Kind.PICTURE, text)))
    head = next((row for row in table.rows if any(cell.strip() for cell in row)), [])
    cells = [
        Fault(fault.row + 1, head[fault.column].strip() if fault.column < len(head) else None, fault.code, fault.message)
        for fault in table.faults
    ]
    return ReadFile([ReadTemplate(one.draft, one.rows) for one in sheet.templates], [*cells, *sheet.faults], sheet.heads)


class _JsonFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    templates: list[msgspec.Raw]


def _read_json(content: bytes, ids: IdForms) -> ReadFile:
    try:
        file = msgspec.json.decode(content.removeprefix(codecs.BOM_UTF8), type=_JsonFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableFile(f"this is no JSON file of templates: {error}") from error
    if len(file.templates) > limits.MAX_IMPORT_TEMPLATES:
        return ReadFile([], [_too_many()], None)
    if not file.templates:
        return ReadFile([], [Fault(None, None, "no_surveys", "there is no template in it")], None)
    templates: list[ReadTemplate] = []
    faults: list[Fault] = []
    for number, raw in enumerate(file.templates, 1):
        try:
            templates.append(ReadTemplate(msgspec.json.decode(raw, type=TemplateRequest).template(ids), [number]))
        except msgspec.ValidationError as error:
            message, _, path = str(error).partition(" - at `$")
            path = path.rstrip("`").lstrip(".")
            faults.append(Fault(number, path or None, InvalidInput.code, name_choices(message, TemplateRequest, path)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UnreadableFile(f"this is no JSON file of templates: {error}") from error
        except InvalidInput as error:
            faults.append(Fault(number, error.field, "unknown_picture", error.message))
    return ReadFile(templates, faults, None)


def write_file(drafts: list[TemplateDraft], file_format: FileFormat, language: Language, ids: IdForms) -> bytes:
    """A file that holds these templates; read again it gives the same."""
    if file_format is FileFormat.JSON:
        file = TemplateFile([request_of(ids, draft) for draft in drafts])
        return msgspec.json.format(msgspec.json.encode(file), indent=2)
    head, rows = write_sheet(drafts, language, lambda picture: ids.text(Kind.PICTURE, picture))
    if file_format is FileFormat.CSV:
        return write_csv([head, *rows])
    return write_xlsx("模板" if language is Language.ZH else "templates", head, rows, _WIDTHS)
