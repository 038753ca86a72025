"""Check-ins, draws, their moments on the big screen, and the page that checks a draw."""

import asyncio
import itertools
from typing import Any

from playwright.async_api import Page

from tests.harness.drand_relay import SigningChain
from tools.pictures.album import PHONE, see
from tools.pictures.proof_screens import take_files, take_proof
from tools.pictures.scene import Scene
from tools.pictures.stage_screens import open_hall
from tools.pictures.viewer_screens import enter
from tools.pictures.words import (
    ADDRESS,
    CALLED_OFF,
    CHECK_IN,
    DESK_ADDRESS,
    DESK_MOBILE,
    DESK_VIEWER,
    DESK_VIEWER_WHOLE,
    DRAW,
    LISTED,
    MUG,
    OWN_TEXTS,
    PRIZES,
    REASON,
    SECOND_DRAW,
    VIEWER,
    WORD,
)


async def take_check_in(scene: Scene) -> None:
    """A check-in: none yet, being written, open, confirmed, over."""
    await _to_tab(scene, "checkins", "new-checkin")
    await scene.album.take("console-checkins-empty", *scene.hosts)
    for page in scene.hosts:
        await page.get_by_test_id("new-checkin").click()
        await page.get_by_test_id("checkin-title").fill(CHECK_IN[scene.language])
        await page.locator('label:has([data-testid="checkin-expects-list"])').click()
        await page.get_by_test_id("checkin-list").fill(LISTED[scene.language])
    await _rest(scene)
    await scene.album.take("console-checkin-form", *scene.hosts)
    await _to_tab(scene, "checkins", "new-checkin")
    checkin = await scene.call(
        "POST", _path(scene, "checkins"), {"title": CHECK_IN[scene.language], "time_limit_s": 300, "show_counts": True}
    )
    await see(scene.viewers, "check-in")
    await scene.crowd_rests()
    await scene.album.take("viewer-checkin-open", *scene.viewers)
    screen = await open_hall(scene)
    for page in scene.viewers:
        await page.get_by_test_id("check-in").click()
    await see(scene.viewers, "checked-in")
    await scene.album.take("viewer-checkin-done", *scene.viewers)
    await see(scene.hosts, "checkin-person")
    await scene.album.take("console-checkin", *scene.hosts)
    await screen.get_by_test_id("screen-confirmed").wait_for()
    await scene.album.take("screen-checkin", screen)
    await scene.call("POST", f"{_path(scene, 'checkins')}/{checkin['id']}/close")
    phone = await _newcomer(scene)
    await see([phone], "checkin-missed")
    await scene.album.take("viewer-checkin-missed", phone)


DRAW_DELAY_S = 45
"""So that there is time for what a closed draw looks like."""

_HOPEFUL = 4
"""Some of them win nothing: all would once in two hundred times, and then that picture is as it was."""


