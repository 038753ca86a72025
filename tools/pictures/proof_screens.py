"""The page that checks a draw, with each verdict it may come to: proofs of draws on the stage, and files as a visitor may bring them."""

import json
from typing import Any

from playwright.async_api import Page

from tests.harness.drand_relay import SigningChain
from tools.draw_vector_cases import code_of
from tools.pictures.album import DESK, PHONE
from tools.pictures.scene import Scene
from tools.pictures.words import CALLED_OFF, DRAW, MUG, PRIZES
from turnout.proofs.commitment import Commitment, DrandRule, Prize, write_commitment
from turnout.proofs.drand import QUICKNET, time_of
from turnout.proofs.entrants import ClosedList, Entrant
from turnout.proofs.making import make_cancelled, make_proof, write_paper
from turnout.proofs.papers import DrandEntropy

ROUND = DrandEntropy(1000, "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39")
"""A round of quicknet, as drand published it: nobody could make one up."""
DELAY_S = 12
ENTRANTS = 42


async def take_proof(scene: Scene, draw: Any, chain: SigningChain) -> None:
    """A draw that a private chain decided: unknown, trusted, what it was, and with another winner written into it."""
    file = await scene.call("GET", f"/proofs/{draw['id']}")
    file["winners"][0]["index"] += 1
    for viewport in (PHONE, DESK):
        page = await scene.another(viewport)
        await page.goto(f"{scene.url}/proof/{draw['id']}")
        await page.get_by_test_id("own-chain").wait_for()
        await scene.album.take("proof-unknown-chain", page)
        await page.get_by_test_id("chain-text").fill(chain.told)
        await page.get_by_test_id("trust-chain").click()
        await _see_verdict(page, "trusted")
        await scene.album.take("proof-trusted", page)
        await page.get_by_test_id("draw-facts").evaluate("(place) => scrollTo(0, place.offsetTop - 80)")
        await scene.album.take("proof-facts", page)
        await _bring(page, json.dumps(file).encode())
        await _see_verdict(page, "fails")
        await scene.album.take("proof-fails", page)


async def take_files(scene: Scene) -> None:
    """Nothing to check, a proof that is not there, and files: one that holds, one of a cancelled draw, and one that is no proof."""
    prizes = [Prize(f"prize_{place}", str(prize["name"]), int(str(prize["count"]))) for place, prize in enumerate(PRIZES[scene.language])]
    files = {
        "holds": write_paper(make_proof(_promise(DRAW[scene.language], prizes), *_closed(), ROUND)),
        "cancelled": write_paper(
            make_cancelled(_promise(CALLED_OFF[scene.language], [Prize("prize_0", MUG[scene.language], 1)]), *_closed())
        ),
        "unreadable": b"Saturday: buy a mug",
    }
    for viewport in (PHONE, DESK):
        page = await scene.another(viewport)
        await page.goto(f"{scene.url}/proof/dr_0")
        await page.get_by_test_id("proof-missing").wait_for()
        await scene.album.take("proof-missing", page)
        await page.goto(f"{scene.url}/proof")
        await page.get_by_test_id("proof-empty").wait_for()
        await scene.album.take("proof-empty", page)
        for verdict, file in files.items():
            await _bring(page, file)
            await _see_verdict(page, verdict)
            await scene.album.take(f"proof-{verdict}", page)


def _promise(title: str, prizes: list[Prize]) -> str:
    rule = DrandRule(QUICKNET.chain, QUICKNET.public_key, "bls-unchained-g1-rfc9380", QUICKNET.period_s, QUICKNET.genesis, DELAY_S)
    promised = Commitment(
        draw="dr_1tp7x0m5c2rwa",
        title=title,
        nonce="5e" * 32,
        prizes=prizes,
        who={"rule": "tap"},
        repeat_winners=False,
        weighted=False,
        preferred=[],
        entropy=rule,
    )
    return write_commitment(promised, {})


def _closed() -> tuple[ClosedList, int]:
    """A list of entrants, and when it was published, Unix milliseconds: so that it is this round that decides."""
    entrants = ClosedList(Entrant(code_of(number), 1, "") for number in range(ENTRANTS))
    return entrants, 1000 * (time_of(QUICKNET, ROUND.round) - DELAY_S)


async def _bring(page: Page, file: bytes) -> None:
    payload = {"name": "proof.json", "mimeType": "application/json", "buffer": file}
    await page.get_by_test_id("proof-file").set_input_files(payload)  # type: ignore[arg-type]  # a payload is a TypedDict


async def _see_verdict(page: Page, verdict: str) -> None:
    await page.locator(f'[data-testid="verdict"][data-verdict="{verdict}"]').wait_for()
    await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
