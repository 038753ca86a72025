"""What CC's query interface refuses, in the contract's shapes, and that nothing crosses accounts."""

from typing import Any
from urllib.parse import urlencode

import pytest

from turnout.dialects.csslcloud.client import CsslcloudRefused
from turnout.dialects.csslcloud.proof import sign
from turnout.dialects.csslcloud.routes import CsslcloudRoutes
from turnout.kernel import limits
from turnout.kernel.clock import SECOND

COUNT = "/collect/live/usercount/"
CARDS = "/collect/answercard/record"
VOTES = "/collect/vote/record"
FORM = "application/x-www-form-urlencoded"


def failure(path: str, text: str, *, proof: bool = False, page: int = 1, length: int = 20) -> dict[str, Any]:
    """The whole reply of a failure."""
    reply: dict[str, Any] = {"result": "FAIL", "data": {} if path == COUNT else [], "error_msg": text}
    if path != COUNT:
        reply |= {"page_size": page, "page_length": length, "page_count": 0}
    return {**reply, "reason": text} if proof else reply


def asked(world: Any, party: Any, path: str, *, off_s: int = 0, **changed: str) -> dict[str, str]:
    """A signed request for something the party owns, with parameters changed before it is signed."""
    if path == COUNT:
        values = {"liveid": world.liveid(party.lives[0])}
    else:
        values = {"roomid": world.roomid(party.rooms[0]), "page_size": "7", "page_length": "9"}
    return world.client(0, party, off_s=off_s).signed({**values, **changed})


each = pytest.mark.parametrize("path", [COUNT, CARDS, VOTES])
paged = pytest.mark.parametrize("path", [CARDS, VOTES])


def refused(path: str, text: str, *, proof: bool = False) -> dict[str, Any]:
    """The failure of a request made by `asked`: the page is echoed."""
    return failure(path, text, proof=proof, page=7, length=9)


@each
def test_a_wrong_hash(world: Any, wire: Any, path: str) -> None:
    """`invalid encrypt`, under both keys, with HTTP 200: another key, another account's key, a changed or an added parameter."""
    good = asked(world, world.ann, path)
    changed_id = "liveid" if path == COUNT else "roomid"
    forged = [
        {**good, "hash": "0" * 32},
        {**good, "hash": good["hash"][:-1]},
        {**good, "hash": sign({name: good[name] for name in good if name not in ("time", "hash")}, good["time"], world.bob.key.encode())},
        {**good, changed_id: asked(world, world.bob, path)[changed_id]},
        {**good, "added": "1"},
        {**good, "time": str(int(good["time"]) + 1)},
    ]

    assert wire.get(path, good).content["result"] == "OK"
    for parameters in forged:
        reply = wire.get(path, parameters)
        assert (reply.status, reply.content) == (200, refused(path, "invalid encrypt", proof=True))


@each
def test_the_same_request_again_is_answered_within_the_window_only(world: Any, wire: Any, path: str) -> None:
    """An identical request is fine until it is too old; then, and when it is from too far ahead, it has expired."""
    good = asked(world, world.ann, path)
    at = world.clock.at
    try:
        for later in (0, 1, 600):
            world.clock.at = at + later * SECOND
            assert wire.get(path, good).content["result"] == "OK"
        world.clock.at = at + 601 * SECOND
        assert wire.get(path, good).content == refused(path, "time expired", proof=True)
        world.clock.at = at - 601 * SECOND
        assert wire.get(path, good).content == refused(path, "time expired", proof=True)
    finally:
        world.clock.at = at


def test_milliseconds_are_understood(world: Any, wire: Any) -> None:
    """Thirteen digits are hashed as sent and read as milliseconds."""
    values = {"userid": world.ann.userid, "liveid": world.liveid(world.ann.lives[0])}
    at = world.clock.at // SECOND

    for ms, result in ((at * 1000 + 999, "OK"), ((at - 602) * 1000, "FAIL")):
        signed = {**values, "time": str(ms), "hash": sign(values, str(ms), world.ann.key.encode())}
        assert wire.get(COUNT, signed).content["result"] == result


@pytest.mark.parametrize("text", ["soon", "-1", "1.5", "1" * 14])
def test_a_time_that_is_none(world: Any, wire: Any, text: str) -> None:
    """Proven, but no time."""
    values = {"userid": world.ann.userid, "liveid": world.liveid(world.ann.lives[0])}

    reply = wire.get(COUNT, {**values, "time": text, "hash": sign(values, text, world.ann.key.encode())})

    assert reply.content == failure(COUNT, "time is invalid")


@each
def test_a_missing_parameter_is_named(world: Any, wire: Any, path: str) -> None:
    """Absent or empty, before anything else is looked at; the first in the order of the table."""
    good = asked(world, world.ann, path)

    for name in ("userid", "liveid" if path == COUNT else "roomid", "time", "hash"):
        without = {other: value for other, value in good.items() if other != name}
        for parameters in (without, {**good, name: ""}):
            reply = wire.get(path, parameters)
            assert (reply.status, reply.content) == (200, refused(path, f"{name} is required"))
    assert wire.get(path, {}).content == failure(path, "userid is required")
    assert wire.send("POST", path).content == failure(path, "userid is required")


