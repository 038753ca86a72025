"""Passes: what the customer signed is believed within its times and no further, and nothing else is."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.audience.passes import Key, read_kid, read_pass
from turnout.audience.rules import Signed
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import NotLoggedIn
from turnout.kernel.ids import AccountId

ACCOUNT = AccountId(7)
KEY = "ek_" + "k" * 43
NOW_S = 1_767_600_000
NOW: Instant = NOW_S * SECOND
CLAIMS = {"sub": "u-1", "name": "Wang Wei", "exp": NOW_S + 3600}
KID = "ac_0000000000000.1"


def sign(claims: dict[str, Any], key: str = KEY, **header: Any) -> str:
    """A pass as a customer makes it."""
    return jwt.encode(claims, key, algorithm="HS256", headers={"kid": KID, **header})


def read(claims: dict[str, Any], now: Instant = NOW, works_until: Instant | None = None) -> Signed:
    """What the pass says."""
    return read_pass(sign(claims), ACCOUNT, Key(KEY, works_until), now)


def refusal(signed: str, now: Instant = NOW, works_until: Instant | None = None) -> tuple[str, str | None]:
    """Code and field of why the pass is not believed."""
    with pytest.raises(NotLoggedIn) as refused:
        _ = read_kid(signed) and read_pass(signed, ACCOUNT, Key(KEY, works_until), now)
    assert KEY not in refused.value.message
    return refused.value.code, refused.value.field


def test_everything_it_may_say() -> None:
    """Each claim arrives; what is left out, null or empty is None, and the role an attendee."""
    whole = {"phone": "138", "email": "w@a.cn", "group": "East", "role": "guest", "extra": {"座位": [7]}, "room": "ABCD-2345"}
    assert read({**CLAIMS, **whole}) == Signed(ACCOUNT, "u-1", "Wang Wei", "guest", "138", "w@a.cn", "East", '{"座位":[7]}', "abcd2345")
    empty = {"phone": "", "email": None, "group": " ", "extra": {}, "room": None}
    assert read({**CLAIMS, **empty, "iat": 5, "aud": "anybody", "unknown": {}}) == Signed(ACCOUNT, "u-1", "Wang Wei")
    assert read({**CLAIMS, "name": " Wang \n Wei "}).name == "Wang Wei"


@pytest.mark.parametrize(
    ("claims", "field"),
    [
        ({"sub": None}, "pass.sub"),
        ({"sub": 5}, "pass.sub"),
        ({"sub": ""}, "pass.sub"),
        ({"sub": "x" * (limits.MAX_EXTERNAL_ID_LENGTH + 1)}, "pass.sub"),
        ({"sub": "a\x00b"}, "pass.sub"),
        ({"sub": "a\nb"}, "pass.sub"),
        ({"name": ""}, "pass.name"),
        ({"name": None}, "pass.name"),
        ({"name": "x" * (limits.MAX_NAME_LENGTH + 1)}, "pass.name"),
        ({"phone": "1" * (limits.MAX_PHONE_LENGTH + 1)}, "pass.phone"),
        ({"phone": 138}, "pass.phone"),
        ({"email": "x" * (limits.MAX_MAIL_LENGTH + 1)}, "pass.email"),
        ({"group": "a\x07b"}, "pass.group"),
        ({"role": "owner"}, "pass.role"),
        ({"extra": []}, "pass.extra"),
        ({"extra": {"x": "x" * limits.MAX_EXTRA_BYTES}}, "pass.extra"),
        ({"room": "nowhere"}, "pass.room"),
        ({"exp": "soon"}, "pass.exp"),
        ({"exp": True}, "pass.exp"),
        ({"exp": None}, "pass.exp"),
        ({"nbf": "now"}, "pass.nbf"),
    ],
)
def test_claims_that_cannot_be(claims: dict[str, Any], field: str) -> None:
    """Each is refused by its name."""
    assert refusal(sign({**CLAIMS, **claims})) == ("invalid_pass", field)


@pytest.mark.parametrize("missing", ["sub", "name", "exp"])
def test_claims_that_must_be(missing: str) -> None:
    """Without them nobody is named, or the pass is for ever."""
    claims = {name: value for name, value in CLAIMS.items() if name != missing}
    assert refusal(sign(claims)) == ("invalid_pass", f"pass.{missing}")


def test_times() -> None:
    """Until exp and from nbf on, with a minute for clocks that differ, and never for more than a day from now."""
    leeway = limits.PASS_LEEWAY_S
    exp = {**CLAIMS, "exp": NOW_S + 10}
    assert read(exp, NOW + (10 + leeway - 1) * SECOND)
    assert refusal(sign(exp), NOW + (10 + leeway) * SECOND) == ("pass_expired", "pass.exp")
    day = limits.MAX_PASS_AHEAD_S
    assert read({**CLAIMS, "exp": NOW_S + day + leeway})
    assert refusal(sign({**CLAIMS, "exp": NOW_S + day + leeway + 1})) == ("invalid_pass", "pass.exp")
    assert read({**CLAIMS, "nbf": NOW_S + leeway})
    assert refusal(sign({**CLAIMS, "nbf": NOW_S + leeway + 1})) == ("invalid_pass", "pass.nbf")
    assert read({**CLAIMS, "exp": NOW_S + 0.5, "nbf": NOW_S - 0.5})
    assert refusal(sign({**CLAIMS, "exp": 0}))[0] == "pass_expired"


def test_an_earlier_key_works_for_a_while() -> None:
    """Until its end, whatever the pass says."""
    assert read(CLAIMS, works_until=NOW + 1)
    assert refusal(sign(CLAIMS), works_until=NOW) == ("invalid_pass", "pass.kid")


def part(value: Any) -> str:
    """One part of a JWT."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_what_is_not_signed_with_the_key() -> None:
    """Another key, another algorithm, none at all, a changed part: refused, each of them."""
    header, payload, signature = sign(CLAIMS).split(".")
    rich = part({**CLAIMS, "role": "host"})
    assert refusal(f"{header}.{rich}.{signature}") == ("invalid_pass", "pass")
    assert refusal(f"{header}.{payload}.") == ("invalid_pass", "pass")
    assert refusal(f"{header}.{payload}.{signature[:-2]}AA") == ("invalid_pass", "pass")
    assert refusal(sign(CLAIMS, "ek_" + "x" * 43)) == ("invalid_pass", "pass")
    assert refusal(f"{part({'alg': 'none', 'kid': KID})}.{payload}.") == ("invalid_pass", "pass.alg")
    for algorithm in ("HS384", "HS512"):
        signed = jwt.encode(CLAIMS, "k" * 64, algorithm=algorithm, headers={"kid": KID})
        assert refusal(signed) == ("invalid_pass", "pass.alg")
    assert refusal(f"{part({'alg': 'RS256', 'kid': KID})}.{payload}.{signature}") == ("invalid_pass", "pass.alg")
    assert refusal(f"{part({'alg': 'hs256', 'kid': KID})}.{payload}.{signature}") == ("invalid_pass", "pass.alg")
    assert refusal(sign(CLAIMS, crit=["b64"], b64=True)) == ("invalid_pass", "pass")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "é.é.é",
        "\x00",
        "x" * (limits.MAX_PASS_LENGTH + 1),
        f"{part([])}.x.y",
        f"{part({'alg': 'HS256'})}.x.y",
    ],
)
def test_what_is_no_pass(text: str) -> None:
    """Refused by name, never an error of ours."""
    assert refusal(text) == ("invalid_pass", "pass")


