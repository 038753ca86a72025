"""What our own API and socket say about themes."""

import msgspec

from turnout.kernel.ids import IdForms, Kind, PictureId
from turnout.pictures.wire import picture_path
from turnout.themes.rules import Theme


class ThemeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole theme. name: shown beside the logo, "" for none. accent: a colour such as #0a6e54, null for the product's own. logo: id of
    an uploaded PNG, JPEG or WebP picture, null for none."""

    name: str = ""
    accent: str | None = None
    logo: str | None = None


class LogoView(msgspec.Struct, frozen=True):
    """A logo. url: its path on this server."""

    id: str
    url: str


class ThemeView(msgspec.Struct, frozen=True):
    """How an account looks to its viewers. accent: #rrggbb, null for the product's own; pages make of it what can be read on light and on
    dark."""

    name: str
    accent: str | None
    logo: LogoView | None


def theme_view(ids: IdForms, theme: Theme) -> ThemeView:
    """For everybody."""
    return ThemeView(name=theme.name, accent=theme.accent, logo=None if theme.logo is None else _logo_view(ids, theme.logo))


def _logo_view(ids: IdForms, logo: PictureId) -> LogoView:
    return LogoView(id=ids.text(Kind.PICTURE, logo), url=picture_path(ids, logo))
