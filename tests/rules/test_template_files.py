"""Files of templates: what is written reads back the same, every fault is named with its row and column, and hostile files are refused."""

import codecs
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from turnout.interactions.question_bank import sheet_rules
from turnout.interactions.question_bank.columns import COLUMNS, KIND_WORDS, QUESTION_COLUMNS, SURVEY_COLUMNS, TYPE_WORDS, column_of
from turnout.interactions.question_bank.fault_rules import find_faults
from turnout.interactions.question_bank.files import ReadFile, read_file, write_file
from turnout.interactions.question_bank.rules import TemplateDraft, check_template
from turnout.interactions.question_bank.samples import sample
from turnout.interactions.spreadsheets import (
    FileFormat,
    Language,
    format_of,
)
from turnout.interactions.survey.question_rules import CHOICE_TYPES, OPTION_TYPES
from turnout.interactions.survey.rules import QuestionDraft, QuestionType, SurveyDraft, SurveyKind
from turnout.kernel import limits
from turnout.kernel.csv_text import write_csv
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import IdForms, Kind, PictureId

IDS = IdForms(b"k" * 32)
T = QuestionType

# what people write, and what spreadsheets, CSV and XML take for something else
TRICKY = [
    *("=1+1", "+1", "-1", "@x", "'", "'=1", "''x", "a,b;c", 'say "hi"', "a\nb", "a\tb", "1.50", "007", "1e5", "TRUE", "2024-01-01"),
    *("是", "_x0041_", "_x005F_x0041_", "a|b", "a\\|b\\", "\\", "#REF!", "\ufeffx", "\uffff", "𝒳", "x" * 200),
]
texts = (st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20) | st.sampled_from(TRICKY)).filter(
    lambda text: bool(text.strip())
)
pictures = st.integers(1, 2**53 - 1).map(PictureId)


@st.composite
def questions(draw: st.DrawFn, kind: SurveyKind) -> QuestionDraft:
    """A question that can be asked in a survey of this kind."""
    allowed = {
        SurveyKind.ANSWER_CARD: list(CHOICE_TYPES),
        SurveyKind.VOTE: [T.CHOICE, T.PICTURE_CHOICE, T.RATING],
    }.get(kind, list(T))
    question_type = draw(st.sampled_from(allowed))
    judged = kind in (SurveyKind.ANSWER_CARD, SurveyKind.EXAM)
    made: dict[str, Any] = {
        "title": draw(st.just("") | texts),
        "type": question_type,
        "required": draw(st.booleans()),
        "picture": draw(st.none() | pictures),
    }
    if question_type in OPTION_TYPES:
        count = 2 if question_type is T.TRUE_FALSE else draw(st.integers(2, 26))
        made["options"] = draw(st.lists(texts, min_size=count, max_size=count))
        if question_type is T.PICTURE_CHOICE:
            made["option_pictures"] = draw(st.lists(pictures, min_size=count, max_size=count))
        elif draw(st.booleans()):
            made["option_pictures"] = draw(st.lists(st.none() | pictures, min_size=count, max_size=count))
        least = most = 1
        if question_type is not T.TRUE_FALSE and draw(st.booleans()):
            least = draw(st.integers(1, count))
            most = draw(st.integers(least, count))
            made |= {"multiple": True, "least": draw(st.sampled_from([None, least])), "most": draw(st.sampled_from([None, most]))}
        if judged and draw(st.booleans()):
            made["right_options"] = draw(st.lists(st.integers(0, count - 1), min_size=least, max_size=most, unique=True))
    if question_type is T.FILL_IN and judged:
        made["accepted"] = draw(st.lists(texts, max_size=4))
    if question_type is T.RATING:
        made["scale"] = draw(st.integers(2, 10))
    if question_type in (T.NAME, T.MOBILE, T.MAIL):
        made["verify"] = draw(st.booleans())
    markable = question_type in (T.FREE_FORM, T.FILL_IN, T.COMBINED)
    if judged and (kind is SurveyKind.ANSWER_CARD or markable or made.get("right_options")):
        made["score"] = draw(st.integers(0, limits.MAX_SCORE))
    return QuestionDraft(**made)


