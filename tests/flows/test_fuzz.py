"""Requests made up from the API's own document: valid ones, and ones that break their schema in one way.

Whatever comes, the answer is no 500, its status is one that the document has for the operation, and its body fits the schema there.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.flows.kinds import GOOD, entries, exam, upload
from tests.flows.live import Customer, LiveServer, new_customer
from turnout.api_examples import DOCUMENTED
from turnout.api_routes import openapi_document
from turnout.kernel import limits
from turnout.kernel.ids import Kind

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 3
"""Requests of each sort for each operation."""

LAST = [
    "getLogin",
    "getTwoStep",
    "beginTwoStep",
    "confirmTwoStep",
    "endTwoStep",
    "makeRecoveryCodes",
    "listOwnLogins",
    "endOwnLogin",
    "endOtherLogins",
    "logOut",
    "setPassword",
    "logIn",
]
"""Operations of the login: all but the last need its cookie, and wrong passwords close the door for a while."""

UNBREAKABLE = {"getLoginWays", "getProof", "getCommitment", "getMembership"}
"""Operations without a login whose only input, if any, is text in the path: there is nothing to break."""

FILE = json.loads((Path(__file__).parents[2] / "web/openapi.json").read_bytes())
METHODS = {operation["operationId"]: method for methods in FILE["paths"].values() for method, operation in methods.items()}
"""From the file, which is there at once: every process of the tests reads this module, and few run it."""

NAMES = [*sorted(set(METHODS) - set(LAST)), *LAST]
READING = {name for name in NAMES if METHODS[name] == "get"}


@cache
def operations() -> dict[str, Any]:
    """By their ids, from what the server says of itself."""
    schema = schemathesis.openapi.from_dict(openapi_document())
    found = (result.ok() for result in schema.get_all_operations())
    return {operation.definition.raw["operationId"]: operation for operation in found}


def test_every_operation_is_asked() -> None:
    """web/openapi.json names the operations the server has; else: make types."""
    assert {name: operation.method for name, operation in operations().items()} == METHODS


class Home:
    """Customers with things in many states, one after the other: a test gets one whose things nothing has happened to."""

    def __init__(self, live_server: LiveServer) -> None:
        self._live = live_server
        self._customer: Customer | None = None
        self._ids: dict[str, list[str]] = {}

    def enter(self) -> tuple[Customer, dict[str, list[str]]]:
        """The customer, and ids of the things by the path parameters that take them."""
        if self._customer is None:
            self._customer = new_customer(self._live)
            self._ids = make_ids(self._customer)
        return self._customer, self._ids

    def leave(self) -> None:
        """Something has been changed: the next test gets another customer."""
        if self._customer is not None:
            for socket in self._customer.sockets:
                socket.close()
        self._customer = None


@pytest.fixture(scope="module")
def home(live_server: LiveServer) -> Iterator[Home]:
    """On each engine."""
    made = Home(live_server)
    yield made
    made.leave()


def make_ids(customer: Customer) -> dict[str, list[str]]:
    """Ids of things of the customer's in many states, by the path parameters that take them."""
    picture = upload(customer)
    room = customer.room()
    live = customer.live_session(room)
    viewer, entered = customer.viewer(room)
    draft = customer.prepare(live, kind="exam", title="Draft", questions=exam(picture))
    open_one = customer.change(live, customer.prepare(live, kind="exam", title="Open", questions=exam(picture)), "open")
    closed = customer.change(live, customer.prepare(live, kind="exam", title="Closed", questions=exam(picture)), "open")
    for survey in (open_one, closed):
        assert viewer.submit(survey["id"], entries(survey, *GOOD))["op"] == "accepted"
    customer.change(live, closed, "close")
    settled = customer.change(live, customer.opened(live), "close")
    template = customer.post("/templates", {"title": "Kept", "kind": "exam", "questions": exam(picture)})
    endpoint, native, feed = (
        customer.post("/callback-endpoints", settings)["id"]
        for settings in (
            {"url": "http://127.0.0.1:9/x", "dialect": "quanshi"},
            {"url": "http://127.0.0.1:9/x", "dialect": "native"},
            {"dialect": "native"},
        )
    )
    surveys = [draft["id"], open_one["id"], closed["id"], settled["id"]]
    ids = customer.live.ids
    member = ids.text(Kind.HOST, customer.created.host_id)
    checkins = [
        customer.post(f"/live-sessions/{live['id']}/checkins", {"title": "There?", "draft": draft})["id"] for draft in (False, True)
    ]
    announcement = customer.post(f"/live-sessions/{live['id']}/announcements", {"text": "Soon"})
    draws = [_draw(customer, live, {"open": opens}) for opens in (True, False)]
    return {
        "room": [room["id"]],
        "live_session": [live["id"]],
        "survey": surveys,
        "checkin": checkins,
        "draw": [draw["id"] for draw in draws],
        "announcement": [announcement["id"]],
        "code": [entered["viewer"]["id"]],
        "question": [question["id"] for question in draft["questions"]],
        "viewer": [entered["viewer"]["id"]],
        "template": [template["id"]],
        "endpoint": [endpoint, native, feed],
        "delivery": [ids.text(Kind.DELIVERY, 1)],
        "own_login": ["0" * 24],
        "notice": [ids.text(Kind.NOTICE, 1)],
        "member": [member],
        "actor": [member, ids.text(Kind.API_KEY, customer.created.api_key_id)],
        "join_link": [customer.post("/join-links", {})["join_link"]["id"]],
        "api_key": [customer.post("/api-keys", {})["api_key"]["id"]],  # not the one that asks
        "id_text": [
            *surveys,
            *checkins,
            *(name["id"] for draw in draws for name in (draw, draw["prizes"][0])),
            room["id"],
            live["id"],
            entered["viewer"]["id"],
            endpoint,
            picture,
        ],
    }