@each
@pytest.mark.parametrize("userid", ["0000000000000000", "9DC1A878A164F696", "x", "学生"])
def test_an_unknown_account(world: Any, wire: Any, path: str, userid: str) -> None:
    """Told whatever the hash."""
    good = asked(world, world.ann, path)

    assert wire.get(path, {**good, "userid": userid, "hash": "x"}).content == refused(path, "userid not found")


@each
def test_nothing_of_another_account_is_found(world: Any, wire: Any, path: str) -> None:
    """Bob's ids under Ann's good proof, in every place an id may stand, are answered like ids that nobody has."""
    ann, bob = world.ann, world.bob
    theirs = {"liveid": world.liveid(bob.lives[0])}
    nobodys = {"liveid": "0123456789ABCDEF"}
    if path == COUNT:
        for parameters in (theirs, nobodys, {"liveid": world.roomid(ann.rooms[0])}):
            assert wire.get(path, asked(world, ann, path, **parameters)).content == refused(path, "liveid not found")
        return
    for roomid in (world.roomid(bob.rooms[0]), "0" * 32, "x"):
        assert wire.get(path, asked(world, ann, path, roomid=roomid)).content == refused(path, "roomid not found")
        assert wire.get(path, asked(world, ann, path, roomid=roomid, **theirs)).content == refused(path, "roomid not found")
    for parameters in (theirs, nobodys):
        assert wire.get(path, asked(world, ann, path, **parameters)).content == refused(path, "liveid not found")


@paged
def test_a_live_of_another_room_is_not_found(world: Any, wire: Any, path: str) -> None:
    """Also when both are the account's own."""
    parameters = asked(world, world.ann, path, roomid=world.roomid(world.ann.rooms[1]), liveid=world.liveid(world.ann.lives[0]))

    assert wire.get(path, parameters).content == refused(path, "liveid not found")


@paged
@pytest.mark.parametrize(
    ("name", "value", "page", "length"),
    [
        ("page_size", "0", 0, 9),
        ("page_size", "-2", -2, 9),
        ("page_size", "two", 1, 9),
        ("page_size", "1.0", 1, 9),
        ("page_size", "٢", 1, 9),
        ("page_size", "1000000000", 1, 9),
        ("page_length", "0", 7, 0),
        ("page_length", "x", 7, 20),
        ("page_length", "9" * 5000, 7, 20),
    ],
)
def test_a_page_that_is_none(world: Any, wire: Any, path: str, name: str, value: str, page: int, length: int) -> None:
    """Refused by name, and told as asked where it was a number."""
    reply = wire.get(path, asked(world, world.ann, path, **{name: value}))

    assert reply.content == failure(path, f"{name} is invalid", page=page, length=length)


@paged
def test_a_page_as_asked_is_told_uncut(world: Any, wire: Any, path: str) -> None:
    """A failure repeats the page_length that was asked for."""
    parameters = asked(world, world.ann, path, page_length="1000", roomid="x")

    assert wire.get(path, parameters).content == failure(path, "roomid not found", page=7, length=1000)


@each
def test_checks_come_in_their_order(world: Any, wire: Any, path: str) -> None:
    """Missing before account, account before hash, hash before time, time before values."""
    bad = asked(world, world.ann, path, off_s=-9999, liveid="x", page_size="x")
    steps = [
        ({**bad, "hash": "", "userid": "x"}, "hash is required"),
        ({**bad, "hash": "x", "userid": "x"}, "userid not found"),
        ({**bad, "hash": "x"}, "invalid encrypt"),
        (bad, "time expired"),
        (asked(world, world.ann, path, liveid="x", page_size="x"), "liveid not found" if path == COUNT else "page_size is invalid"),
    ]

    assert [wire.get(path, parameters).content["error_msg"] for parameters, _ in steps] == [text for _, text in steps]


@each
def test_what_cannot_be_read(world: Any, wire: Any, path: str) -> None:
    """Doubled keys, contradictions between query and body, and bodies that are none."""
    good = urlencode(asked(world, world.ann, path))

    assert wire.send("GET", f"{path}?{good}&userid=x").content == failure(path, "userid is invalid")
    assert wire.send("POST", f"{path}?{good}", b"userid=x", FORM).content == failure(path, "userid is invalid")
    assert wire.send("POST", path, b"{", "application/json").content == failure(path, "body is invalid")
    assert wire.send("POST", path, good.encode(), "text/plain").content == failure(path, "body is invalid")


# ---- HTTP itself


