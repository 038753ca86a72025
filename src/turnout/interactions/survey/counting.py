"""Adds up what a batch changes in the tallies, and writes it by set."""

from collections.abc import Iterable

from turnout.interactions.survey import tally_store
from turnout.interactions.survey.question_rules import Judged, Sheet
from turnout.interactions.survey.rules import tally_mask
from turnout.interactions.survey.sheets import Asked
from turnout.interactions.survey.tally_store import SurveyKey
from turnout.kernel.ids import LiveSessionId, QuestionId, SurveyId
from turnout.storage.transaction import Tx

_VERSION, _ANSWERED, _RIGHT, _ANSWERING_US, _POINTS, _TO_MARK = range(6)


class Counting:
    """The differences of one batch. Every survey counted grows by one version, however much is counted."""

    __slots__ = ("_choices", "_right_numbers", "_sums")

    def __init__(self) -> None:
        self._sums: dict[SurveyKey, list[int]] = {}
        self._right_numbers: dict[tuple[LiveSessionId, SurveyId, int], int] = {}
        self._choices: dict[SurveyKey, dict[tuple[QuestionId, int], int]] = {}

    def count_new(self, surveys: Iterable[Asked]) -> None:
        """What has been counted in each of these."""
        for asked in surveys:
            for same in asked.counted.values():
                if same.people:
                    self.count(asked.key, asked.sheet, same.judged, same.people, same.answering_us)

    def count(self, key: SurveyKey, sheet: Sheet, judged: Judged, people: int, answering_us: int) -> None:
        """So many people more (or fewer: negative) submitted this, and took so long together."""
        sums = self._sums.get(key)
        if sums is None:
            sums = self._sums[key] = [1, 0, 0, 0, 0, 0]
            self._choices[key] = {}
        sums[_ANSWERED] += people
        sums[_ANSWERING_US] += answering_us
        sums[_POINTS] += judged.points * people
        sums[_TO_MARK] += judged.to_mark * people
        if sheet.rightable:
            if judged.number_right == sheet.rightable:
                sums[_RIGHT] += people
            if sheet.rightable > 1:  # of one alone the sums say it all
                number = (*key, judged.number_right)
                self._right_numbers[number] = self._right_numbers.get(number, 0) + people
        choices = self._choices[key]
        for question, value, right in zip(sheet.questions, judged.values, judged.rights, strict=True):
            mask = tally_mask(question, value, right)
            if mask is not None:
                choice = (question.id, mask)
                choices[choice] = choices.get(choice, 0) + people

    def write(self, tx: Tx) -> None:
        """Adds it all to the tallies; whoever follows them is nudged after the commit."""
        if not self._sums:
            return
        choices = {(*key, *choice): people for key, chosen in self._choices.items() for choice, people in chosen.items()}
        tally_store.add_to_tallies(tx, self._sums, self._right_numbers, choices)
        for live_session_id, _ in self._sums:
            tx.nudge("tally", live_session_id)
