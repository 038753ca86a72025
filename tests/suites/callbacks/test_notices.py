"""Notices on both engines: a disabled endpoint is told in the console, as an event and by mail."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Literal

import msgspec
import pytest
import sqlalchemy as sa

from tests.harness.certificates import make_certificate, server_context, trusting
from tests.harness.mail_server import PostOffice
from tests.suites.callbacks.calling import ENDPOINTS, STRANGER, Client, client_of
from tests.suites.callbacks.conftest import ACCOUNT, World, opening
from turnout.callbacks import mailer as mailing
from turnout.callbacks import notice_store
from turnout.callbacks.mailer import Mailer, MailResult, MailServer
from turnout.callbacks.notice_rules import MAIL_WAITS_S, MailState, Notice, decide_next_mail
from turnout.callbacks.notices import disable_endpoint
from turnout.callbacks.rules import Endpoint
from turnout.callbacks.store import endpoint_health, notices
from turnout.dialects.contract import DISABLED, EndpointFacts
from turnout.dialects.native.callbacks import NativeCallbacks
from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.ids import Kind
from turnout.storage.action import Action
from turnout.storage.event_log import events
from turnout.storage.transaction import Tx

BECAUSE = "Every call has failed for 5 days."
DAY_S = 86_400


def _disable(tx: Tx, commands: Sequence[Endpoint]) -> Sequence[None]:
    for endpoint in commands:
        disable_endpoint(tx, endpoint, BECAUSE)
    return [None] * len(commands)


DISABLE = Action("disable_for_test", _disable)


@pytest.fixture
async def api(world: World) -> AsyncIterator[Client]:
    """A client of the account."""
    async with client_of(world) as client:
        yield client


async def disable(world: World, *, notify: str = "", name: str = "CRM") -> Endpoint:
    """A disabled endpoint that had been failing."""
    endpoint = await world.endpoint(name=name, notify=notify)
    failing = {"failing_since": world.clock.now() - 5 * DAY_S * SECOND, "last_explanation": "The connection was refused."}

    def fail(tx: Tx, commands: Sequence[Endpoint]) -> Sequence[None]:
        for command in commands:
            tx.connection.execute(endpoint_health.update().where(endpoint_health.c.endpoint_id == command.id).values(failing))
        return [None] * len(commands)

    await world.commit.run(Action("fail_for_test", fail), endpoint, lane=0)
    await world.commit.run(DISABLE, endpoint, lane=0)
    return endpoint


async def only_notice(world: World) -> Notice:
    """The one notice there is."""
    (row,) = await world.database.read(lambda connection: connection.execute(sa.select(notices)).all())
    found = await world.database.read(lambda connection: notice_store.load_notice(connection, row.id))
    assert found is not None
    return found


# ---- in the console


async def test_a_disabled_endpoint_says_why(world: World, api: Client) -> None:
    """In its own state and in a notice that everybody of the account sees until one dismisses it; once, however often it is disabled."""
    endpoint = await disable(world)
    await world.commit.run(DISABLE, endpoint, lane=0)

    path = f"{ENDPOINTS}/{world.runtime.ids.text(Kind.ENDPOINT, endpoint.id)}"
    shown = (await api.get(path)).json()
    assert (shown["state"], shown["disabled_because"], shown["disabled_at"] is None) == ("disabled", BECAUSE, False)
    (notice,) = (await api.get("/api/v1/notices")).json()["notices"]
    assert notice["endpoint"] == {"id": shown["id"], "url": endpoint.url, "dialect": "quanshi", "name": "CRM"}
    assert (notice["kind"], notice["because"], notice["mail"], notice["mail_to"]) == (DISABLED, BECAUSE, "none", "")
    assert (notice["failing_since"], notice["last_explanation"]) == (shown["health"]["failing_since"], "The connection was refused.")

    dismiss = f"/api/v1/notices/{notice['id']}/dismiss"
    assert (await api.post(dismiss, headers={"X-Account": str(STRANGER)})).status_code == 404
    assert (await api.post(dismiss, headers={"X-Role": "host"})).status_code == 403
    assert (await api.get("/api/v1/notices", headers={"X-Account": str(STRANGER)})).json()["notices"] == []
    assert (await api.post(dismiss)).status_code == 204
    assert (await api.post(dismiss)).status_code == 204
    assert (await api.get("/api/v1/notices")).json() == {"notices": [], "next": None}
    assert (await api.get(path)).json()["state"] == "disabled"


async def test_it_waits_while_disabled_and_goes_on_when_resumed(world: World, api: Client) -> None:
    """Nothing is lost; the notice about it goes, and its past does not count any more."""
    endpoint = await disable(world)
    await world.plan()
    await world.send()
    await world.record(opening())
    await world.planned()
    path = f"{ENDPOINTS}/{world.runtime.ids.text(Kind.ENDPOINT, endpoint.id)}"

    resumed = (await api.post(f"{path}/resume")).json()

    assert (resumed["state"], resumed["disabled_because"], resumed["health"]["failing_since"]) == ("active", "", None)
    await world.until(lambda _: bool(world.receiver.calls))
    assert (await api.get("/api/v1/notices")).json()["notices"] == []
    await world.commit.run(DISABLE, endpoint, lane=0)
    assert len((await api.get("/api/v1/notices")).json()["notices"]) == 1


async def test_a_removed_endpoint_is_not_disabled(world: World, api: Client) -> None:
    """Nobody is told about what is gone."""
    endpoint = await world.endpoint()
    await api.delete(f"{ENDPOINTS}/{world.runtime.ids.text(Kind.ENDPOINT, endpoint.id)}")
    await world.commit.run(DISABLE, endpoint, lane=0)
    assert (await api.get("/api/v1/notices")).json()["notices"] == []


async def test_notices_come_in_pages(world: World, api: Client) -> None:
    """Newest first, and a page goes on after a notice that was dismissed meanwhile."""
    for number in range(5):
        await disable(world, name=str(number))
    first = (await api.get("/api/v1/notices", params={"limit": 2})).json()
    await api.post(f"/api/v1/notices/{first['next']}/dismiss")
    rest = (await api.get("/api/v1/notices", params={"limit": 4, "after": first["next"]})).json()
    assert [notice["endpoint"]["name"] for notice in first["notices"] + rest["notices"]] == ["4", "3", "2", "1", "0"]
    assert rest["next"] is None


async def test_other_endpoints_are_told(world: World) -> None:
    """As an event of the account's own stream, in dialects that have a form for it."""
    native = NativeCallbacks(world.runtime.ids)
    world.dialects[native.name] = native
    await world.endpoint("/watching", dialect="native", secret=(native.new_secret() or "").encode())
    endpoint = await disable(world)
    await world.plan()
    await world.send()

    await world.until(lambda _: bool(world.receiver.calls))
    (call,) = world.receiver.calls
    message = msgspec.json.decode(call.body)
    assert (call.path, message["type"]) == ("/watching", DISABLED)
    recorded = await world.database.read(lambda connection: connection.execute(sa.select(events)).one())
    facts = msgspec.json.decode(recorded.facts, type=EndpointFacts)
    assert (recorded.stream_id, facts.endpoint_id, facts.because, facts.name) == (ACCOUNT, endpoint.id, BECAUSE, "CRM")


