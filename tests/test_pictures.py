"""make pictures: every page of the web app is in one."""

from pathlib import Path

import pytest

from tools.pictures import pages


def test_every_page_is_in_a_picture() -> None:
    """A page of web/src/routes.ts that `make pictures` does not take fails here, and so does a line for a page that is gone."""
    assert len(pages.list_pages()) > 30
    assert pages.find_gaps() == []


def test_a_new_route_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check can fail: a route that no picture shows, and a tab that none does, are named."""
    source = pages.ROUTES.read_text("utf-8")
    changed = source.replace("{ path: 'me',", "{ path: 'news', component },\n        { path: 'me',").replace("|people|", "|people|moods|")
    assert changed.count("news") > source.count("news")
    (tmp_path / "routes.ts").write_text(changed, "utf-8")
    monkeypatch.setattr(pages, "ROUTES", tmp_path / "routes.ts")
    assert pages.find_gaps() == ["/console/live/:liveSession/moods is in no picture", "/console/news is in no picture"]
