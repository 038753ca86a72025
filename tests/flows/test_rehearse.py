"""`turnout rehearse` against a running server: all four kinds, every type of question, connections cut at random."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from typing import Any

import msgspec
import pytest
from typing_extensions import override

from tests.flows.live import PATIENCE_S, Customer, LiveServer, until
from turnout.cli.rehearse import about_others
from turnout.client import NativeClient, native_replies
from turnout.rehearsal import announcing
from turnout.rehearsal.crowd import Crowd
from turnout.rehearsal.host import Play
from turnout.rehearsal.messages import Entry
from turnout.rehearsal.pieces import PIECES, Piece, Question
from turnout.rehearsal.rehearse import NotReady, Rehearsal, Report
from turnout.rehearsal.viewers import Viewer

VIEWERS = 120


def rehearse(*arguments: object, api_key: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TURNOUT_")}
    if api_key is not None:
        environment["TURNOUT_API_KEY"] = api_key
    command = [sys.executable, "-m", "turnout", "rehearse", "--json", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, env=environment, timeout=110, check=False, text=True)


def test_every_kind_and_type_without_a_difference(live_server: LiveServer, customer: Customer) -> None:
    """On both databases: what the viewers were told is what the API says, though connections were cut; the live session it started ends."""
    with NativeClient(live_server.base_url, customer.secrets.api_key) as client:
        room = client.create_room("Rehearsals")
        done = rehearse(
            "--server", live_server.base_url, "--room", room.code, "--viewers", VIEWERS, "--seed", 7, "--disconnects", 8,
            api_key=customer.secrets.api_key,
        )  # fmt: skip
        assert done.returncode == 0, (done.stdout[-4000:], done.stderr[-2000:])
        report = json.loads(done.stdout)
        assert client.get_room(room.id).running_live_session is None

    assert report["ok"] is True
    assert report["problems"] == []
    assert (report["viewers"], report["others"]) == (VIEWERS, 0)
    assert report["disconnects"] > 0
    assert report["returns"] >= report["resumed"] > 0
    assert {played["kind"] for played in report["played"]} == {"answer_card", "vote", "questionnaire", "exam"}
    assert {question["type"] for played in report["played"] for question in played["questions"]} == {
        "choice", "true_false", "free_form", "combined", "picture_choice", "fill_in", "rating", "name", "mobile", "mail",
    }  # fmt: skip
    assert any(played["anonymous"] for played in report["played"])
    assert any(played["changeable"] for played in report["played"])
    assert any(played["marked"] for played in report["played"])
    assert all(played["state"] == "settled" for played in report["played"])


def test_both_languages_ask_the_same() -> None:
    """The Chinese and the English script have the same kinds, types and settings."""
    shapes = [
        [(piece.kind, piece.settings, [question.type for question in piece.questions]) for piece in PIECES[name]] for name in ("zh", "en")
    ]

    assert shapes[0] == shapes[1]


SMALL = [Piece("vote", "Which", [Question("Which?", options=["A", "B"])])]


class Forger(NativeClient):
    """A client that hears of one vote more than there is: what a server with a wrong tally would say."""

    @override
    def get_survey(self, live_session: str, survey: str) -> native_replies.Survey:
        found = super().get_survey(live_session, survey)
        questions = [msgspec.structs.replace(one, counts=[(one.counts or [0])[0] + 1, *(one.counts or [])[1:]]) for one in found.questions]
        return msgspec.structs.replace(found, questions=questions)


def rehearsal(client: NativeClient, code: str, viewers: int = 10, **more: Any) -> Rehearsal:
    return Rehearsal(client, code, viewers=viewers, language="en", seed=3, disconnects_per_s=0, pieces=SMALL, **more)


async def test_a_wrong_tally_is_a_problem(live_server: LiveServer, customer: Customer) -> None:
    """The comparison can fail: with one vote too many in the API's tally the report is not ok."""
    with Forger(live_server.base_url, customer.secrets.api_key) as client:
        room = client.create_room("Rehearsals")
        report = await rehearsal(client, room.code).run()

    assert not report.ok
    assert any("people per option" in problem for problem in report.problems)


