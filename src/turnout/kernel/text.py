"""Text that people wrote, checked before it is kept."""

import unicodedata

from turnout.kernel.errors import InvalidInput

_ALLOWED_CONTROLS = frozenset("\n\t")


def check_text(text: str, field: str, longest: int, *, may_be_empty: bool = False) -> str:
    """The text without blanks around it. Raises InvalidInput, naming the field, when it is empty, longer than `longest` characters, or
    holds what no database keeps and no screen shows: control characters besides line break and tab, and halves of surrogate pairs."""
    text = text.strip()
    if not text and not may_be_empty:
        raise InvalidInput("must not be empty", field=field)
    if len(text) > longest:
        raise InvalidInput(f"at most {longest} characters", field=field)
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in _ALLOWED_CONTROLS for letter in text):
        raise InvalidInput("no control characters", field=field)
    return text