def test_deep_nesting() -> None:
    """A pass whose parts are nested beyond reason is refused like any other."""
    deep = "[" * 2500 + "]" * 2500
    header = base64.urlsafe_b64encode(('{"alg":"HS256","kid":"x","y":' + deep + "}").encode()).decode()
    assert refusal(f"{header}.x.y") == ("invalid_pass", "pass")


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Whatever somebody puts there."""
    assert refusal(text)[0] == "invalid_pass"


@given(
    st.dictionaries(
        st.sampled_from(["sub", "name", "exp", "nbf", "extra", "role", "room", "phone"]),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers(-(2**70), 2**70)
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=5,
        ),
    )
)
def test_any_claims(claims: dict[str, Any]) -> None:
    """A believed pass can be kept as it is; every other one is refused by name."""
    try:
        signed = read({**CLAIMS, **claims})
    except NotLoggedIn:
        return
    assert 0 < len(signed.external_id) <= limits.MAX_EXTERNAL_ID_LENGTH
    assert signed.name.isprintable()
    assert signed.extra is None or len(signed.extra.encode()) <= limits.MAX_EXTRA_BYTES


def test_reading_is_cheap() -> None:
    """Thousands of links are opened at once when something begins: a pass costs the event loop far less than a tenth of a millisecond."""
    signed, key = sign(CLAIMS), Key(KEY, None)
    began = time.process_time()
    for _ in range(1000):
        read_kid(signed)
        read_pass(signed, ACCOUNT, key, NOW)
    assert time.process_time() - began < 0.5
