"""Members, join links, API keys and the audit log."""

from typing import Any

from turnout.accounts.member_rules import (
    JoinLinkExpired,
    JoinLinkRevoked,
    JoinLinkUsed,
    LastOperator,
    NoSuchJoinLink,
    NoSuchMember,
    TooManyApiKeys,
    TooManyJoinLinks,
    TooManyMembers,
)
from turnout.accounts.rules import LoginTaken
from turnout.api_examples.account import LOGIN
from turnout.kernel.documented import Documented
from turnout.kernel.errors import InvalidInput, NotAllowed, NotFound

MEMBER: Any = {
    "id": "hs_7c2x9m4k0v8qz",
    "login": "wang",
    "name": "Wang Fang",
    "role": "host",
    "created_at": "2026-01-05T08:00:00.000000Z",
    "last_login_at": "2026-01-06T00:52:11.000000Z",
}

JOIN_LINK: Any = {
    "id": "jl_2q8z0n5c7r1kx",
    "role": "host",
    "label": "Wang Fang, training",
    "state": "open",
    "made_by": "Chen Jie",
    "created_at": "2026-01-05T08:00:00.000000Z",
    "expires_at": "2026-01-12T08:00:00.000000Z",
    "used_at": None,
    "used_by": None,
}

NEW_API_KEY: Any = {
    "id": "ak_9d4t6h0w3j2mb",
    "label": "CRM",
    "created_at": "2026-01-05T08:00:00.000000Z",
    "revoked_at": None,
    "last_used_at": None,
}
API_KEY: Any = {**NEW_API_KEY, "last_used_at": "2026-01-06T02:10:00.000000Z"}

_SECRET = "p0v8Wc1mS7yqT4uJx2nKdE9hRbL6fZaGkQ3iV5oUsYw"  # noqa: S105 - an example

RECORD: Any = {
    "id": "au_4m1r8y6b2g0ps",
    "at": "2026-01-06T01:20:44.120000Z",
    "kind": "member.role_changed",
    "actor": {"kind": "member", "id": "hs_3n8w1qz6d0r5y", "name": "Chen Jie", "address": "198.51.100.7"},
    "thing": {"id": "hs_7c2x9m4k0v8qz", "name": "Wang Fang"},
    "facts": {"role": "operator", "before": "host", "join_links_revoked": 0},
}

_TABLE = (
    "time,kind,actor_kind,actor_id,actor,address,thing_id,thing,facts,id\n"
    "2026-01-06T01:20:44.120000Z,room.created,member,hs_3n8w1qz6d0r5y,Chen Jie,198.51.100.7,rm_0f3kq8z1m2n4p,Hall,,au_4m1r8y6b2g0ps\n"
)

_UNUSABLE = (NoSuchJoinLink, JoinLinkUsed, JoinLinkRevoked, JoinLinkExpired)

OPERATIONS = {
    "listMembers": Documented(reply={"members": [MEMBER], "next": None}, refusals=(NotAllowed,)),
    "changeMember": Documented({"name": "Wang Fang", "role": "host"}, MEMBER, (NotAllowed, NoSuchMember, LastOperator)),
    "removeMember": Documented(refusals=(NotAllowed, NoSuchMember, LastOperator)),
    "createJoinLink": Documented(
        {"role": "host", "label": "Wang Fang, training", "days": 7},
        {"join_link": JOIN_LINK, "url": f"https://live.example.com/console/join#{_SECRET}"},
        (NotAllowed, TooManyJoinLinks),
    ),
    "listJoinLinks": Documented(reply={"join_links": [JOIN_LINK], "next": None}, refusals=(NotAllowed,)),
    "revokeJoinLink": Documented(refusals=(NotAllowed, NoSuchJoinLink, JoinLinkUsed)),
    "lookAtJoinLink": Documented(
        {"secret": _SECRET},
        {"account_name": "Acme Training", "role": "host", "made_by": "Chen Jie", "expires_at": "2026-01-12T08:00:00.000000Z"},
        _UNUSABLE,
    ),
    "join": Documented(
        {"secret": _SECRET, "login": "wang", "name": "Wang Fang", "password": "correct horse battery"},
        LOGIN,
        (*_UNUSABLE, LoginTaken, TooManyMembers),
    ),
    "createApiKey": Documented(
        {"label": "CRM"}, {"api_key": NEW_API_KEY, "key": "tk_9Qw3rT6yU8iO1pA4sD7fG0hJ2kL5zX8cVbN1mQ4eR7u"}, (NotAllowed, TooManyApiKeys)
    ),
    "listApiKeys": Documented(reply={"api_keys": [API_KEY], "next": None}, refusals=(NotAllowed,)),
    "revokeApiKey": Documented(refusals=(NotAllowed,)),
    "listAuditRecords": Documented(reply={"records": [RECORD], "next": None}, refusals=(NotAllowed, NotFound, InvalidInput)),
    "exportAuditRecords": Documented(refusals=(NotAllowed, NotFound, InvalidInput), reply_types={"text/csv": _TABLE}),
}
