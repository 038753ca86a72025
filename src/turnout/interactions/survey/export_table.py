"""What was submitted to a survey, as a table for people: one row for each submission, one column for each question."""

from collections.abc import Iterator, Sequence

from turnout.interactions.spreadsheets import Cell, Language
from turnout.interactions.survey.answer_queries import SubmissionGiven
from turnout.interactions.survey.rules import AnswerValue, QuestionFacts, QuestionType, SurveyFacts, SurveyKind, options_of
from turnout.kernel.clock import CHINA, to_datetime
from turnout.kernel.ids import IdForms, Kind

_WORDS = {
    Language.EN: ("viewer", "name", "answered at (UTC)", "right answers", "points", "still to mark", "text", "points by hand"),
    Language.ZH: ("观众 ID", "姓名", "提交时间（北京时间）", "答对题数", "得分", "待批阅", "文字", "人工评分"),
}
_TITLES = {Language.EN: "submissions", Language.ZH: "答卷"}
_MARKABLE = (QuestionType.FREE_FORM, QuestionType.FILL_IN, QuestionType.COMBINED)


class ExportTable:
    """The columns of one survey. Who answered and when is left out of an anonymous one, points where nothing can be right."""

    def __init__(self, facts: SurveyFacts, language: Language, ids: IdForms) -> None:
        self._facts = facts
        self._language = language
        self._ids = ids
        self._judged = any(question.rightable for question in facts.questions)

    @property
    def title(self) -> str:
        """What a sheet with it is called: not after the survey, since Excel takes no sheet under some names that a survey may have."""
        return _TITLES[self._language]

    def head(self) -> list[str]:
        """The names of the columns."""
        viewer, name, answered_at, right, points, to_mark, text, by_hand = _WORDS[self._language]
        named = [] if self._facts.anonymous else [viewer, name, answered_at]
        columns = [*named, *([right, points, to_mark] if self._judged else [])]
        for number, question in enumerate(self._facts.questions, 1):
            title = f"{number}. {question.title}".strip()
            columns.append(title)
            if question.type == QuestionType.COMBINED:
                columns.append(f"{title} – {text}")
            if self._has_marks(question):
                columns.append(f"{title} – {by_hand}")
        return columns

    def rows(self, found: Sequence[SubmissionGiven]) -> Iterator[list[Cell]]:
        """A row for each submission."""
        for given in found:
            row: list[Cell] = []
            if not self._facts.anonymous:
                viewer = None if given.viewer_id is None else self._ids.text(Kind.VIEWER, given.viewer_id)
                row += [viewer, given.viewer_name, self._time(given.answered_at)]
            if self._judged:
                row += [given.number_right, given.points, given.to_mark]
            for question, value in zip(self._facts.questions, given.values, strict=True):
                row += _cells(question, value)
                if self._has_marks(question):
                    row.append(given.marks.get(question.question_id))
            yield row

    def _has_marks(self, question: QuestionFacts) -> bool:
        return self._facts.kind is SurveyKind.EXAM and question.type in _MARKABLE and question.score > 0

    def _time(self, at: int | None) -> str | None:
        if at is None:
            return None
        shown = to_datetime(at, CHINA) if self._language is Language.ZH else to_datetime(at)
        return shown.strftime("%Y-%m-%d %H:%M:%S")


def _cells(question: QuestionFacts, value: AnswerValue) -> list[Cell]:
    if question.type == QuestionType.COMBINED:
        mask, text = value if isinstance(value, tuple) else (0, "")
        return [_labels(question, mask), text]
    if isinstance(value, int):
        return [value.bit_length() - 1 if question.type == QuestionType.RATING else _labels(question, value)]
    return [value if isinstance(value, str) else None]


def _labels(question: QuestionFacts, mask: int) -> str:
    """A. first; C. third"""
    return "; ".join(f"{chr(ord('A') + place)}. {question.options[place]}" for place in options_of(mask))
