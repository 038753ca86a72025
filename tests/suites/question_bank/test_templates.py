"""The question bank over HTTP: keeping, finding, editing, and making surveys of templates and templates of surveys."""

from typing import Any

import pytest

from tests.suites.question_bank.desk import CARD, QUESTION, TEMPLATES, Desk
from turnout.interactions.survey.rules import QuestionType
from turnout.kernel import limits

FULL = {
    "title": "Everything",
    "kind": "exam",
    "name": "期末",
    "tags": ["数学", "2026"],
    "time_limit_s": 600,
    "publish_on_close": False,
    "changeable": True,
    "shuffle_questions": True,
    "shuffle_options": True,
    "questions": [
        {**QUESTION, "multiple": True, "least": 1, "most": 2, "required": True},
        {"type": "true_false", "title": "Yes?", "options": ["True", "False"], "right_options": [0], "score": 1},
        {"type": "free_form", "title": "Why?", "score": 5},
        {"type": "combined", "options": ["A", "B"], "score": 5},
        {"type": "fill_in", "accepted": ["x", "y|z"], "score": 2},
        {"type": "rating", "scale": 10},
        {"type": "name"},
        {"type": "mobile", "verify": False},
        {"type": "mail"},
    ],
}
WRITTEN = ("title", "kind", "time_limit_s", "publish_on_close", "anonymous", "changeable", "shuffle_questions", "shuffle_options", "cover")


def asked(survey: Any) -> Any:
    """What a survey or a template asks, without ids and counts."""
    names = ("title", "type", "options", "right_options", "accepted", "multiple", "least", "most", "required", "score", "scale", "verify")
    return [
        {name: survey[name] for name in WRITTEN if name != "cover"},
        [{name: question[name] for name in names} for question in survey["questions"]],
    ]


async def test_a_template_comes_back_as_it_was_kept(desk: Desk) -> None:
    """Each of its members, and what it shows can be sent again to change it."""
    made = await desk.keep(**FULL)
    read = await desk.get(f"{TEMPLATES}/{made['id']}")

    assert read == made
    assert {name: read[name] for name in FULL if name != "questions"} == {name: FULL[name] for name in FULL if name != "questions"}
    assert read["question_count"] == 9
    body = {name: read[name] for name in (*WRITTEN, "name", "tags", "questions")}
    assert (await desk.ask("PUT", f"{TEMPLATES}/{made['id']}", 200, json=body)).json() | {"updated_at": ""} == made | {"updated_at": ""}


