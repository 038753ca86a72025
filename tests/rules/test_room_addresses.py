"""Addresses of streams and origins of sites: what may stand in a page's policy, and what is refused by its field."""

import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.kernel import limits
from turnout.kernel.clock import SECOND
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import AccountId, RoomId
from turnout.rooms.addresses import check_origins, check_stream_url
from turnout.rooms.rules import Room, RoomChanges, decide_settings, stream_origins_of

NOW = 1_000 * 24 * 3600 * SECOND

ROOM = Room(id=RoomId(1), account_id=AccountId(2), code="k7mw3x9a", title="Hall", created_at=0)


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [
        ("https://cdn.example.com/live/a.m3u8?token=a%20b&x=(1)", "https://cdn.example.com/live/a.m3u8?token=a%20b&x=(1)"),
        ("  https://CDN.Example.com:443/A.m3u8 ", "https://cdn.example.com/A.m3u8"),
        ("https://cdn.example.com:8443/a.m3u8", "https://cdn.example.com:8443/a.m3u8"),
        ("https://cdn.example.com", "https://cdn.example.com/"),
        ("https://[2001:DB8::1]:8443/a", "https://[2001:db8::1]:8443/a"),
        ("https://xn--fiqs8s.example/a", "https://xn--fiqs8s.example/a"),
        ("http://localhost:8000/a.m3u8", "http://localhost:8000/a.m3u8"),
        ("http://127.0.0.1/a.m3u8", "http://127.0.0.1/a.m3u8"),
        ("http://[::1]:9000/a", "http://[::1]:9000/a"),
        ("/hls/hall/index.m3u8", "/hls/hall/index.m3u8"),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_addresses_of_streams(given_url: str | None, kept: str | None) -> None:
    """https, http on this machine, or a path of ours; in one form; empty for none."""
    assert check_stream_url(given_url) == kept


HOSTILE = [
    "javascript:alert(1)",
    "data:text/html,<script>",
    "blob:https://example.com/1",
    "ftp://example.com/a",
    "//example.com/a",
    "example.com/a",
    "http://example.com/a",
    "http://127.0.0.1.example.com/",
    "https://",
    "https:///a",
    "https://user:password@example.com/",
    "https://example.com@evil.example/",
    "https://example.com:99999/",
    "https://example.com:x/",
    "https://*.example.com/",
    "https://*/",
    "https://exa mple.com/",
    "https://example.com/\r\nx-header: 1",
    "https://example.com/\n",
    "https://example.com;script-src *",
    "https://example.com/a;b\x00",
    "https://example.com/<b>",
    'https://example.com/"',
    "https://example.com/'none'; script-src *",
    "https://example.com\\@evil.example/",
    "https://[::1",
    "https://[fe80::1%25eth0]/",
    "https://中文.example/",
    "https://-example.com/",
    "https://example..com/",
    "https://example.com/#x",
    "https://example.com,https://evil.example",
]


@pytest.mark.parametrize("text", [text for text in HOSTILE if not text.endswith("/\n")])
def test_refused_streams(text: str) -> None:
    """Other schemes, wildcards, line breaks, names and passwords: refused, naming the field. (A line break at the end is a blank.)"""
    with pytest.raises(InvalidInput) as refused:
        check_stream_url(text)
    assert refused.value.field == "stream_url"


@pytest.mark.parametrize(
    "text", [*HOSTILE, "", "*", "null", "'self'", "https:", "/", "/path", "https://example.com/path", "https://example.com/?q"]
)
def test_refused_origins(text: str) -> None:
    """The same of origins, and whatever has a path: refused, naming the field and which one."""
    if text.endswith("/\n"):
        text = text.replace("/\n", "\n;")
    with pytest.raises(InvalidInput) as refused:
        check_origins(["https://good.example.com", text], "embed_origins")
    assert refused.value.field == "embed_origins[1]"


def test_origins_are_kept_in_one_form_and_once() -> None:
    """In the order in which they were given."""
    given_origins = ["https://B.example.com/", "https://a.example.com:443", "https://b.example.com", "http://localhost:3000"]

    assert check_origins(given_origins, "embed_origins") == ("https://b.example.com", "https://a.example.com", "http://localhost:3000")


def test_lists_and_addresses_have_an_end() -> None:
    """Up to the limit, and not one further."""
    many = [f"https://{number}.example.com" for number in range(limits.MAX_ORIGINS_PER_ROOM + 1)]
    assert len(check_origins(many[1:], "stream_origins")) == limits.MAX_ORIGINS_PER_ROOM
    with pytest.raises(InvalidInput) as refused:
        check_origins(many, "stream_origins")
    assert refused.value.field == "stream_origins"
    longest = "https://example.com/".ljust(limits.MAX_STREAM_URL_LENGTH, "x")
    assert check_stream_url(longest) == longest
    with pytest.raises(InvalidInput):
        check_stream_url(longest + "x")


@given(
    st.text(st.sampled_from(string.printable + "中\u2028\u202e"), max_size=40), st.sampled_from(["https://", "http://localhost", "", "/"])
)
def test_nothing_that_is_kept_ends_a_directive(text: str, start: str) -> None:
    """Whatever is typed: an origin that is kept has no blank, no semicolon, no comma, no quote and no line break in it, and is kept the
    same when it is given again."""
    room = ROOM
    for changes in (RoomChanges(stream_url=start + text), RoomChanges(embed_origins=[start + text])):
        with contextlib.suppress(InvalidInput):
            room = decide_settings(room, changes, NOW)
    for origin in (*room.embed_origins, *stream_origins_of(room)):
        assert not set(origin) & set(" ;,'\"\r\n\t\\*")
        assert check_origins([origin], "embed_origins") == (origin,)
    if room.stream_url is not None:
        assert room.stream_url.isascii()
        assert check_stream_url(room.stream_url) == room.stream_url


def test_where_a_stream_comes_from() -> None:
    """The playlist's host first, then the others, each once; of a path of ours only the others; without a stream nothing."""
    others = ["https://segments.example.com", "https://cdn.example.com"]
    away = decide_settings(ROOM, RoomChanges(stream_url="https://cdn.example.com/a", stream_origins=others), NOW)
    ours = decide_settings(away, RoomChanges(stream_url="/hls/a"), NOW)
    none = decide_settings(away, RoomChanges(stream_url=None), NOW)

    assert stream_origins_of(away) == ("https://cdn.example.com", "https://segments.example.com")
    assert stream_origins_of(ours) == ("https://segments.example.com", "https://cdn.example.com")
    assert stream_origins_of(none) == ()