def _draw(customer: Customer, live: Any, settings: dict[str, Any]) -> Any:
    prizes = [{"name": "A", "count": 1, "asks": ["name"]}]
    return customer.post(f"/live-sessions/{live['id']}/draws", {"title": "Lucky", "prizes": prizes, "entropy": "offline", **settings})


@pytest.mark.parametrize("name", NAMES)
def test_valid_requests(home: Home, name: str) -> None:
    """Of the right shape; half of them the documented example with some of its members made up anew."""
    ask(home, name, GenerationMode.POSITIVE)


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)  # they do not come as far as the database
@pytest.mark.parametrize("name", [name for name in NAMES if name not in UNBREAKABLE])
def test_broken_requests(home: Home, name: str) -> None:
    """Of a shape that is wrong in some place."""
    ask(home, name, GenerationMode.NEGATIVE)


def ask(home: Home, name: str, mode: GenerationMode) -> None:
    """See above; ids in paths and bodies are real ones most of the time."""
    if name in LAST:
        home.leave()
    customer, ids = home.enter()
    headers: dict[str, str] = customer.key
    if name in LAST:
        customer.live.clock.advance(limits.LOGIN_FAILURE_WINDOW_S)  # what was tried before this is forgotten
    if name in LAST[:-1]:
        customer.log_in()
        headers = customer.cookie
    statuses: set[int] = set()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
    @given(case=operations()[name].as_strategy(generation_mode=mode), data=st.data())
    def ask_once(case: Any, data: st.DataObject) -> None:
        for parameter in case.path_parameters or {}:
            assert parameter in ids, f"say in make_ids what a {parameter} is"
            if data.draw(st.integers(0, 7), "keep the path as it is") > 0:
                case.path_parameters[parameter] = data.draw(st.sampled_from(ids[parameter]))
        for parameter in set(case.query or {}) & set(ids):
            if data.draw(st.integers(0, 3), "keep the query as it is") > 0:
                case.query[parameter] = data.draw(st.sampled_from(ids[parameter]))
        if mode is GenerationMode.POSITIVE and "wait" in (case.query or {}):
            case.query["wait"] = 0  # for nobody will say anything
        if isinstance(case.body, dict):
            example = DOCUMENTED[name].request
            if mode is GenerationMode.POSITIVE and example and data.draw(st.booleans(), "begin with the example"):
                anew = data.draw(st.sets(st.sampled_from(sorted(case.body)), max_size=2)) if case.body else ()
                case.body = {**example, **{member: case.body[member] for member in anew}}
            for member in set(case.body) & set(ids):
                if data.draw(st.integers(0, 3), "keep the id as it is") > 0:
                    case.body[member] = data.draw(st.sampled_from(ids[member]))
        response = case.call(base_url=customer.live.base_url, session=session, headers=headers)
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    try:
        with requests.Session() as session:
            ask_once()
    finally:
        if name not in READING and (not statuses or min(statuses) < 400):
            home.leave()
