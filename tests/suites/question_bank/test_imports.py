"""Files of templates over HTTP: all or nothing, every fault told, and what is taken out comes in again."""

import csv
import io
import json
from typing import Any

import pytest

from tests.suites.question_bank.desk import CARD, MEDIA_TYPES, QUESTION, TEMPLATES, Desk
from turnout.kernel import limits

HEAD = "标题,类型,题型,题目,正确选项,选项A,选项B\r\n"
GOOD = f"{HEAD}热身,答题卡,选择题,哪个？,B,甲,乙\r\n意见,问卷,问答题,为什么？,,,\r\n,,评分题,几分？,,,\r\n"


async def titles(desk: Desk) -> list[str]:
    return [one["title"] for one in (await desk.get(TEMPLATES))["templates"]]


async def test_a_sheet_as_excel_in_china_writes_it(desk: Desk) -> None:
    """GB 18030 and Chinese words; what is said to be kept is there, in the file's order."""
    reply = (await desk.bring(GOOD.encode("gb18030"), "csv")).json()

    assert (reply["kept"], reply["errors"]) == (True, [])
    assert [(one["title"], one["name"], one["kind"], one["question_count"]) for one in reply["templates"]] == [
        ("热身", "热身", "answer_card", 1),
        ("意见", "意见", "questionnaire", 2),
    ]
    read = await desk.get(f"{TEMPLATES}/{reply['templates'][0]['id']}")
    assert (read["questions"][0]["options"], read["questions"][0]["right_options"]) == (["甲", "乙"], [1])
    assert await titles(desk) == ["意见", "热身"]


async def test_nothing_is_kept_when_anything_is_wrong(desk: Desk) -> None:
    """Every fault is told with row and column as the file names them; the good templates of the file are not kept either."""
    content = GOOD + ",,连线题,?,,,\r\n考,考试,选择题,哪个？,C,甲,\r\n"
    reply = await desk.bring(content.encode(), "csv")

    assert reply.status_code == 200
    body = reply.json()
    assert [(one["row"], one["column"], one["code"]) for one in body["errors"]] == [
        (5, "题型", "unknown_type"),
        (6, "正确选项", "unknown_option"),
        (6, "选项A", "invalid_input"),
    ]
    assert body["kept"] is False
    assert [one["id"] for one in body["templates"]] == [None, None, None]
    assert await titles(desk) == []


async def test_a_kind_that_is_none_is_not_another_one(desk: Desk) -> None:
    """Only the fault tells of such a template; the others of the file are listed as they are, and so is what else is wrong with it."""
    reply = (await desk.bring(f"{GOOD}抽奖,poll,选择题,哪个？,D,甲,乙\r\n".encode(), "csv")).json()

    assert [(one["title"], one["kind"]) for one in reply["templates"]] == [("热身", "answer_card"), ("意见", "questionnaire")]
    assert [(one["row"], one["column"], one["code"], one["message"]) for one in reply["errors"]] == [
        (5, "类型", "unknown_kind", "one of answer_card, vote, questionnaire, exam"),
        (5, "正确选项", "unknown_option", "there is no option D"),
    ]
    file = {"templates": [{**CARD, "kind": "poll"}]}
    faults = (await desk.bring(json.dumps(file).encode(), "json")).json()["errors"]
    assert [(one["column"], one["message"]) for one in faults] == [("kind", "one of answer_card, vote, questionnaire, exam")]


async def test_a_dry_run_keeps_nothing(desk: Desk) -> None:
    """It only says what the file holds."""
    reply = (await desk.bring(GOOD.encode(), "csv", params={"dry_run": "true"})).json()

    assert (reply["kept"], reply["errors"], [one["title"] for one in reply["templates"]]) == (False, [], ["热身", "意见"])
    assert await titles(desk) == []


async def test_imported_once(desk: Desk) -> None:
    """The same file under the same key comes in once."""
    headers = {"idempotency-key": "file"}
    first = (await desk.bring(GOOD.encode(), "csv", headers=headers)).json()
    again = (await desk.bring(GOOD.encode(), "csv", headers=headers)).json()

    assert again == first
    assert len(await titles(desk)) == 2


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
async def test_out_and_in_again(desk: Desk, kind: str, language: str) -> None:
    """A template taken out in any format comes in as the same template, pictures included."""
    picture = await desk.picture()
    made = await desk.keep(
        name='=cmd "x"',
        tags=["a", "b c"],
        cover=picture,
        questions=[{**QUESTION, "title": "-1\n+1, 一", "options": ["=A", "@B", "'C"], "option_pictures": [None, picture, None]}],
    )
    path = f"{TEMPLATES}/{made['id']}/export"
    exported = await desk.ask("GET", path, 200, params={"format": kind, "language": language})
    reply = (await desk.bring(exported.content, kind)).json()

    assert reply["errors"] == []
    copy = await desk.get(f"{TEMPLATES}/{reply['templates'][0]['id']}")
    assert copy["id"] != made["id"]
    apart = {"id": "", "created_at": "", "updated_at": ""}
    assert copy | apart == made | apart
    assert exported.headers["content-type"].startswith(MEDIA_TYPES[kind])
    assert exported.headers["content-disposition"].endswith(f".{kind}")
    assert "attachment" in exported.headers["content-disposition"]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
