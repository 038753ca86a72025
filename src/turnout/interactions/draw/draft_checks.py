"""What can be a draw, an entrant of its list, a salt, a winner's form; each refusal names its field. Pure."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from turnout.interactions.draw.rules import (
    CustomKind,
    DrawDraft,
    Form,
    FormField,
    ListedEntrant,
    PreferredWinner,
    Prize,
    PrizeType,
    Who,
)
from turnout.interactions.survey.answer_rules import check_mobile, normal_form
from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput
from turnout.kernel.text import check_line, check_text

_HEX = frozenset("0123456789abcdef")
_SURVEYED = (Who.ANSWERED, Who.ANSWERED_RIGHT)


def check_draft(draft: DrawDraft) -> DrawDraft:
    """The draw without blanks around its texts; raises InvalidInput, naming the field (prizes[1].points), for
    one that cannot be held."""
    title = check_line(draft.title, "title", limits.MAX_TITLE_LENGTH)
    prizes = _checked_prizes(draft.prizes)
    word = check_line(draft.word, "word", limits.MAX_WORD_LENGTH, may_be_empty=draft.who is not Who.WORD)
    _require_fitting(draft.who is Who.WORD, bool(word), "word", "only where viewers say a word")
    _require_fitting(draft.who in _SURVEYED, draft.survey_id is not None, "survey", "only where those win who answered")
    _require_fitting(draft.who is Who.CHECKED_IN, draft.checkin_id is not None, "checkin", "only where those win who checked in")
    if draft.who is not Who.LIST and draft.entrants:
        raise InvalidInput("only where those win who are on a list", field="entrants")
    if draft.who is not Who.LIST and draft.weighted:
        raise InvalidInput("only a list has weights", field="weighted")
    entrants = check_entrants(draft.entrants, weighted=draft.weighted)
    preferred = _checked_preferred(draft.preferred, prizes)
    if draft.countdown_s is not None and not 1 <= draft.countdown_s <= limits.MAX_TIME_LIMIT_S:
        raise InvalidInput(f"from 1 to {limits.MAX_TIME_LIMIT_S} seconds", field="countdown_s")
    return msgspec.structs.replace(draft, title=title, prizes=prizes, word=word, entrants=entrants, preferred=preferred)


def _require_fitting(asked: bool, given: bool, field: str, otherwise: str) -> None:
    if asked and not given:
        raise InvalidInput("must not be empty", field=field)
    if given and not asked:
        raise InvalidInput(otherwise, field=field)


def _checked_prizes(prizes: Sequence[Prize]) -> list[Prize]:
    if not 1 <= len(prizes) <= limits.MAX_PRIZES:
        raise InvalidInput(f"from 1 to {limits.MAX_PRIZES} prizes", field="prizes")
    checked = [_checked_prize(prize, f"prizes[{place}]") for place, prize in enumerate(prizes)]
    if sum(prize.count for prize in checked) > limits.MAX_WINNERS:
        raise InvalidInput(f"at most {limits.MAX_WINNERS} winners altogether", field="prizes")
    return checked


def _checked_prize(prize: Prize, field: str) -> Prize:
    name = check_line(prize.name, f"{field}.name", limits.MAX_TITLE_LENGTH)
    if not 1 <= prize.count <= limits.MAX_PRIZE_COUNT:
        raise InvalidInput(f"from 1 to {limits.MAX_PRIZE_COUNT}", field=f"{field}.count")
    _require_fitting(prize.type is PrizeType.CUSTOM, prize.custom is not None, f"{field}.custom", "only of a custom prize")
    of_points = prize.custom is CustomKind.POINTS
    _require_fitting(of_points, prize.points is not None, f"{field}.points", "only of a prize that is points")
    if prize.points is not None and not 1 <= prize.points <= limits.MAX_POINTS:
        raise InvalidInput(f"from 1 to {limits.MAX_POINTS} points", field=f"{field}.points")
    batch = check_text(prize.batch, f"{field}.batch", limits.MAX_BATCH_LENGTH, may_be_empty=True)
    if batch and not of_points:
        raise InvalidInput("only of a prize that is points", field=f"{field}.batch")
    asks = [one for one in FormField if one in prize.asks]
    return msgspec.structs.replace(prize, name=name, batch=batch, asks=asks)


def _checked_preferred(preferred: Sequence[PreferredWinner], prizes: Sequence[Prize]) -> list[PreferredWinner]:
    if len(preferred) > limits.MAX_PREFERRED:
        raise InvalidInput(f"at most {limits.MAX_PREFERRED} preferred winners", field="preferred")
    checked: list[PreferredWinner] = []
    for place, one in enumerate(preferred):
        field = f"preferred[{place}]"
        if not 0 <= one.prize < len(prizes):
            raise InvalidInput("there is no prize at this place", field=f"{field}.prize")
        external_id = _checked_person(one.viewer_id, one.external_id, field)
        named = PreferredWinner(one.prize, one.viewer_id, external_id)
        if named in checked:
            raise InvalidInput("declared twice for the same prize", field=field)
        checked.append(named)
    for prize, number in Counter(one.prize for one in checked).items():
        if number > prizes[prize].count:
            raise InvalidInput("more preferred winners than there are of the prize", field="preferred")
    return checked


def _checked_person(viewer_id: int | None, external_id: str | None, field: str) -> str | None:
    if (viewer_id is None) == (external_id is None):
        raise InvalidInput("either a viewer or an external id", field=field)
    return None if external_id is None else check_text(external_id, f"{field}.external_id", limits.MAX_EXTERNAL_ID_LENGTH)


def check_entrants(entrants: Sequence[ListedEntrant], *, weighted: bool) -> list[ListedEntrant]:
    """People for a list, in the same places. Raises InvalidInput, naming the field (entrants[2].weight), also for somebody who is named
    twice and not in the same way."""
    if len(entrants) > limits.MAX_ENTRANTS_AT_ONCE:
        raise InvalidInput(f"at most {limits.MAX_ENTRANTS_AT_ONCE} people at once", field="entrants")
    found: dict[tuple[int | None, str | None], ListedEntrant] = {}
    checked: list[ListedEntrant] = []
    for place, one in enumerate(entrants):
        field = f"entrants[{place}]"
        external_id = _checked_person(one.viewer_id, one.external_id, field)
        name = check_line(one.name, f"{field}.name", limits.MAX_NAME_LENGTH, may_be_empty=True)
        if not weighted and one.weight != 1:
            raise InvalidInput("only in a weighted draw", field=f"{field}.weight")
        if not 0 <= one.weight <= limits.MAX_WEIGHT:
            raise InvalidInput(f"from 0 to {limits.MAX_WEIGHT}", field=f"{field}.weight")
        clean = ListedEntrant(one.viewer_id, external_id, name, one.weight)
        checked.append(clean)
        require_same(found.setdefault((one.viewer_id, external_id), clean), clean, field)
    return checked


def require_same(stands: ListedEntrant, given: ListedEntrant, field: str) -> None:
    """Raises InvalidInput where somebody who stands on the list already is to have another name or weight."""
    for what in ("name", "weight"):
        if getattr(stands, what) != getattr(given, what):
            raise InvalidInput(f"this person is on the list already, with another {what}", field=f"{field}.{what}")


def check_because(because: str) -> str:
    """The reason of a cancellation, "" for none; raises InvalidInput."""
    return check_text(because, "because", limits.MAX_BECAUSE_LENGTH, may_be_empty=True)


def check_salt(salt: str) -> str:
    """The salt in lower case, "" for none; raises InvalidInput unless it is an even number of hex digits."""
    lower = salt.lower()
    if len(lower) > limits.MAX_SALT_LENGTH or len(lower) % 2 or not _HEX.issuperset(lower):
        raise InvalidInput(f"an even number of hex digits, at most {limits.MAX_SALT_LENGTH}", field="salt")
    return lower


def is_word(said: str, word: str) -> bool:
    """Whether this is the word, however it is spelled: width, letter case and blanks make no difference."""
    return normal_form(said) == normal_form(word)


def check_form(form: Form, asks: Sequence[FormField]) -> Form:
    """What a winner gives for a prize that asks for this, without blanks around it. Raises InvalidInput, naming the field, for what is
    missing and for what was not asked; InvalidMobile."""
    given = {FormField.NAME: form.name, FormField.PHONE: form.phone, FormField.ADDRESS: form.address}
    longest = {FormField.NAME: limits.MAX_NAME_LENGTH, FormField.ADDRESS: limits.MAX_FORM_ADDRESS}
    checked: dict[str, str] = {}
    for field, text in given.items():
        if field not in asks:
            if text.strip():
                raise InvalidInput("this prize does not ask for it", field=field.value)
            continue
        clean = check_text(text, field.value, longest.get(field, limits.MAX_PHONE_LENGTH))
        checked[field.value] = check_mobile(clean, field.value) if field is FormField.PHONE else clean
    return Form(**checked)