# ---- by mail


@asynccontextmanager
async def mailing_to(
    world: World,
    port: int,
    *,
    tls: Literal["none", "starttls", "tls"] = "none",
    user: str = "",
    context: ssl.SSLContext | None = None,
) -> AsyncIterator[Mailer]:
    """A running mailer over this server."""
    server = MailServer("127.0.0.1", port, user, "word" if user else "", tls, "turnout@example.com", context)
    made = Mailer(world.runtime, server, base_url=lambda: "https://live.example.com", poll_s=0.02)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def test_whoever_is_named_gets_a_mail(world: World) -> None:
    """In Chinese and in English, with all that is needed to act; once, and the notice says so."""
    endpoint = await disable(world, notify="ops@example.com", name="客户系统")
    world.clock.advance(1)
    async with PostOffice() as server, mailing_to(world, server.port):
        await world.until(lambda connection: notice_store.next_mail_due_at(connection) is None)

        (got,) = server.received
        assert (got.sender, got.recipients, got.login, got.encrypted) == ("turnout@example.com", ("ops@example.com",), "", False)
        text, shown_id = got.mail.get_content(), world.runtime.ids.text(Kind.ENDPOINT, endpoint.id)
        assert "客户系统" in got.mail["Subject"]
        assert got.mail["Auto-Submitted"] == "auto-generated"
        for words in (
            endpoint.url,
            BECAUSE,
            "The connection was refused.",
            "已被停用",
            "has been disabled",
            f"https://live.example.com/console/endpoints/{shown_id}",
        ):
            assert words in text
        notice = await only_notice(world)
        assert (notice.mail, notice.mail_failures) == (MailState.SENT, 0)
        assert got.mail["Message-ID"] == f"<{world.runtime.ids.text(Kind.NOTICE, notice.id)}@example.com>"


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_mails_go_over_tls_with_a_login(world: World, tls: Literal["starttls", "tls"]) -> None:
    """The password is sent only once the line is closed to others."""
    pem = make_certificate()
    await disable(world, notify="ops@example.com")
    world.clock.advance(1)
    async with (
        PostOffice(context=server_context(pem), implicit=tls == "tls") as server,
        mailing_to(world, server.port, tls=tls, user="turnout", context=trusting(pem)),
    ):
        await world.until(lambda connection: notice_store.next_mail_due_at(connection) is None)
        (got,) = server.received
        assert (got.encrypted, got.login) == (True, "turnout:word")


