"""The pages' socket client without its pages (web/src/live/driven.ts), as clients in a browser that follow one live session."""

import difflib
import json
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import JSHandle, Page
from playwright.sync_api import TimeoutError as StillWaiting

from tests.browser.steps import Live
from turnout.client import native_replies

_PATIENCE_MS = 30_000


def follow(page: Page, made: str, again: str) -> "Follower":
    """A client that this script makes, once it follows the live session. again: makes one more for the same person."""
    follower = Follower(page, page.evaluate_handle(made), again)
    follower.wait_until_up()
    return follower


@dataclass(frozen=True, slots=True)
class Follower:
    """One client in a page. driven: it, in the browser. again: the script that makes one more for the same person, who has just come."""

    page: Page
    driven: JSHandle
    again: str

    def ask(self, script: str, argument: Any = None) -> Any:
        """What this script answers, about `driven`."""
        return self.page.evaluate(f"([driven, argument]) => {script}", [self.driven, argument])

    def wait_for(self, condition: str, argument: Any = None) -> None:
        """Until this is true of `driven`."""
        function = f"([driven, argument]) => {condition}"
        self.page.wait_for_function(function, arg=[self.driven, argument], polling=50, timeout=_PATIENCE_MS)

    def wait_for_one(self, things: str, thing: Any, state: str) -> None:
        """Until it sees this survey, check-in or draw in this state."""
        condition = f"driven.live.state.picture?.{things}.some(({{ id, state }}) => id === argument.id && state === argument.state)"
        self.wait_for(condition, {"id": thing.id, "state": state})

    def wait_until_up(self) -> None:
        """Until it follows the live session, over a line that stands."""
        self.wait_for("driven.live.state.link === 'up' && driven.live.state.picture !== null")

    def answer(self, survey: native_replies.Survey, *given: int | str) -> None:
        """Submits an option's number or words for each question, and does not wait for the server."""
        filled = [{"text": one} if isinstance(one, str) else {"choices": [one]} for one in given]
        answers = [{"question": question.id, **one} for question, one in zip(survey.questions, filled, strict=True)]
        self.ask("SocketClient.answer(driven, ...argument)", [survey.id, answers])

    def wait_until_settled(self) -> None:
        """Until the server has answered whatever it was told."""
        self.wait_for("SocketClient.isSettled(driven)")

    def beginnings(self) -> list[str]:
        """How each line that was greeted began: with a snapshot, or resumed."""
        greetings = "driven.lines.heard.filter(({ op }) => op === 'entered' || op === 'watching')"
        found: list[str] = self.ask(
            f"{greetings}.map(({{ snapshot, resumed }}) => snapshot ? 'snapshot' : resumed ? 'resumed' : 'neither')"
        )
        return found

    def shown(self) -> Any:
        """What it sees."""
        return json.loads(self.ask("SocketClient.shown(driven)"))

    def expect_same_as_fresh(self) -> None:
        """It sees what the same person sees who connects now."""
        fresh = follow(self.page, self.again, self.again)
        both = [self.driven, fresh.driven]
        try:
            same = "([one, other]) => SocketClient.shown(one) === SocketClient.shown(other)"
            self.page.wait_for_function(same, arg=both, polling=50, timeout=_PATIENCE_MS / 3)
        except StillWaiting:
            pretty = [json.dumps(each.shown(), indent=1).splitlines() for each in (self, fresh)]
            differing = difflib.unified_diff(*pretty, "who was there", "who has just come", lineterm="")
            raise AssertionError("\n".join(["they see something else", *differing])) from None
        finally:
            fresh.ask("driven.live.stop()")


@dataclass
class Party:
    """A running live session and who follows it in browsers. host, viewer: over the wire, which may be cut. other: another viewer, who
    reaches the server without it."""

    live: Live
    host: Follower
    viewer: Follower
    other: Follower

    @property
    def followers(self) -> tuple[Follower, Follower, Follower]:
        """All three."""
        return self.host, self.viewer, self.other

    def wait_until_up(self) -> None:
        """Until all three follow it."""
        for follower in self.followers:
            follower.wait_until_up()

    def card(self, title: str) -> native_replies.Survey:
        """An answer card that is open."""
        questions = [{"title": "Which port does HTTPS use?", "options": ["80", "443"], "right_options": [1], "score": 5}]
        return self.live.opened("answer_card", title, questions)

    def expect_all_see_the_same(self) -> None:
        """The host and both viewers: as if they had just come."""
        for follower in self.followers:
            follower.expect_same_as_fresh()