@st.composite
def templates(draw: st.DrawFn) -> TemplateDraft:
    """A template as it is kept."""
    kind = draw(st.sampled_from(SurveyKind))
    flags = {name: draw(st.booleans()) for name in ("publish_on_close", "shuffle_questions", "shuffle_options")}
    flags |= draw(st.sampled_from([{}, {"changeable": True}]))
    if kind in (SurveyKind.VOTE, SurveyKind.QUESTIONNAIRE) and not flags.get("changeable"):
        flags["anonymous"] = draw(st.booleans())
    survey = SurveyDraft(
        title=draw(texts),
        kind=kind,
        questions=draw(st.lists(questions(kind), min_size=1, max_size=1 if kind is SurveyKind.ANSWER_CARD else 4)),
        time_limit_s=draw(st.none() | st.integers(1, limits.MAX_TIME_LIMIT_S)),
        cover=draw(st.none() | pictures),
        **flags,
    )
    tags = draw(st.lists(st.sampled_from(["数学", "=tag", "a b", "'", "x" * 32]), max_size=3))
    return check_template(TemplateDraft(survey=survey, name=draw(st.just("") | texts), tags=tags))


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(templates(), min_size=1, max_size=3), st.sampled_from(FileFormat), st.sampled_from(Language))
def test_export_and_import(drafts: list[TemplateDraft], file_format: FileFormat, language: Language) -> None:
    """Written and read again, templates are the same: in every format, in both languages, whatever people wrote."""
    file = read_file(write_file(drafts, file_format, language, IDS), file_format, IDS)

    assert file.faults == []
    assert [template.draft for template in file.templates] == drafts


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("file_format", list(FileFormat))
def test_the_sample_can_be_imported(file_format: FileFormat, language: Language) -> None:
    """What a host begins with has no fault, holds each kind, and each type but the one that needs pictures."""
    drafts = sample(language)
    file = read_file(write_file(drafts, file_format, language, IDS), file_format, IDS)

    assert (file.faults, [template.draft for template in file.templates]) == ([], drafts)
    assert {draft.survey.kind for draft in drafts} == set(SurveyKind)
    assert {question.type for draft in drafts for question in draft.survey.questions} == set(T) - {T.PICTURE_CHOICE}


def table(*rows: list[str]) -> ReadFile:
    """A CSV file with these rows, read."""
    return read_file(write_csv(rows), FileFormat.CSV, IDS)


def faults(file: ReadFile) -> list[tuple[int | None, str | None, str]]:
    return [(fault.row, fault.column, fault.code) for fault in file.faults]


HEAD = ["标题", "类型", "题型", "题目", "多选", "分值", "正确选项", "正确答案", "选项A", "选项B", "选项C"]