async def take_draw(scene: Scene, chain: SigningChain) -> None:
    """A draw that drand decides, from the form to the proof. The phone's and the desk's viewers win, since they are named beforehand."""
    await _take_draw_form(scene)
    others = [await _newcomer(scene) for _ in range(_HOPEFUL)]
    named = [await _find_first(scene, name[scene.language]) for name in (VIEWER, DESK_VIEWER)]
    draft = {
        "title": DRAW[scene.language],
        "prizes": PRIZES[scene.language],
        "who": "tap",
        "preferred": [{"prize": 0, "viewer": viewer["id"]} for viewer in named],
        "countdown_s": 120,
    }
    draw = await scene.call("POST", _path(scene, "draws"), draft)
    await see(scene.hosts, "open-draw")
    await scene.album.take("console-draw-draft", *scene.hosts)
    await _move(scene, draw, "commit")
    await see(scene.viewers, "draw-committed")
    await scene.album.take("viewer-draw-committed", *scene.viewers)
    await _move(scene, draw, "open")
    await see(scene.viewers, "enter-draw")
    await scene.crowd_rests()
    await scene.album.take("viewer-draw-open", *scene.viewers)
    for page in scene.viewers:
        await page.get_by_test_id("enter-draw").click()
    await see(scene.viewers, "in-draw")
    await scene.album.take("viewer-draw-in", *scene.viewers)
    for page in others:
        await page.get_by_test_id("enter-draw").click()
    await see(others, "in-draw")
    await see(scene.hosts, "close-draw")
    await scene.album.take("console-draw-open", *scene.hosts)
    screen = await open_hall(scene)
    await screen.get_by_test_id("screen-entered").wait_for()
    await scene.album.take("screen-draw-open", screen)
    await _move(scene, draw, "close", {"countdown_s": 0})
    await see(scene.hosts, "fingerprint")
    await scene.album.take("console-draw-closed", *scene.hosts)
    await see(scene.viewers, "draw-rolling")
    await scene.album.take("viewer-draw-rolling", *scene.viewers)
    await scene.album.take("screen-draw-rolling", screen)
    if await scene.hosts[1].locator('[data-testid="host-draw"][data-state="closed"]').count() == 0:
        raise RuntimeError("the draw was decided before its pictures were taken; make DRAW_DELAY_S longer")
    for page in scene.viewers:
        await page.get_by_test_id("draw-won").first.wait_for(timeout=2_000 * DRAW_DELAY_S)
    await _to_top(scene.viewers)
    await scene.album.take("viewer-draw-won", *scene.viewers)
    for page in others:
        await page.locator('[data-testid="draw-lost"], [data-testid="draw-won"]').first.wait_for()
    unlucky = [page for page in others if await page.get_by_test_id("draw-lost").count()]
    await scene.album.take("viewer-draw-lost", *unlucky[:1])
    await screen.get_by_test_id("screen-winner").first.wait_for()
    await scene.album.take("screen-draw-drawn", screen)
    await _take_form(scene)
    for page, name in itertools.product(scene.hosts, (OWN_TEXTS[scene.language]["name"], DESK_VIEWER_WHOLE[scene.language])):
        await page.get_by_test_id("winner-row").filter(has_text=name).wait_for()  # they come by themselves
    await scene.album.take("console-draw-drawn", *scene.hosts)
    await take_proof(scene, draw, chain)


async def take_other_draws(scene: Scene) -> None:
    """A word and an offline seed, with the salt that a viewer finds in the proof; a draw that was cancelled; proofs as files."""
    language = scene.language
    draft = {"title": SECOND_DRAW[language], "prizes": [{"name": MUG[language], "count": 3}], "who": "word", "word": WORD[language]}
    draw = await scene.call("POST", _path(scene, "draws"), {**draft, "entropy": "offline", "open": True})
    await see(scene.viewers, "draw-word")
    await scene.album.take("viewer-draw-word", scene.phone)
    for page, word in zip(scene.viewers, ("?", WORD[language]), strict=True):
        await page.get_by_test_id("draw-word").fill(word)
        await page.get_by_test_id("enter-draw").click()
    await see([scene.phone], "draw-refused")
    await scene.album.take("viewer-draw-refused", scene.phone)
    await scene.phone.get_by_test_id("draw-word").fill(WORD[language])
    await scene.phone.get_by_test_id("enter-draw").click()
    await see(scene.viewers, "in-draw")
    await _move(scene, draw, "close", {"countdown_s": 0})
    for page in scene.viewers:
        card = page.locator(f'[data-part="{draw["id"]}"][data-testid="draw-drawn"]')
        await card.get_by_test_id("own-part").locator("summary").click()
        await card.get_by_test_id("own-part").scroll_into_view_if_needed()
        async with page.expect_popup() as opened:
            await card.get_by_test_id("proof-link").click()
        proof = await opened.value
        await proof.get_by_test_id("same-salt").wait_for()
        await scene.album.take("viewer-draw-check", page)
        await scene.album.take("proof-offline", proof)
        await proof.get_by_test_id("mine").evaluate("(place) => scrollTo(0, place.offsetTop - 80)")
        await scene.album.take("proof-mine", proof)
    off = {"title": CALLED_OFF[language], "prizes": [{"name": MUG[language], "count": 1}], "entropy": "offline", "who": "tap", "open": True}
    draw = await scene.call("POST", _path(scene, "draws"), off)
    await _move(scene, draw, "cancel", {"because": REASON[language]})
    await see(scene.viewers, "draw-off")
    await _to_top(scene.viewers)
    await scene.album.take("viewer-draw-cancelled", scene.phone)
    screen = await open_hall(scene)
    await screen.locator('[data-testid="screen-draw"][data-state="cancelled"]').wait_for()
    await scene.album.take("screen-draw-cancelled", screen)
    await see(scene.hosts, "draw-row")
    await scene.album.take("console-draw-cancelled", *scene.hosts)
    await take_files(scene)


