"""The viewers' page, from the door to the end."""

import asyncio
from collections.abc import Sequence

from playwright.async_api import FrameLocator, Page

from tools.pictures.album import PHONE, see
from tools.pictures.scene import Scene
from tools.pictures.words import DESK_VIEWER, PASSCODE, VIEWER
from turnout.client import native_replies
from turnout.hub.protocol import RESTART
from turnout.rehearsal.pieces import Piece

LIMIT_S = 600


async def take_door(scene: Scene) -> None:
    """The ways in: open, with a passcode, before the start, by link only."""
    await _go_to_door(scene)
    await scene.album.take("viewer-enter", *scene.viewers)
    locked, early = (await asyncio.to_thread(scene.client.list_rooms))[:2]
    await asyncio.to_thread(scene.client.start_live_session, locked.id)
    phone = await scene.another(PHONE)
    await phone.goto(f"{scene.url}/r/{early.code}")
    await enter(scene, phone)
    await see([phone], "waiting-for-host")
    await scene.album.take("viewer-early", phone)
    for screen, settings, shows in (
        ("viewer-passcode", {"entry": "passcode", "passcode": PASSCODE}, "viewer-passcode"),
        ("viewer-link-only", {"entry": "token"}, "entry-refused"),
    ):
        await scene.call("PATCH", f"/rooms/{locked.id}", settings)
        await phone.goto(f"{scene.url}/r/{locked.code}")
        await see([phone], shows)
        await scene.album.take(screen, phone)
    await scene.call("PATCH", f"/rooms/{locked.id}", {"entry": "open", "viewer_limit": 1})
    for visitor, shows in ((phone, "waiting-room"), (await scene.another(PHONE), "entry-refused")):
        await visitor.goto(f"{scene.url}/r/{locked.code}")
        await enter(scene, visitor)
        await see([visitor], shows)
    await scene.album.take("viewer-full", visitor)
    await phone.goto(f"{scene.url}/r/nobody22")
    await see([phone], "no-room")
    await scene.album.take("viewer-no-room", phone)


async def take_seats(scene: Scene) -> None:
    """Inside, with nothing asked yet."""
    await _go_to_door(scene)
    for page, name in zip(scene.viewers, (VIEWER, DESK_VIEWER), strict=True):
        await enter(scene, page, name[scene.language])
    await see(scene.viewers, "waiting-room")
    await scene.album.take("viewer-waiting", *scene.viewers)


async def take_kind(scene: Scene, piece: Piece, *, meanwhile: str = "") -> native_replies.Survey:
    """One kind on the phone: open, filled in, handed in, and closed. Returns it closed. meanwhile: a screen of the hosts to take while it
    is open."""
    settings = {} if piece.kind == "vote" else {"time_limit_s": LIMIT_S}
    survey = await scene.open(piece, publish_on_close=False, **settings)
    name, phone = piece.kind.replace("_", "-"), scene.phone
    pages = scene.viewers if piece.kind == "answer_card" else [phone]
    await see(pages, "card-open")
    await scene.album.take(f"viewer-{name}-open", *pages)
    for page in scene.viewers:
        await scene.fill_in(page, survey)
        if page is phone:
            await phone.locator('[data-testid="draft-state"] .lucide-refresh-cw').wait_for(state="detached")
            await scene.album.take(f"viewer-{name}-filled", phone)
        await page.get_by_test_id("submit-answer").click()
        await see([page], "answer-saved")
    await scene.album.take(f"viewer-{name}-saved", *pages)
    if meanwhile:
        await see(scene.hosts, "host-card")
        await scene.album.take(meanwhile, *scene.hosts)
    if piece.kind == "answer_card":
        await _lose_connection(scene)
    await scene.close(survey)
    await see([phone], "card-closed" if piece.kind == "exam" else "result")
    await scene.album.take(f"viewer-{name}-closed", phone)
    return survey


async def take_result(scene: Scene, survey: native_replies.Survey) -> None:
    """Its published result."""
    await scene.publish(survey)
    pages = scene.viewers if survey.kind in ("answer_card", "exam") else [scene.phone]
    for page in pages:
        card = page.locator(f'[data-survey="{survey.id}"]')
        await card.get_by_test_id("points" if survey.kind == "exam" else "question-result").first.wait_for()
        await page.evaluate("scrollTo(0, 0)")
    await scene.album.take(f"viewer-{survey.kind.replace('_', '-')}-result", *pages)


async def take_end(scene: Scene) -> None:
    """Sent out, and the end of the session."""
    await asyncio.to_thread(scene.client.end_live_session, scene.live_session)
    await see([scene.phone], "session-ended")
    await scene.phone.evaluate("scrollTo(0, 0)")
    await scene.album.take("viewer-ended", scene.phone)


async def take_kicked(scene: Scene) -> None:
    """What somebody reads whom the host has sent out."""
    phone = await scene.another(PHONE)
    await phone.goto(f"{scene.url}/r/{scene.stage.room.code}")
    await enter(scene, phone, VIEWER[scene.language])
    await phone.locator('[data-phase="inside"]').wait_for()
    people = await scene.call("GET", f"/live-sessions/{scene.live_session}/viewers?search={VIEWER[scene.language]}")
    newest = max(people["viewers"], key=lambda viewer: viewer["entered_at"])
    await scene.call("POST", f"/live-sessions/{scene.live_session}/viewers/{newest['id']}/kick")
    await see([phone], "entry-refused")
    await scene.album.take("viewer-kicked", phone)


async def _go_to_door(scene: Scene) -> None:
    for page in scene.viewers:
        await page.goto(f"{scene.url}/r/{scene.stage.room.code}")
    await see(scene.viewers, "viewer-name")


async def enter(scene: Scene, page: Page | FrameLocator, name: str = "") -> None:
    """By this name; '': one that nobody has yet."""
    await page.get_by_test_id("viewer-name").fill(name or next(scene.newcomers))
    await page.get_by_test_id("enter-room").click()
    await page.get_by_test_id("viewer-name").wait_for(state="detached")


async def _lose_connection(scene: Scene) -> None:
    pages: Sequence[Page] = scene.viewers
    for page in pages:
        await page.context.set_offline(True)
    for connection in list(scene.server.hub.connections):
        connection.end(RESTART)
    await see(pages, "link-lost")
    await scene.album.take("viewer-offline", *pages)
    for page in pages:
        await page.context.set_offline(False)
        await page.get_by_test_id("link-lost").wait_for(state="detached")