def test_chinese_and_english_names() -> None:
    """Column names and words in either language, in any order, with other blanks, brackets, width and case."""
    chinese = table(
        HEAD,
        ["小测", "考试", "选择题", "选哪个？", "是", "5", "A、C", "", "甲", "乙", "丙"],
        ["", "", "填空题", "首都", "", "5", "", "北京|Beijing", "", "", ""],
        ["", "", "判断题", "对吗？", "", "5", "对", "", "", "", ""],
    )
    english = table(
        ["Option_C", "OPTION B", "option a", "Title", "Kind", "type", "question", "multiple", "Score ", "right", "accepted"],
        ["丙", "乙", "甲", "小测", "Exam", "Choice", "选哪个？", "yes", "5", "ac", ""],
        ["", "", "", "", "", "fill-in", "首都", "no", "5", "", "北京|Beijing"],
        ["", "", "", "", "", "true/false", "对吗？", "no", "5", "T", ""],
    )

    assert faults(chinese) == faults(english) == []
    assert [one.draft for one in chinese.templates] == [one.draft for one in english.templates]
    survey = chinese.templates[0].draft.survey
    assert [question.right_options for question in survey.questions] == [[0, 2], [], [0]]
    assert survey.questions[1].accepted == ["北京", "Beijing"]
    assert {column_of(name) for name in [*COLUMNS, *COLUMNS.values()]} == set(COLUMNS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(encoding: str, delimiter: str) -> None:
    """As Excel writes it in China and elsewhere: comma, semicolon or tab; UTF-8 with or without its mark, GB 18030, Unicode text."""
    content = f"标题{delimiter}题目{delimiter}选项A{delimiter}选项B\r\n热身{delimiter}哪个镕？{delimiter}甲{delimiter}乙\r\n".encode(
        encoding
    )
    file = read_file(content, FileFormat.CSV, IDS)

    assert file.faults == []
    assert file.templates[0].draft.survey.questions[0].title == "哪个镕？"


def test_every_fault_is_told() -> None:
    """All at once, with row and column as the sheet names them; nothing is said twice."""
    file = table(
        HEAD,
        ["一", "考卷", "选择题", "", "可能", "五", "D", "", "甲", "乙", ""],
        ["", "", "连线题", "", "", "", "", "", "甲", "", "丙"],
        ["", "投票", "填空题", "x" * 2001, "", "10001", "", "a||b", "", "", ""],
        ["二", "投票", "选择题", "", "", "5", "A", "", "甲", "x" * 501, ""],
        ["x" * 201, "", "", "", "", "", "", "", "", "", ""],
    )

    assert faults(file) == [
        (2, "类型", "unknown_kind"),
        (2, "多选", "not_yes_or_no"),
        (2, "分值", "not_a_number"),
        (2, "正确选项", "unknown_option"),
        (3, "题型", "unknown_type"),
        (3, "选项B", "option_missing"),
        (4, "类型", "not_here"),
        (4, "题目", "invalid_input"),
        (4, "分值", "invalid_input"),
        (4, "正确答案", "invalid_input"),
        (5, "分值", "invalid_input"),
        (5, "正确选项", "invalid_input"),
        (5, "选项B", "invalid_input"),
        (6, "标题", "invalid_input"),  # too long
        (6, "标题", "invalid_input"),  # and without questions
    ]
    assert len({fault.message for fault in file.faults[-2:]}) == 2
    assert all(fault.message for fault in file.faults)


def test_faults_of_a_json_file() -> None:
    """The same, by the number of the template and the path of the field; a template of another shape says so, and the others are read."""
    file = read_file(
        msgspec.json.encode(
            {
                "templates": [
                    {"title": "one", "questions": [{"options": ["A", ""], "score": -1}]},
                    {"title": "two", "questions": [{"options": ["A", 5]}]},
                    {"title": "three", "questions": [{"options": ["A", "B"], "picture": "pc_none"}]},
                    {"title": "four", "question": {}},
                    {"title": "five", "kind": "quiz", "questions": []},
                    {"title": "six", "kind": "vote", "questions": [{"options": ["A", "B"]}], "tags": ["a,b"]},
                ]
            }
        ),
        FileFormat.JSON,
        IDS,
    )

    assert faults(file) == [
        (1, "questions[0].score", "invalid_input"),
        (1, "questions[0].options[1]", "invalid_input"),
        (2, "questions[0].options[1]", "invalid_input"),
        (3, "questions[0].picture", "unknown_picture"),
        (4, None, "invalid_input"),
        (5, "kind", "invalid_input"),
        (6, "tags[0]", "invalid_input"),
    ]


def test_a_json_file_as_windows_writes_it() -> None:
    """With a mark before it; and one without a template says so, as a sheet does."""
    drafts = sample(Language.ZH)
    written = write_file(drafts, FileFormat.JSON, Language.ZH, IDS)

    assert [one.draft for one in read_file(codecs.BOM_UTF8 + written, FileFormat.JSON, IDS).templates] == drafts
    assert format_of("application/octet-stream", codecs.BOM_UTF8 + written) is FileFormat.JSON
    assert faults(read_file(b'{"templates": []}', FileFormat.JSON, IDS)) == [(None, None, "no_surveys")]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], [(None, None, "empty_file")]),
        ([["", " "]], [(None, None, "empty_file")]),
        ([["标题", "题目"]], [(1, None, "no_surveys")]),
        ([["题目", "选项A"], ["q", "a"]], [(1, None, "column_missing")]),
        ([["标题", "标题"], ["q", "a"]], [(1, "标题", "column_twice")]),
        ([["标题", "备注"], ["q", "a"]], [(1, "备注", "unknown_column")]),
        ([["标题", "题目"], ["", "q"]], [(2, "标题", "title_missing")]),
        ([[], ["标题", "封面图片", "选项A", "选项B"], [], ["x", "pc_1", "a", "b"]], [(4, "封面图片", "unknown_picture")]),
    ],
)
def test_heads_and_rows(rows: list[list[str]], expected: list[tuple[int | None, str | None, str]]) -> None:
    """Sheets that are no sheets of templates say why; empty rows count, and do not matter."""
    assert [one for one in faults(table(*rows)) if one[2] != "invalid_input"] == expected


