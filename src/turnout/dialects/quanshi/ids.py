"""Our ids as Quanshi writes them (contract A.2, A.3): conferences and customers decimal strings, everything else integers."""

from turnout.kernel.ids import IdForms, Kind


def forms(ids: IdForms, kind: Kind, number: int) -> dict[str, str | int]:
    """What Quanshi's callbacks call this entity, under the name of the field; empty for what Quanshi has no name for."""
    match kind:
        case Kind.ACCOUNT:
            return {"customerCode": str(ids.integer(kind, number))}
        case Kind.ROOM:
            return {"conferenceId": str(ids.integer(kind, number))}
        case Kind.LIVE_SESSION:
            return {"tempConferenceId": str(ids.integer(kind, number))}
        case Kind.SURVEY:
            return {"surveyId": ids.integer(kind, number)}
        case Kind.QUESTION:
            return {"questionId": ids.integer(kind, number)}
        case Kind.TEMPLATE:
            return {"templateId": ids.integer(kind, number)}
        case Kind.CHECKIN:
            return {"signId": ids.integer(kind, number)}
        case Kind.PRIZE:
            return {"prizeId": ids.integer(kind, number)}
        case Kind.HOST | Kind.VIEWER:
            return {"userId": ids.integer(kind, number)}
        case _:
            return {}
