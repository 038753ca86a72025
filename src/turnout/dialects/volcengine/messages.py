"""The message of Volcengine's real-time lottery callback as structs, for the server that writes and the client that reads it.

Names and types are the vendor's (contracts/volcengine.md section 3): every value is a string, numbers included, and UserInfos is the only
array. Keys stand in alphabetical order, as in the vendor's example. What the vendor's international edition leaves out may be missing.
"""

from enum import StrEnum

import msgspec

AWARD_EVENT = "ActivityAwardInfoCallBack"
"""The EventType of the callback."""

MAIN_ACCOUNT = "admin@bytedance.com"
"""The SubAccountName of a live room that the main account has created."""


class AwardItemType(StrEnum):
    """What a prize is."""

    PHYSICAL = "1"
    VIRTUAL = "2"
    CUSTOM = "3"
    COUPON = "4"


class DeliveryMethod(StrEnum):
    """What a custom prize is."""

    COUPON = "1"
    POINTS = "2"


class UserAwardInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A winner. ExternalID: the viewer's id at the customer. Extra: the parameter of this name of the viewing page's address.
    IsPriorityUser: "1" was a preferred winner, "0" was not. UserAgent: the terminal, "Windows 10"."""

    external_id: str = msgspec.field(name="ExternalID", default="")
    extra: str = msgspec.field(name="Extra", default="")
    is_priority_user: str = msgspec.field(name="IsPriorityUser", default="")
    nick_name: str = msgspec.field(name="NickName", default="")
    telephone: str = msgspec.field(name="Telephone", default="")
    user_access_ip: str = msgspec.field(name="UserAccessIP", default="")
    user_agent: str = msgspec.field(name="UserAgent", default="")
    user_id: str = msgspec.field(name="UserID")

    @property
    def was_preferred(self) -> bool:
        """The sister callback leaves IsPriorityUser empty for "0"."""
        return self.is_priority_user == "1"


class AwardMessage(msgspec.Struct, frozen=True, kw_only=True):
    """At most 2,000 winners of one prize of one draw. AwardId, Name: of the draw. AwardItemId, AwardName: of the prize. AwardItemType: as
    AwardItemType. DeliveryMethod: of a custom prize, as DeliveryMethod. AwardItemNum, AwardItemAmounts: of points, the batch and how many
    each winner gets. RequestUuid: of this callback, the same whenever it comes again. Timestamp: Unix seconds. What has no value is ""."""

    account_id: str = msgspec.field(name="AccountID")
    activity_id: str = msgspec.field(name="ActivityID")
    activity_name: str = msgspec.field(name="ActivityName", default="")
    award_id: str = msgspec.field(name="AwardId", default="")
    award_item_amounts: str = msgspec.field(name="AwardItemAmounts", default="")
    award_item_id: str = msgspec.field(name="AwardItemId")
    award_item_num: str = msgspec.field(name="AwardItemNum", default="")
    award_item_type: str = msgspec.field(name="AwardItemType", default="")
    award_name: str = msgspec.field(name="AwardName", default="")
    delivery_method: str = msgspec.field(name="DeliveryMethod", default="")
    event_type: str = msgspec.field(name="EventType")
    name: str = msgspec.field(name="Name", default="")
    request_uuid: str = msgspec.field(name="RequestUuid")
    sign: str = msgspec.field(name="Sign")
    sub_account_name: str = msgspec.field(name="SubAccountName", default="")
    timestamp: str = msgspec.field(name="Timestamp")
    user_infos: list[UserAwardInfo] = msgspec.field(name="UserInfos")
