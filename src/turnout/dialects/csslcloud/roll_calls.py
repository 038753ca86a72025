"""The call of CC's newer interface that has an envelope of its own: the roll calls of a live (contract 2.3, 3.13)."""

from collections.abc import Mapping

from turnout.audience.rules import ViewerRole
from turnout.dialects.csslcloud.parameters import Refused
from turnout.dialects.csslcloud.replies import RollCallEntry, RollCallPage, RollCallReply, china_time
from turnout.dialects.csslcloud.scope import DEFAULT_PAGE, Scope, read_number
from turnout.interactions.checkin.queries import RollCall, list_roll_calls
from turnout.kernel import limits
from turnout.kernel.ids import IdForms, Kind, LiveSessionId

DEFAULT_PAGE_NUM = 50

_CODES = {
    "invalid encrypt": "invalid_encrypt",
    "time expired": "time_expired",
    "too many requests": "too_many_requests",
    "internal error": "internal_error",
}
_ROLES = {ViewerRole.HOST: "presenter", ViewerRole.ASSISTANT: "assistant", ViewerRole.GUEST: "talker", ViewerRole.ATTENDEE: "talker"}


def read_roll_calls(scope: Scope) -> RollCallReply:
    """/openapi/collect/rollcall/get: everybody who was expected or has confirmed, of the roll call opened last first. Raises Refused."""
    number = read_number(scope.values, "page_index", DEFAULT_PAGE)
    length = read_number(scope.values, "page_num", DEFAULT_PAGE_NUM)
    if length > limits.MAX_PAGE_LENGTH:
        raise Refused("page_num is invalid")
    live_session = scope.live_session("live_id")
    total, found = list_roll_calls(scope.connection, scope.account_id, live_session.id, (number - 1) * length, length)
    entries = [_entry(scope.ids, live_session.id, one) for one in found]
    return RollCallReply("OK", None, RollCallPage(total, length, number, entries), "")


def refuse_roll_calls(refused: Refused, values: Mapping[str, str]) -> RollCallReply:
    """The failure of /openapi/collect/rollcall/get."""
    code = _CODES.get(refused.text) or ("not_found" if refused.text.endswith(" not found") else "param_error")
    return RollCallReply("FAIL", code, None, refused.text)


def _entry(ids: IdForms, live_session_id: LiveSessionId, one: RollCall) -> RollCallEntry:
    person = one.person
    return RollCallEntry(
        live_id=ids.hex16(Kind.LIVE_SESSION, live_session_id),
        roll_call_id=ids.hex32(Kind.CHECKIN, one.checkin_id),
        # who has never come has an id that no viewer has, so that typed clients find an id of the usual shape, and never two alike
        user_id=ids.hex32(Kind.VIEWER, person.cursor),
        user_name=person.name or person.external_id or "",
        roll_call_status=int(person.confirmed_at is not None),
        confirm_time="" if person.confirmed_at is None else china_time(person.confirmed_at),
        user_role=_ROLES[person.role or ViewerRole.ATTENDEE],
    )
