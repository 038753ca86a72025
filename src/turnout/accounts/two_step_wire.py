"""Request and reply structs of two-step login and of a host's own logins."""

from typing import Annotated

import msgspec

from turnout.accounts.rules import OwnLogin
from turnout.accounts.two_step_rules import TwoStep
from turnout.accounts.wire import PasswordText
from turnout.kernel import limits
from turnout.kernel.clock import rfc3339

CodeText = Annotated[
    str, msgspec.Meta(min_length=1, max_length=limits.MAX_CODE_LENGTH, description="The six digits that the host's app shows now.")
]
RecoveryText = Annotated[
    str, msgspec.Meta(min_length=1, max_length=limits.MAX_CODE_LENGTH, description="A recovery code, in place of the code.")
]


class LoginCodeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The second step of a login: the ticket of the first, and either a code or a recovery code."""

    ticket: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    code: CodeText | None = None
    recovery_code: RecoveryText | None = None


class BeginTwoStepBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The host's password, asked for again."""

    password: PasswordText


class ConfirmTwoStepBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first code of the app."""

    code: CodeText


class TwoStepProofBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The host's password, and either a code or a recovery code."""

    password: PasswordText
    code: CodeText | None = None
    recovery_code: RecoveryText | None = None


class TwoStepOut(msgspec.Struct, frozen=True):
    """Whether the host's logins need a code. has_password: false for a host whom only the provider logs in; then there is nothing to turn
    on here."""

    on: bool
    on_since: str | None
    recovery_codes_left: int
    has_password: bool


class TwoStepSecretOut(msgspec.Struct, frozen=True):
    """What the host's app is given, this once. secret: to be typed in. uri: what a QR code says."""

    secret: str
    uri: str


class RecoveryCodesOut(msgspec.Struct, frozen=True):
    """Shown this once. Each of them stands for a code one time."""

    recovery_codes: list[str]


class OwnLoginOut(msgspec.Struct, frozen=True):
    """One of the host's logins. current: the one that asks. address, browser: null for one made before they were kept."""

    id: str
    created_at: str
    expires_at: str
    address: str | None
    browser: str | None
    current: bool


class OwnLoginsOut(msgspec.Struct, frozen=True):
    """The host's logins that have not ended, the newest first."""

    logins: list[OwnLoginOut]


def two_step_out(two_step: TwoStep | None, *, recovery_codes_left: int, has_password: bool) -> TwoStepOut:
    """For the host."""
    since = two_step.on_since if two_step else None
    return TwoStepOut(since is not None, None if since is None else rfc3339(since), recovery_codes_left, has_password)


def own_login_out(login: OwnLogin, current_hash: str) -> OwnLoginOut:
    """For the host."""
    times = rfc3339(login.created_at), rfc3339(login.expires_at)
    return OwnLoginOut(login.id, *times, login.address, login.browser, login.token_hash == current_hash)
