"""Callbacks in the console: endpoints, their test calls, settings and secrets, what was delivered and what was not, and notices."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import confirm
from tests.harness.receiver import Receiver, Reply, receiving
from tests.harness.server import Account, ServerProcess, create_account
from turnout.client import NativeClient, native_replies, receive_native

_CONSOLE = "/console/endpoints"


@pytest.fixture(scope="module")
def customer(server: ServerProcess) -> Account:
    """An account whose endpoints hear of nothing but these tests."""
    return create_account(server.installation, "Callbacks")


@pytest.fixture
def called(server: ServerProcess, customer: Account) -> Iterator[NativeClient]:
    """Calls as that account; its endpoints are gone when the test is over."""
    with NativeClient(server.base_url, customer.api_key) as client:
        yield client
        for endpoint in client.list_endpoints():
            client.remove_endpoint(endpoint.id)


@pytest.fixture
def heard() -> Iterator[Receiver]:
    """The customer's receiver."""
    with receiving() as found:
        yield found


def _to(page: Page, customer: Account, client: NativeClient, path: str = _CONSOLE) -> None:
    body = {"login": customer.host_login, "password": customer.host_password}
    assert page.request.post(f"{client.base_url}/api/v1/login", data=body).ok
    page.goto(client.base_url + path)


def _choose(page: Page, chip: str) -> None:
    """Presses one of several chips, as a finger does: the button itself is for keyboards and screen readers."""
    page.locator(f'label:has([data-testid="{chip}"])').click()


def _happen(client: NativeClient) -> native_replies.LiveSession:
    """A vote that opens and closes."""
    room = client.create_room("Lecture hall")
    live_session = client.start_live_session(room.id, "Networks")
    draft = client.create_survey(live_session.id, "vote", "Lunch?", [{"type": "choice", "title": "Lunch?", "options": ["Rice", "Noodles"]}])
    client.open_survey(live_session.id, draft.id)
    client.close_survey(live_session.id, draft.id)
    return live_session


def _state(page: Page, state: str) -> None:
    page.locator(f'[data-testid="endpoint-state"][data-state="{state}"]').wait_for()


def test_from_nothing_to_a_test_call(called: NativeClient, customer: Account, heard: Receiver, laptop: Page) -> None:
    """The form says what is missing; the secret is shown once, and what is called can be verified with it; the call's request and reply
    can be read; the secret is nowhere afterwards."""
    _to(laptop, customer, called)
    laptop.get_by_test_id("add-endpoint").click()
    laptop.get_by_test_id("endpoint-submit").click()
    expect(laptop.locator(".field-error")).to_have_count(1)
    laptop.get_by_test_id("endpoint-url").fill(heard.url)
    laptop.get_by_test_id("endpoint-name").fill("Registration system")
    laptop.get_by_test_id("endpoint-submit").click()
    secret = laptop.get_by_test_id("secret").inner_text()
    laptop.get_by_test_id("secret-kept").click()

    _state(laptop, "active")
    assert secret.startswith("whsec_")
    assert secret not in laptop.content()
    laptop.get_by_test_id("test-endpoint").click()
    laptop.locator('[data-testid="attempt"][data-outcome="accepted"]').wait_for()
    laptop.locator('[data-testid="attempt"] summary').click()
    expect(laptop.get_by_test_id("attempt")).to_contain_text(f"POST {heard.url}")
    expect(laptop.get_by_test_id("attempt-reply")).to_contain_text("200")
    expect(laptop.get_by_test_id("delivery-body")).to_contain_text("callback_endpoint.tested")
    (call,) = heard.wait_until(lambda received: len(received) == 1)
    assert receive_native(call.headers, call.body, [secret]).kind == "callback_endpoint.tested"
    laptop.keyboard.press("Escape")
    laptop.locator('[data-testid="delivery-row"][data-state="succeeded"]').wait_for()


