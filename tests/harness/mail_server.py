"""A mail server on loopback: speaks SMTP as much as a client needs, in the clear, with STARTTLS and from the first byte; keeps what it got
and refuses as it is told."""

import asyncio
import base64
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass(frozen=True, slots=True)
class Received:
    """One mail. login: name and password it came with, "" for none. encrypted: whether it came over TLS."""

    sender: str
    recipients: tuple[str, ...]
    mail: EmailMessage
    login: str
    encrypted: bool


@dataclass(slots=True)
class _Talk:
    """What one connection has said so far."""

    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    login: str = ""
    encrypted: bool = False


class PostOffice:
    """Accepts mails while the context is open. context: its certificate, for STARTTLS, or with implicit for TLS from the first byte.
    refuse: reply to every recipient in place of a good one; silent: accepts connections and says nothing."""

    def __init__(self, *, context: ssl.SSLContext | None = None, implicit: bool = False, offers_starttls: bool = True) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.refuse: str | None = None
        self.silent = False
        self._context = context
        self._implicit = implicit
        self._offers_starttls = offers_starttls and context is not None and not implicit
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> "PostOffice":
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, ssl=self._context if self._implicit else None)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_details: object) -> None:
        assert self._server is not None
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        self.connections += 1
        try:
            if self.silent:
                await reader.read()
            else:
                await self._talk(reader, writer, _Talk(encrypted=self._implicit))
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the client may go when it likes
        finally:
            self._talks.discard(task)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, talk: _Talk) -> None:
        await _say(writer, "220 mail.test")
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            word, _, rest = line.partition(" ")
            match word.upper():
                case "EHLO":
                    offers = ["250-mail.test", "250-AUTH PLAIN"]
                    if self._offers_starttls and not talk.encrypted:
                        offers.append("250-STARTTLS")
                    await _say(writer, "\r\n".join([*offers, "250 8BITMIME"]))
                case "STARTTLS":
                    assert self._context is not None
                    await _say(writer, "220 go ahead")
                    await writer.start_tls(self._context)
                    talk.encrypted = True
                case "AUTH":
                    _, name, password = base64.b64decode(rest.removeprefix("PLAIN ")).decode().split("\0")
                    talk.login = f"{name}:{password}"
                    await _say(writer, "235 welcome")
                case "MAIL":
                    talk.sender, talk.recipients = _address(rest), []
                    await _say(writer, "250 ok")
                case "RCPT":
                    talk.recipients.append(_address(rest))
                    await _say(writer, self.refuse or "250 ok")
                case "DATA":
                    await _say(writer, "354 go ahead")
                    await self._keep(reader, talk)
                    await _say(writer, "250 kept")
                case "QUIT":
                    await _say(writer, "221 bye")
                    return
                case _:
                    await _say(writer, "250 ok")

    async def _keep(self, reader: asyncio.StreamReader, talk: _Talk) -> None:
        content = await reader.readuntil(b"\r\n.\r\n")
        mail = message_from_bytes(content.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n."), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.received.append(Received(talk.sender, tuple(talk.recipients), mail, talk.login, talk.encrypted))


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]


async def _say(writer: asyncio.StreamWriter, line: str) -> None:
    writer.write(f"{line}\r\n".encode())
    await writer.drain()
