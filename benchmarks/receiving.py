"""The receiver of callbacks (benchmarks/load/callback_receiver.c) and what it has seen."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import free_port, running

PROGRAM = Path(__file__).parent / "build" / "callback_receiver"

MARK = "webhook-id: "
"""What stands before the id of a message: the header of Standard Webhooks."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it came. at: microseconds. path: such as /ok/7. id: of the message."""

    at: int
    path: str
    id: str


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver that listens."""

    port: int
    process_id: int

    def url(self, behaviour: str, number: int) -> str:
        """Where calls are taken so: behaviour is ok, fail or hang."""
        return f"http://127.0.0.1:{self.port}/{behaviour}/{number}"

    def count_ok(self) -> int:
        """Calls answered with 200 since they were last taken."""
        return int(self._get("count").split()[0])

    def take_calls(self) -> list[Call]:
        """Every call since they were last taken, in the order they came."""
        words = (line.split() for line in self._get("calls").splitlines())
        return [Call(int(at), path, message_id) for at, path, message_id in words]

    def _get(self, what: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{what}", timeout=60) as reply:
            text: str = reply.read().decode()
            return text


@contextmanager
def receiving(core: int, folder: Path) -> Iterator[Receiver]:
    """A receiver on this core, until the end of the context."""
    port = free_port()
    with running([str(PROGRAM), str(port), MARK], port, core, folder / "receiver.log") as process_id:
        yield Receiver(port, process_id)
