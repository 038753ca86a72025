"""A room's passcode: sealed where it is kept, proved where it is compared.

The database has it twice: sealed, to be shown to hosts, and as a keyed hash over the room's join code and the passcode, which the action
of an entry compares with the hash of what the viewer typed. So no command, and no log of one, ever holds the text, and who has a copy of
the database alone cannot try passcodes.
"""

from turnout.rooms.rules import Room, normal_passcode
from turnout.storage.keyring import Keyring

_PURPOSE = "rooms.passcode"


def prove_passcode(keyring: Keyring, code: str, passcode: str) -> str:
    """What Room.passcode_proof is when this is the passcode of the room of this join code."""
    return keyring.mac(_PURPOSE, f"{code}\n{normal_passcode(passcode)}".encode("utf-8", "surrogatepass")).hex()


def seal_passcode(keyring: Keyring, passcode: str) -> bytes:
    """The passcode as it is kept."""
    return keyring.seal(passcode.encode(), _PURPOSE)


def open_passcode(keyring: Keyring, room: Room) -> str | None:
    """The room's passcode, None where it has none."""
    return None if room.sealed_passcode is None else keyring.open(room.sealed_passcode, _PURPOSE).decode()
