"""A network that lets no WebSocket through."""

from playwright.sync_api import Page, Request, expect

from tests.browser.steps import NO_SOCKETS, Live, away, choose, enter, expect_card, submit, to_desk
from tests.harness.server import Account, ServerProcess

_CARD = [{"title": "Which port does HTTPS use?", "options": ["80", "443"], "right_options": [1]}]


def test_an_event_stream_takes_the_place_of_a_socket(server: ServerProcess, live: Live, phone: Page) -> None:
    """The viewer enters, answers and sees the result over plain HTTP; after a restart of the server it comes back by itself as the same
    viewer, with its answer, and goes on."""
    asked: list[Request] = []
    phone.add_init_script(NO_SOCKETS)
    phone.on("request", lambda request: asked.append(request) if "/live/" in request.url else None)
    first = live.opened("answer_card", "First", _CARD)
    enter(phone, live.address, "林晓")
    assert any(request.method == "GET" for request in asked)
    choose(phone, 1)
    submit(phone)
    live.close(first)
    phone.get_by_test_id("result").wait_for()

    second = live.opened("answer_card", "Second", _CARD, time_limit_s=600)
    choose(phone, 0)
    submit(phone)
    with away(server):
        phone.get_by_test_id("link-lost").wait_for()
    expect(phone.get_by_test_id("link-lost")).to_have_count(0)
    phone.get_by_test_id("answer-saved").wait_for()
    live.close(second)
    phone.get_by_test_id("result").first.wait_for()
    assert live.survey(second).questions[0].counts == [1, 0]
    viewers = live.client.list_viewers(live.live_session.id)
    assert (viewers.total, viewers.online) == (1, 1)


def test_a_hosts_desk_goes_on_too(account: Account, live: Live, laptop: Page) -> None:
    """It follows the live session and moves its surveys."""
    laptop.add_init_script(NO_SOCKETS)
    to_desk(laptop, account, live)
    live.opened("answer_card", "First", _CARD)
    expect_card(laptop, "open")
    laptop.get_by_test_id("close-card").click()
    expect_card(laptop, "settled")
