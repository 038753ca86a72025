"""Members that messages about different tools share: who started it, when, and how many in a hundred (contract A.3, A.4, A.9)."""

from turnout.dialects.quanshi.messages import Creator
from turnout.kernel.clock import CHINA, Instant, to_datetime

_ROLES = {"host": "1"}  # whoever else starts a tool is an assistant, "2": the table knows no other who may (A.4)


def percent(part: int, whole: int) -> int:
    """Whole percent, halves rounded up; 0 when there is nobody."""
    return (200 * part + whole) // (2 * whole) if whole else 0


def china_time(at: Instant) -> str:
    """RFC 3339 in China's zone with nine fraction digits, as the vendor's examples write it; the last three are zeros."""
    return to_datetime(at, CHINA).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000+08:00"


def creator_of(host_name: str, host_role: str, host_id: int, temp_conference_id: str) -> Creator:
    """Who started a tool. host_id: the vendor's form of it."""
    # our hosts have one id in and out of a conference, so their temporary id is the same number
    temp_user_id = str(host_id)
    return Creator(
        temp_user_id=temp_user_id,
        acc_id=f"{temp_conference_id}-{temp_user_id}",
        user_id=host_id,
        name=host_name,
        client_type=0,
        role=_ROLES.get(host_role, "2"),
        group="*",
    )
