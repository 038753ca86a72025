"""A host tells everybody in a live session something, and takes it back: whoever is in must hear both, also after a lost connection."""

import asyncio

from turnout.client import NativeClient
from turnout.rehearsal.checking import Problems
from turnout.rehearsal.crowd import Crowd, until

PATIENCE_S = 60.0
"""How long news may take to reach everybody."""


async def announce(client: NativeClient, live_session: str, text: str, crowd: Crowd, problems: Problems) -> None:
    """Plays it; the crowd has entered. Nothing of it stays in the live session."""
    made = await asyncio.to_thread(client.make_announcement, live_session, text)

    def there() -> list[str | None]:
        return [viewer.announcements.get(made.id) for viewer in crowd.entered if viewer.state in ("present", "outside")]

    try:
        if not await until(lambda: all(heard == text for heard in there()), PATIENCE_S):
            problems.add(f"within {PATIENCE_S:.0f} s some viewers did not hear an announcement")
    finally:  # it may be a live session with other viewers than ours
        await asyncio.to_thread(client.withdraw_announcement, live_session, made.id)
    if not await until(lambda: not any(there()), PATIENCE_S):
        problems.add(f"within {PATIENCE_S:.0f} s some viewers did not hear that an announcement was withdrawn")
