"""Text that people wrote, checked before it is kept."""

import unicodedata

from turnout.kernel.errors import InvalidInput

_ALLOWED_CONTROLS = frozenset("\n\t")


_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_line(text: str, field: str, longest: int, *, may_be_empty: bool = False) -> str:
    """As check_text, for what stands in one line beside other texts, such as a title: also no line breaks and tabs, and no controls of the
    direction of writing, which would reach beyond it."""
    text = check_text(text, field, longest, may_be_empty=may_be_empty)
    if any(letter in _ALLOWED_CONTROLS or letter in _BIDI_CONTROLS or letter in "\u2028\u2029" for letter in text):
        raise InvalidInput("one line, without controls of the direction of writing", field=field)
    return text


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
