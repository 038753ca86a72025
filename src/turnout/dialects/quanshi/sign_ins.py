"""Our check-ins as Quanshi's sign-ins (contract A.9): `dataType` 6, one message for the start and one for the end."""

from turnout.dialects.quanshi.members import china_time, creator_of
from turnout.dialects.quanshi.messages import NOT_YET, DataType, MessageType, SignIn, SignInMessage, SignState
from turnout.interactions.checkin.rules import CheckInFacts
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.ids import IdForms, Kind


def sign_in_message_of(ids: IdForms, message_type: MessageType, at: Instant, facts: CheckInFacts) -> SignInMessage:
    """The message about a check-in that started or ended at this instant. At the start the three numbers are 0; at the end they are of the
    people who were expected: the vendor has no place for who confirmed besides."""
    conference_id = str(ids.integer(Kind.ROOM, facts.room_id))
    temp_conference_id = str(ids.integer(Kind.LIVE_SESSION, facts.live_session_id))
    customer_code = str(ids.integer(Kind.ACCOUNT, facts.account_id))
    host_id = ids.integer(Kind.HOST, facts.host_id)
    started = message_type is MessageType.STARTED
    return SignInMessage(
        type=message_type,
        data_type=DataType.SIGN_IN,
        temp_conference_id=temp_conference_id,
        conference_id=conference_id,
        host_id=host_id,
        customer_code=customer_code,
        timestamp=at // SECOND,
        data=SignIn(
            sign_id=ids.integer(Kind.CHECKIN, facts.checkin_id),
            title=facts.title,
            duration=facts.time_limit_s or 0,
            creator=creator_of(facts.host_name, facts.host_role, host_id, temp_conference_id),
            sign_state=SignState.STARTED if started else SignState.ENDED,
            sign_count=0 if started else facts.confirmed,
            un_sign_count=0 if started else facts.expected - facts.confirmed,
            sign_rate=0 if started else facts.rate,
            temp_conf_id=temp_conference_id,
            conference_id=conference_id,
            customer_code=customer_code,
            create_date=china_time(facts.created_at),
            # a withdrawn one was never closed: it ended when it was withdrawn
            end_date=NOT_YET if started else china_time(at if facts.closed_at is None else facts.closed_at),
        ),
    )
