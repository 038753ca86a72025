"""The rules of a live session and its answer cards once more, as plainly as they can be said, over dictionaries.

The random walk (test_random_walk.py) carries out each step here and in the product and compares.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from turnout.kernel.clock import Instant
from turnout.kernel.ids import QuestionId, SurveyId, ViewerId


@dataclass
class Given:
    """An answer that counts."""

    chosen: frozenset[int]
    command_id: str
    at: Instant


@dataclass
class Card:
    """An answer card of four options. state: draft, open or settled."""

    id: SurveyId
    question: QuestionId
    right: frozenset[int]
    multiple: bool
    limited: bool
    publish_on_close: bool
    state: str = "draft"
    opened_at: Instant = 0
    closes_at: Instant | None = None
    closed_at: Instant | None = None
    closed_by: str | None = None
    published: bool = False
    expected: int = 0
    given: dict[ViewerId, Given] = field(default_factory=dict)

    @property
    def right_count(self) -> int:
        """Who chose exactly the right options, where some are right."""
        return sum(1 for given in self.given.values() if self.right and given.chosen == self.right)

    @property
    def combinations(self) -> Counter[frozenset[int]]:
        """How many chose what."""
        return Counter(given.chosen for given in self.given.values())

    @property
    def answering_us(self) -> int:
        """Time from the opening to each answer, summed."""
        return sum(max(0, given.at - self.opened_at) for given in self.given.values())

    def refuse(self, choices: Sequence[int], received_at: Instant) -> str | None:
        """Why the answer would not count, whoever gave it."""
        if self.state == "draft":
            return "survey_not_open"
        if self.state != "open" or (self.closes_at is not None and received_at >= self.closes_at):
            return "too_late"
        chosen = set(choices)
        valid = 0 < len(chosen) == len(choices) and chosen <= {0, 1, 2, 3} and (self.multiple or len(choices) == 1)
        return None if valid else "invalid_choice"


@dataclass
class Visit:
    """One stay of a viewer."""

    viewer_id: ViewerId
    entered_at: Instant
    exited_at: Instant | None = None


@dataclass
class Session:
    """A live session."""

    running: bool = True
    cards: list[Card] = field(default_factory=list)
    visits: dict[int, Visit] = field(default_factory=dict)

    def answer(self, commands: Sequence[tuple[Card | None, ViewerId, Sequence[int], str, Instant]]) -> list[str]:
        """What becomes of answers that reach the server together, in this order."""
        outcomes: list[str] = []
        for card, viewer_id, choices, command_id, received_at in commands:
            refusal = "not_found" if card is None else card.refuse(choices, received_at)
            if card is not None and refusal is None:
                if viewer_id in card.given:
                    refusal = "already_answered"
                else:
                    card.given[viewer_id] = Given(frozenset(choices), command_id, received_at)
            outcomes.append(refusal or "accepted")
        for place, (card, viewer_id, choices, command_id, _) in enumerate(commands):
            # a repeat gets the first outcome again, whatever has happened since; the same id with other choices is no repeat
            given = None if card is None else card.given.get(viewer_id)
            if given is not None and given.command_id == command_id and sorted(given.chosen) == sorted(choices):
                outcomes[place] = "accepted"
        return outcomes

    def close(self, card: Card, now: Instant, by: str) -> str:
        """The card takes no more answers."""
        if card.state != "open":
            return "wrong_state"
        overdue = card.closes_at is not None and card.closes_at <= now
        card.closed_at = card.closes_at if overdue else now
        card.closed_by = "time_limit" if overdue else by
        card.state = "settled"
        card.published = card.publish_on_close
        assert card.closed_at is not None
        present = {
            visit.viewer_id
            for visit in self.visits.values()
            if (visit.entered_at < card.closed_at or visit.entered_at <= card.opened_at)
            and (visit.exited_at is None or visit.exited_at > card.opened_at)
        }
        card.expected = max(card.expected, len(present), len(card.given))
        return "accepted"

    def end(self, now: Instant) -> str:
        """Everything open closes, and everybody leaves."""
        if not self.running:
            return "live_session_ended"
        for card in self.cards:
            self.close(card, now, "live_session_end")
        for visit in self.visits.values():
            if visit.exited_at is None:
                visit.exited_at = max(now, visit.entered_at)
        self.running = False
        return "accepted"

    @property
    def online(self) -> set[ViewerId]:
        """Who is there."""
        return {visit.viewer_id for visit in self.visits.values() if visit.exited_at is None}
