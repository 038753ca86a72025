"""Tables as files: CSV and XLSX, read from strangers and written for Excel. The one place that knows openpyxl.

Reading trusts nothing: how large a file unpacks, how many rows and columns it claims and what its cells are is looked at before it is
believed, and what cannot be read is refused by name. Writing is safe to open: no cell that a person typed is taken for a formula (CSV is
written by kernel/csv_text.py). What was written reads back as the same cells.

openpyxl is loaded with the first table, not with the server: it would take a tenth of its start.
"""

import asyncio
import codecs
import csv
import io
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import IO, Any, TypeVar
from urllib.parse import quote

import msgspec

from turnout.kernel import limits
from turnout.kernel.csv_text import FORMULA_STARTS
from turnout.kernel.errors import InvalidInput


class FileFormat(StrEnum):
    """How a file is written."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


class Language(StrEnum):
    """In which language the columns of a sheet are named."""

    EN = "en"
    ZH = "zh"


MEDIA_TYPES = {
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.JSON: "application/json",
}

T = TypeVar("T")

_thread = ThreadPoolExecutor(1, thread_name_prefix="turnout-files")


async def on_file_thread(work: Callable[[], T]) -> T:
    """What `work` returns; one file at a time, so that large ones take turns with each other and not with everybody's answers."""
    return await asyncio.get_running_loop().run_in_executor(_thread, work)


def later_on_file_thread(work: Callable[[], None]) -> None:
    """Has it done after all that was asked for before, whoever waits for that or does not any more."""
    _thread.submit(work)


def attachment(name: str, file_format: FileFormat) -> dict[str, str]:
    """Headers that make a browser save a reply under this name, whatever letters are in it."""
    name = re.sub(r'[\x00-\x1f"\\/:*?<>|]+', " ", name).strip()[:100] or "turnout"
    plain = name.encode("ascii", "ignore").decode().strip() or "turnout"
    ending = file_format.value
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{quote(name)}.{ending}",
        "Cache-Control": "no-store",
    }


_MAX_PARTS = 1_000
"""Files inside an XLSX file: Excel writes some twenty."""


class UnsupportedFormat(InvalidInput):
    """Send CSV, XLSX or JSON, and say which in Content-Type."""

    code = "unsupported_format"
    status = 415


class UnreadableFile(InvalidInput):
    """The file cannot be read."""

    code = "unreadable_file"


class UnknownEncoding(InvalidInput):
    """The text is neither UTF-8 nor GB 18030."""

    code = "unknown_encoding"


class UnpacksTooLarge(InvalidInput):
    """The file unpacks to more than is taken."""

    code = "unpacks_too_large"


class TooManyRows(InvalidInput):
    """The sheet has too many rows."""

    code = "too_many_rows"


class CellFault(msgspec.Struct, frozen=True):
    """A cell that says nothing we can take. row, column: from 0."""

    row: int
    column: int
    code: str
    message: str


class Table(msgspec.Struct, frozen=True):
    """The cells of a file as texts, "" where there is nothing; rows may differ in length."""

    rows: list[list[str]]
    faults: list[CellFault] = []


