"""A killed process leaves its writes to the kernel, so that a kill never tests the disk. The system calls do: no acknowledgement leaves
before the flush of what it acknowledges has returned."""

import secrets
from pathlib import Path

import msgspec
import pytest

from tests.crashes.broken_server import BROKEN_SERVER
from tests.crashes.trace import Trace, read_trace, stop_traced, traced_serve
from tests.harness.server import SERVE, Installation, create_account, running
from tests.harness.viewers import Message, Viewer
from turnout.client import NativeClient

VIEWERS = 10
CARDS = 6


def serve_and_trace(installation: Installation, trace: Path, command: tuple[str, ...]) -> tuple[Trace, set[str]]:
    """The judged trace of a server to whom viewers sent commands, first one after the other, then many at once; and the commands' ids."""
    commands: set[str] = set()
    with running(installation, command=traced_serve(trace, command)) as server:
        client = NativeClient(server.base_url, create_account(installation).api_key)
        room = client.create_room("Traced")
        live_session = client.start_live_session(room.id)
        cards: list[Message] = []
        for number in range(CARDS):
            draft = client.create_answer_card(live_session.id, f"Card {number}", ["A", "B"])
            cards.append(msgspec.to_builtins(client.open_survey(live_session.id, draft.id)))
        viewers: list[Viewer] = []
        for number in range(VIEWERS):
            viewer = Viewer(server.base_url)
            viewers.append(viewer)
            entered = viewer.enter(room.code, f"Viewer {number}")
            assert entered["op"] == "entered"
            commands.add(entered["id"])
        for card in cards[: CARDS // 2]:
            accepted = viewers[0].answer(card, [1])
            assert accepted["op"] == "accepted"
            commands.add(accepted["id"])
        crowd = [(viewer, card, secrets.token_hex(8)) for viewer in viewers[1:] for card in cards]
        for viewer, card, command_id in crowd:
            answers = [{"question": card["questions"][0]["id"], "choices": [0]}]
            viewer.send({"op": "answer", "id": command_id, "survey": card["id"], "answers": answers})
        for viewer in viewers[1:]:
            for _ in cards:
                outcome = viewer.wait_for(lambda message: message["op"] in ("accepted", "refused"))
                assert outcome["op"] == "accepted"
                commands.add(outcome["id"])
        for viewer in viewers:
            viewer.close()
        client.close()
        stop_traced(server)
    with trace.open(encoding="ascii", errors="replace") as lines:
        return read_trace(lines), commands


@pytest.mark.timeout(180)
def test_no_acknowledgement_leaves_before_its_flush_has_returned(sqlite_installation: Installation, tmp_path: Path) -> None:
    """After the call that reads a command the log gets its row, then a flush that began after that returns, and then its answer leaves."""
    judged, commands = serve_and_trace(sqlite_installation, tmp_path / "trace", SERVE)
    assert commands <= judged.received, "the trace shows no reading of some commands, so it proves nothing"
    assert commands <= judged.answered, "the trace shows no answer to some commands, so it proves nothing"
    assert not judged.early, f"{len(judged.early)} of {len(commands)} answers left before their flush had returned"


@pytest.mark.timeout(180)
def test_a_trace_of_a_server_that_acknowledges_before_its_commit_is_caught(sqlite_installation: Installation, tmp_path: Path) -> None:
    """The control: the same judgement finds every answer of the broken server early, and none of its entries, which it does not break."""
    judged, commands = serve_and_trace(sqlite_installation, tmp_path / "trace", BROKEN_SERVER)
    assert commands <= judged.received
    assert len(judged.early) == len(commands) - VIEWERS, "a server that lies was believed"
