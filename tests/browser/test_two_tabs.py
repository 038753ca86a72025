"""One viewer with two tabs: what is done in one shows in the other."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import Live, asked, choose, enter, expect_phase, look_at, submit


@pytest.fixture
def tabs(phone: Page, live: Live) -> Iterator[tuple[Page, Page]]:
    """Two tabs of one phone on which a viewer is in the room; only the first was told a name."""
    other = phone.context.new_page()
    other.goto(live.address)
    expect_phase(other, "naming")
    enter(phone, live.address, "林晓")
    expect_phase(other, "inside")
    yield phone, other
    assert live.client.list_viewers(live.live_session.id).total == 1


def test_an_anonymous_vote(live: Live, tabs: tuple[Page, Page]) -> None:
    """One tab votes, the other knows that it is done; neither shows the choice; one person is counted, once. The result stands there
    although something else is open, until it is put away."""
    here, there = tabs
    vote = live.opened("vote", "Lunch", [{"title": "Where?", "options": ["Inside", "Outside"]}], anonymous=True)
    there.get_by_test_id("anonymous").wait_for()
    choose(here, 1)
    submit(here)
    there.get_by_test_id("answer-saved").wait_for()
    expect(there.get_by_test_id("question")).to_have_count(0)
    here.reload()
    here.get_by_test_id("answer-saved").wait_for()
    expect(here.get_by_test_id("question")).to_have_count(0)
    live.opened("questionnaire", "Feedback, open all day", [{"type": "free_form", "title": "How is it?"}])
    there.get_by_test_id("words").fill("half a sen")
    live.close(vote)
    for tab in tabs:
        tab.get_by_test_id("result").wait_for()
    expect(there.get_by_test_id("words")).to_be_focused()
    expect(there.get_by_test_id("words")).to_have_value("half a sen")
    counted = live.survey(vote)
    assert (counted.answered, counted.questions[0].counts) == (1, [0, 1])

    look_at(here)
    here.get_by_test_id("put-away").click()
    expect(here.get_by_test_id("result")).to_have_count(0)
    here.reload()
    here.get_by_test_id("earlier-cards").wait_for()
    expect(here.get_by_test_id("result")).to_have_count(0)


def test_a_changeable_vote(live: Live, tabs: tuple[Page, Page]) -> None:
    """What is chosen and not handed in yet shows in the other tab, and so does every change until the close; the last one counts."""
    here, there = tabs
    questions: list[dict[str, Any]] = [
        {"title": "When?", "options": ["Morning", "Noon", "Evening"]},
        {"type": "rating", "title": "How sure?"},
    ]
    vote = live.opened("vote", "Time", questions, changeable=True)
    choose(asked(here, "choice"), 0)
    expect(asked(there, "choice").get_by_test_id("option-0")).to_be_checked()
    look_at(there)
    there.locator("label", has=there.get_by_test_id("star-2")).click()
    expect(here.get_by_test_id("star-2")).to_be_checked()
    submit(here)
    there.get_by_test_id("answer-saved").wait_for()
    choose(asked(there, "choice"), 2)
    submit(there)
    expect(asked(here, "choice").get_by_test_id("option-2")).to_be_checked()
    here.get_by_test_id("answer-saved").wait_for()
    live.close(vote)
    for tab in tabs:
        tab.get_by_test_id("result").wait_for()
    counted = live.survey(vote)
    assert (counted.answered, counted.questions[0].counts, counted.questions[1].counts) == (1, [0, 0, 1], [0, 1, 0, 0, 0])