def format_of(content_type: str, content: bytes) -> FileFormat:
    """The format a request says its body has. Raises UnsupportedFormat.

    Browsers on Windows call CSV files application/vnd.ms-excel and unknown ones application/octet-stream; then the first bytes decide.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    for known, named in MEDIA_TYPES.items():
        if media_type == named.partition(";")[0]:
            return known
    if media_type not in ("application/vnd.ms-excel", "application/csv", "text/plain", "application/octet-stream"):
        raise UnsupportedFormat
    if content.startswith(b"PK"):
        return FileFormat.XLSX
    return FileFormat.JSON if content.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"[") else FileFormat.CSV


_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def _decode(content: bytes) -> str:
    encodings = [name for bom, name in _BOMS if content.startswith(bom)] or ["utf-8", "gb18030"]  # Excel in China writes the latter
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnknownEncoding


def read_csv(content: bytes) -> Table:
    """The cells of a CSV file, separated by comma, semicolon or tab, in UTF-8, UTF-16 with its mark, or GB 18030. What write_csv put before
    a cell against formulas is taken away. Raises UnknownEncoding, UnreadableFile, TooManyRows."""
    text = _decode(content)
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if len(rows) > limits.MAX_IMPORT_ROWS:
                raise TooManyRows(f"at most {limits.MAX_IMPORT_ROWS} rows")
            rows.append([_unguarded(cell) for cell in row[: limits.MAX_IMPORT_COLUMNS]])
    except csv.Error as error:
        raise UnreadableFile(f"line {reader.line_num}: {error}") from error
    return Table(rows)


def read_xlsx(content: bytes) -> Table:
    """The cells of an XLSX file's first sheet; formulas are what they came to when it was saved. Raises UnreadableFile, UnpacksTooLarge,
    TooManyRows."""
    import openpyxl

    _check_parts(content)
    rows: list[list[str]] = []
    faults: list[CellFault] = []
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            for row in book.worksheets[0].iter_rows(max_row=limits.MAX_IMPORT_ROWS + 2, max_col=limits.MAX_IMPORT_COLUMNS):
                rows.append([_cell_text(cell, len(rows), place, faults) for place, cell in enumerate(row)])
        finally:
            book.close()
    except Exception as error:  # a stranger's file breaks openpyxl in ways that it does not list
        raise UnreadableFile(f"this is no XLSX file that can be read: {type(error).__name__}") from error
    while rows and not any(rows[-1]):
        rows.pop()  # sheets are often formatted far below their last row
    if len(rows) > limits.MAX_IMPORT_ROWS + 1:
        raise TooManyRows(f"at most {limits.MAX_IMPORT_ROWS} rows")
    return Table(rows, faults)


def _check_parts(content: bytes) -> None:
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFile("an old .xls file, or one with a password; save it as .xlsx without one")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            found = parts.infolist()
            # what a part says of its size is all that zipfile will unpack of it
            if len(found) > _MAX_PARTS or sum(part.file_size for part in found) > limits.MAX_IMPORT_UNPACKED_BYTES:
                raise UnpacksTooLarge(f"it may unpack to at most {limits.MAX_IMPORT_UNPACKED_BYTES} bytes in {_MAX_PARTS} parts")
            # a few kilobytes can hold a million cells, each of which openpyxl takes its time for
            cells = sum(len(_CELL.findall(parts.read(part))) for part in found)
            if cells > limits.MAX_IMPORT_CELLS:
                raise UnpacksTooLarge(f"its sheets may have at most {limits.MAX_IMPORT_CELLS} cells")
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, OSError) as error:
        raise UnreadableFile("this is no XLSX file") from error


_CELL = re.compile(rb"<(?:\w+:)?c[ >/]")


def _cell_text(cell: Any, row: int, column: int, faults: list[CellFault]) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime | date | time | timedelta):
        faults.append(CellFault(row, column, "date_cell", "Excel made a date of this; format the cell as text and type it again"))
        return ""
    text = str(value)
    if cell.data_type == "e":
        faults.append(CellFault(row, column, "error_cell", f"the cell shows an error: {text[:20]}"))
        return ""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


Cell = str | int | None

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_TO_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ufffe\uffff]")


class XlsxWriter:
    """An XLSX file of one sheet, written row by row; its size does not fill the memory. Texts are texts, also those that begin with =."""

    def __init__(self, title: str, widths: Sequence[int] = ()) -> None:
        """title: of the sheet, one that Excel takes. widths: of the first columns, in characters. On a file thread: the first loads
        openpyxl."""
        import openpyxl
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Alignment, Font

        self._make_cell = WriteOnlyCell
        self._book = openpyxl.Workbook(write_only=True)
        self._sheet = self._book.create_sheet(title)
        self._sheet.freeze_panes = "A2"
        for place, width in enumerate(widths):
            self._sheet.column_dimensions[openpyxl.utils.get_column_letter(place + 1)].width = width
        self._bold = Font(bold=True)
        self._wrapped = Alignment(wrap_text=True, vertical="top")

    def head(self, cells: Sequence[str]) -> None:
        """The row of column names."""
        self._sheet.append([self._cell(cell, bold=True) for cell in cells])

    def append(self, rows: Iterable[Sequence[Cell]]) -> None:
        """More rows."""
        for row in rows:
            self._sheet.append([None if cell is None or cell == "" else self._cell(cell) for cell in row])

    def save(self, file: IO[bytes]) -> None:
        """Ends the file."""
        self._book.save(file)

    def discard(self) -> None:
        """Takes away the draft of a file that was not saved: openpyxl keeps it on the disk until the process ends. No effect otherwise."""
        draft = self._sheet._writer
        if draft is None or not os.path.exists(draft.out):
            return
        if not self._sheet.closed:
            self._sheet.close()
        draft.cleanup()

    def _cell(self, value: str | int, *, bold: bool = False) -> Any:
        if isinstance(value, int):
            return self._make_cell(self._sheet, value=value)
        cell = self._make_cell(self._sheet)
        cell.value = _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", value)
        cell.data_type = "s"  # openpyxl takes what begins with = for a formula
        if value.startswith(FORMULA_STARTS):
            cell.quotePrefix = True  # and Excel does when somebody edits it
        if bold:
            cell.font = self._bold
        elif "\n" in value:
            cell.alignment = self._wrapped
        return cell


def write_xlsx(title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]], widths: Sequence[int] = ()) -> bytes:
    """An XLSX file of one sheet."""
    writer = XlsxWriter(title, widths)
    writer.head(head)
    writer.append(rows)
    written = io.BytesIO()
    writer.save(written)
    return written.getvalue()


def text_rows(rows: Iterable[Sequence[Cell]]) -> Iterator[list[str]]:
    """The rows as texts, for CSV."""
    for row in rows:
        yield ["" if cell is None else str(cell) for cell in row]