def test_settings_of_every_kind(called: NativeClient, customer: Account, heard: Receiver, laptop: Page) -> None:
    """What the form sets is what the API says afterwards; a header's value is never shown again, and stays while others change; a fault
    the server finds in a folded part unfolds it."""
    endpoint = called.create_endpoint(heard.url, "quanshi", headers={"X-Tenant": "north-17"})
    _to(laptop, customer, called, f"{_CONSOLE}/{endpoint.id}")
    laptop.get_by_test_id("endpoint-settings").click()
    laptop.get_by_test_id("endpoint-name").fill("Archive")
    _choose(laptop, "every-kind-false")
    laptop.get_by_test_id("kind-survey.opened").check()
    laptop.locator('[data-testid="endpoint-advanced"] summary').click()
    laptop.get_by_test_id("endpoint-timeout").locator("input").fill("12")
    _choose(laptop, "endpoint-waits-true")
    laptop.get_by_test_id("endpoint-waits-own").fill("soon")
    _choose(laptop, "endpoint-ordering-free")
    laptop.locator('label:has([data-testid="endpoint-legacy_type_key"])').click()
    laptop.get_by_test_id("endpoint-submit").click()
    expect(laptop.locator(".field-error")).to_have_count(1)
    laptop.get_by_test_id("endpoint-waits-own").fill("5s 1m 2h")
    assert "north-17" not in laptop.content()
    laptop.get_by_test_id("endpoint-submit").click()

    expect(laptop.get_by_test_id("endpoint-facts")).to_contain_text("5s 1m 2h")
    changed = called.get_endpoint(endpoint.id)
    assert (changed.name, changed.kinds, changed.timeout_s, changed.waits_s) == ("Archive", ["survey.opened"], 12, [5, 60, 7200])
    assert (changed.ordering, changed.options, changed.headers) == ("free", {"legacy_type_key": True}, ["X-Tenant"])

    laptop.goto(f"{called.base_url}{_CONSOLE}/{endpoint.id}/settings")
    laptop.locator('[data-testid="endpoint-advanced"] summary').click()
    laptop.get_by_test_id("endpoint-certificate").fill("no certificate")
    laptop.get_by_test_id("endpoint-submit").click()
    laptop.get_by_test_id("error").wait_for()
    expect(laptop.get_by_test_id("endpoint-certificate")).to_be_visible()


def test_a_new_secret_and_the_old_one_beside_it(called: NativeClient, customer: Account, heard: Receiver, laptop: Page) -> None:
    """During the overlap a call can be verified with either; the page says until when."""
    endpoint = called.create_endpoint(heard.url, "native")
    assert endpoint.secret
    _to(laptop, customer, called, f"{_CONSOLE}/{endpoint.id}")
    laptop.get_by_test_id("endpoint-more").click()
    laptop.get_by_test_id("rotate-secret").click()
    _choose(laptop, "overlap-3600")
    laptop.get_by_test_id("rotate-submit").click()
    secret = laptop.get_by_test_id("secret").inner_text()
    laptop.get_by_test_id("secret-kept").click()
    expect(laptop.get_by_test_id("endpoint-facts")).to_contain_text("the old secret works until")
    laptop.get_by_test_id("test-endpoint").click()
    laptop.locator('[data-testid="attempt"][data-outcome="accepted"]').wait_for()

    (call,) = heard.received
    assert secret != endpoint.secret
    for either in (secret, endpoint.secret):
        assert receive_native(call.headers, call.body, [either]).kind == "callback_endpoint.tested"


