"""A wire to PostgreSQL that can be cut at the moment of a COMMIT."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

Cut = Literal["before", "after", "silent"]
"""before: the server sees the line drop and never gets the COMMIT. after: the server has committed and answered, the client never hears.
silent: the client sees the line drop, the server sees nothing at all, as when a cable is pulled."""

_COMMIT = b"COMMIT\0"


class CuttingProxy:
    """Listens on a Unix socket and passes bytes on. Arm it to have the next COMMIT cut."""

    def __init__(self, folder: Path, target: sa.URL) -> None:
        self.cuts = 0
        self._armed: Cut | None = None
        self._target = target
        self._folder = folder
        self._sockets: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen()
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The database's URL through this proxy."""
        url = self._target.set(host=None, port=5432).update_query_dict(
            {"host": str(self._folder), "sslmode": "disable", "gssencmode": "disable"}
        )
        return url.render_as_string(hide_password=False)

    def arm(self, cut: Cut) -> None:
        """Cuts the line at the next COMMIT, once."""
        self._armed = cut

    def refuse(self) -> None:
        """Lets nobody connect any more; lines that stand go on."""
        self._open = False
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self) -> None:
        """Drops every line."""
        self._open = False
        for each in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while self._open:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = self._connect()
            self._sockets += [client, server]
            threading.Thread(target=self._pass_to_server, args=(client, server), daemon=True).start()
            threading.Thread(target=self._pass_to_client, args=(server, client), daemon=True).start()

    def _connect(self) -> socket.socket:
        query_host = self._target.query.get("host")
        folder = query_host if isinstance(query_host, str) else self._target.host
        if folder is None or folder.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{folder}/.s.PGSQL.{self._target.port or 5432}")
            return server
        return socket.create_connection((folder, self._target.port or 5432))

    def _pass_to_server(self, client: socket.socket, server: socket.socket) -> None:
        for piece in _pieces(client):
            cut = self._armed
            if cut is None or _COMMIT not in piece:
                server.sendall(piece)
                continue
            self._armed = None
            self.cuts += 1
            if cut == "after":
                client.shutdown(socket.SHUT_WR)  # first: no byte of the answer may pass
                server.sendall(piece)
                return
            _drop(client)
            if cut == "before":
                _drop(server)
            return
        _drop(server)

    def _pass_to_client(self, server: socket.socket, client: socket.socket) -> None:
        for piece in _pieces(server):
            try:
                client.sendall(piece)
            except OSError:
                continue  # cut: what the server answers goes nowhere


def _pieces(source: socket.socket) -> Iterator[bytes]:
    while True:
        try:
            piece = source.recv(65_536)
        except OSError:
            return
        if not piece:
            return
        yield piece


def _drop(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()
