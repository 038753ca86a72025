"""A sheet of templates: one row for each question, a survey's own settings on its first row (docs/import.md). Pure.

Written and read again, templates are the same. Reading goes on after a fault, so that a person sees all that is wrong at once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from turnout.interactions.question_bank.columns import (
    COLUMNS,
    KIND_WORDS,
    KINDS,
    LETTERS,
    OPTION_COLUMNS,
    PICTURE_COLUMNS,
    QUESTION_COLUMNS,
    SURVEY_COLUMNS,
    TYPE_WORDS,
    TYPES,
    YES_NO,
    column_of,
    folded,
    yes_or_no,
)
from turnout.interactions.question_bank.rules import TAG_SEPARATORS, TemplateDraft
from turnout.interactions.spreadsheets import Language
from turnout.interactions.survey.question_rules import OPTION_TYPES
from turnout.interactions.survey.rules import QuestionDraft, QuestionType, SurveyDraft, SurveyKind
from turnout.kernel.errors import TurnoutError
from turnout.kernel.ids import PictureId

ParsePicture = Callable[[str], PictureId]
"""Gives the id behind a picture's text; raises a TurnoutError."""


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one cell, row or file. row: from 1, as spreadsheets count, the head being row 1. column: as the head names it."""

    row: int | None
    column: str | None
    code: str
    message: str


class SheetTemplate(msgspec.Struct, frozen=True):
    """A template read from a sheet. rows: that of the survey, then that of each question."""

    draft: TemplateDraft
    rows: list[int]


class ReadSheet(msgspec.Struct, frozen=True):
    """All that a sheet says. heads: column → its name in the sheet."""

    templates: list[SheetTemplate]
    faults: list[Fault]
    heads: dict[str, str]


def read_sheet(rows: Sequence[Sequence[str]], parse_picture: ParsePicture) -> ReadSheet:
    """The templates of a sheet and what keeps cells from being understood; whether a template can be kept, fault_rules says."""
    start = next((place for place, row in enumerate(rows) if any(cell.strip() for cell in row)), None)
    if start is None:
        return ReadSheet([], [Fault(None, None, "empty_file", "there is nothing in it")], {})
    places, heads, faults = _read_head(rows[start], start + 1)
    templates: list[SheetTemplate] = []
    for place, row in enumerate(rows[start + 1 :], start + 2):
        cells = {
            column: row[index].replace("\r\n", "\n").replace("\r", "\n").strip() for column, index in places.items() if index < len(row)
        }
        cells = {column: cell for column, cell in cells.items() if cell}
        if not cells:
            continue
        reader = _Row(place, cells, heads, faults, parse_picture)
        if "title" in cells:
            templates.append(SheetTemplate(reader.template(), [place]))
        elif not templates:
            reader.fault("title", "title_missing", "the first row needs the title of a survey")
            continue
        else:
            for column in SURVEY_COLUMNS:
                if column in cells:
                    reader.fault(column, "not_here", "settings of a survey stand on its first row, the one with the title")
        if any(column not in SURVEY_COLUMNS for column in cells):
            current = templates[-1]
            current.draft.survey.questions.append(reader.question(current.draft.survey.kind))
            current.rows.append(place)
    if not templates and not faults:
        faults.append(Fault(start + 1, None, "no_surveys", "there is no row below the head"))
    return ReadSheet(templates, faults, heads)


def _read_head(head: Sequence[str], row: int) -> tuple[dict[str, int], dict[str, str], list[Fault]]:
    places: dict[str, int] = {}
    heads: dict[str, str] = {}
    faults: list[Fault] = []
    for place, cell in enumerate(head):
        name = cell.strip()
        column = column_of(name)
        if column is None and name:
            faults.append(Fault(row, name[:100], "unknown_column", "there is no such column"))
        elif column in places:
            faults.append(Fault(row, name, "column_twice", "this column is there already"))
        elif column is not None:
            places[column], heads[column] = place, name
    if "title" not in places:
        faults.append(Fault(row, None, "column_missing", f"there is no column title ({COLUMNS['title']}); the first row names the columns"))
        return {}, heads, faults
    return places, heads, faults


class _Row:
    """Reads the cells of one row and notes what it cannot understand."""

    def __init__(self, row: int, cells: dict[str, str], heads: dict[str, str], faults: list[Fault], parse_picture: ParsePicture) -> None:
        self._row = row
        self._cells = cells
        self._heads = heads
        self._faults = faults
        self._parse_picture = parse_picture

    def fault(self, column: str, code: str, message: str) -> None:
        self._faults.append(Fault(self._row, self._heads.get(column, column), code, message))

    def template(self) -> TemplateDraft:
        kind = self._word("kind", KINDS, SurveyKind.ANSWER_CARD, "unknown_kind")
        unclear = "kind" in self._cells and folded(self._cells["kind"]) not in KINDS
        if unclear:
            kind = SurveyKind.EXAM  # in which most is allowed: what is then said of its questions holds anyhow
        survey = SurveyDraft(
            title=self._cells["title"],
            questions=[],
            kind=kind,
            time_limit_s=self._number("time_limit_s", None),
            publish_on_close=self._flag("publish_on_close", default=True),
            anonymous=self._flag("anonymous") and not unclear,
            changeable=self._flag("changeable"),
            shuffle_questions=self._flag("shuffle_questions"),
            shuffle_options=self._flag("shuffle_options"),
            cover=self._picture("cover"),
        )
        tags = self._cells.get("tags", "")
        for separator in TAG_SEPARATORS[1:] + "\n":
            tags = tags.replace(separator, TAG_SEPARATORS[0])
        return TemplateDraft(
            survey=survey, name=self._cells.get("name", ""), tags=[tag for tag in tags.split(TAG_SEPARATORS[0]) if tag.strip()]
        )

    def question(self, kind: SurveyKind) -> QuestionDraft:
        options, option_pictures = self._options()
        question_type = self._word("type", TYPES, QuestionType.CHOICE, "unknown_type")
        if question_type is QuestionType.TRUE_FALSE and not options:
            options = ["True", "False"]
        return QuestionDraft(
            title=self._cells.get("question", ""),
            type=question_type,
            options=options,
            option_pictures=option_pictures,
            right_options=self._right(options, question_type),
            accepted=_split(self._cells["accepted"]) if "accepted" in self._cells else [],
            multiple=self._flag("multiple"),
            least=self._number("least", None),
            most=self._number("most", None),
            required=self._flag("required"),
            score=self._number("score", 0),
            scale=self._number("scale", 5),
            verify=self._flag("verify", default=True),
            picture=self._picture("picture"),
        )

    def _word(self, column: str, words: dict[str, Any], default: Any, code: str) -> Any:
        word = self._cells.get(column)
        if word is None:
            return default
        found = words.get(folded(word))
        if found is None:
            self.fault(column, code, f"one of {', '.join(dict.fromkeys(str(known.value) for known in words.values()))}")
            return default
        return found

    def _flag(self, column: str, *, default: bool = False) -> bool:
        word = self._cells.get(column)
        said = default if word is None else yes_or_no(word)
        if said is None:
            self.fault(column, "not_yes_or_no", "yes or no")
            return default
        return said

    def _number(self, column: str, default: Any) -> Any:
        text = self._cells.get(column)
        if text is None:
            return default
        if not text.removeprefix("-").isdecimal() or len(text) > 18:
            self.fault(column, "not_a_number", "a whole number")
            return default
        return int(text)

    def _picture(self, column: str) -> PictureId | None:
        text = self._cells.get(column)
        if text is None:
            return None
        try:
            return self._parse_picture(text)
        except TurnoutError:
            self.fault(column, "unknown_picture", "there is no such picture; its id looks like pc_…")
            return None

    def _options(self) -> tuple[list[str], list[PictureId | None]]:
        labels = [self._cells.get(column, "") for column in OPTION_COLUMNS]
        pictures = [self._picture(column) for column in PICTURE_COLUMNS]
        count = max((place + 1 for place in range(len(LETTERS)) if labels[place] or pictures[place] is not None), default=0)
        for place, column in enumerate(OPTION_COLUMNS):
            if place < count and not labels[place]:
                self.fault(column, "option_missing", "this option has no text, but one after it or its picture is there")
                labels[place] = LETTERS[place]
        if not any(picture is not None for picture in pictures):
            return labels[:count], []
        return labels[:count], pictures[:count]

    def _right(self, options: list[str], question_type: QuestionType) -> list[int]:
        text = self._cells.get("right")
        if text is None:
            return []
        said = yes_or_no(text)
        if question_type is QuestionType.TRUE_FALSE and said is not None and len(options) == 2:
            return [0 if said else 1]
        letters = [letter for letter in text.upper() if not letter.isspace() and letter not in TAG_SEPARATORS]
        places = [LETTERS.index(letter) for letter in letters if letter in LETTERS]
        if len(places) < len(letters):
            self.fault("right", "unknown_option", "letters of options, such as A or A,C")
            return []
        missing = [LETTERS[place] for place in places if place >= len(options)]
        if missing:
            self.fault("right", "unknown_option", f"there is no option {missing[0]}")
            return []
        return places


def _split(text: str) -> list[str]:
    """The forms that are separated by |; after a backslash | and the backslash itself stand for themselves."""
    forms = [""]
    escaped = False
    for letter in text:
        if escaped:
            forms[-1] += letter if letter in "|\\" else f"\\{letter}"
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == "|":
            forms.append("")
        else:
            forms[-1] += letter
    if escaped:
        forms[-1] += "\\"
    return forms


def _joined(forms: Iterable[str]) -> str:
    return "|".join(form.replace("\\", "\\\\").replace("|", "\\|") for form in forms)


def write_sheet(
    drafts: Sequence[TemplateDraft], language: Language, picture_text: Callable[[PictureId], str]
) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of a sheet with these checked templates; without columns of options and pictures that none of them uses."""
    rows = [row for draft in drafts for row in _rows_of(draft, language, picture_text)]
    used = {column for row in rows for column in row}
    columns = [column for column in COLUMNS if column in SURVEY_COLUMNS or column in QUESTION_COLUMNS or column in used]
    head = [COLUMNS[column] if language is Language.ZH else column for column in columns]
    return head, [[row.get(column, "") for column in columns] for row in rows]