class Mumbler(NativeClient):
    """A client whose host is told that everybody was told something else."""

    @override
    def make_announcement(self, live_session: str, text: str) -> native_replies.Announcement:
        return super().make_announcement(live_session, f"{text}?")


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)  # the engine has no part in it
async def test_an_announcement_nobody_hears_is_a_problem(
    live_server: LiveServer, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is made before the first survey and taken back: nothing of it stays; viewers who heard other words are a problem."""
    monkeypatch.setattr(announcing, "PATIENCE_S", 2.0)
    with Mumbler(live_server.base_url, customer.secrets.api_key) as client:
        room = client.create_room("Rehearsals")
        live_session = client.start_live_session(room.id)
        report = await rehearsal(client, room.code).run()
        left = [one for one in client.list_announcements(live_session.id) if one.withdrawn_at is None]

    assert report.problems == ["within 2 s some viewers did not hear an announcement"]
    assert left == []


class OpenHouse(NativeClient):
    """A client whose host lets in a person of whom the rehearsal knows nothing, before it opens its first survey, and closes none before
    that person has answered."""

    guests: Crowd
    loop: asyncio.AbstractEventLoop

    def invite(self, code: str) -> None:
        """On the loop on which the guests are to live."""

        async def answer(number: int, viewer: Viewer, survey: native_replies.Survey) -> None:
            await viewer.answer(survey.id, [Entry(question.id, choices=[0]) for question in survey.questions])

        self.guests = Crowd(self.base_url, code, ["Somebody"], seed=1, take_part=answer)
        self.loop = asyncio.get_running_loop()

    @override
    def open_survey(self, live_session: str, survey: str) -> native_replies.Survey:
        if not self.guests.entered:
            asyncio.run_coroutine_threadsafe(self.guests.enter(), self.loop).result(30)
        return super().open_survey(live_session, survey)

    @override
    def close_survey(self, live_session: str, survey: str) -> native_replies.Survey:
        (guest,) = self.guests.viewers
        until(lambda: [outcome.survey for outcome in guest.outcomes], lambda answered: survey in answered)
        return super().close_survey(live_session, survey)


class CrowdedForger(Forger, OpenHouse):
    """Both."""


WHICH = [Question("Which?", options=["A", "B"])]
AMONG_OTHERS = [Piece("vote", "Named", WHICH), Piece("vote", "Anonymous", WHICH, {"anonymous": True}), Piece("vote", "Timed", WHICH)]


async def among_others(client: OpenHouse) -> Report:
    """A rehearsal with somebody else in the room."""
    room = client.create_room("Rehearsals")
    client.invite(room.code)
    try:
        return await Rehearsal(client, room.code, viewers=10, language="en", seed=3, disconnects_per_s=0, pieces=AMONG_OTHERS).run()
    finally:
        await client.guests.leave()


async def test_somebody_else_in_the_room_is_no_difference(live_server: LiveServer, customer: Customer) -> None:
    """Who came in and answered is told of, and allowed for; what the play itself counted stays the simulated viewers' own."""
    with OpenHouse(live_server.base_url, customer.secrets.api_key) as client:
        report = await among_others(client)

    assert (report.problems, report.ok, report.others) == ([], True, 1)
    assert [(played.entered, played.answered <= 10) for played in report.played] == [(10, True)] * 3
    assert about_others(1).startswith("Somebody else was in the room")
    assert about_others(31).startswith("31 other people were in the room")


async def test_somebody_else_in_the_room_hides_no_wrong_tally(live_server: LiveServer, customer: Customer) -> None:
    """The control: one vote more than he and the viewers gave is a difference, in an anonymous survey too."""
    with CrowdedForger(live_server.base_url, customer.secrets.api_key) as client:
        report = await among_others(client)

    wrong = [problem for problem in report.problems if "people per option" in problem]
    assert [problem.partition(",")[0] for problem in wrong] == ["Named", "Anonymous", "Timed"]
    assert not report.ok


async def test_it_does_not_play_among_real_people(live_server: LiveServer, customer: Customer) -> None:
    """A room of nobody's, and one with people in it, are refused before anything is opened; a running live session is played in, and left
    running."""
    with NativeClient(live_server.base_url, customer.secrets.api_key) as client:
        room = client.create_room("Rehearsals")
        with pytest.raises(NotReady, match="no room"):
            await rehearsal(client, "zzzzzz").run()
        live_session = client.start_live_session(room.id)
        assert (await rehearsal(client, room.code).run()).ok
        assert client.get_room(room.id).running_live_session is not None
        played = len(client.list_surveys(live_session.id))
        crowd = Crowd(live_server.base_url, room.code, ["Lin"], seed=1, take_part=Play(client, live_session.id, [], seed=1).take_part)
        await crowd.enter()
        try:
            with pytest.raises(NotReady, match="people"):
                await rehearsal(client, room.code).run()
        finally:
            await crowd.leave()
        assert len(client.list_surveys(live_session.id)) == played


async def test_many_disconnects_are_no_difference(live_server: LiveServer, customer: Customer) -> None:
    """With so many cuts that never all are there at once, the survey with a time limit still waits for everybody."""
    with NativeClient(live_server.base_url, customer.secrets.api_key) as client:
        room = client.create_room("Rehearsals")
        asked = Rehearsal(client, room.code, viewers=30, language="en", seed=3, disconnects_per_s=100, pieces=SMALL)
        report = await asked.run()

    assert report.problems == []
    assert report.disconnects > 0
    assert report.seconds < 50


async def test_a_fault_of_the_rehearsal_is_a_problem(live_server: LiveServer, customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Viewers who break off have not tried what they were there to try."""

    async def break_off(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(Play, "take_part", break_off)
    with NativeClient(live_server.base_url, customer.secrets.api_key) as client:
        report = await rehearsal(client, client.create_room("Rehearsals").code).run()

    assert not report.ok
    assert any("broke off" in problem for problem in report.problems)


def test_stopped_before_the_end(live_server: LiveServer, customer: Customer) -> None:
    """By SIGINT: status 130, one document that says so, and the live session it started ends."""
    with NativeClient(live_server.base_url, customer.secrets.api_key) as client:
        room = client.create_room("Rehearsals")
        command = [sys.executable, "-m", "turnout", "rehearse", "--json", "--server", live_server.base_url, "--room", room.code]
        environment = {**os.environ, "TURNOUT_API_KEY": customer.secrets.api_key}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        until(lambda: client.get_room(room.id).running_live_session, lambda running: running is not None)
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=60)
        assert client.get_room(room.id).running_live_session is None

    assert process.returncode == 130
    assert json.loads(told)["error"]["code"] == "interrupted"


class Slow(NativeClient):
    """A client whose live sessions have been started, and which does not hear of it until it may."""

    started = threading.Event()
    may_hear = threading.Event()

    @override
    def start_live_session(self, room: str, title: str) -> native_replies.LiveSession:
        begun = super().start_live_session(room, title)
        self.started.set()
        assert self.may_hear.wait(PATIENCE_S)
        return begun


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)  # the engine has no part in it
async def test_stopped_while_it_starts_a_live_session(live_server: LiveServer, customer: Customer) -> None:
    """The request is under way and cannot be taken back: the live session it makes ends all the same."""
    with Slow(live_server.base_url, customer.secrets.api_key) as client:
        room = await asyncio.to_thread(client.create_room, "Rehearsals")
        rehearsal = Rehearsal(client, room.code, viewers=1, language="en", seed=1, disconnects_per_s=0)
        running = asyncio.create_task(rehearsal.run())
        assert await asyncio.to_thread(client.started.wait, PATIENCE_S)
        running.cancel()
        client.may_hear.set()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert (await asyncio.to_thread(client.get_room, room.id)).running_live_session is None
        (ended,) = await asyncio.to_thread(client.list_live_sessions, room.id)
        assert ended.state == "ended"


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)  # the engine has no part in it
def test_mistakes_are_told_in_the_document(live_server: LiveServer, customer: Customer) -> None:
    """No key, no server, no such room: a refusal in JSON and a status that is not 0."""
    nobody = "http://127.0.0.1:9"
    assert rehearse("--server", nobody, "--room", "abc").returncode == 2
    unreachable = rehearse("--server", nobody, "--room", "abc", api_key="tk_x")
    assert (unreachable.returncode, json.loads(unreachable.stdout)["error"]["code"]) == (1, "unreachable")
    nowhere = rehearse("--server", live_server.base_url, "--room", "zzzzzz", api_key=customer.secrets.api_key)
    assert (nowhere.returncode, json.loads(nowhere.stdout)["error"]["code"]) == (1, "not_ready")
    stranger = rehearse("--server", live_server.base_url, "--room", "zzzzzz", api_key="tk_wrong")
    assert (stranger.returncode, json.loads(stranger.stdout)["error"]["code"]) == (1, "not_logged_in")
