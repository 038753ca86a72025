"""A host who plays every tool that exists once, at full speed, and then checks what the API says against what the viewers know.

The viewers are no lambs: some answer twice, some too late, some lose their connection between an answer and its acknowledgement. What
they count are acknowledgements and refusals they were sent themselves.
"""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import msgspec
import structlog

from turnout.client import NativeClient, native_replies
from turnout.rehearsal.answering import Leaning, choose, lean
from turnout.rehearsal.cards import DECK, Card, Language
from turnout.rehearsal.crowd import Crowd
from turnout.rehearsal.viewers import Viewer

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")

TIME_LIMIT_S = 2
"""The time limit of the card that nobody closes."""

PATIENCE_S = 60.0
"""How long one step of the play may take before it counts as failed."""

PLANNING_S = 30.0
"""How long an event may wait until its deliveries are planned."""

_LOOK_S = 0.1
_ABSENT_MINDED = 10  # one viewer in so many answers only after the close
_INSISTENT = 8  # one in so many answers a second time
_UNLUCKY = 12  # one in so many loses its connection with an answer under way


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """One tool that was played. entered, answered, refused, counts (people per option), combinations: what the simulated viewers themselves
    counted; answered: their acknowledged answers; refused: those the server refused, by code in refusals."""

    tool: str
    kind: str
    multiple: bool
    id: str
    question: str
    title: str
    options: list[str]
    right_options: list[int]
    csslcloud: dict[str, str | int]
    quanshi: dict[str, str | int]
    closed_by: str
    entered: int
    answered: int
    refused: int
    refusals: dict[str, int]
    counts: list[int]
    combinations: list["Combination"]


class Combination(msgspec.Struct, frozen=True):
    """How many viewers chose exactly these options."""

    options: list[int]
    count: int


class Callbacks(msgspec.Struct, frozen=True):
    """The deliveries of the live session, once none is due."""

    planned: int
    delivered: int
    failed: int