def _rows_of(draft: TemplateDraft, language: Language, picture_text: Callable[[PictureId], str]) -> Iterator[dict[str, str]]:
    survey = draft.survey
    said = YES_NO[language]
    chinese = language is Language.ZH
    first = {
        "title": survey.title,
        "name": draft.name,
        "tags": TAG_SEPARATORS[0].join(draft.tags),
        "kind": KIND_WORDS[survey.kind] if chinese else survey.kind.value,
        "time_limit_s": "" if survey.time_limit_s is None else str(survey.time_limit_s),
        "publish_on_close": said[survey.publish_on_close],
        "anonymous": said[survey.anonymous],
        "changeable": said[survey.changeable],
        "shuffle_questions": said[survey.shuffle_questions],
        "shuffle_options": said[survey.shuffle_options],
        "cover": "" if survey.cover is None else picture_text(survey.cover),
    }
    for question in survey.questions:
        has_options = question.type in OPTION_TYPES
        cells = {
            "type": TYPE_WORDS[question.type] if chinese else question.type.value,
            "question": question.title,
            "picture": "" if question.picture is None else picture_text(question.picture),
            "multiple": said[question.multiple] if has_options else "",
            "least": "" if question.least is None else str(question.least),
            "most": "" if question.most is None else str(question.most),
            "required": said[question.required],
            "score": str(question.score),
            "right": ",".join(LETTERS[place] for place in question.right_options),
            "accepted": _joined(question.accepted),
            "scale": str(question.scale) if question.type is QuestionType.RATING else "",
            "verify": said[question.verify] if question.type in (QuestionType.NAME, QuestionType.MOBILE, QuestionType.MAIL) else "",
        }
        cells |= dict(zip(OPTION_COLUMNS, question.options, strict=False))
        for column, picture in zip(PICTURE_COLUMNS, question.option_pictures, strict=False):
            if picture is not None:
                cells[column] = picture_text(picture)
        yield first | cells
        first = {}
