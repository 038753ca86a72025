"""The host's console."""

import asyncio
from pathlib import Path

from playwright.async_api import Page

from tools.pictures.album import see
from tools.pictures.scene import Scene
from tools.pictures.words import BROKEN_SHEET, ENDPOINT, VIEWER
from turnout.client import native_replies


async def take_login(scene: Scene) -> None:
    """The login."""
    await go(scene, f"{scene.url}/", "login-name")
    await scene.album.take("console-login", *scene.hosts)


async def log_in(scene: Scene) -> None:
    """By hand, as far as the overview."""
    await go(scene, f"{scene.url}/", "login-name")
    for page in scene.hosts:
        await page.get_by_test_id("login-name").fill(scene.stage.secrets.host_login)
        await page.get_by_test_id("login-password").fill(scene.stage.secrets.host_password)
        await page.get_by_test_id("log-in").click()
    await see(scene.hosts, "running-card")


async def take_rooms(scene: Scene) -> None:
    """The overview, and the rooms."""
    await scene.album.take("console-overview", *scene.hosts)
    await go(scene, f"{scene.url}/console/rooms", "room")
    await scene.album.take("console-rooms", *scene.hosts)


async def take_room(scene: Scene) -> None:
    """A room, and its settings with each way in."""
    room = f"{scene.url}/console/rooms/{scene.stage.room.id}"
    await go(scene, room, "running-live-session")
    await scene.album.take("console-room", *scene.hosts)
    await go(scene, f"{room}/settings", "settings-title")
    for entry, screen in (("passcode", "console-settings"), ("token", "console-settings-link")):
        await _press(scene, f'label:has([data-testid="entry-{entry}"])')
        await scene.album.take(screen, *scene.hosts)


async def to_desk(scene: Scene) -> None:
    """What the host asks in the live session."""
    await go(scene, f"{scene.url}/console/live/{scene.live_session}/surveys", "live-state")


async def take_empty_desk(scene: Scene) -> None:
    """A live session in which nothing was asked yet."""
    await to_desk(scene)
    await scene.album.take("console-empty", *scene.hosts)


async def take_answers(scene: Scene, survey: native_replies.Survey) -> None:
    """An exam that is closed: marking, its answers one by one, its results."""
    await _choose(scene, survey)
    await _press(scene, '[data-testid="view-marking"]')
    await see(scene.hosts, "marking-answer")
    await _look_at_card(scene)
    await scene.album.take("console-marking", *scene.hosts)
    await _press(scene, '[data-testid="view-people"]')
    await see(scene.hosts, "submission-row")
    await _press(scene, '[data-testid="submission-row"] button')
    await _look_at_card(scene)
    await scene.album.take("console-answers", *scene.hosts)
    await _press(scene, '[data-testid="view-results"]')


async def take_results(scene: Scene, survey: native_replies.Survey) -> None:
    """The results of any survey."""
    await _choose(scene, survey)
    await scene.album.take(f"console-{survey.kind.replace('_', '-')}", *scene.hosts)


async def take_editors(scene: Scene) -> None:
    """Writing a card, an exam with questions of several types, and a vote."""
    await _press(scene, '[data-testid="new-card"]')
    await see(scene.hosts, "card-question")
    await scene.album.take("console-editor-card", *scene.hosts)
    exam = next(piece for piece in scene.pieces if piece.kind == "exam")
    for page in scene.hosts:
        await page.locator('label:has([data-testid="kind-exam"])').click()
        await page.get_by_test_id("card-title").fill(exam.title)
        for number, question in enumerate(question for question in exam.questions if question.type != "picture_choice"):
            if number:
                await page.get_by_test_id(f"add-{question.type}").click()
            await page.get_by_test_id(f"q{number}-question").fill(question.title)
            if question.type == "choice":
                if question.multiple:
                    await page.locator(f'label:has([data-testid="q{number}-multiple-true"])').click()
                for option, text in enumerate(question.options):
                    if option > 1:
                        await page.get_by_test_id(f"q{number}-add-option").click()
                    await page.get_by_test_id(f"q{number}-option-{option}").fill(text)
                for option in question.right_options:
                    await page.get_by_test_id(f"q{number}-right-{option}").click()
            if question.accepted:
                await page.get_by_test_id(f"q{number}-accepted").fill("\n".join(question.accepted))
        await page.get_by_test_id("question-0").locator("button.head").click()
        await page.get_by_test_id("question-0").evaluate("(place) => { document.activeElement.blur(); scrollTo(0, place.offsetTop - 90) }")
    await scene.album.take("console-editor-exam", *scene.hosts)
    for page in scene.hosts:
        await page.get_by_test_id("card-save").click()
        await page.locator(".field-error").first.wait_for()
    await scene.album.take("console-editor-faults", *scene.hosts)
    for page in scene.hosts:
        await page.get_by_test_id("card-cancel").click()
        await page.locator(".el-message-box__btns button").last.click()
    await see(scene.hosts, "new-card")


