"""How an account looks to its viewers: a name, a colour, a logo. Pure."""

import re

import msgspec

from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import AccountId, PictureId
from turnout.kernel.text import check_line

_COLOUR = re.compile(r"#[0-9a-f]{6}\Z")


class Theme(msgspec.Struct, frozen=True):
    """What an account's viewers see of it. name: "" for none. accent: #rrggbb in lower case, None for the product's own; pages make from it
    what can be read on light and on dark. logo: None for the product's own."""

    account_id: AccountId
    name: str = ""
    accent: str | None = None
    logo: PictureId | None = None


def decide_theme(account_id: AccountId, name: str, accent: str | None, logo: PictureId | None) -> Theme:
    """The theme as it is kept; raises InvalidInput naming the field."""
    return Theme(
        account_id=account_id,
        name=check_line(name, "name", limits.MAX_THEME_NAME_LENGTH, may_be_empty=True),
        accent=_check_accent(accent),
        logo=logo,
    )


def check_logo(media_type: str, width: int, height: int) -> None:
    """Raises InvalidInput for a picture that is no logo: one that moves, or a large one that every viewer would wait for."""
    if media_type == "image/gif":
        raise InvalidInput("a logo is a PNG, JPEG or WebP picture", field="logo")
    if max(width, height) > limits.MAX_LOGO_SIDE:
        raise InvalidInput(f"a logo has at most {limits.MAX_LOGO_SIDE} pixels a side", field="logo")


def _check_accent(accent: str | None) -> str | None:
    if accent is None:
        return None
    if not _COLOUR.match(accent.lower()):
        raise InvalidInput("a colour is like #0a6e54", field="accent")
    return accent.lower()
