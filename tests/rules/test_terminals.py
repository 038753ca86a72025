"""What a viewer came with, in the words that customers read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.audience.rules import cut_link_extra
from turnout.audience.terminals import terminal_of
from turnout.kernel import limits


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", "Windows 10"),
        ("Mozilla/5.0 (Windows NT 6.1; WOW64; rv:115.0) Gecko/20100101 Firefox/115.0", "Windows 7"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 "
            "MicroMessenger/8.0.49(0x18003137) NetType/WIFI Language/zh_CN",
            "iPhone",
        ),
        ("Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148", "iPad"),
        (
            "Mozilla/5.0 (Linux; Android 14; 23127PN0CC Build/UKQ1.230804.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
            "Chrome/116.0.0.0 Mobile Safari/537.36 XWEB/1160065 MMWEBSDK/20240404 MicroMessenger/8.0.49",
            "Android 14",
        ),
        ("Mozilla/5.0 (Linux; Android 10; HarmonyOS; NOH-AN00; HMSCore 6.13) AppleWebKit/537.36 HuaweiBrowser/15.0", "HarmonyOS"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36", "HarmonyOS"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15", "macOS"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", "Chrome OS"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", "Linux"),
        ("python-aiohttp/3", ""),
        ("", ""),
    ],
)
def test_terminals_have_names(user_agent: str, expected: str) -> None:
    """Apple's devices by theirs, all else by the system; nothing where nothing is known."""
    assert terminal_of(user_agent) == expected


@given(st.text(max_size=limits.MAX_USER_AGENT_LENGTH))
def test_anything_may_be_asked_about(user_agent: str) -> None:
    """A header may say whatever it likes."""
    assert terminal_of(user_agent).isprintable()


@given(st.none() | st.text(max_size=2_000))
def test_an_extra_is_kept_as_far_as_it_can_be_shown(extra: str | None) -> None:
    """Its first characters, and none that no database keeps."""
    kept = cut_link_extra(extra)
    assert len(kept) <= limits.MAX_LINK_EXTRA_LENGTH
    assert kept.isprintable()
    assert cut_link_extra("from 公众号/a?b=c") == "from 公众号/a?b=c"