async def test_editing_and_deleting(desk: Desk) -> None:
    """The whole template anew; deleted it is gone, and cannot be deleted again."""
    made = await desk.keep()
    path = f"{TEMPLATES}/{made['id']}"
    edited = (await desk.ask("PUT", path, 200, json={**CARD, "title": "Other", "tags": ["a"]})).json()

    assert (edited["title"], edited["name"], edited["tags"], edited["created_at"]) == ("Other", "Other", ["a"], made["created_at"])
    assert await desk.get(path) == edited
    assert (await desk.ask("DELETE", path, 204)).content == b""
    assert (await desk.refused("GET", path))[:2] == (404, "not_found")
    assert (await desk.refused("DELETE", path))[:2] == (404, "not_found")
    assert (await desk.refused("PUT", path, json=CARD))[:2] == (404, "not_found")
    assert (await desk.get(TEMPLATES))["templates"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"name": "x" * 201}, "name"),
        ({"tags": ["a", " "]}, "tags[1]"),
        ({"tags": ["a，b"]}, "tags[0]"),
        ({"tags": ["x"] * 21}, "tags"),
        ({"questions": []}, "questions"),
        ({"questions": [{**QUESTION, "options": ["A"]}]}, "questions[0].options"),
        ({"kind": "quiz"}, "kind"),
        ({"cover": "pc_nothing"}, "cover"),
        ({"cover": "pc_0000000000000"}, "cover"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_bad_templates(desk: Desk, changes: dict[str, Any], field: str) -> None:
    """Refused by the field that is wrong, when made and when edited, and nothing changes."""
    made = await desk.keep()

    assert await desk.refused("POST", TEMPLATES, json={**CARD, **changes}) == (400, "invalid_input", field)
    assert await desk.refused("PUT", f"{TEMPLATES}/{made['id']}", json={**CARD, **changes}) == (400, "invalid_input", field)
    assert [one["id"] for one in (await desk.get(TEMPLATES))["templates"]] == [made["id"]]
    assert await desk.get(f"{TEMPLATES}/{made['id']}") == made


async def test_the_words_of_a_field_are_told(desk: Desk) -> None:
    """Whoever sends a kind or a type that there is not is told which there are."""
    for changes, words in (
        ({"kind": "quiz"}, "one of answer_card, vote, questionnaire, exam"),
        ({"questions": [QUESTION, {"type": "riddle"}]}, f"one of {', '.join(QuestionType)}"),
    ):
        reply = await desk.ask("POST", TEMPLATES, 400, json={**CARD, **changes})
        assert reply.json()["error"]["message"] == words


async def test_pictures_are_the_accounts_own(desk: Desk, stranger: Desk) -> None:
    """A template shows the account's pictures, and no others."""
    picture, foreign = await desk.picture(), await stranger.picture()
    question = {"type": "picture_choice", "options": ["A", "B"], "option_pictures": [picture, picture]}
    made = await desk.keep(cover=picture, questions=[question])

    assert (made["cover"], made["questions"][0]["option_pictures"]) == (picture, [picture, picture])
    question = {**question, "option_pictures": [picture, foreign]}
    assert await desk.refused("POST", TEMPLATES, json={**CARD, "questions": [question]}) == (
        400,
        "invalid_input",
        "questions[0].option_pictures[1]",
    )


async def test_searching(desk: Desk) -> None:
    """Every word must be found, in name, tags, title or questions; letter case and width do not matter; signs mean themselves."""
    await desk.keep(title="Ports and HTTPS", tags=["network"])
    await desk.keep(title="期末考试", name="Final 100%", tags=["数学"])
    await desk.keep(title="Ports of the world", questions=[{"title": "Hafen_stadt?", "options": ["A", "B"]}])

    async def found(search: str) -> list[str]:
        return [one["title"] for one in (await desk.get(TEMPLATES, params={"search": search}))["templates"]]

    assert await found("") == ["Ports of the world", "期末考试", "Ports and HTTPS"]
    assert await found("ports") == ["Ports of the world", "Ports and HTTPS"]
    assert await found("ＰＯＲＴＳ network") == ["Ports and HTTPS"]
    assert await found("考试 数学") == ["期末考试"]
    assert await found("100%") == ["期末考试"]
    assert await found("%") == ["期末考试"]
    assert await found("hafen_stadt") == ["Ports of the world"]
    assert await found("ports 数学") == []
    for refused in ("x" * 300, "a\x00b"):
        assert await desk.refused("GET", TEMPLATES, params={"search": refused}) == (400, "invalid_input", "search")


async def test_pages(desk: Desk) -> None:
    """Newest first, page after page, none twice, none left out; the last page says so."""
    made = [(await desk.keep(title=f"Card {number}"))["id"] for number in range(5)]
    seen: list[str] = []
    after: str | None = None
    while True:
        page = await desk.get(TEMPLATES, params={"limit": 2} | ({"after": after} if after else {}))
        seen += [one["id"] for one in page["templates"]]
        after = page["next"]
        if after is None:
            break
        assert len(page["templates"]) == 2

    assert seen == made[::-1]
    assert set(page["templates"][0]) == {"id", "name", "tags", "kind", "title", "question_count", "created_at", "updated_at"}
    assert (await desk.refused("GET", TEMPLATES, params={"limit": limits.MAX_PAGE_LENGTH + 1}))[0] == 400
    assert (await desk.refused("GET", TEMPLATES, params={"after": "ls_1"}))[0] == 404


async def test_a_bank_belongs_to_its_account(desk: Desk, stranger: Desk) -> None:
    """Others neither see a template, nor change it, nor use it, nor learn that it is there."""
    made = await desk.keep()
    path = f"{TEMPLATES}/{made['id']}"
    _, live_session = await stranger.live_session()

    for method, request in (("GET", {}), ("PUT", {"json": CARD}), ("DELETE", {})):
        assert (await stranger.refused(method, path, **request))[:2] == (404, "not_found")
    assert (await stranger.refused("GET", f"{path}/export", params={"format": "csv"}))[:2] == (404, "not_found")
    making = f"/api/v1/live-sessions/{live_session['id']}/surveys/from-template"
    assert (await stranger.refused("POST", making, json={"template": made["id"]}))[:2] == (404, "not_found")
    assert (await stranger.get(TEMPLATES))["templates"] == []
    assert (await desk.served.client.get(path)).status_code == 401


async def test_kept_once(desk: Desk) -> None:
    """The same request under the same key makes one template, and gets the first outcome."""
    headers = {"idempotency-key": "k1"}
    first = await desk.post(TEMPLATES, CARD, headers=headers)
    again = await desk.post(TEMPLATES, CARD, headers=headers)

    assert again == first
    assert len((await desk.get(TEMPLATES))["templates"]) == 1
    assert (await desk.refused("POST", TEMPLATES, json={**CARD, "title": "x"}, headers=headers))[:2] == (409, "idempotency_key_reused")


async def test_a_survey_from_a_template(desk: Desk) -> None:
    """It asks what the template asks, names it, and stays as it is when the template changes; the key makes it once."""
    made = await desk.keep(**FULL)
    _, live_session = await desk.live_session()
    path = f"/api/v1/live-sessions/{live_session['id']}/surveys"
    survey = await desk.post(f"{path}/from-template", {"template": made["id"]}, headers={"idempotency-key": "s"})
    again = await desk.post(f"{path}/from-template", {"template": made["id"]}, headers={"idempotency-key": "s"})

    assert again == survey
    assert (survey["state"], survey["template"]) == ("draft", made["id"])
    assert asked(survey) == asked(made)
    await desk.ask("DELETE", f"{TEMPLATES}/{made['id']}", 204)
    assert await desk.post(f"{path}/from-template", {"template": made["id"]}, headers={"idempotency-key": "s"}) == survey
    opened = await desk.post(f"{path}/{survey['id']}/open")
    assert (opened["state"], asked(opened)) == ("open", asked(made))
    assert (await desk.refused("POST", f"{path}/from-template", json={"template": made["id"]}))[:2] == (404, "not_found")


async def test_a_template_from_a_survey(desk: Desk, stranger: Desk) -> None:
    """What it asks, whatever has become of it; a survey of another account is not there."""
    _, live_session = await desk.live_session()
    path = f"/api/v1/live-sessions/{live_session['id']}/surveys"
    written = {name: FULL[name] for name in FULL if name not in ("name", "tags")}
    survey = await desk.post(path, written)
    await desk.post(f"{path}/{survey['id']}/open")
    await desk.post(f"{path}/{survey['id']}/close")
    body = {"live_session": live_session["id"], "survey": survey["id"]}
    kept = await desk.post(f"{TEMPLATES}/from-survey", {**body, "tags": ["kept"]})

    assert asked(kept) == asked(survey)
    assert (kept["name"], kept["tags"]) == ("Everything", ["kept"])
    assert (await desk.post(f"{TEMPLATES}/from-survey", {**body, "name": "Mine"}))["name"] == "Mine"
    assert (await stranger.refused("POST", f"{TEMPLATES}/from-survey", json=body))[:2] == (404, "not_found")


async def test_a_full_bank(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than fits is refused by name, by whatever way it comes."""
    monkeypatch.setattr(limits, "MAX_TEMPLATES_PER_ACCOUNT", 2)
    await desk.keep()
    made = await desk.keep()
    exported = await desk.ask("GET", f"{TEMPLATES}/{made['id']}/export", 200, params={"format": "csv"})

    assert (await desk.refused("POST", TEMPLATES, json=CARD))[:2] == (409, "too_many_templates")
    full = await desk.bring(exported.content, "csv")
    assert (full.status_code, full.json()["error"]["code"]) == (409, "too_many_templates")
