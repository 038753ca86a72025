"""turnout account …: an account's people, its API keys and its audit log, where nobody can log in to look or to help."""

from typing import Annotated, Any

from cyclopts import Parameter
from rich.table import Table

from turnout.accounts import audit_store, member_actions, queries
from turnout.accounts.api_keys import hash_secret, new_token
from turnout.accounts.audit_rules import AUDIT_KINDS, AuditFilter
from turnout.accounts.audit_wire import record_out
from turnout.accounts.member_api import join_url
from turnout.accounts.member_rules import check_label
from turnout.accounts.member_wire import api_key_out, member_out
from turnout.accounts.oidc_actions import READMIT, Readmit
from turnout.accounts.rules import HostRole
from turnout.cli.office import AccountText, open_office, show
from turnout.cli.options import ANYWHERE, Place
from turnout.cli.output import AsJson, Output, safe
from turnout.kernel import limits
from turnout.kernel.errors import InvalidInput
from turnout.kernel.ids import HostId, Kind

LoginText = Annotated[str, Parameter(help="The member's login name.")]


def invite(
    account: AccountText,
    /,
    *,
    role: Annotated[HostRole, Parameter(help="An operator also looks after the account.")] = "host",
    label: Annotated[str, Parameter(help="For whom it is.")] = "",
    days: Annotated[int, Parameter(help=f"Days for which it can be used, at most {limits.MAX_JOIN_LINK_DAYS}.")] = limits.JOIN_LINK_DAYS,
    place: Place = ANYWHERE,
    json: AsJson = False,
) -> int:
    """Make a link by which one person becomes a member of the account."""
    if not 1 <= days <= limits.MAX_JOIN_LINK_DAYS:
        raise InvalidInput(f"1 to {limits.MAX_JOIN_LINK_DAYS} days", field="days")
    with open_office(place) as office:
        secret = new_token()
        made = office.write(
            member_actions.MAKE_JOIN_LINK,
            member_actions.MakeJoinLink(
                account_id=office.account_id(account),
                role=role,
                label=check_label(label),
                days=days,
                secret_hash=hash_secret(secret),
                sealed=b"",
            ),
        )
        # where the server answers is known where base_url is configured; else whoever is told the link adds it
        shown = {
            "id": office.ids.text(Kind.JOIN_LINK, made.link.id),
            "role": role,
            "label": made.link.label,
            "url": join_url(office.runtime.base_url.rstrip("/"), secret),
        }
    show(json, shown, "Keep the link: it is shown this once, and works once.")
    return 0


def members(account: AccountText, /, *, place: Place = ANYWHERE, json: AsJson = False) -> int:
    """List the people with a login of the account."""
    with open_office(place) as office:
        account_id = office.account_id(account)
        found = [member_out(office.ids, host) for host in office.read(lambda connection: queries.list_hosts(connection, account_id))]
    if json:
        Output(True).document({"members": found})
        return 0
    rows = [(one.id, safe(one.login), safe(one.name), one.role, one.created_at, one.last_login_at or "never") for one in found]
    _table(("Member", "Login", "Name", "Role", "Since", "Last login"), rows, "There are no members.")
    return 0


def set_role(login: LoginText, role: HostRole, /, *, place: Place = ANYWHERE, json: AsJson = False) -> int:
    """Make a member a host or an operator, such as where nobody is left who could."""
    with open_office(place) as office:
        host = office.host_of_login(login)
        command = member_actions.ChangeMember(host.account_id, host.id, role=role)
        changed = office.write(member_actions.CHANGE_MEMBER, command)
        shown = {"id": office.ids.text(Kind.HOST, changed.id), "login": changed.login, "role": changed.role}
    show(json, shown, "It counts from the member's next request on.")
    return 0


def remove_member(login: LoginText, /, *, place: Place = ANYWHERE, json: AsJson = False) -> int:
    """Remove a member, with every login; what the member made stays."""
    with open_office(place) as office:
        host = office.host_of_login(login)
        office.write(member_actions.REMOVE_MEMBER, member_actions.RemoveMember(host.account_id, host.id))
        shown = {"id": office.ids.text(Kind.HOST, host.id), "login": host.login, "removed": True}
    show(json, shown, "The member is out; pages that are open end within seconds.")
    return 0


def readmit(
    account: AccountText,
    member: Annotated[str, Parameter(help="The removed member's id, hs_…; the audit log has it.")],
    /,
    *,
    place: Place = ANYWHERE,
    json: AsJson = False,
) -> int:
    """Let somebody who was removed come back with the organisation's provider, as a new member."""
    with open_office(place) as office:
        member_id = HostId(office.ids.parse_text(Kind.HOST, member))
        host = office.write(READMIT, Readmit(office.account_id(account), member_id))
        shown = {"id": office.ids.text(Kind.HOST, host.id), "name": host.name, "readmitted": True}
    show(json, shown, "The next login with the provider makes a new member.")
    return 0


def keys(account: AccountText, /, *, place: Place = ANYWHERE, json: AsJson = False) -> int:
    """List the account's API keys; `new-key` and `revoke-key` change them."""
    with open_office(place) as office:
        account_id = office.account_id(account)
        found = [api_key_out(office.ids, key) for key in office.read(lambda connection: queries.list_api_keys(connection, account_id))]
    if json:
        Output(True).document({"api_keys": found})
        return 0
    rows = [(one.id, safe(one.label), one.created_at, one.last_used_at or "", one.revoked_at or "") for one in found]
    _table(("Key", "Label", "Made", "Last used", "Revoked"), rows, "There are no API keys.")
    return 0


def audit(
    account: AccountText,
    /,
    *,
    kind: Annotated[str | None, Parameter(help="Of this kind only, such as member.removed.")] = None,
    limit: Annotated[int, Parameter(help=f"The newest so many, at most {limits.MAX_PAGE_LENGTH}.")] = 50,
    place: Place = ANYWHERE,
    json: AsJson = False,
) -> int:
    """Show who did what, newest first."""
    if kind is not None and kind not in AUDIT_KINDS:
        raise InvalidInput("there is no such kind of record", field="kind")
    if not 1 <= limit <= limits.MAX_PAGE_LENGTH:
        raise InvalidInput(f"1 to {limits.MAX_PAGE_LENGTH}", field="limit")
    with open_office(place) as office:
        account_id, wanted = office.account_id(account), AuditFilter(kind=kind)
        records = office.read(lambda connection: audit_store.select_records(connection, account_id, wanted, None, limit))
        found = [record_out(office.ids, record) for record in records]
    if json:
        Output(True).document({"records": found})
        return 0
    rows = [
        (one.at, one.kind, safe(one.actor.name) or one.actor.kind, one.actor.address, "" if one.thing is None else safe(one.thing.name))
        for one in found
    ]
    _table(("Time", "Kind", "Who", "From", "Which"), rows, "There are no such records.")
    return 0


def _table(headings: tuple[str, ...], rows: list[tuple[Any, ...]], empty: str) -> None:
    table = Table(box=None)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Output(False).person.print(table if rows else empty)