async def test_the_sample(desk: Desk, kind: str, language: str) -> None:
    """It can be imported as it is."""
    sample = await desk.ask("GET", f"{TEMPLATES}/sample", 200, params={"format": kind, "language": language})
    reply = (await desk.bring(sample.content, kind)).json()

    assert (reply["kept"], reply["errors"], len(reply["templates"])) == (True, [], 4)
    assert {one["kind"] for one in reply["templates"]} == {"answer_card", "vote", "questionnaire", "exam"}


async def test_pictures_of_others(desk: Desk, stranger: Desk) -> None:
    """A picture that is not the account's is told at each cell that names it, as one that does not exist is."""
    foreign = await stranger.picture()
    content = f"title,type,cover,option_a,option_b,picture_a,picture_b\nx,picture_choice,{foreign},a,b,{foreign},pc_1\n"
    reply = (await desk.bring(content.encode(), "csv")).json()

    assert {(one["row"], one["column"], one["code"]) for one in reply["errors"]} >= {
        (2, "cover", "unknown_picture"),
        (2, "picture_a", "unknown_picture"),
        (2, "picture_b", "unknown_picture"),
    }
    assert reply["kept"] is False


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"a", "application/pdf", 415, "unsupported_format"),
        (b"a", "multipart/form-data; boundary=x", 415, "unsupported_format"),
        (b"\xff\xff\xff", "csv", 400, "unknown_encoding"),
        (b"no spreadsheet", "xlsx", 400, "unreadable_file"),
        (b"{}", "json", 400, "unreadable_file"),
        (b'title\n"', "csv", 400, "unreadable_file"),
        (b"a\n" * (limits.MAX_IMPORT_ROWS + 2), "csv", 400, "too_many_rows"),
        (b"a" * (limits.MAX_BODY_BYTES + 1), "csv", 413, "body_too_large"),
    ],
)
async def test_files_that_are_refused(desk: Desk, content: bytes, kind: str, status: int, code: str) -> None:
    """By name, and the server goes on."""
    reply = await desk.bring(content, kind)

    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert await titles(desk) == []


async def test_only_the_accounts_people_import(desk: Desk) -> None:
    """Whoever has no key does not."""
    reply = await desk.served.client.post(f"{TEMPLATES}/import", content=GOOD.encode(), headers={"content-type": "text/csv"})

    assert reply.status_code == 401


async def test_formats_that_are_not_known(desk: Desk) -> None:
    """There are three."""
    made = await desk.keep()

    path = f"{TEMPLATES}/{made['id']}/export"
    assert await desk.refused("GET", path, params={"format": "pdf"}) == (400, "invalid_input", "format")
    assert await desk.refused("GET", path) == (400, "invalid_input", "format")
    assert await desk.refused("GET", path, params={"format": "csv", "language": "fr"}) == (400, "invalid_input", "language")
    reply = await desk.ask("GET", path, params={"format": "pdf"})
    assert reply.json()["error"]["message"] == "one of csv, xlsx, json"


async def test_names_of_files(desk: Desk) -> None:
    """A template's name is the file's, whatever letters it has; nothing in it reaches the header."""
    made = await desk.keep(name='期末 "1"/\\')
    reply = await desk.ask("GET", f"{TEMPLATES}/{made['id']}/export", 200, params={"format": "json"})

    assert reply.headers["content-disposition"] == "attachment; filename=\"1.json\"; filename*=UTF-8''%E6%9C%9F%E6%9C%AB%20%201.json"
    assert reply.json()["templates"][0]["title"] == CARD["title"]


def cells(content: bytes) -> list[list[Any]]:
    """The cells of a CSV file, and that it is as Excel wants it."""
    text = content.decode("utf-8-sig")
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(text, newline="")))


async def test_no_exported_template_is_a_formula(desk: Desk) -> None:
    """A sheet taken out of the bank calculates nothing when it is opened."""
    made = await desk.keep(title="=1+1", questions=[{**QUESTION, "title": "@x", "options": ["-1", "+1"]}])
    exported = await desk.ask("GET", f"{TEMPLATES}/{made['id']}/export", 200, params={"format": "csv"})

    row = cells(exported.content)[1]
    assert {"'=1+1", "'@x", "'-1", "'+1"} <= set(row)
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