def test_no_more_templates_than_are_taken() -> None:
    """One too many, and the file is not taken at all."""
    rows = [[f"{number}", "a", "b"] for number in range(limits.MAX_IMPORT_TEMPLATES + 1)]
    head = ["title", "option_a", "option_b"]

    assert faults(table(head, *rows[:-1])) == []
    assert faults(table(head, *rows)) == [(None, None, "too_many_templates")]
    many = msgspec.json.encode({"templates": [{}] * (limits.MAX_IMPORT_TEMPLATES + 1)})
    assert faults(read_file(many, FileFormat.JSON, IDS)) == [(None, None, "too_many_templates")]


good = templates()


@given(good)
def test_no_faults_in_what_is_kept(draft: TemplateDraft) -> None:
    """The search for all faults says of a good template what the check says: nothing."""
    assert find_faults(draft) == (draft, [])


broken = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["", "x" * 3000, "\x00"]),
        "type": st.sampled_from(T),
        "options": st.lists(st.sampled_from(["", "a", "x" * 501]), max_size=28),
        "option_pictures": st.lists(st.none() | pictures, max_size=3),
        "right_options": st.lists(st.integers(-1, 5), max_size=3),
        "accepted": st.lists(st.sampled_from(["", "a", "x" * 300]), max_size=22),
        "multiple": st.booleans(),
        "least": st.none() | st.integers(-1, 5),
        "most": st.none() | st.integers(-1, 5),
        "score": st.integers(-1, 10_001),
        "scale": st.integers(0, 12),
    },
)


@settings(max_examples=300)
@given(
    st.lists(broken, max_size=3),
    st.sampled_from(SurveyKind),
    st.sampled_from(["", "t"]),
    st.sampled_from([None, 0]),
    st.booleans(),
    st.booleans(),
)
def test_the_search_finds_the_first_fault_and_ends(
    asked: list[dict[str, Any]], kind: SurveyKind, title: str, limit: int | None, anonymous: bool, changeable: bool
) -> None:
    """It finds what the check finds, each fault once, and does not go on for ever."""
    survey = SurveyDraft(
        title=title,
        kind=kind,
        questions=[QuestionDraft(**question) for question in asked],
        time_limit_s=limit,
        anonymous=anonymous,
        changeable=changeable,
    )
    draft = TemplateDraft(survey=survey)
    _, found = find_faults(draft)
    fields = [fault.field for fault in found]
    if found:
        with pytest.raises(InvalidInput) as first:
            check_template(draft)
        assert first.value.field in fields
    else:
        check_template(draft)
    assert len(fields) == len(set(fields))


def test_pictures_are_named_by_their_ids() -> None:
    """A sheet has pc_…, as the API does."""
    picture = PictureId(7)
    survey = SurveyDraft(
        title="t", questions=[QuestionDraft(type=T.PICTURE_CHOICE, options=["a", "b"], option_pictures=[picture, picture])], cover=picture
    )
    written = write_file([check_template(TemplateDraft(survey=survey))], FileFormat.CSV, Language.EN, IDS)
    file = read_file(written, FileFormat.CSV, IDS)

    assert written.count(IDS.text(Kind.PICTURE, 7).encode()) == 3
    places = file.pictures()[picture]
    assert [file.place(template, field) for template, field in places] == [(2, "cover"), (2, "picture_a"), (2, "picture_b")]


def test_the_page_lists_every_column_and_every_fault() -> None:
    """docs/import.md is what people fill in sheets by: its names of columns, kinds and types are read, and no code is missing from it."""
    page = (Path(__file__).parents[2] / "docs/import.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \|", page, re.MULTILINE)
    folder = Path(sheet_rules.__file__).parent
    source = "".join(path.read_text() for path in (*folder.glob("*.py"), folder.parent / "spreadsheets.py"))
    codes = set(re.findall(r'(?:fault\([^()]*?|Fault\([^()]*?|_word\([^()]*?|CellFault\([^()]*?)"([a-z]+_[a-z_]+)"', source)) - set(COLUMNS)
    described = set(re.findall(r"`([a-z_]+)`", page.partition("### Faults")[2].partition("A file of which")[0]))

    assert rows == [(column, COLUMNS[column]) for column in (*SURVEY_COLUMNS, *QUESTION_COLUMNS)]
    assert all(f"`{kind.value}` {word}" in page for kind, word in (*KIND_WORDS.items(), *TYPE_WORDS.items()))
    assert len(codes) >= 12
    assert codes <= described
