"""What hosts ask of draws over our own API, in JSON."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from turnout.interactions.draw.rules import (
    CustomKind,
    DrawDraft,
    EntropyKind,
    FormField,
    ListedEntrant,
    PreferredWinner,
    Prize,
    PrizeType,
    Who,
)
from turnout.kernel.errors import InvalidInput, NotFound
from turnout.kernel.ids import CheckInId, IdForms, Kind, SurveyId, ViewerId

T = TypeVar("T")


class PrizeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be won, count times. custom: of type custom alone. batch, points: of points alone. asks: what its winners are asked for."""

    name: str
    count: int
    type: PrizeType = PrizeType.PHYSICAL
    custom: CustomKind | None = None
    batch: str = ""
    points: int | None = None
    asks: list[FormField] = []


class EntrantRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody on the list, by one of: viewer, vw_…, of this room; external_id, from your own login, whether or not that person has ever
    come. name: shown for who has never come. weight: 0 to 1,000,000, of a weighted draw."""

    viewer: str | None = None
    external_id: str | None = None
    name: str = ""
    weight: int = 1


class PreferredRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who wins this prize whatever is drawn, if he takes part, by one of viewer and external_id. prize: its place in prizes, from
    0."""

    prize: int
    viewer: str | None = None
    external_id: str | None = None


class EditDrawRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A draw. who: may win; word: of `word`; survey, sv_…: of `answered` and `answered_right`; checkin, ci_…: of `checked_in`; entrants: of
    `list`. repeat_winners: who has won an earlier prize of this draw may win again; earlier_winners: who has won in this room before may.
    entropy: `offline` needs no network and is weaker. countdown_s: seconds from opening to the close of entries. with_list: the proof
    carries everybody's code."""

    title: str
    prizes: list[PrizeRequest]
    who: Who = Who.PRESENT
    word: str = ""
    survey: str | None = None
    checkin: str | None = None
    entrants: list[EntrantRequest] | None = None
    weighted: bool = False
    preferred: list[PreferredRequest] = []
    repeat_winners: bool = False
    earlier_winners: bool = True
    entropy: EntropyKind = EntropyKind.DRAND
    countdown_s: int | None = None
    with_list: bool = False

    def in_words(self, ids: IdForms) -> DrawDraft:
        """The same in the domain's words; raises InvalidInput for a text that is no such id."""
        return DrawDraft(
            title=self.title,
            prizes=[_prize(prize) for prize in self.prizes],
            who=self.who,
            word=self.word,
            survey_id=_id(ids, Kind.SURVEY, self.survey, "survey", SurveyId),
            checkin_id=_id(ids, Kind.CHECKIN, self.checkin, "checkin", CheckInId),
            entrants=listed_entrants(ids, self.entrants or []),
            weighted=self.weighted,
            preferred=[
                PreferredWinner(one.prize, _id(ids, Kind.VIEWER, one.viewer, f"preferred[{place}].viewer", ViewerId), one.external_id)
                for place, one in enumerate(self.preferred)
            ],
            repeat_winners=self.repeat_winners,
            earlier_winners=self.earlier_winners,
            entropy=self.entropy,
            countdown_s=self.countdown_s,
            with_list=self.with_list,
        )


class CreateDrawRequest(EditDrawRequest, frozen=True, forbid_unknown_fields=True):
    """A draw as it is edited. open: commits and takes entries at once."""

    entrants: list[EntrantRequest] = []
    open: bool = False


class AddEntrantsRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """More people for the list of a draft."""

    entrants: list[EntrantRequest]


class CloseDrawRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """countdown_s: entries end in so many seconds; 0: now."""

    countdown_s: int = 0


class CancelDrawRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """because: in your words, shown to everybody."""

    because: str = ""


def listed_entrants(ids: IdForms, entrants: Sequence[EntrantRequest]) -> list[ListedEntrant]:
    """The same in the domain's words; raises InvalidInput for a text that is no viewer's id."""
    return [
        ListedEntrant(_id(ids, Kind.VIEWER, one.viewer, f"entrants[{place}].viewer", ViewerId), one.external_id, one.name, one.weight)
        for place, one in enumerate(entrants)
    ]


def _prize(prize: PrizeRequest) -> Prize:
    return Prize(prize.name, prize.count, prize.type, prize.custom, prize.batch, prize.points, prize.asks)


_PLACES = {Kind.SURVEY: "survey in this live session", Kind.CHECKIN: "check-in in this live session", Kind.VIEWER: "viewer in this room"}


def _id(ids: IdForms, kind: Kind, text: str | None, field: str, make: Callable[[int], T]) -> T | None:
    if text is None:
        return None
    try:
        return make(ids.parse_text(kind, text))
    except NotFound:
        raise InvalidInput(f"there is no such {_PLACES[kind]}", field=field) from None
