"""Every refusal has one shape and names what is wrong; what is wrong with us is not told."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from tests.suites.server.harness import Served, speak
from turnout.kernel import limits

CARD = '{"question":{"title":"Who","options":["A","B"]}}'


def error_of(reply: httpx.Response) -> dict[str, object]:
    """The error in a reply, which holds nothing else."""
    body = reply.json()
    assert list(body) == ["error"]
    assert reply.headers["content-type"] == "application/json"
    error: dict[str, object] = body["error"]
    assert isinstance(error["message"], str)
    assert set(error) <= {"code", "message", "field", "retry_after_s"}
    return error


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Logs of expected failures are looked at by the test, not printed."""
    with capture_logs():
        yield
    structlog.reset_defaults()


async def test_an_unknown_path_is_404(served: Served) -> None:
    """In the API and outside it."""
    for path in ("/api/v1/nothing", "/api", "/api/docs", "/nothing", "/.openapi", "/.openapi/openapi.json", "/ws"):
        reply = await served.client.get(path)
        assert (reply.status_code, error_of(reply)["code"]) == (404, "not_found"), path


async def test_an_unknown_query_parameter_is_refused(served: Served) -> None:
    """By its name; but probes may carry anything."""
    reply = await served.client.get("/api/v1/cards?before=7")
    assert (reply.status_code, error_of(reply)["code"], error_of(reply)["field"]) == (400, "invalid_input", "before")
    assert (await served.client.get("/healthz?at=7")).status_code == 200


async def test_a_query_parameter_is_said_once(served: Served) -> None:
    """Of two limits nobody knows which one was meant."""
    for query in ("limit=5&limit=6", "limit=5&limit=5", "limit=5&limit="):
        reply = await served.client.get(f"/api/v1/cards?{query}")
        assert (reply.status_code, error_of(reply)["code"], error_of(reply)["field"]) == (400, "invalid_input", "limit"), query
    assert (await served.client.get("/healthz?at=7&at=8")).status_code == 200


async def test_a_wrong_method_is_405_and_says_which_are_right(served: Served) -> None:
    """As HTTP asks, with Allow."""
    reply = await served.client.delete("/api/v1/cards")
    assert (reply.status_code, error_of(reply)["code"]) == (405, "method_not_allowed")
    assert {"GET", "POST"} <= set(reply.headers["allow"].split(", "))
    page = await served.client.post("/")
    assert (page.status_code, error_of(page)["code"], page.headers["allow"]) == (405, "method_not_allowed", "GET, HEAD")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"question":{"title":"Who","options":["A","B",3]}}', "question.options[2]"),
        ('{"question":{"title":"Who","options":"AB"}}', "question.options"),
        ('{"question":{"title":7,"options":[]}}', "question.title"),
        ('{"question":{"title":"Whoever","options":[]}}', "question.title"),
        ('{"question":{"title":"Who"}}', "question.options"),
        ('{"question":{"title":"Who","options":[],"score":"5"}}', "question.score"),
        ('{"question":null}', "question"),
        ('{"question":{"title":"Who","options":[]},"extra":1}', "extra"),
        ("{}", "question"),
        ("[]", None),
        ("5", None),
        ("", None),
        ('{"question":', None),
        ("\xff\xfe", None),
        ("[" * 5_000, None),
        ('{"question":{"title":"\\ud800","options":[]}}', None),
    ],
)
async def test_a_body_that_cannot_be_understood_names_its_field(served: Served, body: str, field: str | None) -> None:
    """Strictly: "5" is no number, and what the handler does not know is refused where it said so."""
    reply = await served.client.post("/api/v1/cards", content=body.encode("latin-1"), headers={"content-type": "application/json"})
    assert reply.status_code == 400
    error = error_of(reply)
    assert error["code"] == "invalid_input"
    assert error.get("field") == field


async def test_a_body_that_can_be_understood_is(served: Served) -> None:
    """The control for the test above."""
    reply = await served.client.post("/api/v1/cards", content=CARD)
    assert reply.status_code == 201
    assert reply.json()["question"]["options"] == ["A", "B"]


@pytest.mark.parametrize("limit", ["many", "0", "501", "", "1.5"])
async def test_a_query_parameter_is_named_too(served: Served, limit: str) -> None:
    """Numbers in the address are converted, and refused when they are none."""
    reply = await served.client.get("/api/v1/cards", params={"limit": limit})
    assert (reply.status_code, error_of(reply)["code"], error_of(reply)["field"]) == (400, "invalid_input", "limit")
    assert (await served.client.get("/api/v1/cards", params={"limit": "20"})).json() == {"limit": 20}


async def test_a_body_over_the_limit_is_413(served: Served) -> None:
    """By its announced length, and when it comes in chunks of unknown number; one byte less is read."""
    length = limits.MAX_BODY_BYTES

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(length // 65_536 + 1):
            yield b" " * 65_536

    for body in (b" " * (length + 1), chunks()):
        reply = await served.client.post("/api/v1/cards", content=body)
        assert (reply.status_code, error_of(reply)["code"]) == (413, "body_too_large")
    fits = await served.client.post("/api/v1/cards", content=CARD.encode() + b" " * (length - len(CARD)))
    assert fits.status_code == 201


async def test_an_announced_length_is_refused_before_the_body_comes(served: Served) -> None:
    """Nobody makes us wait for a gigabyte."""
    request = f"POST /api/v1/cards HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {2**30}\r\n\r\n"
    received = await speak(served.port, request.encode())
    assert received.startswith(b"HTTP/1.1 413 ")


async def test_what_we_did_not_foresee_is_internal_and_logged(served: Served) -> None:
    """The caller learns nothing of it; the operator gets the traceback. A dialect that breaks is caught as well."""
    with capture_logs() as logs:
        for path in ("/api/v1/broken", "/collect/broken"):
            reply = await served.client.get(path)
            assert (reply.status_code, error_of(reply)["code"]) == (500, "internal")
            assert "4711" not in reply.text
    failures = [line for line in logs if line["event"] == "request_failed"]
    assert [str(line["exc_info"]) for line in failures] == ["the secret is 4711"] * 2
    assert {line["log_level"] for line in failures} == {"error"}


async def test_a_server_that_is_behind_says_when_to_come_back(served: Served) -> None:
    """In whole seconds in the header, exactly in the body."""
    reply = await served.client.get("/api/v1/behind")
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")
    assert error_of(reply) == {"code": "overloaded", "message": error_of(reply)["message"], "retry_after_s": 0.5}