@pytest.mark.parametrize("trouble", ["no starttls", "strange certificate", "refused", "nobody there"])
async def test_a_mail_that_cannot_go_is_tried_again(world: World, trouble: str) -> None:
    """Whatever the trouble: nothing goes in the clear in its place, the try is counted, and the next one comes later."""
    pem = make_certificate()
    await disable(world, notify="ops@example.com")
    world.clock.advance(1)
    context = server_context(make_certificate() if trouble == "strange certificate" else pem)
    async with PostOffice(context=context, offers_starttls=trouble != "no starttls") as server:
        if trouble == "refused":
            server.refuse = "550 no such person"
        port = 9 if trouble == "nobody there" else server.port  # nothing listens on the discard port
        async with mailing_to(world, port, tls="starttls", user="turnout", context=trusting(pem)):
            await world.until(lambda connection: connection.execute(sa.select(notices.c.mail_failures)).scalar_one() == 1)
        notice = await only_notice(world)
        assert (server.received, notice.mail) == ([], MailState.WAITING)
        assert notice.mail_due_at is not None
        assert abs(notice.mail_due_at - world.clock.now() - MAIL_WAITS_S[0] * SECOND) < SECOND

        server.refuse = None
        world.clock.advance(MAIL_WAITS_S[0] + 2)
        async with mailing_to(world, server.port, context=trusting(pem)):
            await world.until(lambda connection: notice_store.next_mail_due_at(connection) is None)
        assert ((await only_notice(world)).mail, len(server.received)) == (MailState.SENT, 1)


async def test_a_mail_to_an_address_that_is_none_holds_up_no_other(world: World) -> None:
    """It is counted like any mail that cannot go."""
    await disable(world, notify="a..b@example.com")
    await disable(world, notify="ops@example.com")
    world.clock.advance(1)
    async with PostOffice() as server, mailing_to(world, server.port):
        failures = sa.select(sa.func.sum(notices.c.mail_failures))
        await world.until(lambda connection: bool(server.received) and connection.execute(failures).scalar_one() == 1)
        assert [got.recipients for got in server.received] == [("ops@example.com",)]


async def test_a_mail_is_given_up_after_a_day(world: World) -> None:
    """And the notice, which is still there, says so."""
    await disable(world, notify="ops@example.com")
    async with PostOffice() as server:
        server.refuse = "451 later"
        tries = 0
        while (notice := await only_notice(world)).mail is MailState.WAITING:
            assert notice.mail_due_at is not None
            world.clock.at = notice.mail_due_at + SECOND
            failures = notice.mail_failures
            async with mailing_to(world, server.port):
                await world.until(
                    lambda connection, failures=failures: connection.execute(sa.select(notices.c.mail_failures)).scalar_one() > failures
                )
            tries += 1
        assert (notice.mail, notice.dismissed_at, server.received) == (MailState.GIVEN_UP, None, [])
        assert world.clock.now() <= notice.at + DAY_S * SECOND
        assert 20 <= tries <= 30


