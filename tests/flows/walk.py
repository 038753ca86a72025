"""Walking the OpenAPI document: every operation, filled with ids and bodies. What the walk has not been told about fails."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.flows.live import LiveServer, Reply, send
from tests.flows.parties import Party

_SURVEY = {"title": "smuggled", "questions": [{"title": "?", "options": ["A", "B"]}]}

_EVER = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}

BODIES: dict[str, Any] = {
    "changeRoom": {"title": "taken over"},
    "startLiveSession": {"title": "taken over"},
    "createSurvey": _SURVEY,
    "editSurvey": _SURVEY,
    "copySurvey": {"live_session": "live_session"},
    "createSurveyFromTemplate": {"template": "template"},
    "createCheckIn": {"title": "smuggled"},
    "editCheckIn": {"title": "smuggled"},
    "makeAnnouncement": {"text": "smuggled"},
    "createDraw": {"title": "smuggled", "prizes": [{"name": "A", "count": 1}], "who": "tap", "entropy": "offline"},
    "editDraw": {"title": "smuggled", "prizes": [{"name": "A", "count": 1}], "who": "tap", "entropy": "offline"},
    "addDrawEntrants": {"entrants": [{"external_id": "smuggled"}]},
    "closeDraw": {"countdown_s": 60},
    "cancelDraw": {"because": "smuggled"},
    "markAnswer": {"viewer": "viewer", "question": "question", "points": 1},
    "editTemplate": _SURVEY,
    "changeCallbackEndpoint": {"name": "taken over", "room": "room"},
    "rotateCallbackSecret": {"overlap_s": 0},
    "changeMember": {"name": "taken over"},
    "redeliverRange": _EVER,
    "redeliverMissing": _EVER,
}
"""A body that would do for each operation with ids in its path that reads one. A member that is the name of a path parameter is given an id
of that kind."""

OWN: dict[str, Any] = {
    "getLogin": None,
    "logIn": None,
    "logOut": None,
    "setPassword": {"current_password": "", "new_password": "another password 1"},
    "logInByCode": {"ticket": "x", "code": "000000"},
    "getTwoStep": None,
    "beginTwoStep": {"password": ""},
    "confirmTwoStep": {"code": "000000"},
    "endTwoStep": {"password": "", "code": "000000"},
    "makeRecoveryCodes": {"password": "", "code": "000000"},
    "listOwnLogins": None,
    "endOtherLogins": None,
    "getAccount": None,
    "getTheme": None,
    "setTheme": {"name": "mine"},
    "makeEntryKey": {},
    "listEntryKeys": None,
    "listMembers": None,
    "createJoinLink": {"label": "mine"},
    "listJoinLinks": None,
    "createApiKey": {"label": "mine"},
    "listApiKeys": None,
    "listAuditRecords": None,
    "exportAuditRecords": None,
    "listRooms": None,
    "listSummaries": None,
    "createRoom": {"title": "mine"},
    "uploadPicture": None,
    "createTemplate": _SURVEY,
    "listTemplates": None,
    "keepSurvey": {"live_session": "live_session", "survey": "survey"},
    "importTemplates": {"templates": [_SURVEY]},
    "getTemplateSample": None,
    "listCallbackEndpoints": None,
    "createCallbackEndpoint": {"url": "http://127.0.0.1:9/x", "dialect": "quanshi", "room": "room"},
    "listAllDeliveries": None,
    "readFeed": None,
    "acknowledgeFeed": {"endpoint": "feed", "through": 0},
    "listNotices": None,
    "getCallbackKinds": None,
}
"""Operations without ids in their path, which are about the caller's own account, each with a body that would do."""

AFTER = {
    "listViewers": "viewer",
    "listBlocks": "viewer",
    "listSubmissions": "viewer",
    "listUnanswered": "viewer",
    "listAnnouncements": "announcement",
    "listSummaries": "live_session",
    "listDeliveries": "delivery",
    "listRooms": "room",
    "listLiveSessions": "live_session",
    "listSurveys": "survey",
    "listCheckIns": "checkin",
    "listCheckInPeople": "viewer",
    "listDraws": "draw",
    "listDrawEntrants": "entry",
    "listTemplates": "template",
    "listCallbackEndpoints": "endpoint",
    "listAllDeliveries": "delivery",
    "listNotices": "notice",
    "listMembers": "member",
    "listJoinLinks": "join_link",
    "listApiKeys": "api_key",
}
"""What kind of id each list takes as `after`."""

