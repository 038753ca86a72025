"""A host's way with prepared questions through the whole server: a sheet, a survey made from it, viewers, and a file at the end."""

import csv
import io
from typing import Any

import openpyxl
import pytest

from tests.flows.live import Customer

SHEET = (
    "标题,类型,标签,题型,题目,分值,正确选项,正确答案,选项A,选项B,选项C\r\n"
    "结业考试,考试,期末,选择题,HTTPS 使用哪个端口？,10,B,,80,443,8080\r\n"
    ",,,填空题,中国的首都,10,,北京|Beijing,,,\r\n"
    ",,,问答题,请解释背压,20,,,,,\r\n"
)
CSV = {"Content-Type": "text/csv"}


def opened(customer: Customer, live_session: Any, template: Any) -> Any:
    """A survey made from the template, open."""
    survey = customer.post(f"/live-sessions/{live_session['id']}/surveys/from-template", {"template": template["id"]})
    return customer.change(live_session, survey, "open")


def rows_of(customer: Customer, path: str, kind: str) -> list[list[str]]:
    """The rows of an exported file, without its head."""
    reply = customer.call("GET", f"{path}/export?format={kind}")
    assert reply.status == 200, reply
    if kind == "csv":
        return list(csv.reader(io.StringIO(reply.body.decode("utf-8-sig"), newline="")))[1:]
    sheet = openpyxl.load_workbook(io.BytesIO(reply.body)).worksheets[0]
    return [["" if cell.value is None else str(cell.value) for cell in row] for row in sheet.iter_rows(min_row=2)]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_from_a_sheet_to_a_file_of_answers(customer: Customer, kind: str) -> None:
    """Imported, asked, answered and exported: what the host wrote is what viewers see, and what they answer is what the host takes home."""
    reply = customer.call("POST", "/templates/import", SHEET.encode("gb18030"), CSV)
    assert reply.json["errors"] == []
    (template,) = reply.json["templates"]
    room = customer.room()
    live_session = customer.live_session(room)
    exam = opened(customer, live_session, template)
    viewer, entered = customer.viewer(room, "张伟")
    (seen,) = entered["snapshot"]["surveys"]

    assert [question["title"] for question in seen["questions"]] == ["HTTPS 使用哪个端口？", "中国的首都", "请解释背压"]
    assert "right_options" not in seen["questions"][0]
    answers: list[dict[str, Any]] = [{"choices": [1]}, {"text": " beijing "}, {"text": "=慢一点"}]
    named = [{"question": question["id"], **answer} for question, answer in zip(seen["questions"], answers, strict=True)]
    assert viewer.submit(exam["id"], named)["op"] == "accepted"
    customer.change(live_session, exam, "close")
    (row,) = rows_of(customer, f"/live-sessions/{live_session['id']}/surveys/{exam['id']}", kind)
    apostrophe = "'" if kind == "csv" else ""
    assert row[1:2] + row[3:] == ["张伟", "2", "20", "1", "B. 443", "beijing", "", f"{apostrophe}=慢一点", ""]


def test_a_survey_of_one_live_session_in_the_next(customer: Customer) -> None:
    """Kept as a template, taken out as a file, brought in and asked again, it asks the same."""
    room = customer.room()
    live_session = customer.live_session(room)
    first = customer.opened(live_session)
    kept = customer.post("/templates/from-survey", {"live_session": live_session["id"], "survey": first["id"]})
    customer.post(f"/live-sessions/{live_session['id']}/end")
    exported = customer.call("GET", f"/templates/{kept['id']}/export?format=csv&language=zh")
    brought = customer.call("POST", "/templates/import", exported.body, CSV).json
    second = opened(customer, customer.live_session(room), brought["templates"][0])

    apart = {"id": "", "to_mark": 0}
    assert [question | apart for question in second["questions"]] == [question | apart for question in first["questions"]]
    assert second["template"] == brought["templates"][0]["id"]
