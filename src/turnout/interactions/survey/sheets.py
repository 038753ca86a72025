"""What answering must know of surveys: how they stand now, locked, and their sheets, which are kept between transactions.

A sheet cannot change once its survey has been opened and that opening has been committed.
"""

from collections.abc import Iterable, Sequence

from turnout.interactions.lifecycle import State
from turnout.interactions.survey import question_store, store
from turnout.interactions.survey.question_rules import AnswerEntry, Judged, Sheet, decide_submission, encode_values, sheet_of
from turnout.interactions.survey.rules import decide_open_for_answers
from turnout.interactions.survey.store import Standing
from turnout.interactions.survey.tally_store import SurveyKey
from turnout.kernel.clock import Instant
from turnout.kernel.ids import LiveSessionId, QuestionId, SurveyId
from turnout.storage.transaction import Tx

MAX_SHEETS = 500
"""Sheets one writer keeps."""

_KEPT = "survey sheets"

_FOR_EVER: Instant = 2**63

Decided = tuple[Judged, str]
"""A valid submission, and the text in which its answers are kept."""


class KeptSheet:
    """A sheet, and what has been decided of the commonest submissions to it: one option of one question."""

    __slots__ = ("decided", "sheet")

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.decided: dict[tuple[QuestionId, int], Decided] = {}


class Same:
    """People who answered the same. answering_us: answering moment minus opening moment, summed."""

    __slots__ = ("answering_us", "judged", "people")

    def __init__(self, judged: Judged) -> None:
        self.judged = judged
        self.people = 0
        self.answering_us = 0


class Asked:
    """A survey in one batch. counted: answers → who gave the very same: judgement, people, and how long they took together."""

    __slots__ = ("_decided", "_takes_until", "closes_at", "counted", "drafts_kept", "key", "opened_at", "sheet", "state")

    def __init__(self, standing: Standing, kept: KeptSheet) -> None:
        self.key: SurveyKey = (standing.live_session_id, standing.survey_id)
        self.state = standing.state
        self.opened_at = standing.opened_at
        self.closes_at = standing.closes_at
        self.drafts_kept = standing.drafts_kept
        self._takes_until = (_FOR_EVER if self.closes_at is None else self.closes_at) if self.state is State.OPEN else 0
        self.sheet = kept.sheet
        self.counted: dict[str, Same] = {}
        self._decided = kept.decided

    @property
    def may_keep_drafts(self) -> bool:
        """Whether answers may be saved before they are submitted."""
        return self.state is State.OPEN and not self.sheet.anonymous

    def count(self, decided: Decided, received_at: Instant, people: int = 1) -> None:
        """One more submission stands, or (people -1) one that was counted does not."""
        judged, answers = decided
        same = self.counted.get(answers)
        if same is None:
            same = self.counted[answers] = Same(judged)
        same.people += people
        if received_at > self.opened_at:  # two machines' clocks may differ: nobody answered before the survey was opened
            same.answering_us += (received_at - self.opened_at) * people

    def decide(self, entries: Sequence[AnswerEntry], received_at: Instant) -> Decided:
        """The submission judged; raises what rules.decide_open_for_answers and rules.decide_submission raise."""
        if received_at >= self._takes_until:
            decide_open_for_answers(self.state, self.closes_at, received_at)
        return self.judge(entries)

    def judge(self, entries: Sequence[AnswerEntry]) -> Decided:
        """The same, whether the survey takes it now or not."""
        if len(entries) == 1:
            entry = entries[0]
            choices = entry.choices
            if choices is not None and len(choices) == 1 and entry.text is None and entry.rating is None:
                choice = (entry.question_id, choices[0])
                decided = self._decided.get(choice)
                if decided is None:
                    # bounded: only options there are, of questions there are, are decided without an error
                    decided = self._decided[choice] = self._decide(entries)
                return decided
        return self._decide(entries)

    def _decide(self, entries: Sequence[AnswerEntry]) -> Decided:
        judged = decide_submission(self.sheet, entries)
        return judged, encode_values(judged.values)


def load_asked(tx: Tx, keys: set[SurveyKey]) -> dict[SurveyKey, Asked]:
    """These surveys, as far as they exist, locked FOR SHARE."""
    kept: dict[tuple[LiveSessionId, SurveyId, Instant], KeptSheet] = tx.kept.setdefault(_KEPT, {})
    standings = store.lock_standings(tx, keys)
    sheets: dict[SurveyKey, KeptSheet] = {}
    missing: list[Standing] = []
    for standing in standings:
        found = kept.get((standing.live_session_id, standing.survey_id, standing.opened_at))
        if found is None:
            missing.append(standing)
        else:
            sheets[standing.live_session_id, standing.survey_id] = found
    if missing:
        sheets |= _load_sheets(tx, missing)
        for standing in missing:
            # what this very transaction opened may still be undone, and edited before it is opened anew
            if standing.state is not State.DRAFT and standing.opened_at and standing.opened_at != tx.now:
                kept[standing.live_session_id, standing.survey_id, standing.opened_at] = sheets[
                    standing.live_session_id, standing.survey_id
                ]
        while len(kept) > MAX_SHEETS:
            del kept[next(iter(kept))]
    return {standing[:2]: Asked(standing, sheets[standing[:2]]) for standing in standings}


def _load_sheets(tx: Tx, standings: Iterable[Standing]) -> dict[SurveyKey, KeptSheet]:
    by_survey: dict[SurveyKey, Standing] = {(standing.live_session_id, standing.survey_id): standing for standing in standings}
    found: dict[SurveyKey, KeptSheet] = {}
    for key, question_rows in question_store.load_questions_of(tx, by_survey).items():
        standing = by_survey[key]
        asked = [row.asked() for row in question_rows]
        found[key] = KeptSheet(sheet_of(standing.kind, asked, anonymous=standing.anonymous, changeable=standing.changeable))
    return found