@pytest.mark.parametrize(
    "target", ["/collect", "/collect/", "/collect/live", "/collect/reward/record", f"{CARDS}/x", f"{VOTES}/x", "/Collect/answercard/record"]
)
def test_other_paths_are_404_in_json(wire: Any, target: str) -> None:
    """Whatever the method."""
    for method in ("GET", "POST", "DELETE"):
        reply = wire.send(method, target)
        assert (reply.status, reply.content) == (404, {"result": "FAIL", "data": {}, "error_msg": "not found"})


@each
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_405_in_json(wire: Any, path: str, method: str) -> None:
    """Says which are allowed."""
    reply = wire.send(method, path)

    assert (reply.status, reply.content) == (405, failure(path, "method not allowed"))
    assert reply.headers["allow"] == "GET, POST"


@each
def test_a_body_that_is_too_large(world: Any, wire: Any, path: str) -> None:
    """Exactly the limit is read; one byte more is not."""
    good = urlencode(asked(world, world.ann, path)).encode()
    filler = b"&" * (limits.MAX_BODY_BYTES - len(good))  # separators alone say nothing, and are counted

    assert wire.send("POST", path, good + filler, FORM).content["error_msg"] == "too many parameters"
    reply = wire.send("POST", path, good + filler + b"&", FORM)
    assert (reply.status, reply.content) == (413, failure(path, "body is too large"))


@each
def test_our_own_fault_is_500_in_json(world: Any, serve: Any, wire: Any, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the call's own keys, and nothing of the fault."""

    async def broken(query: object) -> object:
        raise RuntimeError("a secret")

    monkeypatch.setattr(world.database, "read_long", broken)
    reply = wire.get(path, asked(world, world.ann, path))

    assert (reply.status, reply.content) == (500, refused(path, "internal error"))


def test_the_rate_is_the_accounts_own(world: Any, serve: Any, wire: Any) -> None:
    """Twenty at once and then one each twentieth of a second; another account, and who cannot prove himself, are no part of it."""
    at = world.clock.at
    with serve(CsslcloudRoutes(world.runtime, 600)) as port:
        mine = type(wire)(port)
        good = asked(world, world.ann, CARDS)
        for _ in range(30):
            assert mine.get(CARDS, {**good, "hash": "0" * 32}).content["error_msg"] == "invalid encrypt"
        assert [mine.get(CARDS, good).content["result"] for _ in range(20)] == ["OK"] * 20
        reply = mine.get(CARDS, good)
        assert (reply.status, reply.content) == (200, refused(CARDS, "too many requests"))
        assert mine.get(COUNT, asked(world, world.ann, COUNT)).content == refused(COUNT, "too many requests")
        assert mine.get(CARDS, asked(world, world.bob, CARDS)).content["result"] == "OK"
        try:
            world.clock.at += SECOND // 20
            assert [mine.get(CARDS, good).content["result"] for _ in range(2)] == ["OK", "FAIL"]
        finally:
            world.clock.at = at


def test_a_window_of_zero_is_none(world: Any, serve: Any, wire: Any) -> None:
    """Any time is current; a wrong hash is still wrong."""
    with serve(CsslcloudRoutes(world.runtime, 0)) as port:
        old = asked(world, world.ann, COUNT, off_s=-1_000_000)
        assert type(wire)(port).get(COUNT, old).content["result"] == "OK"
        assert type(wire)(port).get(COUNT, {**old, "time": "1"}).content["error_msg"] == "invalid encrypt"


def test_the_client_says_what_was_refused(world: Any, port: int) -> None:
    """error_msg becomes the exception's text, also for a path of HTTP status 404."""
    with pytest.raises(CsslcloudRefused, match="invalid encrypt"):
        world.client(port, world.ann, key="other").count_viewers(world.liveid(world.ann.lives[0]))
    with pytest.raises(CsslcloudRefused, match="liveid not found"):
        world.client(port, world.ann).count_viewers(world.liveid(world.bob.lives[0]))


def test_what_is_mounted(world: Any) -> None:
    """Which paths as received belong to it."""
    app = CsslcloudRoutes(world.runtime, 600)

    assert all(app.serves(path) for path in ("/collect", "/collect/x", "//collect/answercard/record", "/collect//live/"))
    assert not any(app.serves(path) for path in ("/", "", "/collection", "/api/collect", "/x/collect/"))


def test_the_log_learns_the_account_of_a_proven_request_only(world: Any, serve: Any, wire: Any) -> None:
    """Whoever mounts us finds the account in the request's scope once the proof held, also when the request was then refused."""
    app = CsslcloudRoutes(world.runtime, 600)
    seen: list[Any] = []

    async def spy(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)
        seen.append(scope.get("turnout.account_id"))

    good = asked(world, world.ann, COUNT)
    with serve(spy) as port:
        for parameters in ({**good, "hash": "x"}, good, asked(world, world.ann, COUNT, liveid="x")):
            type(wire)(port).get(COUNT, parameters)

    assert seen == [None, world.ann.account_id, world.ann.account_id]
