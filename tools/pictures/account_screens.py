"""The console's pages of an account: the guide, people, keys, records, the look, one's own login, forms of bank and endpoints."""

import asyncio
import base64
import time

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tools.pictures.album import DESK, PHONE, see
from tools.pictures.console_screens import go
from tools.pictures.scene import Scene
from tools.pictures.viewer_screens import enter
from tools.pictures.words import GUIDED, JOINS, NEXT_LESSON, TEAM

STEP_S = 30
ACCENT = "1f4fd8"


async def take_account(scene: Scene) -> None:
    """All of them. The guide comes first: it goes by what there is."""
    await _take_guide(scene)
    await _take_bank_forms(scene)
    await _take_people(scene)
    await _take_appearance(scene)
    await _take_two_steps(scene)


async def _take_guide(scene: Scene) -> None:
    """From the question to the first answer, in a room of its own: the newest is the one that the guide goes by."""
    room = await asyncio.to_thread(scene.client.create_room, GUIDED[scene.language])
    session = await asyncio.to_thread(scene.client.start_live_session, room.id, NEXT_LESSON[scene.language])
    await go(scene, f"{scene.url}/console/guide", "guide-take-quiz")
    await scene.album.take("console-guide", *scene.hosts)
    await scene.hosts[0].get_by_test_id("guide-take-quiz").click()
    await scene.hosts[0].get_by_test_id("guide-waiting").wait_for()
    await go(scene, f"{scene.url}/console/guide", "guide-waiting")
    await scene.album.take("console-guide-start", *scene.hosts)
    phone = await scene.another(PHONE)
    await phone.goto(f"{scene.url}/r/{room.code}")
    await enter(scene, phone)
    await see(scene.hosts, "guide-prepare")
    await scene.hosts[0].get_by_test_id("guide-prepare").click()
    await see(scene.hosts[:1], "guide-open-button")
    await go(scene, f"{scene.url}/console/guide", "guide-open-button")
    await scene.album.take("console-guide-open", *scene.hosts)
    await scene.hosts[0].get_by_test_id("guide-open-button").click()
    await phone.locator('label:has([data-testid="option-1"])').click()
    await phone.get_by_test_id("submit-answer").click()
    await see([phone], "answer-saved")
    for page in scene.hosts:
        await page.get_by_test_id("count-B").wait_for(state="attached")
    await scene.album.take("console-guide-answers", *scene.hosts)
    await asyncio.to_thread(scene.client.end_live_session, session.id)


async def _take_bank_forms(scene: Scene) -> None:
    await go(scene, f"{scene.url}/console/bank/new", "card-question")
    await scene.album.take("console-bank-new", *scene.hosts)
    for template in await asyncio.to_thread(lambda: list(scene.client.list_templates())):
        await _leave(scene)
        await go(scene, f"{scene.url}/console/bank/{template.id}", "template-name")
        await scene.album.take("console-bank-template", *scene.hosts)
        await asyncio.to_thread(scene.client.delete_template, template.id)


async def take_endpoint(scene: Scene) -> None:
    """An endpoint that has delivered, its settings, and the form of a new one."""
    await _leave(scene)
    await go(scene, f"{scene.url}/console/endpoints/new", "endpoint-url")
    await scene.album.take("console-endpoint-new", *scene.hosts)
    await _leave(scene)
    (endpoint,) = await asyncio.to_thread(lambda: list(scene.client.list_endpoints()))
    await go(scene, f"{scene.url}/console/endpoints/{endpoint.id}", "endpoint-state")
    await scene.album.take("console-endpoint", *scene.hosts)
    await go(scene, f"{scene.url}/console/endpoints/{endpoint.id}/settings", "endpoint-url")
    await scene.album.take("console-endpoint-settings", *scene.hosts)
    await _leave(scene)


