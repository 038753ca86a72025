"""A host who plays every kind of survey once, at full speed, and then checks what the API says against what the viewers know.

The viewers are no lambs: some answer twice, some too late, some change their minds, some lose their connection between an answer and its
acknowledgement or half way through a form. What they count are acknowledgements and refusals they were sent themselves.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

import msgspec
import structlog

from turnout.client import NativeClient, NativeRefused, native_replies
from turnout.rehearsal.announcing import announce
from turnout.rehearsal.answering import Leaning, answer_all, lean
from turnout.rehearsal.checking import Problems, check_marks, check_survey
from turnout.rehearsal.counting import Combination, Count, RightNumber
from turnout.rehearsal.crowd import Crowd, until
from turnout.rehearsal.messages import Entry, Shown
from turnout.rehearsal.pieces import Piece
from turnout.rehearsal.preparing import Preparer
from turnout.rehearsal.viewers import Viewer

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")

TIME_LIMIT_S = 2
"""The time limit of the survey that nobody closes."""

PATIENCE_S = 60.0
"""How long one step of the play may take before it counts as failed."""

PLANNING_S = 30.0
"""How long an event may wait until its deliveries are planned."""

MARKED_BY_HAND = 20
"""Answers the host marks by hand before settling the rest of an exam."""

TELLS_DRAWS_ALONE = ("volcengine",)
"""Dialects with callbacks for winners and nothing else."""

_LOOK_S = 0.1
_ABSENT_MINDED = 10  # one viewer in so many answers only after the close
_INSISTENT = 8  # one in so many answers a second time
_UNLUCKY = 12  # one in so many loses its connection with an answer under way
_INTERRUPTED = 9  # one in so many saves half a form, loses its connection and goes on


class PlayedQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """One question that was played, with what the simulated viewers themselves counted (see counting.QuestionCount)."""

    id: str
    type: str
    title: str
    options: list[str]
    right_options: list[int]
    answered: int
    right: int
    counts: list[int]
    combinations: list[Combination]
    quanshi: dict[str, str | int]


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """One tool that was played. entered, answered, refused, counts (people per option), combinations: what the simulated viewers themselves
    counted; answered: people with an acknowledged submission; refused: submissions the server refused, by code in refusals. question,
    options, right_options, counts and combinations are those of the first question; all are in questions."""

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
    combinations: list[Combination]
    anonymous: bool
    changeable: bool
    state: str
    right: int
    right_numbers: list[RightNumber]
    marked: int
    questions: list[PlayedQuestion]


class Callbacks(msgspec.Struct, frozen=True):
    """The deliveries of the live session, once none is due."""

    planned: int
    delivered: int
    failed: int


class Play:
    """One play in one live session. announcement: what everybody is told first. pieces: what is played then, in this order. problems:
    sentences about what is not as it should be; empty when all is well. on_progress: told a sentence now and then."""

    def __init__(
        self,
        client: NativeClient,
        live_session: str,
        pieces: Sequence[Piece],
        *,
        seed: int,
        announcement: str | None = None,
        on_progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.client = client
        self.live_session = live_session
        self.chance = random.Random(seed)  # noqa: S311 - a play, not a secret
        self.last_position = 0
        """Event number of the last close that was played."""
        self.needs_everybody = False
        """Whether nobody may lose the connection now: the survey that is about to open closes by itself before the last one is back."""
        self.has_drawn = False
        """Whether winners are the last thing that was played."""
        self._pieces = pieces
        self._announcement = announcement
        self._problems = Problems()
        self._on_progress = on_progress
        self._leanings: dict[str, list[Leaning]] = {}
        self._drafts: dict[str, native_replies.Survey] = {}
        self._preparer = Preparer(client)
        self._gone: dict[str, tuple[str, str | None]] = {}
        self._others: set[str] = set()

    @property
    def others(self) -> int:
        """People who were in the room beside the crowd while it was played."""
        return len(self._others)

    @property
    def trouble(self) -> Problems:
        """Where whoever plays along tells what is not as it should be."""
        return self._problems

    @property
    def problems(self) -> list[str]:
        """What is not as it should be, in sentences."""
        return self._problems.sentences

    async def take_part(self, number: int, viewer: Viewer, survey: Shown) -> None:
        """What viewer `number` of the crowd does about a survey that has opened."""
        if not isinstance(survey, native_replies.Survey):
            return
        leanings = self._leanings.get(survey.id)
        if leanings is None or number % _ABSENT_MINDED == 3:
            return
        questions = self._drafts[survey.id].questions
        entries = answer_all(viewer.chance, questions, leanings, viewer.name)
        if number % _INTERRUPTED == 4 and len(questions) > 1 and not survey.anonymous:
            await self._lose_connection_half_way(viewer, survey, entries)
        answered = viewer.answer(survey.id, entries)
        if number % _UNLUCKY == 7:
            viewer.drop()
        await answered
        if number % _INSISTENT == 5:
            await viewer.answer(survey.id, answer_all(viewer.chance, questions, leanings, viewer.name))

    async def _lose_connection_half_way(self, viewer: Viewer, survey: native_replies.Survey, entries: list[Entry]) -> None:
        """Saves a part, is cut off, comes back, and must find that part again."""
        part = entries[: max(1, len(entries) // 2)]
        saved = await viewer.save_draft(survey.id, part)
        if saved.refusal is not None:
            if saved.refusal not in ("too_late", "survey_not_open"):
                self._problems.add(f"{survey.title}: {viewer.name}'s draft was refused: {saved.refusal}")
            return
        came_back = viewer.returns
        viewer.drop()
        await until(lambda: viewer.returns > came_back or viewer.state == "gone", PATIENCE_S)
        kept = [msgspec.structs.replace(entry, text=entry.text and entry.text.strip()) for entry in part]  # as the server keeps texts
        own = viewer.own.get(survey.id)
        now = viewer.surveys.get(survey.id)
        if now is not None and now.state == "open" and (own is None or own.submitted or own.answers != kept):
            self._problems.add(f"{survey.title}: {viewer.name} came back and did not find the saved part of the form")

    async def run(self, crowd: Crowd) -> list[Played]:
        """The crowd enters; then every piece is played and checked, the last one closed by its time limit."""
        await self._note_gone()
        self._on_progress(f"{len(crowd.viewers)} viewers enter")
        entered = await crowd.enter()
        if entered < len(crowd.viewers):
            self._problems.add(f"{len(crowd.viewers) - entered} of {len(crowd.viewers)} viewers were not let in")
        if self._announcement is not None:
            await announce(self.client, self.live_session, self._announcement, crowd, self._problems)
        played = []
        for number, piece in enumerate(self._pieces):
            is_last = number == len(self._pieces) - 1
            self._on_progress(f"{number + 1} of {len(self._pieces)}: {piece.kind} “{piece.title}”")
            played.append(await self._play(crowd, piece, time_limit_s=TIME_LIMIT_S if is_last else None))
        if crowd.failed:
            self._problems.add(f"{crowd.failed} times a viewer broke off: a fault of the rehearsal itself, told in its log")
        unreadable = sum(viewer.unreadable for viewer in crowd.viewers)
        if unreadable:
            self._problems.add(f"the viewers got {unreadable} messages that are none of the protocol's")
        return played

    async def callbacks(self, endpoints: list[native_replies.Endpoint]) -> Callbacks:
        """Waits until every delivery of the live session to those of the endpoints that are called has succeeded or failed; what a feed or
        a held endpoint is owed stays due. A receiver that answers nothing good is tried for as long as its dialect is patient."""
        ours = {endpoint.id for endpoint in endpoints}
        planned_by = time.monotonic() + PLANNING_S
        told_at = time.monotonic()
        while True:
            deliveries = await self._ask(lambda: list(self.client.list_deliveries(self.live_session)))
            called = [each for each in await self._ask(self.client.list_endpoints) if each.id in ours and each.state == "active"]
            calling = {endpoint.id for endpoint in called}
            due = [delivery for delivery in deliveries if delivery.state == "due" and delivery.endpoint.id in calling]
            unplanned = self._unplanned(called, deliveries)
            if unplanned and time.monotonic() > planned_by:
                self._problems.add(f"no delivery was planned for the last event to {', '.join(unplanned)}")
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
            self._problems.add(f"{counted.failed} of {counted.planned} deliveries failed")
        return counted

    def _unplanned(self, endpoints: list[native_replies.Endpoint], deliveries: list[native_replies.Delivery]) -> list[str]:
        # Events of one live session are planned in their order, so whoever has a delivery for the last one has all. An endpoint that chose
        # among kinds or rooms may not be owed that one.
        reached = {delivery.endpoint.id for delivery in deliveries if delivery.event.number >= self.last_position}
        asked_for_all = [
            endpoint
            for endpoint in endpoints
            if not endpoint.kinds and endpoint.room is None and (self.has_drawn or endpoint.dialect not in TELLS_DRAWS_ALONE)
        ]
        return [endpoint.url or endpoint.id for endpoint in asked_for_all if endpoint.id not in reached]

    async def _play(self, crowd: Crowd, piece: Piece, time_limit_s: int | None) -> Played:
        client, live_session = self.client, self.live_session
        # who is away while a short survey is open could not answer it, and would rightly not be counted among those who could
        self.needs_everybody = time_limit_s is not None
        ready = f"did not come to rest before {piece.title}"
        await self._require(lambda: crowd.quiet and (crowd.present or not self.needs_everybody), ready)
        draft = await self._create(piece, time_limit_s)
        survey_id = draft.id
        self._drafts[survey_id] = draft
        self._leanings[survey_id] = [lean(self.chance, question) for question in draft.questions]
        await self._ask(client.open_survey, live_session, survey_id)
        self.needs_everybody = False
        # a survey with a time limit may have closed again before the last viewer is back from a lost connection
        await self._require(lambda: all(survey_id in viewer.surveys for viewer in crowd.entered), f"did not see {piece.title} open")
        await self._require(lambda: crowd.quiet, f"did not finish answering {piece.title}")
        if time_limit_s is None:
            await self._ask(client.close_survey, live_session, survey_id)
        closed = f"did not see {piece.title} close"
        await self._require(lambda: all(_is_closed(viewer, survey_id) for viewer in crowd.entered), closed)
        await self._answer_late(crowd, draft)
        await self._require(lambda: crowd.quiet, f"did not come to rest after {piece.title}")
        self.last_position = max((viewer.positions.get(f"survey.closed {survey_id}", 0) for viewer in crowd.viewers), default=0)
        survey = await self._closed_survey(survey_id)
        count = crowd.count(survey)
        submissions = await self._ask(lambda: list(client.list_submissions(live_session, survey_id)))
        await self._note_others(crowd)
        check_survey(self._problems, crowd, survey, submissions, self._others)
        marked = await self._mark(survey, submissions, crowd) if survey.to_mark else 0
        survey = await self._ask(client.get_survey, live_session, survey_id)
        return await self._played(crowd, survey, count, marked)

    async def _note_gone(self) -> None:
        """Who was there before the play and has gone is nobody to reckon with, unless he comes back."""
        there = await self._ask(self.client.list_viewers, self.live_session)
        self._gone = {one.id: (one.entered_at, one.exited_at) for one in there.viewers if not one.online}

    async def _note_others(self, crowd: Crowd) -> None:
        own = {viewer.id for viewer in crowd.entered}
        there = await self._ask(self.client.list_viewers, self.live_session)
        came = {one.id for one in there.viewers if self._gone.get(one.id) != (one.entered_at, one.exited_at)}
        self._others |= came - own

    async def _create(self, piece: Piece, time_limit_s: int | None) -> native_replies.Survey:
        settings = {} if time_limit_s is None else {"time_limit_s": time_limit_s}
        return await self._ask(lambda: self._preparer.create(self.live_session, piece, **settings))

    async def _answer_late(self, crowd: Crowd, draft: native_replies.Survey) -> None:
        late = [viewer for number, viewer in enumerate(crowd.viewers) if number % _ABSENT_MINDED == 3 and viewer.id is not None]
        leanings = self._leanings[draft.id]
        outcomes = await asyncio.gather(
            *(viewer.answer(draft.id, answer_all(viewer.chance, draft.questions, leanings, viewer.name)) for viewer in late)
        )
        accepted = sum(outcome.refusal is None for outcome in outcomes)
        if accepted:
            self._problems.add(f"{accepted} submissions to {draft.title} were accepted after it had closed")

    async def _closed_survey(self, survey_id: str) -> native_replies.Survey:
        survey = await self._ask(self.client.get_survey, self.live_session, survey_id)
        while survey.state == "open":  # only where there are no viewers to hear of the close
            await asyncio.sleep(_LOOK_S)
            survey = await self._ask(self.client.get_survey, self.live_session, survey_id)
        return survey

    async def _mark(self, survey: native_replies.Survey, submissions: list[native_replies.Submission], crowd: Crowd) -> int:
        """Marks some answers by hand and settles the rest; says how many were marked."""
        by_hand = {question.id: question for question in survey.questions if question.by_hand}
        given = [(submission, answer) for submission in submissions for answer in submission.answers if answer.question in by_hand]
        marks: dict[tuple[str, str], int] = {}
        for submission, answer in given[:MARKED_BY_HAND]:
            if submission.viewer is None:
                continue
            points = self.chance.choice((0, by_hand[answer.question].score // 2, by_hand[answer.question].score))
            await self._ask(self.client.mark, self.live_session, survey.id, submission.viewer.id, answer.question, points)
            marks[submission.viewer.id, answer.question] = points
        if len(marks) < len(given):
            try:
                await self._ask(self.client.settle_survey, self.live_session, survey.id)
            except NativeRefused as refusal:
                self._problems.add(f"{survey.title}: could not be settled: {refusal}")
        settled = await self._ask(self.client.get_survey, self.live_session, survey.id)
        after = await self._ask(lambda: list(self.client.list_submissions(self.live_session, survey.id)))
        await self._require(lambda: all(_is_settled(viewer, survey.id) for viewer in crowd.entered), f"did not see {survey.title} settle")
        check_marks(self._problems, settled, after, marks)
        return len(marks)

    async def _played(self, crowd: Crowd, survey: native_replies.Survey, count: Count, marked: int) -> Played:
        names = await self._ask(self.client.get_names, survey.id)
        questions = []
        for question, counted in zip(survey.questions, count.questions, strict=True):
            names_of_question = await self._ask(self.client.get_names, question.id)
            questions.append(
                PlayedQuestion(
                    id=question.id,
                    type=question.type,
                    title=question.title,
                    options=question.options,
                    right_options=question.right_options or [],
                    answered=counted.answered,
                    right=counted.right,
                    counts=counted.counts,
                    combinations=counted.combinations,
                    quanshi=names_of_question.quanshi,
                )
            )
        first = questions[0]
        return Played(
            tool="survey",
            kind=survey.kind,
            multiple=survey.questions[0].multiple,
            id=survey.id,
            question=first.id,
            title=survey.title,
            options=first.options,
            right_options=first.right_options,
            csslcloud=names.csslcloud,
            quanshi=names.quanshi | first.quanshi,
            closed_by=survey.closed_by or "",
            entered=len(crowd.entered),
            answered=count.answered,
            refused=count.refused,
            refusals=count.refusals,
            counts=first.counts,
            combinations=first.combinations,
            anonymous=survey.anonymous,
            changeable=survey.changeable,
            state=survey.state,
            right=count.right,
            right_numbers=count.right_numbers,
            marked=marked,
            questions=questions,
        )

    async def _require(self, holds: Callable[[], bool], otherwise: str) -> None:
        if not await until(holds, PATIENCE_S):
            self._problems.add(f"within {PATIENCE_S:.0f} s some viewers {otherwise}")

    async def _ask(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.to_thread(call, *args, **kwargs)


def _is_closed(viewer: Viewer, survey_id: str) -> bool:
    survey = viewer.surveys.get(survey_id)
    return survey is not None and survey.state in ("closed", "settled")


def _is_settled(viewer: Viewer, survey_id: str) -> bool:
    survey = viewer.surveys.get(survey_id)
    return survey is not None and survey.state == "settled"