async def take_bank(scene: Scene, folder: Path) -> None:
    """The question bank and its import: a file with faults, a file without; and taking something out of it."""
    language = scene.language
    await go(scene, f"{scene.url}/console/bank/import", "import-file", attached=True)
    broken, sample = (
        folder / ("题目.csv" if language == "zh" else "questions.csv"),
        folder / ("示例文件.csv" if language == "zh" else "sample.csv"),
    )
    broken.write_text(BROKEN_SHEET[language], encoding="utf-8")
    reply = await scene.hosts[0].request.get(f"{scene.url}/api/v1/templates/sample?format=csv&language={language}")
    sample.write_bytes(await reply.body())
    for page in scene.hosts:
        await page.get_by_test_id("import-file").set_input_files(broken)
    await see(scene.hosts, "import-fault")
    await scene.album.take("console-import-faults", *scene.hosts)
    for page in scene.hosts:
        await page.get_by_test_id("import-file").set_input_files(sample)
    await see(scene.hosts, "import-keep")
    await scene.album.take("console-import", *scene.hosts)
    await scene.hosts[1].get_by_test_id("import-keep").click()
    await scene.hosts[1].get_by_test_id("template-row").first.wait_for()
    await go(scene, f"{scene.url}/console/bank", "template-row")
    await scene.album.take("console-bank", *scene.hosts)
    await to_desk(scene)
    await _press(scene, '[data-testid="from-bank"]')
    await see(scene.hosts, "bank-row")
    await scene.album.take("console-from-bank", *scene.hosts)


async def take_people(scene: Scene) -> None:
    """The people of the live session, and one of them."""
    await go(scene, f"{scene.url}/console/live/{scene.live_session}/people", "viewer-row")
    await scene.album.take("console-people", *scene.hosts)
    for page in scene.hosts:
        await page.get_by_test_id("people-search").fill(VIEWER[scene.language])
        # others of the crowd may have the same name
        await page.get_by_test_id("viewer-row").filter(has_not_text=VIEWER[scene.language]).first.wait_for(state="detached")
    await _press(scene, '[data-testid="viewer-row"]')
    await see(scene.hosts, "viewer-connection")
    await scene.album.take("console-viewer", *scene.hosts)


async def take_callbacks(scene: Scene) -> None:
    """Deliveries, one with its attempts, and the endpoints; theirs has a name, as an operator would give it."""
    (endpoint,) = await asyncio.to_thread(lambda: list(scene.client.list_endpoints()))
    await asyncio.to_thread(lambda: scene.client.update_endpoint(endpoint.id, name=ENDPOINT[scene.language]))
    await go(scene, f"{scene.url}/console/live/{scene.live_session}/deliveries", "delivery-row")
    await scene.album.take("console-deliveries", *scene.hosts)
    await _press(scene, '[data-testid="delivery-row"]:has(.tries:text-matches("^\\\\s*2"))')
    await see(scene.hosts, "attempt")
    await scene.album.take("console-attempts", *scene.hosts)
    await go(scene, f"{scene.url}/console/endpoints", "endpoint-row")
    await scene.album.take("console-endpoints", *scene.hosts)
    await go(scene, f"{scene.url}/console/endpoints/deliveries", "delivery-row")
    await scene.album.take("console-all-deliveries", *scene.hosts)


async def go(scene: Scene, url: str, shows: str, *, attached: bool = False) -> None:
    """Every host's screen to a page, until it shows this."""

    async def go(page: Page) -> None:
        await page.goto(url)
        await page.get_by_test_id(shows).first.wait_for(state="attached" if attached else "visible")

    await asyncio.gather(*map(go, scene.hosts))


async def _choose(scene: Scene, survey: native_replies.Survey) -> None:
    for page in scene.hosts:
        await page.get_by_test_id("card-row").filter(has_text=survey.title).click()
        await page.locator(f'[data-testid="host-card"][data-kind="{survey.kind}"]').wait_for()
    await _look_at_card(scene)


async def _look_at_card(scene: Scene) -> None:
    """On a phone it stands below the page's head."""
    for page in scene.hosts:
        await page.evaluate("innerWidth < 900 ? document.getElementById('chosen-card').scrollIntoView() : scrollTo(0, 0)")


async def _press(scene: Scene, what: str) -> None:
    for page in scene.hosts:
        await page.locator(what).first.click()
