"""Templates: surveys that an account keeps in its question bank, with a name and tags to find them by. Pure."""

from collections.abc import Sequence

import msgspec

from turnout.interactions.survey.answer_rules import normal_form
from turnout.interactions.survey.rules import SurveyDraft, SurveyKind, check_draft
from turnout.kernel import limits
from turnout.kernel.clock import Instant
from turnout.kernel.errors import Conflict, InvalidInput, NotFound
from turnout.kernel.ids import AccountId, TemplateId
from turnout.kernel.text import check_text

TAG_SEPARATORS = ",;，；、"
"""What separates tags where they are written in one text; no tag holds one of them."""


class NoSuchTemplate(NotFound):
    """There is no such template."""


class TooManyTemplates(Conflict):
    """The question bank is full; delete templates that are no longer needed."""

    code = "too_many_templates"


class TemplateDraft(msgspec.Struct, frozen=True):
    """A template as a host writes it. name: the survey's title where it is empty."""

    survey: SurveyDraft
    name: str = ""
    tags: list[str] = []


class Template(msgspec.Struct, frozen=True):
    """A survey in an account's question bank."""

    id: TemplateId
    account_id: AccountId
    name: str
    tags: list[str]
    survey: SurveyDraft
    created_at: Instant
    updated_at: Instant


class TemplateHead(msgspec.Struct, frozen=True):
    """What a list shows of a template."""

    id: TemplateId
    name: str
    tags: list[str]
    kind: SurveyKind
    title: str
    question_count: int
    created_at: Instant
    updated_at: Instant


def check_name(name: str, title: str) -> str:
    """The template's name, the survey's title when it has none; raises InvalidInput."""
    return check_text(name, "name", limits.MAX_TITLE_LENGTH, may_be_empty=True) or title


def check_tags(tags: Sequence[str]) -> list[str]:
    """The tags without blanks around them and without repeats; raises InvalidInput naming the tag."""
    if len(tags) > limits.MAX_TAGS:
        raise InvalidInput(f"at most {limits.MAX_TAGS} tags", field="tags")
    checked = [check_text(tag, f"tags[{place}]", limits.MAX_TAG_LENGTH) for place, tag in enumerate(tags)]
    for place, tag in enumerate(checked):
        if any(letter in TAG_SEPARATORS or letter in "\n\t" for letter in tag):
            raise InvalidInput("a tag is one line without commas", field=f"tags[{place}]")
    return list(dict.fromkeys(checked))


def check_template(draft: TemplateDraft) -> TemplateDraft:
    """The template as it is kept; raises InvalidInput naming the field."""
    survey = check_draft(draft.survey)
    return TemplateDraft(survey=survey, name=check_name(draft.name, survey.title), tags=check_tags(draft.tags))


def search_text(name: str, tags: Sequence[str], survey: SurveyDraft) -> str:
    """What a search looks into: name, tags, title and questions, in their normal form."""
    return "\n".join(normal_form(text) for text in (name, *tags, survey.title, *(question.title for question in survey.questions)))


def search_words(search: str) -> list[str]:
    """The words of a search in their normal form; a template is found by all of them. Raises InvalidInput when it is too long or
    holds control characters."""
    return normal_form(check_text(search, "search", limits.MAX_TITLE_LENGTH, may_be_empty=True)).split()
