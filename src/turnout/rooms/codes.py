"""Join codes: what people type to find a room."""

import secrets

from turnout.rooms.rules import CODE_ALPHABET, CODE_LENGTH


def new_code() -> str:
    """A fresh random code. Two rooms may draw the same one once in about 10^12 pairs; the table's unique index then refuses the second."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