NUMBERED = {"readFeed", "listDrawWinners", "listAuditRecords"}
"""What takes a number as `after`, or a place that names nothing of an account."""

QUERIES = {
    *("after", "limit", "search", "confirmed", "format", "language", "dry_run", "days", "state", "kind", "from", "to", "wait"),
    *("step_s", "result", "points_from", "points_to", "choice", "sort", "descending", "revision"),
}
"""Query parameters; only `after` takes ids."""

ID_QUERIES = {
    "listAllDeliveries": {"endpoint": "endpoint", "room": "room", "live_session": "live_session"},
    "readFeed": {"endpoint": "feed"},
    "listAuditRecords": {"actor": "member"},
    "exportAuditRecords": {"actor": "member"},
    "listSubmissions": {"question": "question"},
    "exportSubmissions": {"question": "question"},
}
"""What kind of id the other query parameters take."""


PUBLIC = {"getLoginWays", "getProof", "getCommitment", "getMembership", "lookAtJoinLink", "join"}
"""Operations that tell everybody the same, of the server or of what an account has made public, or whoever has the secret of a join link
what it is for; who tries them is in test_provider.py and test_members.py of tests/suites/accounts, and in tests/flows/test_proofs.py."""


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    """Path, method and operation of each that is not public; a walk that finds fewer than there were in the first version has gone
    wrong."""
    found = [(path, method.upper(), operation) for path, methods in document["paths"].items() for method, operation in methods.items()]
    found = [each for each in found if each[2]["operationId"] not in PUBLIC]
    assert len(found) >= 27
    yield from found


def parameters(operation: Any, place: str) -> list[str]:
    """The names of its parameters in the path or the query."""
    return [parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == place]


def ids_for(name: str, party: Party) -> list[str]:
    """What a path parameter may be given: an id of the right kind, or of any kind where it takes any."""
    if name == "id_text":
        return [texts[0] for kind, texts in party.ids.items() if kind != "own_login"] + party.ids["survey"][1:]
    assert name in party.ids, f"a path parameter {name!r} that the walk does not know: say in parties.py which ids it takes"
    return party.ids[name]


def proofs(party: Party) -> list[dict[str, str]]:
    """The ways in which the party can show who it is: API key, and cookie with CSRF token."""
    return [party.customer.key, party.customer.cookie]


def ask(live: LiveServer, method: str, path: str, operation: Any, headers: Mapping[str, str], owner: Party | None = None) -> Reply:
    """Sends the operation, with a body where it reads one; ids in the body are the owner's."""
    name = operation["operationId"]
    has_body = "requestBody" in operation
    assert not has_body or name in BODIES, f"{name}: say in BODIES what to send"
    return send(live.base_url, method, path + query_of(operation, owner), body_of(name, owner) if has_body else None, headers)


def query_of(operation: Any, owner: Party | None = None) -> str:
    """What has to stand in the query; ids in it are the owner's."""
    kinds = ID_QUERIES.get(operation["operationId"], {})
    needed = [entry["name"] for entry in operation.get("parameters", []) if entry["in"] == "query" and entry.get("required")]
    assert set(needed) <= {"format", *kinds}, f"{operation['operationId']}: say here what to put into its query"
    given = {name: owner.ids[kinds[name]][0] if name in kinds and owner else "json" for name in needed}
    return "?" + "&".join(f"{name}={value}" for name, value in given.items()) if given else ""


def body_of(name: str, owner: Party | None) -> Any:
    """The body that would do, with the owner's ids in it; without an owner, with none."""
    body = {**OWN, **BODIES}.get(name)
    if owner is None or not isinstance(body, dict):
        return body
    return {member: owner.ids[value][0] if isinstance(value, str) and value in owner.ids else value for member, value in body.items()}


def fill(path: str, names: list[str], values: tuple[str, ...]) -> str:
    """The path with the values in place of its parameters."""
    for name, value in zip(names, values, strict=True):
        path = path.replace(f"{{{name}}}", value)
    return path


def shown_in(reply: Reply) -> list[Any]:
    """The entries of a list, or the rows of a file."""
    if reply.headers["content-type"].startswith("text/csv"):
        return reply.body.decode().splitlines()[1:]
    return [entry for value in reply.json.values() if isinstance(value, list) for entry in value]