class Play:
    """One play in one live session. problems: sentences about what is not as it should be; empty when all is well."""

    def __init__(self, client: NativeClient, live_session: str, *, language: Language, seed: int) -> None:
        self.client = client
        self.live_session = live_session
        self.problems: list[str] = []
        self._deck = DECK[language]
        self.chance = random.Random(seed)  # noqa: S311 - a play, not a secret
        self._leanings: dict[str, Leaning] = {}
        self._last_position = 0

    async def take_part(self, number: int, viewer: Viewer, survey: native_replies.Survey) -> None:
        """What viewer `number` of the crowd does about a card that has opened."""
        leaning = self._leanings.get(survey.id)
        if leaning is None or number % _ABSENT_MINDED == 3:
            return
        question = survey.questions[0]
        answered = viewer.answer(question.id, choose(viewer.chance, leaning, multiple=question.multiple))
        if number % _UNLUCKY == 7:
            viewer.drop()
        await answered
        if number % _INSISTENT == 5:
            await viewer.answer(question.id, [0])

    async def run(self, crowd: Crowd) -> list[Played]:
        """The crowd enters; then an answer card with a single choice, one with a multiple choice, and one that its time limit closes."""
        entered = await crowd.enter()
        if entered < len(crowd.viewers):
            self.problems.append(f"{len(crowd.viewers) - entered} of {len(crowd.viewers)} viewers were not let in")
        single, multiple = self._deck[0], next(card for card in self._deck if card.multiple)
        played = [
            await self._play_card(crowd, single),
            await self._play_card(crowd, multiple),
            await self._play_card(crowd, self._deck[-1], time_limit_s=TIME_LIMIT_S),
        ]
        unreadable = sum(viewer.unreadable for viewer in crowd.viewers)
        if unreadable:
            self.problems.append(f"the viewers got {unreadable} messages that are none of the protocol's")
        return played

    async def callbacks(self, endpoints: list[native_replies.Endpoint]) -> Callbacks:
        """Waits until every delivery of the live session has succeeded or failed. A receiver that answers nothing good is tried for as long
        as its dialect is patient."""
        planned_by = time.monotonic() + PLANNING_S
        told_at = time.monotonic()
        while True:
            deliveries = await self._ask(lambda: list(self.client.list_deliveries(self.live_session)))
            due = [delivery for delivery in deliveries if delivery.state == "due"]
            unplanned = self._unplanned(endpoints, deliveries)
            if unplanned and time.monotonic() > planned_by:
                self.problems.append(f"no delivery was planned for the last event to {', '.join(unplanned)}")
                unplanned = []
            if not due and not unplanned:
                break
            if time.monotonic() > told_at + 5:
                told_at = time.monotonic()
                log.info("waiting_for_deliveries", due=len(due), latest=due[0].summary if due else None)
            await asyncio.sleep(_LOOK_S)
        counted = Callbacks(
            planned=len(deliveries),
            delivered=sum(delivery.state == "succeeded" for delivery in deliveries),
            failed=sum(delivery.state == "failed" for delivery in deliveries),
        )
        if counted.failed:
            self.problems.append(f"{counted.failed} of {counted.planned} deliveries failed")
        return counted

    def _unplanned(self, endpoints: list[native_replies.Endpoint], deliveries: list[native_replies.Delivery]) -> list[str]:
        # Events of one live session are planned in their order, so whoever has a delivery for the last one has all.
        reached = {delivery.endpoint.id for delivery in deliveries if delivery.event.number >= self._last_position}
        return [endpoint.url for endpoint in endpoints if endpoint.id not in reached]

    async def _play_card(self, crowd: Crowd, card: Card, time_limit_s: int | None = None) -> Played:
        client, live_session = self.client, self.live_session
        await self._require(crowd, lambda: crowd.quiet, "did not come to rest before the next card")
        draft = await self._ask(
            lambda: client.create_answer_card(
                live_session,
                card.title,
                card.options,
                question=card.question,
                right_options=card.right,
                multiple=card.multiple,
                score=card.score,
                time_limit_s=time_limit_s,
            )
        )
        survey_id = draft.id
        self._leanings[survey_id] = lean(self.chance, draft.questions[0])
        await self._ask(client.open_survey, live_session, survey_id)
        # a card with a time limit may have closed again before the last viewer is back from a lost connection
        await self._require(crowd, lambda: all(survey_id in viewer.surveys for viewer in crowd.entered), f"did not see {card.title} open")
        await self._require(crowd, lambda: crowd.quiet, f"did not finish answering {card.title}")
        if time_limit_s is None:
            await self._ask(client.close_survey, live_session, survey_id)
        closed = f"did not see {card.title} close"
        await self._require(crowd, lambda: all(_is_closed(viewer, survey_id) for viewer in crowd.entered), closed)
        await self._answer_late(crowd, draft)
        await self._require(crowd, lambda: crowd.quiet, f"did not come to rest after {card.title}")
        self._last_position = max((viewer.positions.get(f"survey.closed {survey_id}", 0) for viewer in crowd.viewers), default=0)
        return await self._check(crowd, survey_id, card)

    async def _answer_late(self, crowd: Crowd, draft: native_replies.Survey) -> None:
        late = [viewer for number, viewer in enumerate(crowd.viewers) if number % _ABSENT_MINDED == 3 and viewer.id is not None]
        outcomes = await asyncio.gather(*(viewer.answer(draft.questions[0].id, [0]) for viewer in late))
        accepted = sum(outcome.refusal is None for outcome in outcomes)
        if accepted:
            self.problems.append(f"{accepted} answers to {draft.title} were accepted after it had closed")

    async def _check(self, crowd: Crowd, survey_id: str, card: Card) -> Played:
        """Compares what the viewers counted with the API's tally, its rows, and what the viewers were shown in the end."""
        survey = await self._ask(self.client.get_survey, self.live_session, survey_id)
        while survey.state == "open":  # only where there are no viewers to hear of the close
            await asyncio.sleep(_LOOK_S)
            survey = await self._ask(self.client.get_survey, self.live_session, survey_id)
        rows = await self._ask(lambda: list(self.client.list_answers(self.live_session, survey_id)))
        names = await self._ask(self.client.get_names, survey_id)
        (question,) = survey.questions
        question_names = await self._ask(self.client.get_names, question.id)
        count = crowd.count(question)
        right = count.combinations.get(tuple(sorted(card.right)), 0) if card.right else 0
        told = {viewer.name: viewer.surveys[survey_id].questions[0].counts for viewer in crowd.entered if survey_id in viewer.surveys}
        self._expect(card, "people who could answer", survey.expected, len(crowd.entered))
        self._expect(card, "people who answered", survey.answered, count.answered)
        self._expect(card, "people per option", question.counts, count.counts)
        self._expect(card, "people who answered right", question.right, right)
        self._expect(card, "answers listed", len(rows), count.answered)
        self._expect(card, "viewers shown another result", sum(shown != count.counts for shown in told.values()), 0)
        return Played(
            tool="survey",
            kind="answer_card",
            multiple=card.multiple,
            id=survey_id,
            question=question.id,
            title=survey.title,
            options=question.options,
            right_options=card.right,
            csslcloud=names.csslcloud,
            quanshi=names.quanshi | question_names.quanshi,
            closed_by=survey.closed_by or "",
            entered=len(crowd.entered),
            answered=count.answered,
            refused=count.refused,
            refusals=count.refusals,
            counts=count.counts,
            combinations=[Combination(list(options), people) for options, people in sorted(count.combinations.items())],
        )

    def _expect(self, card: Card, what: str, found: object, expected: object) -> None:
        if found != expected:
            self.problems.append(f"{card.title}: {what}: the server says {found}, the viewers {expected}")

    async def _require(self, crowd: Crowd, holds: Callable[[], bool], otherwise: str) -> None:
        if not await crowd.until(holds, PATIENCE_S):
            self.problems.append(f"within {PATIENCE_S:.0f} s some viewers {otherwise}")

    async def _ask(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.to_thread(call, *args, **kwargs)


def _is_closed(viewer: Viewer, survey_id: str) -> bool:
    survey: Any = viewer.surveys.get(survey_id)
    return survey is not None and survey.state in ("closed", "settled")
