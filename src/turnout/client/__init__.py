"""The public clients and receivers of every dialect."""

from turnout.dialects.csslcloud.client import CsslcloudClient, CsslcloudRefused
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
    "QuanshiNotYetRead",
    "QuanshiSurveyMessage",
    "QuanshiUnreadable",
    "QuanshiWrongSignature",
    "decode_quanshi",
    "identity_of_quanshi",
    "receive_quanshi",
]
