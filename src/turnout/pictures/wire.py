"""What our own API says about pictures."""

import msgspec

from turnout.kernel.ids import IdForms, Kind, PictureId
from turnout.pictures.rules import Picture

PREFIX = "/pictures/"
"""What the path of every picture begins with."""


class PictureView(msgspec.Struct, frozen=True):
    """A picture. url: its path on this server, which anybody may ask; it never changes. bytes: its size."""

    id: str
    url: str
    width: int
    height: int
    bytes: int


def picture_path(ids: IdForms, picture_id: PictureId) -> str:
    """Where a picture is to be had on this server: /pictures/pc_…"""
    return PREFIX + ids.text(Kind.PICTURE, picture_id)


def picture_view(ids: IdForms, picture: Picture) -> PictureView:
    """For the account's own people and systems."""
    return PictureView(
        id=ids.text(Kind.PICTURE, picture.id),
        url=picture_path(ids, picture.id),
        width=picture.width,
        height=picture.height,
        bytes=picture.size,
    )
