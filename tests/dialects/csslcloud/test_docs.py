"""docs/dialects/csslcloud.md tells what the code does."""

from pathlib import Path

import pytest

from turnout.dialects.csslcloud.endpoints import ENDPOINTS
from turnout.dialects.csslcloud.parameters import MAX_PARAMETERS
from turnout.dialects.csslcloud.replies import PublishData, ReplyData, RollCallEntry, VotePublishData, VoteReplyData
from turnout.kernel import limits

PAGE = (Path(__file__).parents[3] / "docs" / "dialects" / "csslcloud.md").read_text("utf-8")


@pytest.mark.parametrize("path", ENDPOINTS)
def test_every_call_is_described(path: str) -> None:
    """In the table and with its required parameters."""
    assert f"| `{path}" in PAGE
    section = PAGE.split(f"### `{path}", 1)[1].split("###", 1)[0]
    assert all(f"`{name}`" in section for name in ENDPOINTS[path].required)


def test_every_field_is_described() -> None:
    """Those of a card and a vote, and of what was answered."""
    for path, published, replied in (
        ("/collect/answercard/record", PublishData, ReplyData),
        ("/collect/vote/record", VotePublishData, VoteReplyData),
    ):
        section = PAGE.split(f"### `{path}", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]
        for prefix, type_ in (("publish_data.", published), ("reply_data[].", replied)):
            assert all(f"| `{prefix}{name}` |" in section for name in type_.__struct_fields__)
    section = PAGE.split("### `/openapi/collect/rollcall/get`", 1)[1].split("\n### ", 1)[0]
    assert all(f"| `{name}` |" in section for name in RollCallEntry.__struct_fields__)


def test_the_numbers_are_true() -> None:
    """Limits that the page spells out."""
    assert f"At most {MAX_PARAMETERS} parameters" in PAGE
    assert f"more than {limits.DIALECT_REQUESTS_PER_SECOND} proven requests a second" in PAGE
    assert f"more than {limits.MAX_PAGE_LENGTH} is cut to {limits.MAX_PAGE_LENGTH}" in PAGE
    assert limits.MAX_BODY_BYTES == 1024 * 1024
    assert "body over 1 MiB" in PAGE
    assert f"more than {limits.MAX_ANSWERS_PER_REPLY:,} answers" in PAGE
