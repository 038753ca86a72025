"""Who is calling: what every action and query of the other domains is handed to decide access by."""

from typing import Literal

import msgspec

from turnout.kernel.clock import Instant
from turnout.kernel.errors import NotAllowed
from turnout.kernel.ids import AccountId, ApiKeyId, HostId

Role = Literal["host", "operator", "api_key"]
"""host runs live sessions; operator manages the account as well; api_key is the account's own system and may do what an operator may."""

LOGIN_COOKIE = "turnout_login"
"""The cookie that holds a login's token, on HTTP requests and on the upgrade of a socket."""

CSRF_HEADER = "X-CSRF-Token"
"""The header in which unsafe requests that are proved by the cookie carry the login's CSRF token."""


class Caller(msgspec.Struct, frozen=True):
    """Somebody whose proof held, at the moment it was looked at.

    account_id: the only account whose things this caller may see. host_id: the host logged in, or None for an API key (what then needs
    a host takes queries.default_host). host_name: empty for an API key. address: where the request came from, for the audit log.
    """

    account_id: AccountId
    host_id: HostId | None
    host_name: str
    api_key_id: ApiKeyId | None
    role: Role
    address: str = ""

    def require_operator(self) -> None:
        """Raises NotAllowed for a host who is no operator."""
        if self.role == "host":
            raise NotAllowed("this is for operators of the account")


class Login(msgspec.Struct, frozen=True):
    """A login that has not ended. csrf: what unsafe requests proved by its cookie must carry in the header X-CSRF-Token."""

    caller: Caller
    csrf: str
    expires_at: Instant
