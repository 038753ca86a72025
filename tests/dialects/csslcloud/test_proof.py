"""THQS: the documented hashes verify however they travel, and nothing else does."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from turnout.dialects.csslcloud.parameters import read_query
from turnout.dialects.csslcloud.proof import Escaping, Signed, escape, is_current, is_instant_text, is_proven, sign
from turnout.kernel.clock import SECOND

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "samples" / "vectors.json").read_text("utf-8"))
vectors = pytest.mark.parametrize("vector", VECTORS, ids=[vector["source"] for vector in VECTORS])

FORM_TYPE = "application/x-www-form-urlencoded"
KEY = b"k3yForTestOnly0001"
TIME = "1551253200"

names = st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1, max_size=8).filter(lambda name: name not in ("time", "hash"))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
sets = st.dictionaries(names, texts, max_size=6)


def query_of(values: Mapping[str, str], claimed: str, how: Escaping = Escaping.FORM) -> bytes:
    """The query string of a client that escapes this way."""
    return "&".join(
        [*(f"{escape(name, how)}={escape(value, how)}" for name, value in values.items()), f"time={TIME}&hash={claimed}"]
    ).encode()


def decoded(values: Mapping[str, str], claimed: str, time: str = TIME) -> Signed:
    """A request of which only the decoded values are known, as from JSON."""
    return Signed(values, None, time, claimed)


@vectors
def test_the_documented_string_has_the_documented_hash(vector: dict[str, Any]) -> None:
    """The vector itself is right: MD5 of its query, time and salt."""
    text = f"{vector['query']}&time={vector['time']}&salt={vector['key']}"

    assert hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper() == vector["hash"]


@vectors
def test_signing_gives_the_documented_hash(vector: dict[str, Any]) -> None:
    """Our client signs as the document says."""
    assert sign(vector["values"], vector["time"], vector["key"].encode(), Escaping(vector["escaping"])) == vector["hash"]


@vectors
@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_a_documented_request_is_proven_in_a_query_a_form_and_json(vector: dict[str, Any], case: Any) -> None:
    """However the request travels and in whichever case its hash is written; not under another key."""
    proof = f"time={vector['time']}&hash={case(vector['hash'])}"
    query = f"{vector['query'].replace(' ', '%20')}&{proof}".encode()
    body = json.dumps({**vector["values"], "time": int(vector["time"]), "hash": case(vector["hash"])}).encode()
    key = vector["key"].encode()

    for signed in (read_query(query, b"", ""), read_query(b"", query, FORM_TYPE), read_query(b"", body, "application/json; charset=utf-8")):
        assert signed.values == vector["values"]
        assert is_proven(signed, key)
        assert not is_proven(signed, key + b"x")


@given(values=sets, how=st.sampled_from([Escaping.FORM, Escaping.PERCENT]))
def test_every_parameter_set_verifies_in_every_escaping(values: dict[str, str], how: Escaping) -> None:
    """A query string escaped either way, and its decoded values alone, verify."""
    claimed = sign(values, TIME, KEY, how)

    assert is_proven(read_query(query_of(values, claimed, how), b"", ""), KEY)
    assert is_proven(decoded(values, claimed), KEY)


@given(values=sets)
def test_unescaped_text_verifies_unless_it_is_ambiguous(values: dict[str, str]) -> None:
    """A client that hashes raw text is understood, except where the text has &, % or +, which another escaping may have made."""
    ambiguous = any(letter in value for value in values.values() for letter in "&%+")
    claimed = sign(values, TIME, KEY, Escaping.NONE)
    assume(not ambiguous or claimed not in (sign(values, TIME, KEY, Escaping.FORM), sign(values, TIME, KEY, Escaping.PERCENT)))

    assert is_proven(decoded(values, claimed), KEY) is not ambiguous


@given(values=sets, safe=st.text("!*'()~:/,;@$", max_size=6))
def test_a_query_verifies_whatever_its_client_leaves_unescaped(values: dict[str, str], safe: str) -> None:
    """The bytes as received are hashed, so PHP's * and JavaScript's !'()* do no harm."""
    pairs = sorted((name, quote(value, safe=safe)) for name, value in values.items())
    query = "&".join(f"{name}={value}" for name, value in pairs)
    claimed = hashlib.md5(f"{query}&time={TIME}&salt={KEY.decode()}".encode(), usedforsecurity=False).hexdigest()
    separator = "&" if query else ""

    signed = read_query(f"{query}{separator}time={TIME}&hash={claimed}".encode(), b"", "")

    assert signed.values == values
    assert is_proven(signed, KEY)


