"""A restart loses no appointment, and a server that is asked to stop keeps its word to everybody."""

import random
import sys
import time
from datetime import datetime

import msgspec
import pytest
import uvloop

from tests.crashes.checker import Checker
from tests.crashes.drill import Drill
from tests.harness.receiver import Received, Receiver
from tests.harness.server import Installation, create_account, running
from tests.harness.viewers import Viewer
from turnout.client import NativeClient, QuanshiSurveyMessage, receive_quanshi
from turnout.kernel.ids import Kind
from turnout.storage.processes import DEAD_AFTER_S, HEARTBEAT_INTERVAL_S

SECRET = "a-secret-between-us"
WITHIN_S = 30.0
RESTART = 1012
CLEAN_STOP_S = 10.0
"""Seconds within which a server that is asked to stop must have ended, with nothing under way but answers."""


def wait_for_clock(at: float) -> None:
    """Returns once the machine's clock has passed this Unix time."""
    while (left := at - time.time()) > 0:
        time.sleep(left)


def unix(text: str) -> float:
    """The Unix time of an RFC 3339 text."""
    return datetime.fromisoformat(text).timestamp()


def ended(received: list[Received]) -> list[QuanshiSurveyMessage]:
    """The callbacks that tell an end."""
    messages = (receive_quanshi(request.headers, request.body, SECRET.encode(), now_s=request.at) for request in received)
    return [message for message in messages if message.type == 2]


@pytest.mark.timeout(180)
def test_a_card_whose_time_passes_while_the_server_is_down_closes_at_its_time(installation: Installation, receiver: Receiver) -> None:
    """After the restart the card is closed by its time limit, at exactly closes_at; an answer is too late; the end is called back with that
    moment; and what was answered before the kill counts."""
    with running(installation) as server:
        client = NativeClient(server.base_url, create_account(installation).api_key)
        client.create_endpoint(receiver.url, "quanshi", secret=SECRET)
        checker = Checker(installation, client)
        room = client.create_room("Timed")
        live_session = client.start_live_session(room.id)
        with Viewer(server.base_url) as early, Viewer(server.base_url) as late:
            early.enter(room.code, "Early")
            late_token = late.enter(room.code, "Late")["token"]
            card = client.create_answer_card(live_session.id, "Quick", ["A", "B"], right_options=[1], time_limit_s=3)
            card = client.open_survey(live_session.id, card.id)
            assert card.closes_at is not None
            closes_at, shown = unix(card.closes_at), msgspec.to_builtins(card)
            assert early.answer(shown, [1])["op"] == "accepted"
            while not checker.is_all_delivered():  # else its lease would hold the start back, and so the end, for 20 s
                assert time.time() < closes_at, "the start is not called back"
                time.sleep(0.02)
            server.kill()
        assert time.time() < closes_at, "the card closed before the server was killed: this shows nothing"
        wait_for_clock(closes_at)
        server.start()

        with Viewer(server.base_url) as late:
            assert late.enter(room.code, token=late_token)["op"] == "entered"
            refusal = late.answer(shown, [0])
            assert refusal["op"] == "refused"
            assert refusal["error"]["code"] == "too_late"
        receiver.wait_until(lambda received: len(ended(received)) > 0, WITHIN_S)

        closed = client.get_survey(live_session.id, card.id)
        assert (closed.state, closed.closed_by, closed.closed_at) == ("settled", "time_limit", card.closes_at)
        assert (closed.answered, closed.right) == (1, 1)
        ((survey,),) = [message.data for message in ended(receiver.received)]
        assert unix(survey.end_date[:26] + survey.end_date[29:]) == closes_at
        assert (survey.answer_count, survey.right_count) == (1, 1)
        client.close()


@pytest.mark.timeout(180)
def test_visits_of_a_dead_server_end_at_the_later_of_entry_and_last_heartbeat(installation: Installation) -> None:
    """Nobody stays present through a server's death: who came before its last heartbeat left with it, who came after it left as he came."""
    with running(installation) as server:
        client = NativeClient(server.base_url, create_account(installation).api_key)
        checker = Checker(installation, client)
        room = client.create_room("Visited")
        live_session = client.start_live_session(room.id)
        with Viewer(server.base_url) as first, Viewer(server.base_url) as second:
            seats = [first.enter(room.code, "First")]
            beat = wait_for_beat(checker)
            seats.append(second.enter(room.code, "Second"))
            server.kill()
        ((dead, last_beat),) = checker.rows(_RUNNING)[0]
        assert last_beat == beat, "its heart beat once more between the second entry and the kill: this shows nothing"
        server.start()

        visits = f"SELECT viewer_id, entered_at, exited_at FROM visits WHERE process_id = {dead} ORDER BY id"
        # on PostgreSQL another process could still be alive, so its visits are ended only once its heart has been still for DEAD_AFTER_S
        deadline = time.monotonic() + DEAD_AFTER_S + WITHIN_S
        while any(exited_at is None for _, _, exited_at in checker.rows(visits)[0]):
            assert time.monotonic() < deadline, "the dead server's visits stay open"
            time.sleep(0.2)
        one, other = checker.rows(visits)[0]
        assert [one[0], other[0]] == [installation.ids.parse_text(Kind.VIEWER, seat["viewer"]["id"]) for seat in seats]
        assert one[1] < beat < other[1], "one visit shall have begun before the last heartbeat, and one after it"
        assert one[2] == beat
        assert other[2] == other[1]
        assert client.list_viewers(live_session.id).online == 0
        client.close()


_RUNNING = "SELECT id, heartbeat_at FROM processes WHERE ended_at IS NULL"


def wait_for_beat(checker: Checker) -> int:
    """The instant of the next heartbeat of the one running process, once it has come."""
    ((_, before),) = checker.rows(_RUNNING)[0]
    deadline = time.monotonic() + HEARTBEAT_INTERVAL_S + WITHIN_S
    while True:
        ((_, beat),) = checker.rows(_RUNNING)[0]
        if beat != before:
            return int(beat)
        assert time.monotonic() < deadline, "the server's heart does not beat"
        time.sleep(0.05)


@pytest.mark.timeout(180)
def test_a_server_that_is_asked_to_stop_says_goodbye_and_loses_nothing(installation: Installation, receiver: Receiver) -> None:
    """SIGTERM while 200 sockets answer: every socket is closed with 1012, the exit status is 0 within seconds, and afterwards everything
    that was accepted is there, and nothing that was refused."""
    ended: list[tuple[int, float]] = []

    async def stop_while_they_answer() -> None:
        drill = Drill(server, receiver, random.Random(0), 200)  # noqa: S311 - the delay within the phase

        def stop() -> None:
            began = time.monotonic()
            server.terminate()
            try:
                ended.append((server.wait(), time.monotonic() - began))
            finally:
                server.kill()  # one that does not end shall not hold the test up

        drill.end_server = stop
        try:
            findings = await drill.kill_in("opening")
            assert not findings.all, findings.all[:10]
            assert drill.crowd.goodbyes == {RESTART: 200}
            drill.end_server = server.kill
            findings = await drill.come_back()
            assert not findings.all, findings.all[:10]
        finally:
            drill.close()
        sys.stdout.write(f"ended in {drill.killed_in[0]}; {findings.accepted} answers accepted\n")

    with running(installation) as server:
        uvloop.run(stop_while_they_answer())
    ((status, took_s),) = ended
    assert status == 0, server.log
    assert took_s < CLEAN_STOP_S
