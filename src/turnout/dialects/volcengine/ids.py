"""Our ids as Volcengine writes them: decimal strings of at most 19 digits (contracts/volcengine.md section 3.3)."""

from turnout.kernel.ids import IdForms, Kind, PrizeId

_NAMES = {
    Kind.ACCOUNT: "AccountID",
    Kind.ROOM: "ActivityID",
    Kind.DRAW: "AwardId",
    Kind.PRIZE: "AwardItemId",
    Kind.VIEWER: "UserID",
}
_PAGE_DIGITS = 3
"""With the 16 digits of the longest id they are 19, and enough for 2,000,000 winners of one prize."""


def decimal(ids: IdForms, kind: Kind, number: int) -> str:
    """At most 16 digits."""
    return str(ids.integer(kind, number))


def forms(ids: IdForms, kind: Kind, number: int) -> dict[str, str | int]:
    """What Volcengine's callbacks call this entity, under the name of the field; empty for what Volcengine has no name for."""
    return {_NAMES[kind]: decimal(ids, kind, number)} if kind in _NAMES else {}


def request_number(ids: IdForms, prize_id: PrizeId, page: int) -> str:
    """The number in the RequestUuid of a page of a prize's winners, and of no other."""
    if not 0 <= page < 10**_PAGE_DIGITS:
        raise ValueError(f"there is no number for page {page}")
    return f"{decimal(ids, Kind.PRIZE, prize_id)}{page:0{_PAGE_DIGITS}}"
