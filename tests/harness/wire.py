"""The network between a browser and a server, to be cut and mended: bytes go through unchanged, so both see one origin."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.harness.server import free_port

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: a close resets the connection, as a network that breaks does, and no port waits afterwards."""


class _Connection:
    """One connection of the browser, and the one to the server that belongs to it."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.muted = False
        self.threads = [threading.Thread(target=pass_on, daemon=True) for pass_on in (self._pass_to_server, self._pass_to_client)]
        for thread in self.threads:
            thread.start()

    def drop(self) -> None:
        """Breaks both ends; twice is once."""
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _pass_to_server(self) -> None:
        with contextlib.suppress(OSError):
            while piece := self.client.recv(65_536):
                self.server.sendall(piece)
        self.drop()

    def _pass_to_client(self) -> None:
        with contextlib.suppress(OSError):
            while piece := self.server.recv(65_536):
                if not self.muted:
                    self.client.sendall(piece)
        self.drop()


class Wire:
    """base_url: where a browser finds the server through it. Without the server, a connection breaks at once."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", free_port()))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._connections: list[_Connection] = []
        self._lock = threading.Lock()
        self._whole = True
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def cut(self) -> None:
        """Breaks every connection, and each that is tried until it is mended."""
        with self._lock:
            self._whole = False
            for connection in self._connections:
                connection.drop()

    def mend(self) -> None:
        """New connections come about again."""
        with self._lock:
            self._whole = True

    def mute(self) -> None:
        """From now on nothing of what the server says on the connections that stand arrives; what the browser says does."""
        with self._lock:
            for connection in self._connections:
                connection.muted = True

    def close(self) -> None:
        """Breaks everything, for good."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        self.cut()
        for connection in self._connections:
            for thread in connection.threads:
                thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        try:
            if not self._whole:
                raise ConnectionRefusedError
            server = socket.create_connection(("127.0.0.1", self._server_port))
        except OSError:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            client.close()
            return
        self._connections.append(_Connection(client, server))


@contextmanager
def wired(server_port: int) -> Iterator[Wire]:
    """A whole wire to the server at this port, until the context ends."""
    wire = Wire(server_port)
    try:
        yield wire
    finally:
        wire.close()
