"""Spreadsheets from strangers: cells with types, formulas, and files made to do harm."""

import datetime
import io
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from turnout.interactions.question_bank.files import ReadFile, read_file
from turnout.interactions.spreadsheets import (
    FileFormat,
    TooManyRows,
    UnknownEncoding,
    UnpacksTooLarge,
    UnreadableFile,
    UnsupportedFormat,
    XlsxWriter,
    format_of,
    read_csv,
    read_xlsx,
    write_xlsx,
)
from turnout.kernel import limits
from turnout.kernel.csv_text import csv_lines
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import IdForms

IDS = IdForms(b"k" * 32)
HEAD = ["标题", "类型", "题型", "题目", "多选", "分值", "正确选项", "正确答案", "选项A", "选项B", "选项C"]


def faults(file: ReadFile) -> list[tuple[int | None, str | None, str]]:
    return [(fault.row, fault.column, fault.code) for fault in file.faults]


def xlsx(*rows: list[Any], head: list[str] | None = None) -> bytes:
    """A file as another program writes it: the cells have types."""
    book = openpyxl.Workbook()
    for row in [head or HEAD, *rows]:
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def test_cells_with_types() -> None:
    """Numbers and yes are what they look like; a date that Excel made of 1-2, and a failed formula, are faults."""
    content = xlsx(
        ["一", "exam", None, "q", True, 5.0, "B", None, 1.5, 443, datetime.date(2024, 1, 2)],
        ["二", "exam", None, "q", False, 5, "A", None, "#N/A", "b", None],
    )
    file = read_file(content, FileFormat.XLSX, IDS)

    assert faults(file)[:1] == [(2, "选项C", "date_cell")]
    assert (3, "选项A", "error_cell") in faults(file)
    question = file.templates[0].draft.survey.questions[0]
    assert (question.multiple, question.score, question.options[:2]) == (True, 5, ["1.5", "443"])


def test_no_cell_is_a_formula() -> None:
    """What people wrote is text in every format: nothing is calculated when a file is opened."""
    dangerous = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "=cmd|' /C calc'!A0"]
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx("x", ["head"], [dangerous]))).worksheets[0]

    cells = next(iter(sheet.iter_rows(min_row=2)))
    assert [cell.data_type for cell in cells] == ["s"] * len(dangerous)
    assert [cell.value for cell in cells] == dangerous
    assert all(cell.quotePrefix for cell in cells)
    line = csv_lines([dangerous]).decode().strip()
    assert all(not field.strip('"').startswith(("=", "+", "-", "@", "\t")) for field in line.split(","))
    assert read_csv(csv_lines([["a", "b"], dangerous])).rows[1] == dangerous


