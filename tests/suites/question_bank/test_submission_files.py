"""What was submitted to a survey, as a file: whole, in each format, and safe to open."""

import csv
import io
from typing import Any

import msgspec
import openpyxl
import pytest

from tests.fake_clock import FakeClock
from tests.suites.question_bank.desk import Desk
from turnout.kernel import limits

QUESTIONS = [
    {"title": "Which?", "options": ["North", "South", "West"], "multiple": True, "right_options": [0, 2], "score": 2},
    {"title": "Why?", "type": "free_form", "score": 5},
    {"title": "Both", "type": "combined", "options": ["A", "B"]},
    {"title": "How?", "type": "rating", "scale": 10},
    {"title": "Fill", "type": "fill_in", "accepted": ["x"], "score": 1},
]


class Played:
    """A survey in a live session."""

    def __init__(self, desk: Desk, room: Any, live_session: Any, survey: Any) -> None:
        self.desk, self.room, self.live_session, self.survey = desk, room, live_session, survey
        self.path = f"/api/v1/live-sessions/{live_session['id']}/surveys/{survey['id']}"

    @classmethod
    async def open(cls, desk: Desk, **survey: Any) -> "Played":
        room, live_session = await desk.live_session()
        made = await desk.post(f"/api/v1/live-sessions/{live_session['id']}/surveys", survey)
        played = cls(desk, room, live_session, made)
        await desk.post(f"{played.path}/open")
        return played

    async def answer(self, name: str, *answers: Any) -> None:
        viewer_id = await self.desk.viewer(self.room, name)
        await self.desk.answer(self.survey, self.live_session, viewer_id, *answers)

    async def export(self, kind: str, **params: str) -> bytes:
        return (await self.desk.ask("GET", f"{self.path}/export", 200, params={"format": kind, **params})).content