def test_what_failed_is_found_and_sent_again(called: NativeClient, customer: Account, heard: Receiver, phone: Page) -> None:
    """A receiver that was away: its endpoint says since when and why; the failed deliveries are found by state and kind, in the page's
    address too; one is sent again from its drawer, the others together."""
    heard.answer = lambda _received: Reply(503, b'{"error": "the database is away"}')
    endpoint = called.create_endpoint(heard.url, "quanshi", waits_s=[], name="档案")
    live_session = _happen(called)
    _to(phone, customer, called)
    phone.locator('[data-testid="endpoint-row"][data-state="failing"]').wait_for()
    phone.get_by_test_id("endpoint-link").click()
    expect(phone.get_by_test_id("endpoint-trouble")).to_contain_text("503")
    failed = phone.locator('[data-testid="delivery-row"][data-state="failed"]')
    expect(failed).to_have_count(2)
    expect(phone.get_by_test_id("count-failed")).to_have_text("2")
    _choose(phone, "delivery-state-succeeded")
    phone.get_by_test_id("clear-filters").wait_for()
    _choose(phone, "delivery-state-failed")
    phone.get_by_test_id("filter-kind").select_option("survey.opened")
    expect(phone.get_by_test_id("delivery-row")).to_have_count(1)
    phone.reload()
    expect(phone.get_by_test_id("delivery-row")).to_have_count(1)

    heard.answer = lambda _received: Reply()
    failed.click()
    expect(phone.get_by_test_id("attempt")).to_have_count(1)
    phone.locator('[data-testid="attempt"] summary').click()
    expect(phone.get_by_test_id("attempt")).to_contain_text("the database is away")
    phone.get_by_test_id("redeliver").click()
    phone.locator('[data-testid="delivery-state"][data-state="succeeded"]').wait_for()
    phone.keyboard.press("Escape")
    phone.get_by_test_id("endpoint-more").click()
    phone.get_by_test_id("redeliver-many").click()
    phone.get_by_test_id("redeliver-submit").click()
    expect(phone.get_by_test_id("count-failed")).to_have_text("0")
    bodies = [json.loads(call.body) for call in heard.received]
    assert len(bodies) == 4
    assert bodies[0] == bodies[2]

    phone.goto(f"{called.base_url}/console/live/{live_session.id}/deliveries")
    expect(phone.locator('[data-testid="delivery-row"][data-state="succeeded"]')).to_have_count(2)
    assert [delivery.attempts for delivery in called.list_deliveries(endpoint=endpoint.id)] == [2, 2]


def test_what_an_endpoint_is_missing_is_made_for_it(called: NativeClient, customer: Account, heard: Receiver, laptop: Page) -> None:
    """An endpoint that was added too late gets what happened before; the room leads to what was told of it."""
    live_session = _happen(called)
    endpoint = called.create_endpoint(heard.url, "quanshi", kinds=["survey.opened"])
    _to(laptop, customer, called, f"{_CONSOLE}/{endpoint.id}")
    laptop.get_by_test_id("endpoint-more").click()
    laptop.get_by_test_id("redeliver-many").click()
    _choose(laptop, "redeliver-what-missing")
    laptop.get_by_test_id("redeliver-to").fill("2020-01-01T00:00")
    laptop.get_by_test_id("redeliver-submit").click()
    expect(laptop.locator(".field-error")).to_have_count(1)
    laptop.get_by_test_id("redeliver-to").fill("2099-01-01T00:00")
    laptop.get_by_test_id("redeliver-submit").click()

    laptop.locator('[data-testid="delivery-row"][data-state="succeeded"]').first.wait_for()
    assert {json.loads(call.body)["type"] for call in heard.received} == {1}
    laptop.goto(f"{called.base_url}/console/rooms/{live_session.room}")
    laptop.get_by_test_id("room-deliveries").click()
    expect(laptop.get_by_test_id("delivery-row")).to_have_count(1)


def test_paused_resumed_and_removed(called: NativeClient, customer: Account, heard: Receiver, laptop: Page) -> None:
    """What happens during a pause waits and says why, and goes out when the endpoint is resumed; a removed one is gone from the list."""
    endpoint = called.create_endpoint(heard.url, "quanshi")
    _to(laptop, customer, called, f"{_CONSOLE}/{endpoint.id}")
    laptop.get_by_test_id("hold-endpoint").click()
    _state(laptop, "paused")
    _happen(called)
    expect(laptop.get_by_test_id("delivery-waits").first).to_have_text("the endpoint is paused")
    assert heard.received == []
    laptop.get_by_test_id("hold-endpoint").click()
    _state(laptop, "active")
    expect(laptop.locator('[data-testid="delivery-row"][data-state="succeeded"]')).to_have_count(2)
    laptop.get_by_test_id("endpoint-more").click()
    laptop.get_by_test_id("remove-endpoint").click()
    confirm(laptop)
    laptop.get_by_test_id("add-endpoint").wait_for()
    expect(laptop.get_by_test_id("endpoint-row")).to_have_count(0)