async def _take_people(scene: Scene) -> None:
    """Somebody is invited and joins; keys; and what was done."""
    await go(scene, f"{scene.url}/console/account", "own-role")
    await scene.album.take("console-account", *scene.hosts)
    for login in ("robin", "sam"):
        link = await asyncio.to_thread(scene.client.create_join_link, "host", TEAM[scene.language])
        newcomers = [await scene.another(viewport) for viewport in (PHONE, DESK)]
        for page in newcomers:
            await page.goto(scene.here(link.url))
        await see(newcomers, "join-login")
        for page in newcomers:
            await page.get_by_test_id("join-login").fill(login)
            await page.get_by_test_id("join-name").fill(JOINS[scene.language][login])
            await page.get_by_test_id("join-password").fill("a window and a staple")
            await page.evaluate("document.activeElement.blur()")
        phone = newcomers[0]
        if login == "robin":
            await scene.album.take("console-join", *newcomers)
        await phone.get_by_test_id("join").click()
        await see([phone], "log-out")
    await asyncio.to_thread(scene.client.create_join_link, "operator", TEAM[scene.language])
    await asyncio.to_thread(scene.client.create_api_key, TEAM[scene.language])
    await go(scene, f"{scene.url}/console/account/members", "join-link")
    await scene.album.take("console-members", *scene.hosts)
    for page in scene.hosts:
        await page.get_by_test_id("invite").click()
        await page.get_by_test_id("invite-label").fill(TEAM[scene.language])
        await page.get_by_test_id("make-link").click()
    await see(scene.hosts, "secret")
    await scene.album.take("console-invite", *scene.hosts)
    await go(scene, f"{scene.url}/console/account/keys", "key-row")
    await scene.album.take("console-keys", *scene.hosts)
    await go(scene, f"{scene.url}/console/account/audit", "audit-row")
    await scene.album.take("console-audit", *scene.hosts)


async def _take_appearance(scene: Scene) -> None:
    await go(scene, f"{scene.url}/console/appearance", f"preset-{ACCENT}")
    for page in scene.hosts:
        await page.get_by_test_id(f"preset-{ACCENT}").click()
        await page.get_by_test_id("theme-name").fill(TEAM[scene.language])
        await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    await scene.album.take("console-appearance", *scene.hosts)
    await _leave(scene)


async def _take_two_steps(scene: Scene) -> None:
    """One's own login without and with a second step, and what logging in asks for then."""
    own = scene.stage.secrets
    await go(scene, f"{scene.url}/console/me", "turn-on")
    await scene.album.take("console-me", *scene.hosts)
    for page in scene.hosts:
        await page.get_by_test_id("turn-on").click()
        await page.get_by_test_id("two-step-password").fill(own.host_password)
        await page.get_by_test_id("two-step-go").click()
        await page.get_by_test_id("two-step-secret").scroll_into_view_if_needed()
    await scene.album.take("console-me-qr", *scene.hosts)
    desk = scene.hosts[1]  # which began last, and so its secret is the one that counts
    secret = (await desk.get_by_test_id("two-step-secret").inner_text()).replace(" ", "")
    code = TOTP(base64.b32decode(secret), 6, SHA1(), STEP_S).generate(int(time.time()))  # noqa: S303 - the algorithm of the RFC
    await desk.get_by_test_id("first-code").fill(code.decode())
    await desk.get_by_test_id("two-step-go").click()
    await desk.get_by_test_id("recovery-codes").scroll_into_view_if_needed()
    await scene.album.take("console-me-codes", desk)
    recovery = await desk.get_by_test_id("recovery-codes").locator("code").first.inner_text()
    await desk.get_by_test_id("codes-kept").click()
    phone = scene.hosts[0]  # whose login ended with that
    strangers = [phone, await scene.another(DESK)]
    for page in strangers:
        await page.goto(f"{scene.url}/console/login")
        await page.get_by_test_id("login-name").fill(own.host_login)
        await page.get_by_test_id("login-password").fill(own.host_password)
        await page.get_by_test_id("log-in").click()
    await see(strangers, "login-code")
    await scene.album.take("console-login-code", *strangers)
    await phone.get_by_test_id("other-code").click()
    await phone.get_by_test_id("recovery-code").fill(recovery)
    await phone.get_by_test_id("send-code").click()
    await see([phone], "log-out")
    await go(scene, f"{scene.url}/console/me", "turn-off")
    await scene.album.take("console-me-on", *scene.hosts)


async def _leave(scene: Scene) -> None:
    """What is half written would ask to stay."""
    for page in scene.hosts:
        await page.goto("about:blank")
