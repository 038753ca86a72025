"""The pages' socket client by itself, in a real browser against a real server: what somebody sees who was there all along is what somebody
sees who has just come, whatever happened to the line, the server and its news in between.

The client is bundled from web/src/live/driven.ts without any page. Each test runs over sockets and, where none come about, over streams.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.followers import Party, follow
from tests.browser.steps import NO_SOCKETS, Live
from tests.flows.live import until
from tests.harness.server import Account, Installation, ServerProcess, create_account, free_port, running
from tests.harness.wire import Wire, wired
from turnout.client import NativeClient, native_replies
from turnout.kernel.limits import MAX_MISSED_EVENTS

_ROOT = Path(__file__).parents[2]
_BUNDLER = _ROOT / "web/node_modules/rolldown/bin/cli.mjs"

Carrier = Literal["socket", "stream"]


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client, as one script that a page can load."""
    assert _BUNDLER.exists(), "the web client's packages are not installed: make web"
    home = subprocess.run([_ROOT / "tools/node_home"], check=True, capture_output=True, text=True).stdout.strip()
    made = tmp_path_factory.mktemp("socket_client") / "client.js"
    told = ["--format", "iife", "--name", "SocketClient", "--platform", "browser", "--tsconfig", "tsconfig.json", "--file", str(made)]
    command = [f"{home}/node", str(_BUNDLER), "src/live/driven.ts", *told, *_VUE]
    ran = subprocess.run(
        command, cwd=_ROOT / "web", env={**os.environ, "NODE_ENV": "production"}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return made


_VUE = [f"--transform.define={name}:false" for name in ("__VUE_PROD_DEVTOOLS__", "__VUE_OPTIONS_API__")]


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of this file's own: it is killed here."""
    with running(Installation(tmp_path_factory.mktemp("served") / "data", free_port())) as process:
        yield process


@pytest.fixture(scope="module")
def own_account(own_server: ServerProcess) -> Account:
    """The host's account."""
    return create_account(own_server.installation)


@pytest.fixture
def wire(own_server: ServerProcess) -> Iterator[Wire]:
    """The network between the browser and the server."""
    with wired(own_server.installation.port) as found:
        yield found


@pytest.fixture(params=["socket", "stream"])
def carrier(request: pytest.FixtureRequest) -> Carrier:
    """What carries the lines; the client finds out by itself which."""
    found: Carrier = request.param
    return found


@pytest.fixture
def party(browser: Browser, script: Path, own_server: ServerProcess, own_account: Account, wire: Wire, carrier: Carrier) -> Iterator[Party]:
    """A live session with one host and two viewers, who are in it."""
    faults: list[str] = []
    contexts = [browser.new_context(bypass_csp=True) for _ in range(3)]
    pages: list[Page] = []
    for context, base_url in zip(contexts, (wire.base_url, wire.base_url, own_server.base_url), strict=True):
        context.on("weberror", lambda error: faults.append(str(error.error)))
        page = context.new_page()
        if carrier == "stream":
            page.add_init_script(NO_SOCKETS)
        page.goto(f"{base_url}/readyz")  # the server's origin, and nothing of the pages
        page.add_script_tag(path=script)
        pages.append(page)
    login = {"login": own_account.host_login, "password": own_account.host_password}
    assert contexts[0].request.post(f"{wire.base_url}/api/v1/login", data=login).ok
    with NativeClient(own_server.base_url, own_account.api_key) as client:
        room = client.create_room("Lecture hall")
        live = Live(client, room, client.start_live_session(room.id, "Networks"))
        hosts = f"SocketClient.host('{live.live_session.id}')"
        names = (f"SocketClient.viewer('{room.code}', '{name}')" for name in ("Vera", "Otto"))
        viewers = (follow(page, made, f"SocketClient.viewer('{room.code}')") for page, made in zip(pages[1:], names, strict=True))
        found = Party(live, follow(pages[0], hosts, hosts), *viewers)
        yield found
        carriers = [follower.ask("driven.lines.carriers") for follower in found.followers]
    for context in contexts:
        context.close()
    used = {used for one in carriers for used in one}
    assert carrier in used
    assert carrier == "socket" or used == {carrier}  # after a cut the client tries both
    assert faults == []


def _ask_and_answer(party: Party) -> None:
    """Drafts, answers, closes, publications, marks, and one that is withdrawn."""
    live, client, live_session = party.live, party.live.client, party.live.live_session.id
    first = client.create_answer_card(live_session, "First", ["North", "East"], right_options=[1], score=5)
    second = client.create_answer_card(live_session, "Second", ["North", "East"])
    client.edit_survey(live_session, second.id, "answer_card", "Written anew", [{"title": "Where?", "options": ["Up", "Down"]}])
    client.open_survey(live_session, first.id)
    vote = live.opened("vote", "Lunch", [{"title": "Where?", "options": ["In", "Out"]}], publish_on_close=False, changeable=True)
    exam = live.opened("exam", "Exam", [{"title": "Why?", "type": "free_form", "score": 10}, {"title": "So?", "type": "true_false"}])
    for follower in (party.viewer, party.other):
        follower.wait_for_one("surveys", exam, "open")
        follower.answer(first, int(follower is party.viewer))
    for choice in (1, 0):
        party.viewer.answer(vote, choice)
        party.viewer.wait_until_settled()
    party.viewer.answer(exam, "Because", 0)
    for follower in (party.viewer, party.other):
        follower.wait_until_settled()
    for survey in (first, vote, exam):
        live.close(survey)
    client.publish_survey(live_session, vote.id)
    (submission,) = client.list_submissions(live_session, exam.id)
    assert submission.viewer is not None
    client.mark(live_session, exam.id, submission.viewer.id, exam.questions[0].id, 7)
    client.publish_survey(live_session, exam.id)
    client.withdraw_survey(live_session, client.open_survey(live_session, second.id).id)


def _check_in(party: Party) -> None:
    """One that one of two confirms, and that is closed; one that is withdrawn."""
    client, live_session = party.live.client, party.live.live_session.id
    draft = client.create_checkin(live_session, "Morning", show_counts=True, draft=True)
    checkin = client.open_checkin(live_session, client.edit_checkin(live_session, draft.id, "Noon", show_counts=True).id)
    party.viewer.wait_for_one("checkins", checkin, "open")
    party.viewer.ask("driven.live.taking.confirm(argument)", checkin.id)
    party.viewer.wait_until_settled()
    client.close_checkin(live_session, checkin.id)
    client.withdraw_checkin(live_session, client.create_checkin(live_session, "By mistake").id)


def _draw(party: Party) -> None:
    """One that both viewers enter, and that is drawn; one that is cancelled."""
    client, live_session = party.live.client, party.live.live_session.id
    rules = {"who": "tap", "entropy": "offline"}
    draft = client.create_draw(live_session, "Lucky", [{"name": "Cup", "count": 1}], **rules)
    draw = client.open_draw(live_session, client.edit_draw(live_session, draft.id, "Luckier", [{"name": "Jug", "count": 2}], **rules).id)
    for follower in (party.viewer, party.other):
        follower.wait_for_one("draws", draw, "open")
        follower.ask("driven.live.taking.enter(driven.live.state.picture.draws[0])")
        follower.wait_until_settled()
    client.close_draw(live_session, draw.id)
    party.host.wait_for_one("draws", draw, "drawn")
    dropped = client.create_draw(live_session, "Dropped", [{"name": "Cup", "count": 1}], **rules)
    client.cancel_draw(live_session, client.commit_draw(live_session, dropped.id).id, "Nobody wants it")


def _announce(party: Party) -> None:
    """Two, of which one is withdrawn; and a room that looks different."""
    client, live_session = party.live.client, party.live.live_session.id
    withdrawn = client.make_announcement(live_session, "The doors are open")
    client.make_announcement(live_session, "Coffee at ten")
    client.withdraw_announcement(live_session, withdrawn.id)
    client.change_room(party.live.room.id, title="Small hall")
    client.set_theme(name="Acme", accent="#0a6e54")


def test_who_was_there_sees_what_a_newcomer_sees(party: Party) -> None:
    """A host and two viewers follow surveys, a check-in, draws and announcements on one line each, up to an open card with its counts, and
    through the end; at both points somebody who connects is shown the same."""
    _ask_and_answer(party)
    _check_in(party)
    _draw(party)
    _announce(party)
    card = party.card("Still open")
    party.other.wait_for_one("surveys", card, "open")
    party.other.answer(card, 1)
    party.other.wait_until_settled()
    party.expect_all_see_the_same()
    host = party.host.shown()["picture"]
    assert sorted(survey["title"] for survey in host["surveys"]) == ["Exam", "First", "Lunch", "Still open"]
    assert [(survey["answered"], survey["questions"][0]["counts"]) for survey in host["surveys"] if survey["id"] == card.id] == [
        (1, [0, 1])
    ]
    assert [(one["confirmed"], one["title"]) for one in host["checkins"]] == [(1, "Noon")]
    assert sorted((draw["state"], draw["entered"]) for draw in host["draws"]) == [("cancelled", 0), ("drawn", 2)]
    viewer = party.viewer.shown()
    assert [one["text"] for one in viewer["picture"]["announcements"]] == ["Coffee at ten"]
    assert (len(viewer["mine"]), len(viewer["checkins"]), len(viewer["draws"])) == (3, 1, 1)

    party.live.client.end_live_session(party.live.live_session.id)
    for follower in party.followers:
        follower.wait_for("driven.live.state.picture.live_session.state === 'ended'")
    party.host.expect_same_as_fresh()
    assert [follower.beginnings() for follower in party.followers] == [["snapshot"]] * 3


def test_a_cut_line_brings_back_only_what_was_missed(party: Party, wire: Wire) -> None:
    """While the host's and a viewer's line is cut another viewer answers, and the host opens, closes and announces; both come back by
    themselves and are told that alone, no snapshot."""
    live = party.live
    first = party.card("First")
    for number in range(5):
        party.card(f"{number} {'x' * 150}")  # a short snapshot would be sent instead of what was missed
    party.viewer.wait_for("driven.live.state.picture.surveys.length === 6")
    party.viewer.answer(first, 1)
    party.viewer.wait_until_settled()
    party.expect_all_see_the_same()

    wire.cut()
    for follower in (party.host, party.viewer):
        follower.wait_for("driven.live.state.link === 'lost'")
    party.other.answer(first, 0)
    party.other.wait_until_settled()
    live.close(first)
    live.client.make_announcement(live.live_session.id, "Coffee at ten")
    second = party.card("Second")
    party.other.wait_for_one("surveys", second, "open")
    party.other.answer(second, 0)
    party.other.wait_until_settled()
    party.viewer.answer(second, 1)  # waits for the line
    wire.mend()

    party.viewer.wait_until_settled()
    party.wait_until_up()
    assert [follower.beginnings() for follower in (party.host, party.viewer)] == [["snapshot", "resumed"]] * 2
    party.expect_all_see_the_same()
    assert live.survey(second).questions[0].counts == [1, 1]


def _unread(party: Party, server: ServerProcess, wire: Wire, card: native_replies.Survey) -> None:
    """The server dies before it has read the answer."""
    os.kill(server.pid, signal.SIGSTOP)
    party.viewer.answer(card, 1)
    party.viewer.wait_for("driven.lines.said.some(({ op }) => op === 'answer')")
    server.kill()


def _unacknowledged(party: Party, server: ServerProcess, wire: Wire, card: native_replies.Survey) -> None:
    """The server has committed the answer, and dies before the viewer has heard of it."""
    wire.mute()
    party.viewer.answer(card, 1)
    until(lambda: party.live.survey(card).answered, lambda answered: answered == 1)
    server.kill()


@pytest.mark.parametrize("die", [_unread, _unacknowledged])
def test_kill_9_under_an_answer(
    party: Party, own_server: ServerProcess, wire: Wire, die: Callable[[Party, ServerProcess, Wire, native_replies.Survey], None]
) -> None:
    """The page stays. After the restart the answer goes out again under its id, is acknowledged once, and is there once."""
    card = party.card("Card")
    party.viewer.wait_for_one("surveys", card, "open")
    die(party, own_server, wire, card)
    assert party.viewer.ask("SocketClient.isSettled(driven)") is False
    own_server.start()

    party.viewer.wait_until_settled()
    party.wait_until_up()
    said = party.viewer.ask("driven.lines.said.filter(({ op }) => op === 'answer').map(({ id }) => id)")
    assert len(said) >= 2
    assert len(set(said)) == 1
    heard = party.viewer.ask("driven.lines.heard.filter(({ id }) => id === argument).map(({ op }) => op)", said[0])
    assert heard == ["accepted"]
    (submission,) = party.live.client.list_submissions(party.live.live_session.id, card.id)
    assert [answer.choices for answer in submission.answers] == [[1]]
    assert party.live.survey(card).questions[0].counts == [0, 1]
    party.expect_all_see_the_same()


def test_who_missed_more_than_the_server_keeps_gets_everything(party: Party, wire: Wire) -> None:
    """A whole snapshot takes the place of what was there before; what is no more is gone."""
    live = party.live
    card = party.card("Withdrawn meanwhile")
    party.viewer.wait_for_one("surveys", card, "open")
    wire.cut()
    for follower in (party.host, party.viewer):
        follower.wait_for("driven.live.state.link === 'lost'")
    live.client.withdraw_survey(live.live_session.id, card.id)
    for number in range(MAX_MISSED_EVENTS):
        live.client.change_room(live.room.id, title=f"Hall {number}")
    wire.mend()

    party.wait_until_up()
    assert [follower.beginnings() for follower in (party.host, party.viewer)] == [["snapshot", "snapshot"]] * 2
    party.expect_all_see_the_same()
    assert party.viewer.shown()["picture"]["surveys"] == []


def test_who_misses_one_publication_comes_back_for_it(party: Party) -> None:
    """The line stands, and one publication does not arrive: the next one shows the gap, and the client fetches what it lacks by itself."""
    missing = (party.host, party.viewer)
    for follower in missing:
        follower.ask("{ driven.lines.losesOne = true }")
    lost = party.card("Lost on its way")
    for follower in missing:
        follower.wait_for("!driven.lines.losesOne")
    party.live.client.make_announcement(party.live.live_session.id, "Coffee at ten")

    for follower in missing:
        follower.wait_for_one("surveys", lost, "open")
        assert len(follower.beginnings()) == 2
    party.expect_all_see_the_same()
