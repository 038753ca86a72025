"""The public clients and receivers of every dialect."""

from turnout.dialects.csslcloud import replies as csslcloud_replies
from turnout.dialects.csslcloud.client import CsslcloudClient, CsslcloudRefused
from turnout.dialects.native import replies as native_replies
from turnout.dialects.native.client import NativeClient, NativeRefused
from turnout.dialects.native.ed25519 import Unavailable as Ed25519Unavailable
from turnout.dialects.native.receiver import AnnouncementData as NativeAnnouncementData
from turnout.dialects.native.receiver import CheckInData as NativeCheckInData
from turnout.dialects.native.receiver import DrawData as NativeDrawData
from turnout.dialects.native.receiver import EndpointData as NativeEndpointData
from turnout.dialects.native.receiver import LiveSessionData as NativeLiveSessionData
from turnout.dialects.native.receiver import Message as NativeMessage
from turnout.dialects.native.receiver import PrizeDrawnData as NativePrizeDrawnData
from turnout.dialects.native.receiver import SurveyData as NativeSurveyData
from turnout.dialects.native.receiver import Unreadable as NativeUnreadable
from turnout.dialects.native.receiver import ViewerData as NativeViewerData
from turnout.dialects.native.receiver import decode as decode_native
from turnout.dialects.native.receiver import receive as receive_native
from turnout.dialects.native.signing import WrongSignature as NativeWrongSignature
from turnout.dialects.native.signing import new_key_pair as new_native_key_pair
from turnout.dialects.quanshi import messages as quanshi_messages
from turnout.dialects.quanshi.client import NotYetRead as QuanshiNotYetRead
from turnout.dialects.quanshi.client import Unreadable as QuanshiUnreadable
from turnout.dialects.quanshi.client import decode as decode_quanshi
from turnout.dialects.quanshi.client import identity_of as identity_of_quanshi
from turnout.dialects.quanshi.client import key_of as key_of_quanshi
from turnout.dialects.quanshi.client import receive as receive_quanshi
from turnout.dialects.quanshi.messages import LotteryMessage as QuanshiLotteryMessage
from turnout.dialects.quanshi.messages import SignInMessage as QuanshiSignInMessage
from turnout.dialects.quanshi.messages import SurveyMessage as QuanshiSurveyMessage
from turnout.dialects.quanshi.proof import WrongSignature as QuanshiWrongSignature
from turnout.dialects.replays import Replays, StillTaken
from turnout.dialects.volcengine import messages as volcengine_messages
from turnout.dialects.volcengine.client import NotYetRead as VolcengineNotYetRead
from turnout.dialects.volcengine.client import Unreadable as VolcengineUnreadable
from turnout.dialects.volcengine.client import decode as decode_volcengine
from turnout.dialects.volcengine.client import key_of as key_of_volcengine
from turnout.dialects.volcengine.client import receive as receive_volcengine
from turnout.dialects.volcengine.messages import AwardMessage as VolcengineAwardMessage
from turnout.dialects.volcengine.signing import WrongSignature as VolcengineWrongSignature
from turnout.kernel.errors import TurnoutError
from turnout.proofs.bls import Unavailable as DrandUnavailable
from turnout.proofs.drand import Chain as DrandChain
from turnout.proofs.verifying import Check as DrawCheck
from turnout.proofs.verifying import Report as DrawReport
from turnout.proofs.verifying import verify_membership as verify_draw_membership
from turnout.proofs.verifying import verify_proof as verify_draw_proof

__all__ = [
    "CsslcloudClient",
    "CsslcloudRefused",
    "DrandChain",
    "DrandUnavailable",
    "DrawCheck",
    "DrawReport",
    "Ed25519Unavailable",
    "NativeAnnouncementData",
    "NativeCheckInData",
    "NativeClient",
    "NativeDrawData",
    "NativeEndpointData",
    "NativeLiveSessionData",
    "NativeMessage",
    "NativePrizeDrawnData",
    "NativeRefused",
    "NativeSurveyData",
    "NativeUnreadable",
    "NativeViewerData",
    "NativeWrongSignature",
    "QuanshiLotteryMessage",
    "QuanshiNotYetRead",
    "QuanshiSignInMessage",
    "QuanshiSurveyMessage",
    "QuanshiUnreadable",
    "QuanshiWrongSignature",
    "Replays",
    "StillTaken",
    "TurnoutError",
    "VolcengineAwardMessage",
    "VolcengineNotYetRead",
    "VolcengineUnreadable",
    "VolcengineWrongSignature",
    "csslcloud_replies",
    "decode_native",
    "decode_quanshi",
    "decode_volcengine",
    "identity_of_quanshi",
    "key_of_quanshi",
    "key_of_volcengine",
    "native_replies",
    "new_native_key_pair",
    "quanshi_messages",
    "receive_native",
    "receive_quanshi",
    "receive_volcengine",
    "verify_draw_membership",
    "verify_draw_proof",
    "volcengine_messages",
]