@given(values=sets.filter(any), how=st.sampled_from(Escaping), data=st.data())
def test_any_changed_letter_is_refused(values: dict[str, str], how: Escaping, data: st.DataObject) -> None:
    """One letter of one value replaced, added or taken away: no hash fits any more, in a query or decoded."""
    name = data.draw(st.sampled_from([name for name, value in values.items() if value] or sorted(values)))
    value = values[name]
    at = data.draw(st.integers(0, len(value)))
    letter = data.draw(st.characters(exclude_categories=["Cs"]) | st.sampled_from("&%+ =0"))
    kept = data.draw(st.booleans())
    changed = {**values, name: value[:at] + (letter if kept or at == len(value) else "") + value[at + data.draw(st.integers(0, 1)) :]}
    assume(changed != values)
    claimed = sign(values, TIME, KEY, how)

    assert not is_proven(decoded(changed, claimed), KEY)
    for sent in (Escaping.FORM, Escaping.PERCENT):
        assert not is_proven(read_query(query_of(changed, claimed, sent), b"", ""), KEY)


@given(values=sets.filter(any), data=st.data())
def test_any_changed_byte_of_a_sent_value_is_refused(values: dict[str, str], data: st.DataObject) -> None:
    """The same for the bytes on the wire: a byte of a value exchanged for another that still can be read as the same parameters' names."""
    claimed = sign(values, TIME, KEY)
    name = data.draw(st.sampled_from(sorted(values)))
    raw = escape(values[name], Escaping.FORM).encode()
    assume(raw)
    at = data.draw(st.integers(0, len(raw) - 1))
    byte = data.draw(st.sampled_from(b"0aF%+*~.-_=").filter(lambda byte: byte != raw[at]))
    changed = raw[:at] + bytes([byte]) + raw[at + 1 :]
    query = b"&".join(
        [f"{other}=".encode() + (changed if other == name else escape(value, Escaping.FORM).encode()) for other, value in values.items()]
    )
    try:
        signed = read_query(query + f"&time={TIME}&hash={claimed}".encode(), b"", "")
    except Exception:  # noqa: BLE001 - what cannot be read at all is refused as well
        return
    assume(signed.values != values)  # %3a for %3A says the same

    assert not is_proven(signed, KEY)


@given(one=sets, other=sets, how=st.sampled_from(Escaping))
def test_no_hash_stands_for_two_sets(one: dict[str, str], other: dict[str, str], how: Escaping) -> None:
    """Whatever one set was signed as, another set is not accepted with it."""
    assume(one != other)

    assert not is_proven(decoded(other, sign(one, TIME, KEY, how)), KEY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": "x y"}, {"a": "x+y"}),
        ({"a": "x y"}, {"a": "x%20y"}),
        ({"extra": "1", "liveid": "L"}, {"extra": "1&liveid=L"}),
    ],
)
@pytest.mark.parametrize("how", Escaping)
def test_no_escaping_is_mistaken_for_another(one: dict[str, str], other: dict[str, str], how: Escaping) -> None:
    """Sets whose text in one escaping is the other's text in another; without the rule on &, % and + each of these is a forgery."""
    assert not is_proven(decoded(other, sign(one, TIME, KEY, how)), KEY)
    assert any(sign(one, TIME, KEY, first) == sign(other, TIME, KEY, Escaping.NONE) for first in Escaping)  # the danger is real


def test_the_time_is_part_of_the_proof() -> None:
    """Another time under the same hash is refused."""
    claimed = sign({"userid": "U"}, TIME, KEY)

    assert is_proven(decoded({"userid": "U"}, claimed), KEY)
    assert not is_proven(decoded({"userid": "U"}, claimed, "1551253201"), KEY)


@pytest.mark.parametrize("claimed", ["", "0", "Ａ" * 32, "ﬀ" * 16, "0" * 10_000])
def test_what_is_no_hash_is_refused(claimed: str) -> None:
    """Odd texts in `hash` are refused without an error."""
    assert not is_proven(decoded({"userid": "U"}, claimed), KEY)


@pytest.mark.parametrize(
    ("time", "current"),
    [
        ("1551253200", True),
        ("1551252600", True),
        ("1551253800", True),
        ("1551252599", False),
        ("1551253801", False),
        ("1551253200000", True),
        ("1551253800999", True),
        ("1551253801000", False),
        ("0", False),
        ("155125320", False),
        ("999999999999", False),
    ],
)
def test_the_window_is_600_seconds_either_way(time: str, current: bool) -> None:
    """Seconds, or milliseconds when there are 13 digits; 0 switches the window off."""
    now = 1551253200 * SECOND + 999_999

    assert is_current(time, now, 600) is current
    assert is_current(time, now, 0)


@pytest.mark.parametrize("text", ["", "x", "-1", "+1", "1.5", "1e9", " 1551253200", "١٥٥١٢٥٣٢٠٠", "1" * 14])
def test_what_is_no_time(text: str) -> None:
    """Only 1 to 13 plain digits are a time."""
    assert not is_instant_text(text)