def test_a_disabled_endpoint_is_told_on_every_page(called: NativeClient, customer: Account, heard: Receiver, phone: Page) -> None:
    """A receiver that says it is gone for good is called no more; whoever is in the console reads so, enables it and puts the notice
    away for everybody."""
    heard.answer = lambda _received: Reply(410)
    endpoint = called.create_endpoint(heard.url, "native", name="Registration system")
    called.test_endpoint(endpoint.id)
    _to(phone, customer, called)
    phone.locator('[data-testid="endpoint-row"][data-state="disabled"]').wait_for()
    phone.goto(f"{called.base_url}/console/rooms")
    expect(phone.get_by_test_id("notice")).to_contain_text("Registration system")
    phone.get_by_test_id("notice-open").click()
    _state(phone, "disabled")
    expect(phone.get_by_test_id("endpoint-trouble")).to_contain_text("410")
    heard.answer = lambda _received: Reply()
    phone.get_by_test_id("hold-endpoint").click()
    _state(phone, "active")
    phone.get_by_test_id("notice-dismiss").click()
    expect(phone.get_by_test_id("notice")).to_have_count(0)
    assert list(called.list_notices()) == []


def test_a_feed_is_fetched_not_called(called: NativeClient, customer: Account, phone: Page) -> None:
    """Its messages wait to be fetched, under their numbers, and are delivered once they are acknowledged. There is nothing to pause."""
    _to(phone, customer, called, f"{_CONSOLE}/new")
    _choose(phone, "way-true")
    phone.get_by_test_id("endpoint-name").fill("Behind the wall")
    phone.get_by_test_id("endpoint-submit").click()
    _state(phone, "feed")
    (endpoint,) = called.list_endpoints()
    expect(phone.get_by_test_id("feed-example")).to_contain_text(endpoint.id)
    expect(phone.get_by_test_id("hold-endpoint")).to_have_count(0)
    assert not endpoint.has_secret
    _happen(called)
    due = phone.locator('[data-testid="delivery-row"][data-state="due"]')
    due.filter(has_text="#4").wait_for()
    page = called.read_feed(endpoint.id)
    called.acknowledge_feed(endpoint.id, page.last)
    expect(due).to_have_count(0)
    phone.locator('[data-testid="delivery-row"][data-state="succeeded"]').first.click()
    expect(phone.get_by_test_id("delivery-body")).to_contain_text("survey.")


def test_by_keyboard_alone(called: NativeClient, customer: Account, heard: Receiver, laptop: Page) -> None:
    """The list, the filters and a delivery can be used without a mouse, and the focus comes back where it was."""
    called.create_endpoint(heard.url, "quanshi")
    _happen(called)
    _to(laptop, customer, called, f"{_CONSOLE}/deliveries")
    laptop.locator('[data-testid="delivery-row"][data-state="succeeded"]').nth(1).wait_for()
    laptop.get_by_test_id("delivery-state-").focus()
    laptop.keyboard.press("ArrowRight")
    laptop.get_by_test_id("clear-filters").wait_for()
    laptop.get_by_test_id("delivery-state-due").press("ArrowLeft")
    opener = laptop.locator('[data-testid="delivery-row"] button').first
    opener.focus()
    laptop.keyboard.press("Enter")
    laptop.get_by_test_id("delivery-body").wait_for()
    laptop.keyboard.press("Escape")
    laptop.get_by_test_id("delivery-body").wait_for(state="hidden")
    expect(opener).to_be_focused()
