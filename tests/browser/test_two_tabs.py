"""One viewer with two tabs: what is done in one shows in the other."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import Live, asked, choose, enter, expect_phase, submit


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
    """One tab votes, the other knows that it is done; neither shows the choice; one person is counted, once."""
    here, there = tabs
    vote = live.opened("vote", "Lunch", [{"title": "Where?", "options": ["Inside", "Outside"]}], anonymous=True)
    expect(there.get_by_test_id("anonymous")).to_be_visible()
    choose(here, 1)
    submit(here)
    expect(there.get_by_test_id("answer-saved")).to_be_visible()
    expect(there.get_by_test_id("question")).to_have_count(0)
    here.reload()
    expect(here.get_by_test_id("answer-saved")).to_be_visible()
    expect(here.get_by_test_id("question")).to_have_count(0)
    live.close(vote)
    for tab in tabs:
        expect(tab.get_by_test_id("result")).to_be_visible()
    counted = live.survey(vote)
    assert (counted.answered, counted.questions[0].counts) == (1, [0, 1])


def test_a_changeable_vote(live: Live, tabs: tuple[Page, Page]) -> None:
    """What is chosen and not handed in yet shows in the other tab, and so does every change until the close; the last one counts."""
    here, there = tabs
    questions = [{"title": "When?", "options": ["Morning", "Noon", "Evening"]}, {"type": "rating", "title": "How sure?"}]
    vote = live.opened("vote", "Time", questions, changeable=True)
    choose(asked(here, "choice"), 0)
    expect(asked(there, "choice").get_by_test_id("option-0")).to_be_checked()
    there.locator("label", has=there.get_by_test_id("star-2")).click()
    expect(here.get_by_test_id("star-2")).to_be_checked()
    submit(here)
    expect(there.get_by_test_id("answer-saved")).to_be_visible()
    choose(asked(there, "choice"), 2)
    submit(there)
    expect(asked(here, "choice").get_by_test_id("option-2")).to_be_checked()
    expect(here.get_by_test_id("answer-saved")).to_be_visible()
    live.close(vote)
    for tab in tabs:
        expect(tab.get_by_test_id("result")).to_be_visible()
    counted = live.survey(vote)
    assert (counted.answered, counted.questions[0].counts, counted.questions[1].counts) == (1, [0, 0, 1], [0, 1, 0, 0, 0])
