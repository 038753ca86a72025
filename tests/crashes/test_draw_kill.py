"""A draw survives kill -9: at its close, between its root and its decision, and while it is decided. It comes to the winners that follow
from what was published, and to them once."""

import random
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.flows.live import Reply, send, until
from tests.harness.drand_relay import Relay, SigningChain, relaying
from tests.harness.receiver import Receiver
from tests.harness.server import Account, Installation, ServerProcess, create_account, fresh_installation, running
from tests.harness.viewers import Viewer
from turnout.proofs.verifying import verify_file

CHAIN = SigningChain(genesis=int(time.time()) - 86_400)
DELAY_S = 2
VIEWERS = 12
WITHIN_S = 60.0
AROUND_DECISION_S = 0.25
"""Over how long after the round is out the last kill falls: relay, proof and commit take about half of it."""


@pytest.fixture
def relay() -> Iterator[Relay]:
    """The chain's only relay."""
    with relaying(CHAIN) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path, relay: Relay) -> Iterator[Installation]:
    """An installation whose draws are decided by the test's chain; the test runs once on each engine."""
    settings = {"drand_urls": relay.url, "drand_chain": CHAIN.told, "draw_delay_s": str(DELAY_S)}
    with fresh_installation(request, request.param, tmp_path, settings) as fresh:
        yield fresh


class Stage:
    """A room with a live session and viewers who enter each draw."""

    def __init__(self, server: ServerProcess, account: Account) -> None:
        self.server = server
        self._key = {"Authorization": f"Bearer {account.api_key}"}
        self._room = self.call("POST", "/rooms", {"title": "Drill"})
        self._live = self.call("POST", f"/rooms/{self._room['id']}/live-sessions", {"title": ""})
        self._draws = f"/live-sessions/{self._live['id']}/draws"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the API that must be allowed."""
        reply = send(self.server.base_url, method, "/api/v1" + path, body, self._key)
        assert reply.status in (200, 201), reply
        return reply.json

    def entered(self) -> str:
        """A draw with VIEWERS entries."""
        prizes = [{"name": "Camera", "count": 1, "type": "physical"}, {"name": "Cup", "count": 3, "type": "physical"}]
        draw: str = self.call("POST", self._draws, {"title": "Draw", "prizes": prizes, "who": "tap", "open": True})["id"]
        for number in range(VIEWERS):
            with Viewer(self.server.base_url) as viewer:
                viewer.enter(self._room["code"], f"Viewer {number}")
                assert viewer.ask({"op": "enter_draw", "id": "enter", "draw": draw})["op"] == "accepted"
        return draw

    def close_entries(self, draw: str) -> None:
        """What a host does."""
        self.call("POST", f"{self._draws}/{draw}/close", {})

    def winners(self, draw: str) -> list[str]:
        """Their codes, in the order of drawing, as the host reads them."""
        return [winner["viewer"] for winner in self.call("GET", f"{self._draws}/{draw}/winners")["winners"]]

    def public(self, draw: str, rest: str = "") -> Reply:
        """What anybody is told."""
        return send(self.server.base_url, "GET", f"/api/v1/proofs/{draw}{rest}")

    def published(self, draw: str) -> Any:
        """What the draw has published, once its root is."""
        return until(lambda: self.public(draw, "/commitment").json, lambda found: found["root"] is not None, WITHIN_S)


def _at_the_close(stage: Stage, draw: str, _rng: random.Random) -> None:
    """Right behind the host's call: the root may be there or not."""
    stage.close_entries(draw)


def _between_root_and_decision(stage: Stage, draw: str, _rng: random.Random) -> None:
    """The root is public, and the round is not out."""
    stage.close_entries(draw)
    stage.published(draw)


def _at_the_decision(stage: Stage, draw: str, rng: random.Random) -> None:
    """Somewhere between the round and its outcome."""
    stage.close_entries(draw)
    out_at = CHAIN.chain.genesis + (stage.published(draw)["round"] - 1) * CHAIN.chain.period_s
    time.sleep(max(0.0, out_at - time.time()) + rng.uniform(0, AROUND_DECISION_S))


KILLS: list[Callable[[Stage, str, random.Random], None]] = [_at_the_close, _between_root_and_decision, _at_the_decision]


@pytest.mark.timeout(300)
def test_a_draw_survives_kill_9(installation: Installation, receiver: Receiver, relay: Relay) -> None:
    """What had been published stays as it was, the proof holds, host and proof name the same winners, and each draw is told once."""
    seed = secrets.token_hex(4)
    sys.stdout.write(f"seed {seed}\n")
    rng = random.Random(seed)  # noqa: S311 - to be repeated, not to surprise
    expected: dict[str, list[str]] = {}
    with running(installation) as server:
        stage = Stage(server, create_account(installation))
        stage.call("POST", "/callback-endpoints", {"url": receiver.url, "dialect": "native", "kinds": ["draw.drawn"]})
        for bring in KILLS:
            draw, asked = stage.entered(), len(relay.asked)
            bring(stage, draw, rng)
            before = stage.public(draw, "/commitment").json
            server.kill()
            if bring is _between_root_and_decision:
                assert (before["state"], len(relay.asked)) == ("closed", asked), "the draw was being decided: this shows nothing"
            server.start()
            proof = until(lambda draw=draw: stage.public(draw), lambda reply: reply.status == 200, WITHIN_S)  # type: ignore[misc]

            report = verify_file(proof.body, None, [CHAIN.chain])
            assert report.ok, report.checks
            assert report.drawn is not None
            after = stage.public(draw, "/commitment").json
            kept = ("commitment", "root", "fingerprint", "round") if before["root"] is not None else ("commitment",)
            assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
            expected[draw] = [code for _, code in report.drawn.winners]
            assert len(set(expected[draw])) == 4
            assert stage.winners(draw) == expected[draw]
            assert stage.public(draw).body == proof.body
        received = receiver.wait_until(lambda found: len({one.body for one in found}) >= len(KILLS), WITHIN_S)
    told = {one.body for one in received}
    assert sorted(msgspec.json.decode(body)["data"]["draw"]["id"] for body in told) == sorted(expected)
