"""Our ids as CC writes them (contract 2.1): accounts and lives 16 hex digits, rooms 32 in upper case, activities and people 32 in lower."""

from turnout.kernel.ids import IdForms, Kind


def forms(ids: IdForms, kind: Kind, number: int) -> dict[str, str | int]:
    """What CC's interface calls this entity, under the name of its parameter or field; empty for what CC has no name for."""
    match kind:
        case Kind.ACCOUNT:
            return {"userid": ids.hex16(kind, number)}
        case Kind.ROOM:
            return {"roomid": ids.hex32(kind, number).upper()}
        case Kind.LIVE_SESSION:
            return {"liveid": ids.hex16(kind, number)}
        case Kind.SURVEY:
            return {"qvote_id": ids.hex32(kind, number), "vote_id": ids.hex32(kind, number)}
        case Kind.QUESTION:
            return {"vote_id": ids.hex32(kind, number)}  # of a vote with several questions
        case Kind.CHECKIN:
            return {"roll_call_id": ids.hex32(kind, number)}
        case Kind.HOST | Kind.VIEWER:
            return {"uid": ids.hex32(kind, number)}
        case _:
            return {}
