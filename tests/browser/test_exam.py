"""An exam with every type of question, from a form half filled in to points given by hand."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.steps import Live, asked, choose, confirm, enter, expect_card, expect_phase, submit, to_desk
from tests.harness.server import Account
from turnout.client import native_replies
from turnout.rehearsal.drawing import draw


def _open_exam(live: Live) -> native_replies.Survey:
    """30 points can be given: 12 of them by hand."""
    pictures = [live.client.upload_picture(draw(number), "image/png").id for number in range(3)]
    questions: list[dict[str, Any]] = [
        {"type": "choice", "title": "Primes?", "options": ["2", "4", "5"], "right_options": [0, 2], "multiple": True, "score": 5},
        {"type": "true_false", "title": "Water is wet.", "options": ["True", "False"], "right_options": [0], "score": 4},
        {
            "type": "picture_choice",
            "title": "A circle?",
            "options": ["a", "b", "c"],
            "option_pictures": pictures,
            "right_options": [0],
            "score": 4,
        },
        {"type": "fill_in", "title": "Capital of France?", "accepted": ["Paris"], "score": 5, "required": True},
        {"type": "free_form", "title": "Why?", "score": 8},
        {"type": "combined", "title": "Which, and why?", "options": ["TCP", "UDP"], "score": 4},
        {"type": "rating", "title": "How hard was it?", "scale": 10},
        {"type": "name", "title": "Your name", "required": True},
        {"type": "mobile", "title": "Your number"},
        {"type": "mail", "title": "Your mail"},
    ]
    return live.opened("exam", "Final exam", questions, shuffle_questions=True, shuffle_options=True)


def _expect_first_half(phone: Page) -> None:
    expect(asked(phone, "choice").get_by_test_id("option-0")).to_be_checked()
    expect(asked(phone, "choice").get_by_test_id("option-2")).to_be_checked()
    expect(asked(phone, "picture_choice").get_by_test_id("option-1")).to_be_checked()
    expect(asked(phone, "free_form").get_by_test_id("words")).to_have_value("Because\nof this.")
    expect(asked(phone, "rating").get_by_test_id("star-7")).to_be_checked()
    expect(asked(phone, "combined").get_by_test_id("option-1")).to_be_checked()
    expect(asked(phone, "combined").get_by_test_id("words")).to_have_value("It is quick.")


def test_an_exam_half_filled_in_reloaded_submitted_and_marked(account: Account, live: Live, laptop: Page, second_phone: Page) -> None:
    """What is filled in is on the server, and there again after a reload; what cannot be taken is said at its question; the host closes
    the exam and marks by hand, and the viewer's points grow without a reload."""
    phone = second_phone
    exam = _open_exam(live)
    enter(phone, live.address, "Ada")
    expect(phone.get_by_test_id("question")).to_have_count(10)

    choose(asked(phone, "choice"), 0, 2)
    choose(asked(phone, "picture_choice"), 1)
    asked(phone, "free_form").get_by_test_id("words").fill("Because\nof this.")
    asked(phone, "rating").locator("label", has=phone.get_by_test_id("star-7")).click()
    choose(asked(phone, "combined"), 1)
    asked(phone, "combined").get_by_test_id("words").fill("It is quick.")
    expect(phone.get_by_test_id("progress")).to_contain_text("5 of 10")
    expect(phone.get_by_test_id("draft-state")).to_have_text("Saved automatically")
    kept_here = phone.evaluate("Object.keys(localStorage).filter((key) => key.includes('changes'))")
    assert kept_here == [], "what the server has need not be kept on the phone"
    order = phone.get_by_test_id("question").evaluate_all("(all) => all.map(({ dataset }) => dataset.type)")
    phone.reload()
    expect_phase(phone, "inside")
    _expect_first_half(phone)
    assert phone.get_by_test_id("question").evaluate_all("(all) => all.map(({ dataset }) => dataset.type)") == order

    choose(asked(phone, "true_false"), 0)
    asked(phone, "fill_in").get_by_test_id("words").fill(" paris ")
    asked(phone, "mail").get_by_test_id("words").fill("ada@")
    asked(phone, "mobile").get_by_test_id("words").fill("13800138000")
    phone.get_by_test_id("submit-answer").click()
    expect(phone.get_by_test_id("problem")).to_have_count(2)
    asked(phone, "mail").get_by_test_id("words").fill("ada@example.com")
    asked(phone, "name").get_by_test_id("words").fill("Ada Lovelace")
    expect(phone.get_by_test_id("problem")).to_have_count(0)
    submit(phone)

    to_desk(laptop, account, live)
    expect(laptop.get_by_test_id("answered")).to_contain_text("1")
    laptop.get_by_test_id("close-card").click()
    expect(phone.get_by_test_id("points")).to_have_text("14")
    expect(phone.get_by_test_id("to-mark")).to_contain_text("2 answers")

    laptop.get_by_test_id("view-marking").click()
    expect(laptop.get_by_test_id("marking-answer")).to_contain_text("Because\nof this.")
    laptop.get_by_test_id("mark-points").fill("9")
    expect(laptop.get_by_test_id("mark-next")).to_be_disabled()
    laptop.get_by_test_id("mark-points").fill("6")
    laptop.get_by_test_id("mark-points").press("Enter")
    expect(laptop.get_by_test_id("marking-answer")).to_contain_text("It is quick.")
    expect(phone.get_by_test_id("points")).to_have_text("20")
    laptop.get_by_test_id("mark-points").fill("3")
    laptop.get_by_test_id("mark-points").press("Enter")
    laptop.locator(".el-message-box").wait_for()
    laptop.keyboard.press("Enter")
    laptop.locator(".el-message-box__btns button").first.click()
    assert live.survey(exam).to_mark == 1, "the last mark settles the exam only when its host says so, not by a key pressed twice"
    laptop.get_by_test_id("mark-points").fill("4")
    laptop.get_by_test_id("mark-next").click()
    confirm(laptop)
    expect_card(laptop, "settled")
    expect(phone.get_by_test_id("points")).to_have_text("24")
    expect(phone.get_by_test_id("to-mark")).to_have_count(0)

    settled = live.survey(exam)
    assert (settled.answered, settled.points, settled.to_mark, settled.settled_by) == (1, 24, 0, "marking")
    laptop.get_by_test_id("view-people").click()
    laptop.get_by_test_id("submission-row").click()
    laptop.get_by_text("ada@example.com").wait_for()