def test_formats() -> None:
    """What a request calls its body decides; where browsers know no better name, the first bytes do."""
    assert format_of("text/csv; charset=utf-8", b"") is FileFormat.CSV
    assert format_of("application/json", b"") is FileFormat.JSON
    assert format_of("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"") is FileFormat.XLSX
    assert format_of("application/vnd.ms-excel", b"a,b") is FileFormat.CSV
    assert format_of("application/octet-stream", b"PK\x03\x04") is FileFormat.XLSX
    assert format_of("application/octet-stream", b' {"templates": []}') is FileFormat.JSON
    for other in ("", "application/pdf", "image/png", "multipart/form-data; boundary=x"):
        with pytest.raises(UnsupportedFormat):
            format_of(other, b"a,b")


def repacked(content: bytes, **parts: bytes) -> bytes:
    """The file with other parts in it; - in a name stands for /, and _ for a dot."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            new.writestr(name, part)
    return written.getvalue()


GOOD_XLSX = xlsx(["x", "", "", "q", "", "", "", "", "a", "b", ""])
SHEET = "xl/worksheets/sheet1.xml"
ROW = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    + ROW.format('<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row>')
).encode()


def lying(content: bytes) -> bytes:
    """A zip bomb that says its part is small."""
    bomb = bytearray(repacked(content, **{SHEET: b" " * 30_000_000}))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = bomb.find(signature)
        while at >= 0:
            if struct.unpack_from("<I", bomb, at + offset)[0] == 30_000_000:
                struct.pack_into("<I", bomb, at + offset, 1_000)
            at = bomb.find(signature, at + 4)
    return bytes(bomb)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", UnreadableFile),
        (b"no zip at all", UnreadableFile),
        (b"PK\x03\x04 and no more", UnreadableFile),
        (GOOD_XLSX[:-40], UnreadableFile),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), UnreadableFile),
        (repacked(GOOD_XLSX, **{SHEET: b"<worksheet"}), UnreadableFile),
        (repacked(GOOD_XLSX, **{SHEET: LAUGHS}), UnreadableFile),
        (repacked(GOOD_XLSX, **{"xl/workbook.xml": b"<workbook/>"}), UnreadableFile),
        (repacked(GOOD_XLSX, **{"xl/media/x.bin": bytes(limits.MAX_IMPORT_UNPACKED_BYTES)}), UnpacksTooLarge),
        (repacked(GOOD_XLSX, **{f"x/{number}": b"" for number in range(1001)}), UnpacksTooLarge),
        (lying(GOOD_XLSX), UnreadableFile),
        (repacked(GOOD_XLSX, **{SHEET: ROW.format("<row>" + "<c/>" * (limits.MAX_IMPORT_CELLS + 1) + "</row>").encode()}), UnpacksTooLarge),
        (
            repacked(
                GOOD_XLSX,
                **{
                    SHEET: ROW.format(
                        "".join(f'<row r="{n}"><c r="A{n}" t="str"><v>x</v></c></row>' for n in range(1, limits.MAX_IMPORT_ROWS + 3))
                    ).encode()
                },
            ),
            TooManyRows,
        ),
    ],
    ids=[
        "empty",
        "no zip",
        "cut",
        "cut at the end",
        "old",
        "broken",
        "entities",
        "no sheets",
        "bomb",
        "parts",
        "lying bomb",
        "cells",
        "rows",
    ],
)
def test_hostile_spreadsheets(content: bytes, error: type[InvalidInput]) -> None:
    """Each is refused by a name, and unpacks to nothing large."""
    with pytest.raises(InvalidInput) as refused:
        read_xlsx(content)
    assert refused.type is error


def test_a_far_away_row() -> None:
    """A cell in the last row does not make a million rows before it."""
    far = repacked(GOOD_XLSX, **{SHEET: ROW.format('<row r="1048576"><c r="A1048576" t="str"><v>x</v></c></row>').encode()})

    assert read_xlsx(far).rows == []


def test_a_far_away_column() -> None:
    """A cell in the last column does not make every row sixteen thousand cells long."""
    rows = "".join(f'<row r="{n}"><c r="XFD{n}" t="str"><v>x</v></c></row>' for n in range(1, 100))

    assert read_xlsx(repacked(GOOD_XLSX, **{SHEET: ROW.format(rows).encode()})).rows == []


def test_cells_in_a_part_of_any_name() -> None:
    """What a workbook says is its sheet is one, whatever its part is called."""
    with zipfile.ZipFile(io.BytesIO(GOOD_XLSX)) as parts:
        links, types, sheet = (parts.read(name) for name in ("xl/_rels/workbook.xml.rels", "[Content_Types].xml", SHEET))
    named = {
        "xl/_rels/workbook.xml.rels": links.replace(b"sheet1.xml", b"sheet1.part"),
        "[Content_Types].xml": types.replace(b"sheet1.xml", b"sheet1.part"),
    }
    many = ROW.format("<row>" + "<c/>" * (limits.MAX_IMPORT_CELLS + 1) + "</row>").encode()

    assert read_xlsx(repacked(GOOD_XLSX, **named, **{"xl/worksheets/sheet1.part": sheet})).rows[1][0] == "x"
    with pytest.raises(UnpacksTooLarge):
        read_xlsx(repacked(GOOD_XLSX, **named, **{"xl/worksheets/sheet1.part": many}))


def test_a_file_that_is_given_up_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither before its first row, nor after some, nor when it was saved."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for rows, save in ((0, False), (3, False), (3, True)):
        writer = XlsxWriter("x")
        writer.append([["cell"]] * rows)
        assert bool(list(tmp_path.iterdir())) is bool(rows)
        if save:
            writer.save(io.BytesIO())
        writer.discard()
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"a,b\n\xff\xff", UnknownEncoding),
        (b'title\n"never closed', UnreadableFile),
        (b'title\n"a"b,c', UnreadableFile),
        (b'title\n"' + b"x" * 200_000 + b'"', UnreadableFile),
        (b"x\n" * (limits.MAX_IMPORT_ROWS + 2), TooManyRows),
    ],
)
def test_hostile_texts(content: bytes, error: type[InvalidInput]) -> None:
    """Each is refused by a name."""
    with pytest.raises(error):
        read_csv(content)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"templates": 5}', b'{"surveys": []}', b"[" * 100_000, b'{"templates":[' + b"[" * 100_000]
)
def test_hostile_json(content: bytes) -> None:
    """Each is refused by a name."""
    with pytest.raises(UnreadableFile):
        read_file(content, FileFormat.JSON, IDS)
