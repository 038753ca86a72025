"""A browser and a system in short, out of a User-Agent header: "Chrome 131 · Android". Pure.

For a host who looks down a list of people, so the well-known ones by name and every other one by nothing. Our own table of a dozen lines
instead of a package with thousands: those cost tens of megabytes in every process, and half a millisecond a header.
"""

import re
from functools import lru_cache

# The first that is found counts: the apps that show pages name the engine they are made of, and every engine names older ones.
_BROWSERS = (
    ("WeCom", re.compile(r"wxwork/(\d+)")),
    ("WeChat", re.compile(r"MicroMessenger/(\d+)")),
    ("DingTalk", re.compile(r"DingTalk/(\d+)")),
    ("Feishu", re.compile(r"(?:Feishu|Lark)/(\d+)")),
    ("QQ Browser", re.compile(r"MQQBrowser/(\d+)|QQBrowser/(\d+)")),
    ("UC Browser", re.compile(r"UC?Browser/(\d+)")),
    ("Huawei Browser", re.compile(r"HuaweiBrowser/(\d+)")),
    ("Mi Browser", re.compile(r"MiuiBrowser/(\d+)")),
    ("Samsung Internet", re.compile(r"SamsungBrowser/(\d+)")),
    ("Edge", re.compile(r"Edg(?:e|A|iOS)?/(\d+)")),
    ("Opera", re.compile(r"(?:OPR|OPT|Opera)/(\d+)")),
    ("Firefox", re.compile(r"(?:Firefox|FxiOS)/(\d+)")),
    ("Chrome", re.compile(r"(?:HeadlessChrome|Chrome|Chromium|CriOS)/(\d+)")),
    ("Safari", re.compile(r"Version/(\d+)\S* (?:Mobile/\S+ )?Safari/")),
)
_SYSTEMS = (
    ("HarmonyOS", re.compile(r"HarmonyOS|OpenHarmony")),
    ("Android", re.compile(r"Android")),
    ("iPad", re.compile(r"iPad")),
    ("iPhone", re.compile(r"iPhone|iPod")),
    ("Windows", re.compile(r"Windows")),
    ("macOS", re.compile(r"Mac OS X|Macintosh")),
    ("ChromeOS", re.compile(r"CrOS")),
    ("Linux", re.compile(r"Linux|X11")),
)


@lru_cache(maxsize=1024)
def client_of(user_agent: str) -> str:
    """Browser with its major version and system, whichever of them is known; "" for neither."""
    browser = ""
    for name, pattern in _BROWSERS:
        found = pattern.search(user_agent)
        if found is not None:
            browser = f"{name} {next(group for group in found.groups() if group)}"
            break
    system = next((name for name, pattern in _SYSTEMS if pattern.search(user_agent)), "")
    return " · ".join(part for part in (browser, system) if part)
