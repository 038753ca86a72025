"""The client's calls about the question bank, and about files of templates and submissions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec

from turnout.dialects.native import replies
from turnout.dialects.native.calling import Calling

FileFormat = Literal["csv", "xlsx", "json"]
_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


class _Templates(msgspec.Struct):
    templates: list[replies.TemplateHead]


class TemplateCalls(Calling):
    """Templates: surveys kept for later."""

    def create_template(self, kind: str, title: str, questions: Sequence[Mapping[str, Any]], **settings: Any) -> replies.Template:
        """A new template. As for create_survey; settings may also have name and tags."""
        return self._create("/templates", _template(kind, title, questions, settings), replies.Template)

    def list_templates(self, search: str = "") -> Iterator[replies.TemplateHead]:
        """The templates in which all these words are found, newest first, without their questions, read page by page."""
        for page in self._pages("/templates", _Templates, search=search):
            yield from page.templates

    def get_template(self, template: str) -> replies.Template:
        """A template with its questions, as create_survey takes them."""
        return self._get(f"/templates/{template}", replies.Template)

    def edit_template(
        self, template: str, kind: str, title: str, questions: Sequence[Mapping[str, Any]], **settings: Any
    ) -> replies.Template:
        """The whole template anew."""
        return self._put(f"/templates/{template}", _template(kind, title, questions, settings), replies.Template)

    def delete_template(self, template: str) -> None:
        """Takes it out of the question bank."""
        self._delete(f"/templates/{template}")

    def create_survey_from_template(self, live_session: str, template: str) -> replies.Survey:
        """A draft with the template's questions and settings."""
        return self._create(f"/live-sessions/{live_session}/surveys/from-template", {"template": template}, replies.Survey)

    def keep_survey(self, live_session: str, survey: str, name: str = "", tags: Sequence[str] = ()) -> replies.Template:
        """A template of what a survey asks; name: the survey's title when empty."""
        body = {"live_session": live_session, "survey": survey, "name": name, "tags": list(tags)}
        return self._create("/templates/from-survey", body, replies.Template)

    def import_templates(self, content: bytes, file_format: FileFormat, *, dry_run: bool = False) -> replies.Import:
        """Keeps the templates of a file, or none of them when anything is wrong. dry_run: only says what it holds."""
        path = "/templates/import" + ("?dry_run=true" if dry_run else "")
        return self._create_raw(path, content, _MEDIA_TYPES[file_format], replies.Import)

    def export_template(self, template: str, file_format: FileFormat, language: str = "en") -> bytes:
        """A file that gives the same template when it is imported."""
        return self._file(f"/templates/{template}/export", file_format, language)

    def export_submissions(self, live_session: str, survey: str, file_format: FileFormat, language: str = "en") -> bytes:
        """Everything submitted to a survey, as a file."""
        return self._file(f"/live-sessions/{live_session}/surveys/{survey}/export", file_format, language)

    def _file(self, path: str, file_format: FileFormat, language: str) -> bytes:
        return self._call("GET", f"{path}?{urlencode({'format': file_format, 'language': language})}", None, {})


def _template(kind: str, title: str, questions: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "title": title, "questions": list(questions), **settings}
