"""CSV as spreadsheets shall read it: UTF-8 that Excel takes for such, and no cell that it would calculate."""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")
"""What a cell begins with that a spreadsheet would calculate, or an apostrophe of ours."""

CSV_START = codecs.BOM_UTF8
"""What a CSV file begins with, so that Excel reads it as UTF-8."""


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV in UTF-8, without the mark that begins a file."""
    written = io.StringIO(newline="")
    csv.writer(written).writerows([_guarded(cell) for cell in row] for row in rows)
    return written.getvalue().encode()


def write_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file that Excel opens as it is meant: UTF-8 with its mark; no cell is a formula."""
    return CSV_START + csv_lines(rows)


def _guarded(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would calculate it."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
