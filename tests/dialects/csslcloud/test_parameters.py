"""Reading a request: query, form and JSON are one set of parameters, each once."""

import json

import pytest

from turnout.dialects.csslcloud.parameters import MAX_PARAMETERS, Refused, read_query

FORM = "application/x-www-form-urlencoded; charset=UTF-8"
JSON = "application/json"


def refusal(query: bytes, body: bytes = b"", content_type: str = FORM) -> str:
    """The text with which this request is refused."""
    with pytest.raises(Refused) as caught:
        read_query(query, body, content_type)
    assert not caught.value.proof
    return caught.value.text


def test_query_and_body_are_united() -> None:
    """Business parameters in the body with time and hash in the query, and the other way round."""
    one = read_query(b"time=1&hash=H", b"userid=U&roomid=R", FORM)
    two = read_query(b"userid=U&roomid=R", b"time=1&hash=H", FORM)

    for signed in (one, two):
        assert signed.values == {"userid": "U", "roomid": "R"}
        assert (signed.time, signed.hash) == ("1", "H")
        assert sorted(signed.received or []) == [(b"roomid", b"R"), (b"userid", b"U")]


def test_a_parameter_may_stand_in_both_with_one_value() -> None:
    """The same value twice is one parameter, however it is escaped; another value is refused."""
    assert read_query(b"a=x%20y&time=1", b"a=x+y&time=1", FORM).values == {"a": "x y"}
    assert refusal(b"userid=U", b"userid=V") == "userid is invalid"
    assert refusal(b"time=1", b"time=2") == "time is invalid"
    assert refusal(b"hash=1", b'{"hash": "2"}', JSON) == "hash is invalid"


def test_a_key_given_twice_is_refused() -> None:
    """In a query, a form and JSON; also when the two are the same, or one hides behind escapes."""
    assert refusal(b"userid=U&userid=U") == "userid is invalid"
    assert refusal(b"", b"userid=U&userid=V") == "userid is invalid"
    assert refusal(b"userid=U&user%69d=V") == "userid is invalid"
    assert refusal(b"hash=1&hash=1") == "hash is invalid"
    assert refusal(b"", b'{"userid": "U", "userid": "U"}', JSON) == "userid is invalid"


def test_a_json_number_is_its_own_digits() -> None:
    """What a float would round or rewrite stays as the client wrote it."""
    body = b'{"page_size": 1, "time": 1551253200, "big": 12345678901234567890123, "half": 1.50, "far": 1E5, "text": "\\u5b66"}'

    signed = read_query(b"", body, JSON)

    assert signed.values == {"page_size": "1", "big": "12345678901234567890123", "half": "1.50", "far": "1E5", "text": "学"}
    assert signed.time == "1551253200"
    assert signed.received is None


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b'"x"',
        b"1",
        b"null",
        b"\xff",
        b'{"a": NaN}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'[["userid", "U"]]',
        b'[{"userid": "U"}]',
    ],
)
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    """Whatever it is instead, also when it is nested too deeply to read."""
    assert refusal(b"", body, JSON) == "body is invalid"


@pytest.mark.parametrize("value", ["null", "true", "[]", "{}", '{"x": 1}', r'"\ud800"'])
def test_a_json_value_that_is_no_text_or_number_is_refused(value: str) -> None:
    """There is no one way to hash it."""
    assert refusal(b"", f'{{"liveid": {value}}}'.encode(), JSON) == "liveid is invalid"


def test_a_body_of_another_kind_is_refused() -> None:
    """A body nobody can read is not silently dropped; an empty one is none, and an unnamed one is a form."""
    assert refusal(b"", b"userid=U", "text/plain") == "body is invalid"
    assert refusal(b"", b"--x", "multipart/form-data; boundary=x") == "body is invalid"
    assert read_query(b"userid=U", b"", "text/plain").values == {"userid": "U"}
    assert read_query(b"", b"userid=U", "").values == {"userid": "U"}


def test_values_that_are_not_utf8_are_refused() -> None:
    """By name, when the name can be said."""
    assert refusal(b"viewerid=%ff") == "viewerid is invalid"
    assert refusal(b"%ff=1") == "parameter is invalid"
    assert refusal(b"=1") == "parameter is invalid"
    assert refusal(b"<script>=1&<script>=1") == "parameter is invalid"


def test_blanks_empty_values_and_odd_separators() -> None:
    """An empty value takes part, a key alone is an empty value, and doubled separators say nothing."""
    assert read_query(b"&a=&b&&c=x%3Dy=z+%2B&", b"", "").values == {"a": "", "b": "", "c": "x=y=z +"}
    assert (b"b", b"") in (read_query(b"b", b"", "").received or [])


def test_the_number_of_parameters_is_bounded() -> None:
    """One more than allowed is refused before anything is hashed."""
    many = [f"p{number}=1" for number in range(MAX_PARAMETERS)]
    assert len(read_query("&".join(many).encode(), b"", "").values) == MAX_PARAMETERS
    assert refusal("&".join([*many, "x=1"]).encode()) == "too many parameters"
    assert refusal(b"", json.dumps(dict.fromkeys([*many, "x"], "1")).encode(), JSON) == "too many parameters"
