"""Browsers and systems in short."""

import pytest

from turnout.audience.clients import client_of
from turnout.audience.rules import cut_user_agent
from turnout.kernel import limits

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "client"),
    [
        (f"{ANDROID} Chrome/131.0.0.0 Mobile Safari/537.36", "Chrome 131 · Android"),
        (f"{WINDOWS} Chrome/131.0.0.0 Safari/537.36", "Chrome 131 · Windows"),
        (f"{WINDOWS} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.70", "Edge 131 · Windows"),
        (f"{IPHONE} Version/18.1 Mobile/15E148 Safari/604.1", "Safari 18 · iPhone"),
        (f"{IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1", "Chrome 131 · iPhone"),
        (f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.54(0x18003631) NetType/WIFI Language/zh_CN", "WeChat 8 · iPhone"),
        (f"{ANDROID} Version/4.0 Chrome/130.0.6723.103 Mobile Safari/537.36 MMWEBID/1 MicroMessenger/8.0.55.2780", "WeChat 8 · Android"),
        (f"{ANDROID} Chrome/130.0.6723.103 Mobile Safari/537.36 wxwork/4.1.31 MicroMessenger/7.0.1", "WeCom 4 · Android"),
        (f"{ANDROID} Version/4.0 Chrome/109.0.5414.86 MQQBrowser/16.1 Mobile Safari/537.36", "QQ Browser 16 · Android"),
        (f"{ANDROID} HuaweiBrowser/15.0.4.312 Mobile Safari/537.36", "Huawei Browser 15 · Android"),
        (f"{ANDROID} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36", "Samsung Internet 27 · Android"),
        (f"{MAC} Version/18.1 Safari/605.1.15", "Safari 18 · macOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox 133 · Linux"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0", "Chrome 114 · HarmonyOS"),
        (f"{WINDOWS} HeadlessChrome/131.0.0.0 Safari/537.36", "Chrome 131 · Windows"),
        ("turnout-rehearsal", ""),
        ("", ""),
        ("Mozilla/5.0 (Windows NT 10.0)", "Windows"),
    ],
)
def test_known_clients(user_agent: str, client: str) -> None:
    """The browser people know it by, its version, and the system; nothing where nothing is known."""
    assert client_of(user_agent) == client


def test_what_is_kept() -> None:
    """The beginning of the header, without what cannot be shown."""
    assert cut_user_agent("x" * 1000) == "x" * limits.MAX_USER_AGENT_LENGTH
    assert cut_user_agent("a\x00b\tc") == "a b c"
    assert cut_user_agent("Mozilla/5.0") == "Mozilla/5.0"
