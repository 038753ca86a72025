"""What was given is taken back when it must be, and what was refused can be tried again."""

from typing import Any

import pytest

from tests.flows.live import Customer, LiveServer, send, until


def test_a_hosts_socket_ends_with_its_login(customer: Customer, live_server: LiveServer) -> None:
    """It tells right answers, so it must not outlive the log-out; another login's socket goes on."""
    live = customer.live_session(customer.room())
    customer.log_in()
    cookie = customer.cookie
    first, _ = customer.host_socket(live)
    customer.log_in()
    second, _ = customer.host_socket(live)

    assert send(live_server.base_url, "DELETE", "/api/v1/login", headers=cookie).status == 204

    closed = first.wait_closed()
    assert (closed.code, closed.reason) == (4003, "not_allowed")
    customer.opened(live)
    second.wait_for(lambda message: message.get("kind") == "survey.opened")
    second.close()


def test_a_refused_entry_can_be_sent_again(customer: Customer, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry whose snapshot cannot be read has done nothing: the same message enters on the same connection, and counts once."""
    room = customer.room()
    live = customer.live_session(room)
    news = live_server.server.live.feed._source._news
    working = news.snapshot
    away = True

    def fail(*given: Any) -> bytes:
        if away:
            raise RuntimeError("the database is away")
        return working(*given)

    monkeypatch.setattr(news, "snapshot", fail)
    with customer.connect() as viewer:
        refused = viewer.enter(room["code"], "Vera", entry_id="entry-0123456789-abcdef")
        assert (refused["op"], refused["error"]["code"]) == ("refused", "overloaded")
        away = False
        entered = viewer.enter(room["code"], "Vera", entry_id="entry-0123456789-abcdef")
        assert entered["op"] == "entered"
        people = until(lambda: customer.get(f"/live-sessions/{live['id']}/viewers"), lambda found: found["online"] == 1)
        assert [len(person["connections"]) for person in people["viewers"]] == [1]


@pytest.mark.parametrize("body", [b'{"title":"\xff"}', b"\xff\xfe", b'{"title":"\xc3\x28"}'])
def test_a_body_that_is_no_utf_8_is_refused_in_our_words(customer: Customer, live_server: LiveServer, body: bytes) -> None:
    """400 with our error, never a bare 500."""
    reply = send(live_server.base_url, "POST", "/api/v1/rooms", body, customer.key)

    assert (reply.status, reply.code) == (400, "invalid_input")
