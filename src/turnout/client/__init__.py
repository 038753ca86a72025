"""The public clients and receivers of every dialect."""

from turnout.dialects.csslcloud import replies as csslcloud_replies
from turnout.dialects.csslcloud.client import CsslcloudClient, CsslcloudRefused
from turnout.dialects.native import replies as native_replies
from turnout.dialects.native.client import NativeClient, NativeRefused
from turnout.dialects.quanshi import messages as quanshi_messages
from turnout.dialects.quanshi.client import NotYetRead as QuanshiNotYetRead
from turnout.dialects.quanshi.client import Unreadable as QuanshiUnreadable
from turnout.dialects.quanshi.client import decode as decode_quanshi
from turnout.dialects.quanshi.client import identity_of as identity_of_quanshi
from turnout.dialects.quanshi.client import receive as receive_quanshi
from turnout.dialects.quanshi.messages import SurveyMessage as QuanshiSurveyMessage
from turnout.dialects.quanshi.proof import WrongSignature as QuanshiWrongSignature

__all__ = [
    "CsslcloudClient",
    "CsslcloudRefused",
    "NativeClient",
    "NativeRefused",
    "QuanshiNotYetRead",
    "QuanshiSurveyMessage",
    "QuanshiUnreadable",
    "QuanshiWrongSignature",
    "csslcloud_replies",
    "decode_quanshi",
    "identity_of_quanshi",
    "native_replies",
    "quanshi_messages",
    "receive_quanshi",
]