def csv_cells(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_every_answer_is_in_the_file(desk: Desk, clock: FakeClock) -> None:
    """One row for each submission, one column for each question; no cell is a formula; right answers and points beside."""
    played = await Played.open(desk, kind="exam", title="期末", questions=QUESTIONS)
    await played.answer("=Vera", [2, 0], "=cmd|' /C calc'!A0", ([1], "why\nnot"), 7, "X")
    await played.answer("Otto", [1], None, ([], "text"), None, "y")
    rows = csv_cells(await played.export("csv"))

    assert rows[0] == [
        *("viewer", "name", "answered at (UTC)", "right answers", "points", "still to mark"),
        *(
            "1. Which?",
            "2. Why?",
            "2. Why? – points by hand",
            "3. Both",
            "3. Both – text",
            "4. How?",
            "5. Fill",
            "5. Fill – points by hand",
        ),
    ]
    assert rows[1][0].startswith("vw_")
    assert rows[1][1:] == [
        *("'=Vera", "2026-01-05 08:00:00", "2", "3", "1", "A. North; C. West", "'=cmd|' /C calc'!A0", ""),
        *("B. B", "why\nnot", "7", "X", ""),
    ]
    assert rows[2][1:] == ["Otto", "2026-01-05 08:00:00", "0", "0", "0", "B. South", "", "", "", "text", "", "y", ""]
    assert len(rows) == 3
    chinese = csv_cells(await played.export("csv", language="zh"))
    assert (chinese[0][:3], chinese[1][2]) == (["观众 ID", "姓名", "提交时间（北京时间）"], "2026-01-05 16:00:00")


async def test_the_same_in_each_format(desk: Desk) -> None:
    """XLSX has the cells of the CSV, with texts that are texts and numbers that are numbers; JSON is what the API says."""
    played = await Played.open(desk, kind="exam", title="'期末' 🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓", questions=QUESTIONS)
    await played.answer("=Vera", [2, 0], "=1+1", ([1], "-1"), 7, "X")
    sheet = openpyxl.load_workbook(io.BytesIO(await played.export("xlsx"))).worksheets[0]
    cells = list(sheet.iter_rows())

    assert sheet.title == "submissions"  # Excel takes no sheet under every name that a survey may have
    shown = [["" if cell.value is None else str(cell.value) for cell in row] for row in cells]
    plain = [[cell.removeprefix("'") for cell in row] for row in csv_cells(await played.export("csv"))]
    assert shown == plain
    assert {cell.data_type for row in cells for cell in row} <= {"s", "n"}
    assert [cell.value for cell in cells[1] if cell.data_type == "n" and cell.value is not None] == [2, 3, 1, 7]
    body = (await desk.ask("GET", f"{played.path}/export", 200, params={"format": "json"})).json()
    listed = await desk.get(f"{played.path}/submissions")
    assert body["submissions"] == listed["submissions"]
    assert body["survey"]["id"] == played.survey["id"]


async def test_marks_are_in_the_file(desk: Desk) -> None:
    """Points by hand have a column of their own."""
    played = await Played.open(desk, kind="exam", title="t", questions=QUESTIONS[1:2])
    await played.answer("Vera", "essay")
    await desk.post(f"{played.path}/close")
    (given,) = (await desk.get(f"{played.path}/submissions"))["submissions"]
    await desk.post(f"{played.path}/marks", {"viewer": given["viewer"]["id"], "question": played.survey["questions"][0]["id"], "points": 4})

    assert csv_cells(await played.export("csv"))[1][3:] == ["0", "4", "0", "essay", "4"]


async def test_an_anonymous_survey(desk: Desk) -> None:
    """Nothing while it is open; then the answers, without viewers, names and times."""
    questions = [{"type": "free_form"}, {"options": ["A", "B"]}]
    played = await Played.open(desk, kind="questionnaire", title="t", anonymous=True, questions=questions)
    for name in ("Vera", "Otto"):
        await played.answer(name, f"{len(name)} letters", [1])
    for kind in ("csv", "xlsx", "json"):
        assert (await desk.refused("GET", f"{played.path}/export", params={"format": kind}))[:2] == (409, "anonymous_open")
    await desk.post(f"{played.path}/close")
    content = await played.export("csv")

    rows = csv_cells(content)
    assert rows[0] == ["1.", "2."]
    assert rows[1:] == [["4 letters", "B. B"]] * 2
    everything = content + await played.export("json")
    assert b"Vera" not in everything
    assert b"vw_" not in everything


async def test_an_anonymous_card(desk: Desk) -> None:
    """Right answers and points of each ballot, and of all of them together."""
    question = {"options": ["A", "B"], "right_options": [1], "score": 3}
    played = await Played.open(desk, kind="answer_card", title="t", anonymous=True, questions=[question])
    for name, choice in (("Vera", 1), ("Otto", 0)):
        await played.answer(name, [choice])
    await desk.post(f"{played.path}/close")

    rows = csv_cells(await played.export("csv"))
    assert rows[0] == ["right answers", "points", "still to mark", "1."]
    assert sorted(rows[1:]) == [["0", "0", "0", "A. A"], ["1", "3", "0", "B. B"]]
    assert [(await desk.get(played.path))[name] for name in ("answered", "right")] == [2, 1]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
async def test_many_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Nobody is left out or doubled where one page of submissions ends; a survey without answers is a file without rows."""
    monkeypatch.setattr(limits, "MAX_PAGE_LENGTH", 2)
    played = await Played.open(desk, kind="vote", title="t", questions=[{"options": ["A", "B"]}])
    empty = await played.export(kind)
    names = [f"Viewer {number}" for number in range(4)]
    for name in names:
        await played.answer(name, [0])
    content = await played.export(kind)

    def found(file: bytes) -> list[str]:
        if kind == "csv":
            return [row[1] for row in csv_cells(file)[1:]]
        if kind == "xlsx":
            return [str(row[1].value) for row in openpyxl.load_workbook(io.BytesIO(file)).worksheets[0].iter_rows(min_row=2)]
        return [one["viewer"]["name"] for one in msgspec.json.decode(file)["submissions"]]

    assert found(empty) == []
    assert sorted(found(content)) == names


async def test_more_than_a_spreadsheet_takes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused by name; CSV has no end."""
    played = await Played.open(desk, kind="vote", title="t", questions=[{"options": ["A", "B"]}])
    for name in ("Vera", "Otto"):
        await played.answer(name, [0])
    monkeypatch.setattr(limits, "MAX_EXPORTED_SUBMISSIONS", 1)

    assert (await desk.refused("GET", f"{played.path}/export", params={"format": "xlsx"}))[:2] == (400, "too_many_rows")
    assert len(csv_cells(await played.export("csv"))) == 3


async def test_times_are_those_of_the_answers(desk: Desk, clock: FakeClock) -> None:
    """In seconds, of the moment in which it was received."""
    played = await Played.open(desk, kind="vote", title="t", questions=[{"options": ["A", "B"]}])
    clock.advance(61)
    await played.answer("Vera", [0])

    assert csv_cells(await played.export("csv"))[1][2] == "2026-01-05 08:01:01"


async def test_only_the_account_exports(desk: Desk, stranger: Desk) -> None:
    """To others there is no such live session."""
    played = await Played.open(desk, kind="vote", title="t", questions=[{"options": ["A", "B"]}])

    assert (await stranger.refused("GET", f"{played.path}/export", params={"format": "csv"}))[:2] == (404, "not_found")
    assert (await desk.served.client.get(f"{played.path}/export", params={"format": "csv"})).status_code == 401
