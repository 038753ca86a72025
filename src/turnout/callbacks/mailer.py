"""Mails what notices ask to be mailed.

Promise: a mail is sent at least once, or visibly given up MAIL_GIVEN_UP_S after its notice; one that a process was sending when it ended is
sent again, under the same Message-ID. A mail server that does not answer is asked again after growing waits, and delays nothing else.
Concurrency: one task on the event loop and one thread at a time; several processes share the work, each mail leased by one of them.
Start and stop: on the event loop, after the group commit; it wakes at the nudge `mail` and when the next mail is due. A stop does not wait
for a mail server. May import: storage, kernel, and the standard library's SMTP client, whose only door this is.
"""

import asyncio
import smtplib
import ssl
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from email.message import EmailMessage
from functools import partial
from typing import Literal

import msgspec
import structlog

from turnout.callbacks import notice_store
from turnout.callbacks.notice_mail import mail_of
from turnout.callbacks.notice_rules import MAIL_LEASE_S, Notice, decide_next_mail, is_stale
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import Kind
from turnout.storage.action import Action
from turnout.storage.poller import Poller
from turnout.storage.runtime import Runtime
from turnout.storage.transaction import Nudge, Tx

log = structlog.get_logger()

POLL_S = 30.0
"""Seconds between looks when no nudge comes: another process's mails are taken over when its lease has ended."""

COMMAND_TIMEOUT_S = 15.0
"""Seconds a mail server may take for one answer."""

LANE = 0


class MailServer(msgspec.Struct, frozen=True):
    """Where mails go. user: "" for no login. tls: `starttls` never falls back to the clear. context: whom to trust; None: the machine's
    authorities."""

    host: str
    port: int
    user: str
    password: str
    tls: Literal["none", "starttls", "tls"]
    sender: str
    context: ssl.SSLContext | None = None


class MailResult(msgspec.Struct, frozen=True):
    """What came of one try. notice: as it was claimed, with the end of its lease."""

    notice: Notice
    sent: bool


class Mailer:
    """Mails until stopped. One per process; without a mail server it does nothing, and what waits goes on waiting for one."""

    def __init__(
        self, runtime: Runtime, server: MailServer | None, *, base_url: Callable[[], str] = lambda: "", poll_s: float = POLL_S
    ) -> None:
        """base_url: where the console is, asked for each mail."""
        self._runtime = runtime
        self._base_url = base_url
        self._poll_s = poll_s
        self._poller = None if server is None else Poller("mailer", ["mail"], partial(self._look, server))
        self.claim: Action[None, Notice | None] = Action("claim_mail", _claim)
        self.record: Action[MailResult, None] = Action("record_mail", _record)

    async def start(self) -> None:
        """Starts; what was left over is mailed first."""
        if self._poller is not None:
            await self._poller.start()

    async def stop(self) -> None:
        """Ends at once."""
        if self._poller is not None:
            await self._poller.stop()

    def on_nudges(self, nudges: Collection[Nudge]) -> None:
        """To be called with every commit's nudges, on the event loop's thread."""
        if self._poller is not None:
            self._poller.on_nudges(nudges)

    async def _look(self, server: MailServer) -> float:
        while True:
            due_at = await self._runtime.database.read(notice_store.next_mail_due_at)
            if due_at is None:
                return self._poll_s
            wait_s = (due_at - self._runtime.clock.now()) / SECOND
            if wait_s > 0.001:  # the writers' instants may be ahead of the clock by as much
                return min(wait_s, self._poll_s)
            notice = await self._runtime.commit.run(self.claim, None, lane=LANE)
            if notice is None:
                return self._poll_s  # another process was quicker
            await self._runtime.commit.run(self.record, MailResult(notice, await self._send(server, notice)), lane=LANE)

    async def _send(self, server: MailServer, notice: Notice) -> bool:
        name = self._runtime.ids.text(Kind.NOTICE, notice.id)
        where = f"{self._base_url()}/console/endpoints/{self._runtime.ids.text(Kind.ENDPOINT, notice.endpoint_id)}"
        try:
            mail = mail_of(notice, name=name, sender=server.sender, where=where)
            await _on_a_thread(partial(send, server, mail))
        except Exception as error:  # noqa: BLE001 - also of an address that is none: like any failure it is counted, and given up in the end
            log.warning("mail_failed", notice=name, failures=notice.mail_failures + 1, reason=f"{type(error).__name__}: {error}"[:300])
            return False
        log.info("mail_sent", notice=name)
        return True


async def _on_a_thread(work: Callable[[], None]) -> None:
    """Runs it on a daemon thread: the event loop's own are waited for when the server ends, however long a mail server takes."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(error: Exception | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        failure: Exception | None = None
        try:
            work()
        except Exception as error:  # noqa: BLE001 - handed to whoever waits
            failure = error
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, failure)

    threading.Thread(target=run, name="mailer", daemon=True).start()
    await done


def send(server: MailServer, mail: EmailMessage) -> None:
    """Hands one mail to the server; raises OSError or smtplib.SMTPException. Blocks."""
    context = server.context or ssl.create_default_context()
    us = server.sender.rpartition("@")[2]  # without it the library would look up the machine's own name, however long that takes
    client: smtplib.SMTP
    if server.tls == "tls":
        client = smtplib.SMTP_SSL(server.host, server.port, local_hostname=us, timeout=COMMAND_TIMEOUT_S, context=context)
    else:
        client = smtplib.SMTP(server.host, server.port, local_hostname=us, timeout=COMMAND_TIMEOUT_S)
    with client:
        if server.tls == "starttls":
            client.starttls(context=context)
        if server.user:
            client.login(server.user, server.password)
        client.send_message(mail)


def _claim(tx: Tx, commands: Sequence[None]) -> Sequence[Notice | TurnoutError | None]:
    """One mail that is due; those that nobody needs any more are given up on the way."""
    return [_claim_one(tx) for _ in commands]


def _claim_one(tx: Tx) -> Notice | None:
    while (notice := notice_store.claim_mail(tx, tx.now, tx.now + round(MAIL_LEASE_S * SECOND))) is not None:
        if not is_stale(notice, tx.now):
            return notice
        notice_store.save_mail(tx, notice, due_at=None, failures=notice.mail_failures, mailed_at=None)
    return None


def _record(tx: Tx, commands: Sequence[MailResult]) -> Sequence[TurnoutError | None]:
    for result in commands:
        notice = result.notice
        failures = notice.mail_failures if result.sent else notice.mail_failures + 1
        due_at = None if result.sent else decide_next_mail(notice.at, failures, tx.now)
        if not notice_store.save_mail(tx, notice, due_at=due_at, failures=failures, mailed_at=tx.now if result.sent else None):
            log.warning("mail_lease_lost", notice_id=notice.id, sent=result.sent)
        elif not result.sent and due_at is None:
            log.error("mail_given_up", notice_id=notice.id, failures=failures)
    return [None] * len(commands)
