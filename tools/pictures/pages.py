"""Which picture shows which page of web/src/routes.ts. That one is taken in dark too."""

import re
from pathlib import Path

ROUTES = Path(__file__).parents[2] / "web" / "src" / "routes.ts"

PAGES = {
    "/r/:code": "viewer-answer-card-open-phone",
    "/stream/:code": "viewer-stream-phone",
    "/proof/:id": "proof-trusted-phone",
    "/proof": "proof-empty-phone",
    "/screen/:room": "screen-results-hall",
    "/:rest": "viewer-not-found-phone",
    "/console/login": "console-login-desk",
    "/console/join": "console-join-desk",
    "/console": "console-overview-desk",
    "/console/guide": "console-guide-desk",
    "/console/rooms": "console-rooms-desk",
    "/console/rooms/:room": "console-room-desk",
    "/console/rooms/:room/settings": "console-settings-desk",
    "/console/live/:liveSession": "console-desk-desk",
    "/console/live/:liveSession/desk": "console-desk-announced-desk",
    "/console/live/:liveSession/surveys": "console-live-desk",
    "/console/live/:liveSession/checkins": "console-checkin-desk",
    "/console/live/:liveSession/draws": "console-draw-drawn-desk",
    "/console/live/:liveSession/people": "console-people-desk",
    "/console/live/:liveSession/deliveries": "console-deliveries-desk",
    "/console/appearance": "console-appearance-desk",
    "/console/me": "console-me-desk",
    "/console/bank": "console-bank-desk",
    "/console/bank/new": "console-bank-new-desk",
    "/console/bank/import": "console-import-desk",
    "/console/bank/:template": "console-bank-template-desk",
    "/console/account": "console-account-desk",
    "/console/account/members": "console-members-desk",
    "/console/account/keys": "console-keys-desk",
    "/console/account/audit": "console-audit-desk",
    "/console/endpoints": "console-endpoints-desk",
    "/console/endpoints/deliveries": "console-all-deliveries-desk",
    "/console/endpoints/new": "console-endpoint-new-desk",
    "/console/endpoints/:endpoint": "console-endpoint-desk",
    "/console/endpoints/:endpoint/settings": "console-endpoint-settings-desk",
}
"""A new page, and a new tab of one, is a new line here."""

SHOWS = {picture: page for page, picture in PAGES.items()}


def list_pages() -> set[str]:
    """Every page the web app has: one for each tab that a route names, and one without where it may be left out."""
    source = ROUTES.read_text("utf-8")
    found: set[str] = set()
    area = ""
    for path, rest in re.findall(r"path: '([^']*)',([^\n]*)", source):
        if "redirect:" in rest:
            continue
        if not rest:  # what stands below it goes on from there
            area = path
            continue
        whole = path if path.startswith("/") else f"{area}/{path}".rstrip("/")
        found |= _expand(whole)
    return found


def _expand(path: str) -> set[str]:
    given = re.fullmatch(r"(.*)/:(\w+)(?:\(([^)]*)\))?([?*]?)", path)
    if given is None:
        return {path}
    before, name, tabs, count = given.groups()
    named = [f"{before}/{tab}" for tab in tabs.split("|")] if tabs and "|" in tabs else [f"{before}/:{name}"]
    return {*named, before} if count == "?" else set(named)


def is_page(page: str, path: str) -> bool:
    """Whether an address's path is one of this page."""
    return page == "/:rest" or re.fullmatch(re.sub(r":\w+", "[^/]+", page), path) is not None


def find_gaps() -> list[str]:
    """What is wrong with PAGES: pages in no picture, and lines for pages that are gone."""
    there = list_pages()
    return [f"{page} is in no picture" for page in sorted(there - PAGES.keys())] + [
        f"there is no page {page}" for page in sorted(PAGES.keys() - there)
    ]
