"""What the socket says to a big screen about the people of a draw."""

from typing import Annotated

import msgspec

from turnout.audience.wire import CommandIdText
from turnout.interactions.draw.queries import ScreenName
from turnout.interactions.draw.rules import Whose
from turnout.kernel.ids import MAX_ID, IdForms, Kind


class ReadNamesMessage(msgspec.Struct, frozen=True, tag_field="op", tag="read_names"):
    """socket: a big screen reads names of a draw of its live session, in pages. of: who takes part, once entries have ended, or who won.
    after: `next` of the page before."""

    id: CommandIdText
    draw: str
    of: Whose
    after: Annotated[int, msgspec.Meta(ge=0, le=MAX_ID)] | None = None


class NameView(msgspec.Struct, frozen=True):
    """Somebody in a draw, as the hall reads it. prize: pz_… that was won; null for who takes part. name: "" for who has none."""

    prize: str | None
    name: str


class NamesMessage(msgspec.Struct, frozen=True, tag_field="op", tag="names"):
    """socket: a page of names, winners in the order of drawing. next: what the next page is asked for with, null on the last."""

    id: str
    names: list[NameView]
    next: int | None


def names_message(ids: IdForms, message: ReadNamesMessage, found: list[ScreenName], limit: int) -> NamesMessage:
    """A page of at most `limit` names."""
    names = [NameView(None if one.prize_id is None else ids.text(Kind.PRIZE, one.prize_id), one.name) for one in found]
    return NamesMessage(message.id, names, _place_out(ids, message.of, found[-1].cursor) if len(found) == limit else None)


def _place_out(ids: IdForms, of: Whose, cursor: int) -> int:
    """Of winners a place in the order of drawing; of those who take part nothing that tells who it is, or how many others there are."""
    return cursor if of == "winners" else ids.passing_integer(Kind.ENTRY, cursor)


def place_in(ids: IdForms, message: ReadNamesMessage) -> int | None:
    """The place that `after` names."""
    return message.after if message.after is None or message.of == "winners" else ids.parse_integer(Kind.ENTRY, message.after)
