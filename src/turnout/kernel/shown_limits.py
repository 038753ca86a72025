"""Limits of what viewers see of a room: its stream, the sites that frame it, the theme. A part of kernel/limits.py, which is what others
import."""

PICTURE_CACHE_BYTES = 33_554_432
"""Bytes of pictures one process keeps in memory for viewers who all ask at once."""

MAX_STREAM_URL_LENGTH = 2_000
"""Characters in the address of a room's stream."""

MAX_ORIGINS_PER_ROOM = 20
"""Sites that may frame a room's page, and hosts its stream may come from besides the playlist's."""

MAX_ORIGIN_LENGTH = 300
"""Characters in one of them."""

MAX_DAYS_AHEAD = 366
"""Days from now within which a room's next live session may be planned."""

PLANNED_KEPT_H = 24
"""Hours for which a planned live session that has not begun is still shown."""

MAX_THEME_NAME_LENGTH = 60
"""Characters in the name an account's theme shows."""

MAX_LOGO_SIDE = 2_048
"""Most pixels of a logo's width or height."""

ROOM_PAGES_KEPT = 10_000
"""Rooms of which one process remembers what their page's policy and theme are."""