@pytest.mark.parametrize("why", ["dismissed", "old"])
async def test_nobody_is_mailed_what_is_over(world: World, api: Client, why: str) -> None:
    """A notice that somebody has dismissed, or that nobody could mail for more than a day."""
    await disable(world, notify="ops@example.com")
    if why == "dismissed":
        (notice,) = (await api.get("/api/v1/notices")).json()["notices"]
        await api.post(f"/api/v1/notices/{notice['id']}/dismiss")
        world.clock.advance(1)
    else:
        world.clock.advance(DAY_S + 1)
    async with PostOffice() as server, mailing_to(world, server.port):
        await world.until(lambda connection: notice_store.next_mail_due_at(connection) is None)
        assert server.connections == 0


async def test_two_mailers_send_one_mail(world: World) -> None:
    """Of two processes over one database each mail is one's."""
    for _ in range(6):
        await disable(world, notify="ops@example.com")
    world.clock.advance(1)
    async with PostOffice() as server, mailing_to(world, server.port), mailing_to(world, server.port):
        await world.until(lambda connection: notice_store.next_mail_due_at(connection) is None)
        assert len(server.received) == 6
        assert len({got.mail["Message-ID"] for got in server.received}) == 6


async def test_a_mail_that_a_dead_process_had_is_sent_by_another(world: World) -> None:
    """When its lease has ended, under the same Message-ID."""
    await disable(world, notify="ops@example.com")
    world.clock.advance(1)
    async with PostOffice() as server:
        server.silent = True
        async with mailing_to(world, server.port):
            await world.until(lambda _: server.connections == 1)
        server.silent = False
        async with mailing_to(world, server.port) as other:
            assert await world.commit.run(other.claim, None, lane=0) is None  # it is the first one's still
            world.clock.advance(301)
            await world.until(lambda connection: notice_store.next_mail_due_at(connection) is None)
        assert len(server.received) == 1


async def test_who_has_lost_a_mails_lease_changes_nothing(world: World) -> None:
    """It slept while it mailed, and another process has sent the mail since: its failure does not make the mail due again."""
    await disable(world, notify="ops@example.com")
    world.clock.advance(1)
    mailer = Mailer(world.runtime, None)
    slow = await world.commit.run(mailer.claim, None, lane=0)
    world.clock.advance(301)
    quick = await world.commit.run(mailer.claim, None, lane=0)
    assert slow is not None
    assert quick is not None

    await world.commit.run(mailer.record, MailResult(slow, sent=False), lane=0)
    assert await world.commit.run(mailer.claim, None, lane=0) is None  # it is the quick one's still
    await world.commit.run(mailer.record, MailResult(quick, sent=True), lane=0)
    await world.commit.run(mailer.record, MailResult(slow, sent=False), lane=0)

    notice = await only_notice(world)
    assert (notice.mail, notice.mail_due_at, notice.mail_failures) == (MailState.SENT, None, 0)


async def test_a_nudge_is_enough(world: World) -> None:
    """Nobody waits for the next look."""
    async with PostOffice() as server:
        made = Mailer(world.runtime, MailServer("127.0.0.1", server.port, "", "", "none", "turnout@example.com"), poll_s=600)
        await made.start()
        world._nudged.append(made.on_nudges)
        world.clock.advance(1)
        await disable(world, notify="ops@example.com")
        try:
            await world.until(lambda _: bool(server.received))
        finally:
            await made.stop()


async def test_without_a_mail_server_it_waits(world: World) -> None:
    """The notice says so; nothing runs."""
    made = Mailer(world.runtime, None)
    await made.start()
    await disable(world, notify="ops@example.com")
    await made.stop()
    assert (await only_notice(world)).mail is MailState.WAITING


def test_a_mail_waits_longer_each_time_and_not_past_its_day() -> None:
    """The waits grow to an hour; what would come later than a day after the notice is given up."""
    waits = [(decide_next_mail(0, failures, 0) or 0) / SECOND for failures in range(1, 8)]
    assert waits == [60, 300, 900, 1800, 3600, 3600, 3600]
    end = limits.MAIL_GIVEN_UP_S * SECOND
    assert decide_next_mail(0, 30, end - 3600 * SECOND) == end
    assert decide_next_mail(0, 30, end - 3600 * SECOND + 1) is None


def test_a_lease_outlives_the_slowest_mail() -> None:
    """A server that takes its whole time for each of the dozen answers of a mail is done before another process begins anew."""
    assert 12 * mailing.COMMAND_TIMEOUT_S < mailing.MAIL_LEASE_S