async def _take_draw_form(scene: Scene) -> None:
    await _to_tab(scene, "draws", "new-draw")
    await scene.album.take("console-draws-empty", *scene.hosts)
    for page in scene.hosts:
        await page.get_by_test_id("new-draw").click()
        await page.get_by_test_id("draw-title").fill(DRAW[scene.language])
        for place, prize in enumerate(PRIZES[scene.language][:2]):
            if place:
                await page.get_by_test_id("add-prize").click()
            await page.get_by_test_id(f"prize-name-{place}").fill(str(prize["name"]))
        await page.get_by_test_id("prize-asks-name-0").check()
    await _rest(scene)
    await _to_top(scene.hosts)
    await scene.album.take("console-draw-form", *scene.hosts)
    for page in scene.hosts:
        await page.locator('label:has([data-testid="draw-entropy-offline"])').click()
        await page.get_by_test_id("draw-preferred").locator("summary").click()
        await page.get_by_test_id("add-preferred").click()
        await page.get_by_test_id("preferred-0").press_sequentially(VIEWER[scene.language])
        await page.get_by_test_id("preferred-0-option").filter(has_text=VIEWER[scene.language]).first.click()
        await page.get_by_test_id("add-preferred").click()
        await page.get_by_test_id("preferred-1").focus()
        await page.get_by_test_id("preferred-1-option").first.wait_for()
    await scene.album.take("console-draw-form-preferred", *scene.hosts)
    for page in scene.hosts:
        await page.get_by_test_id("prize-name-1").fill("")
        await page.get_by_test_id("draw-start").click()
        await page.locator(".field-error").first.wait_for()
    await scene.album.take("console-draw-form-faults", *scene.hosts)
    await _to_tab(scene, "draws", "new-draw")


async def _take_form(scene: Scene) -> None:
    language, own = scene.language, OWN_TEXTS[scene.language]
    forms = (
        (own["name"], own["mobile"], ADDRESS[language]),
        (DESK_VIEWER_WHOLE[language], DESK_MOBILE[language], DESK_ADDRESS[language]),
    )
    for page, (name, _, address) in zip(scene.viewers, forms, strict=True):
        await page.get_by_test_id("form-name").fill(name)
        await page.get_by_test_id("form-phone").fill("12")
        await page.get_by_test_id("form-address").fill(address)
        await page.get_by_test_id("save-form").click()
        await page.locator('[data-testid="form-phone"][aria-invalid="true"]').wait_for()
    await scene.album.take("viewer-draw-form-fault", *scene.viewers)
    for page, (_, mobile, _) in zip(scene.viewers, forms, strict=True):
        await page.get_by_test_id("form-phone").fill(mobile)
        await page.get_by_test_id("save-form").click()
    await see(scene.viewers, "form-saved")
    await _to_top(scene.viewers)
    await scene.album.take("viewer-draw-saved", *scene.viewers)


async def _to_tab(scene: Scene, tab: str, shows: str) -> None:
    for page in scene.hosts:
        await page.goto("about:blank")  # what is half written would ask to stay
        await page.goto(f"{scene.url}/console/live/{scene.live_session}/{tab}")
    await see(scene.hosts, shows)


async def _rest(scene: Scene) -> None:
    for page in scene.hosts:
        await page.evaluate("document.activeElement.blur()")


async def _to_top(pages: list[Page]) -> None:
    for page in pages:
        await page.evaluate("scrollTo(0, 0)")


async def _find_first(scene: Scene, name: str) -> Any:
    """Who came in first by this name."""
    found = await scene.call("GET", f"/live-sessions/{scene.live_session}/viewers?search={name}")
    return min(found["viewers"], key=lambda viewer: viewer["entered_at"])


async def _newcomer(scene: Scene) -> Page:
    """Somebody who has taken part in nothing."""
    phone = await scene.another(PHONE)
    await phone.goto(f"{scene.url}/r/{scene.stage.room.code}")
    await enter(scene, phone)
    return phone


def _path(scene: Scene, what: str) -> str:
    return f"/live-sessions/{scene.live_session}/{what}"


async def _move(scene: Scene, draw: Any, move: str, body: object = None) -> None:
    await scene.call("POST", f"{_path(scene, 'draws')}/{draw['id']}/{move}", {} if body is None else body)
    await asyncio.sleep(0)
