"""The client's calls about members, join links, API keys and the audit log."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import msgspec

from turnout.dialects.native import account_replies as replies
from turnout.dialects.native.calling import Calling


class _Members(msgspec.Struct):
    members: list[replies.Member]


class _JoinLinks(msgspec.Struct):
    join_links: list[replies.JoinLink]


class _ApiKeys(msgspec.Struct):
    api_keys: list[replies.ApiKey]


class _Records(msgspec.Struct):
    records: list[replies.AuditRecord]


class AccountCalls(Calling):
    """The people and keys of the account."""

    def list_members(self) -> list[replies.Member]:
        """The people with a login, in the order in which they came."""
        return [member for page in self._pages("/members", _Members) for member in page.members]

    def change_member(self, member: str, **settings: Any) -> replies.Member:
        """Changes name or role (host, operator); what is not said stays."""
        return self._patch(f"/members/{member}", settings, replies.Member)

    def remove_member(self, member: str) -> None:
        """Ends a member's logins for good; what the member made stays."""
        self._delete(f"/members/{member}")

    def create_join_link(self, role: str = "host", label: str = "", days: int = 7) -> replies.NewJoinLink:
        """A link by which one person becomes a member; its address is shown this once."""
        return self._create("/join-links", {"role": role, "label": label, "days": days}, replies.NewJoinLink)

    def list_join_links(self) -> list[replies.JoinLink]:
        """The account's join links, newest first."""
        return [link for page in self._pages("/join-links", _JoinLinks) for link in page.join_links]

    def revoke_join_link(self, join_link: str) -> None:
        """Nobody joins by it any more."""
        self._delete(f"/join-links/{join_link}")

    def create_api_key(self, label: str = "") -> replies.NewApiKey:
        """A further API key; shown this once."""
        return self._create("/api-keys", {"label": label}, replies.NewApiKey)

    def list_api_keys(self) -> list[replies.ApiKey]:
        """The account's API keys, newest first; revoked ones too."""
        return [key for page in self._pages("/api-keys", _ApiKeys) for key in page.api_keys]

    def revoke_api_key(self, api_key: str) -> None:
        """The key works no more, from the next request on."""
        self._delete(f"/api-keys/{api_key}")

    def list_audit_records(self, **filters: str) -> Iterator[replies.AuditRecord]:
        """The audit log, newest first, read page by page. filters: kind, actor, from, to."""
        for page in self._pages("/audit", _Records, **filters):
            yield from page.records

    def export_audit_records(self, **filters: str) -> bytes:
        """The same as a CSV file."""
        query = f"?{urlencode(filters)}" if filters else ""
        return self._call("GET", f"/audit/export{query}", None, {})
