"""What a viewer came with, as customers read it: "Windows 10", "Android 14", "iPhone". Out of a User-Agent header, by the package
ua-parser.

Asked about winners alone, not about everybody who enters: the package is imported at the first question, costs 8 MB from then on and some
0.1 ms a header. What a host sees in the list of people is made by clients.py, without it.
"""

from functools import lru_cache

_VERSIONED = ("Windows", "Android", "HarmonyOS")
"""Systems whose version says something and is told truly. The others tell none, or one that browsers froze years ago."""

_NAMES = {"Mac OS X": "macOS"}


@lru_cache(maxsize=4_096)
def terminal_of(user_agent: str) -> str:
    """The device where it is one of Apple's, else the system with its version; "" where neither is known. Windows 11 calls itself 10."""
    if not user_agent:
        return ""
    # the package takes these two for what they imitate
    if "OpenHarmony" in user_agent or "HarmonyOS" in user_agent:
        return "HarmonyOS"
    from ua_parser import parse_os  # at the first question, see above

    found = parse_os(user_agent)
    if found is None:
        return ""
    if found.family == "iOS":
        return next((device for device in ("iPad", "iPod", "iPhone") if device in user_agent), "iOS")
    name = _NAMES.get(found.family, found.family)
    return f"{name} {found.major}" if name in _VERSIONED and found.major else name
