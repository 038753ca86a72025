"""/members, /join-links, /join and /api-keys of the native API: people and programs of an account, for its operators."""

from typing import Annotated, Any

from litestar import Response, delete, get, patch, post
from litestar.params import Parameter

from turnout.accounts import member_actions, member_queries, member_wire, rules, secrets, wire
from turnout.accounts.api_keys import hash_secret, new_api_key, new_token
from turnout.accounts.caller import Caller
from turnout.accounts.logging_in import address_of, browser_of, login_cookie
from turnout.accounts.member_rules import check_label, check_member_name
from turnout.accounts.passwords import PasswordChecker
from turnout.accounts.repeats import AnyRequest, once_of_request
from turnout.accounts.rules import ApiKey
from turnout.kernel import limits
from turnout.kernel.ids import ApiKeyId, HostId, JoinLinkId, Kind
from turnout.storage.runtime import Runtime

MemberText = Annotated[str, Parameter(description="A member's id, hs_…")]
JoinLinkText = Annotated[str, Parameter(description="A join link's id, jl_…")]
ApiKeyText = Annotated[str, Parameter(description="An API key's id, ak_…")]
AfterText = Annotated[str | None, Parameter(description="`next` of the page before")]
PageLength = Annotated[int, Parameter(ge=1, le=limits.MAX_PAGE_LENGTH, description="Entries in the page")]

JOIN_PAGE = "/console/join"
"""The page a join link leads to; the secret stands after its #, which browsers send to nobody."""


@get("/api/v1/members", operation_id="listMembers", tags=["members"], summary="List members")
async def list_members(
    caller: Caller, runtime: Runtime, after: AfterText = None, limit: PageLength = limits.MAX_PAGE_LENGTH
) -> member_wire.MembersOut:
    """The people with a login of the account, in the order in which they came, in pages. For operators and API keys."""
    after_id = None if after is None else HostId(runtime.ids.parse_text(Kind.HOST, after))
    found = await runtime.database.read(lambda connection: member_queries.list_members(connection, caller, after_id, limit))
    members = [member_wire.member_out(runtime.ids, host) for host in found]
    return member_wire.MembersOut(members=members, next=members[-1].id if len(members) == limit else None)


@patch("/api/v1/members/{member:str}", operation_id="changeMember", tags=["members"], summary="Change a member")
async def change_member(member: MemberText, data: member_wire.MemberBody, caller: Caller, runtime: Runtime) -> member_wire.MemberOut:
    """Name and role; what is left out stays. A new role counts from the member's next request on, and the open join links of who is an
    operator no more are revoked. For operators and API keys; a host may change his own name."""
    command = member_actions.ChangeMember(
        account_id=caller.account_id,
        member_id=HostId(runtime.ids.parse_text(Kind.HOST, member)),
        name=check_member_name(data.name) if isinstance(data.name, str) else data.name,
        role=data.role,
        by=caller,
    )
    changed = await runtime.commit.run(member_actions.CHANGE_MEMBER, command, lane=caller.account_id)
    return member_wire.member_out(runtime.ids, changed)


@delete("/api/v1/members/{member:str}", operation_id="removeMember", tags=["members"], summary="Remove a member")
async def remove_member(member: MemberText, caller: Caller, runtime: Runtime) -> None:
    """Ends the member's logins and open pages at once, and revokes the open join links he has made. What he made stays. The last operator
    cannot be removed. For operators and API keys."""
    member_id = HostId(runtime.ids.parse_text(Kind.HOST, member))
    command = member_actions.RemoveMember(caller.account_id, member_id, by=caller)
    await runtime.commit.run(member_actions.REMOVE_MEMBER, command, lane=caller.account_id)


@post("/api/v1/join-links", operation_id="createJoinLink", tags=["members"], status_code=201, summary="Make a join link")
async def create_join_link(
    data: member_wire.JoinLinkBody, caller: Caller, runtime: Runtime, request: AnyRequest, passwords: PasswordChecker
) -> member_wire.NewJoinLinkOut:
    """A link by which one person becomes a member, once, in as many days as are given. Its secret is in this reply and never again. For
    operators and API keys. Send an Idempotency-Key to be safe against repeats."""
    _require_passwords(passwords)
    secret = new_token()
    command = member_actions.MakeJoinLink(
        account_id=caller.account_id,
        role=data.role,
        label=check_label(data.label),
        days=data.days,
        secret_hash=hash_secret(secret),
        sealed=secrets.seal_for_repeat(runtime.keyring, secret),
        by=caller,
        once=await once_of_request(request),
    )
    made = await runtime.commit.run(member_actions.MAKE_JOIN_LINK, command, lane=caller.account_id)
    link = member_wire.join_link_out(runtime.ids, made.link, runtime.clock.now())
    return member_wire.NewJoinLinkOut(link, join_url(_base_url(request, runtime), secrets.open_for_repeat(runtime.keyring, made.sealed)))


@get("/api/v1/join-links", operation_id="listJoinLinks", tags=["members"], summary="List join links")
async def list_join_links(
    caller: Caller, runtime: Runtime, after: AfterText = None, limit: PageLength = limits.MAX_PAGE_LENGTH
) -> member_wire.JoinLinksOut:
    """The account's join links, newest first, in pages; those that were used, revoked or have expired too. For operators and API keys."""
    before = None if after is None else JoinLinkId(runtime.ids.parse_text(Kind.JOIN_LINK, after))
    found = await runtime.database.read(lambda connection: member_queries.list_join_links(connection, caller, before, limit))
    now = runtime.clock.now()
    links = [member_wire.join_link_out(runtime.ids, link, now) for link in found]
    return member_wire.JoinLinksOut(join_links=links, next=links[-1].id if len(links) == limit else None)


@delete("/api/v1/join-links/{join_link:str}", operation_id="revokeJoinLink", tags=["members"], summary="Revoke a join link")
async def revoke_join_link(join_link: JoinLinkText, caller: Caller, runtime: Runtime) -> None:
    """Nobody joins by it any more. Revoking again changes nothing; one that was used is refused. For operators and API keys."""
    link_id = JoinLinkId(runtime.ids.parse_text(Kind.JOIN_LINK, join_link))
    command = member_actions.RevokeJoinLink(caller.account_id, link_id, by=caller)
    await runtime.commit.run(member_actions.REVOKE_JOIN_LINK, command, lane=caller.account_id)


@post(
    "/api/v1/join/look",
    operation_id="lookAtJoinLink",
    tags=["members"],
    status_code=200,
    security=[{}],
    summary="See where a join link leads",
)
async def look_at_join_link(data: member_wire.JoinLookBody, runtime: Runtime, passwords: PasswordChecker) -> member_wire.JoinLookOut:
    """For whoever has the link: the account's name, the role, and who made it."""
    _require_passwords(passwords)
    secret_hash, now = hash_secret(data.secret), runtime.clock.now()
    link, account = await runtime.database.read(lambda c: member_queries.look_at_join_link(c, secret_hash, now))
    return member_wire.join_look_out(link, account)


@post("/api/v1/join", operation_id="join", tags=["members"], status_code=200, security=[{}], summary="Join by a link")
async def join(data: member_wire.JoinBody, request: AnyRequest, runtime: Runtime, passwords: PasswordChecker) -> Response[wire.LoginOut]:
    """Makes a member and begins a login: sets its cookie and returns its CSRF token. Of several who use one link, one gets in."""
    _require_passwords(passwords)
    login, name = rules.check_login(data.login), check_member_name(data.name)
    rules.check_password(data.password)
    secret_hash, now = hash_secret(data.secret), runtime.clock.now()
    # before the password is hashed: only who has a link may make the server do that work
    link, account = await runtime.database.read(lambda c: member_queries.look_at_join_link(c, secret_hash, now))
    token, csrf = new_token(), new_token()
    joined = await runtime.commit.run(
        member_actions.JOIN,
        member_actions.Join(
            account_id=link.account_id,
            secret_hash=secret_hash,
            login=login,
            name=name,
            password_hash=await passwords.hash(data.password),
            token_hash=hash_secret(token),
            csrf=csrf,
            address=address_of(request),
            browser=browser_of(request),
        ),
        lane=link.account_id,
    )
    return Response(
        wire.login_out(runtime.ids, joined.host, account, csrf=csrf, expires_at=joined.expires_at),
        cookies=[login_cookie(request, runtime, token, max_age=limits.LOGIN_DAYS * 86_400)],
    )


@post("/api/v1/api-keys", operation_id="createApiKey", tags=["account"], status_code=201, summary="Make an API key")
async def create_api_key(data: member_wire.ApiKeyBody, caller: Caller, runtime: Runtime, request: AnyRequest) -> member_wire.NewApiKeyOut:
    """A further key with which the account's own systems call this API. It is in this reply and never again. For operators and API keys.
    Send an Idempotency-Key to be safe against repeats."""
    key = new_api_key()
    command = member_actions.MakeApiKey(
        caller=caller,
        label=check_label(data.label),
        key_hash=hash_secret(key),
        sealed=secrets.seal_for_repeat(runtime.keyring, key),
        once=await once_of_request(request),
    )
    made = await runtime.commit.run(member_actions.MAKE_API_KEY, command, lane=caller.account_id)
    shown = ApiKey(made.id, caller.account_id, made.label, made.created_at, None, None)
    return member_wire.NewApiKeyOut(member_wire.api_key_out(runtime.ids, shown), secrets.open_for_repeat(runtime.keyring, made.sealed))


@get("/api/v1/api-keys", operation_id="listApiKeys", tags=["account"], summary="List API keys")
async def list_api_keys(
    caller: Caller, runtime: Runtime, after: AfterText = None, limit: PageLength = limits.MAX_PAGE_LENGTH
) -> member_wire.ApiKeysOut:
    """The account's API keys without their secrets, newest first, in pages; revoked ones too. For operators and API keys."""
    before = None if after is None else ApiKeyId(runtime.ids.parse_text(Kind.API_KEY, after))
    found = await runtime.database.read(lambda connection: member_queries.list_api_keys(connection, caller, before, limit))
    keys = [member_wire.api_key_out(runtime.ids, key) for key in found]
    return member_wire.ApiKeysOut(api_keys=keys, next=keys[-1].id if len(keys) == limit else None)


@delete("/api/v1/api-keys/{api_key:str}", operation_id="revokeApiKey", tags=["account"], summary="Revoke an API key")
async def revoke_api_key(api_key: ApiKeyText, caller: Caller, runtime: Runtime) -> None:
    """It works no more from the next request on, wherever it is used. Revoking again changes nothing. For operators and API keys."""
    key_id = ApiKeyId(runtime.ids.parse_text(Kind.API_KEY, api_key))
    command = member_actions.RevokeApiKey(caller.account_id, key_id, by=caller)
    await runtime.commit.run(member_actions.REVOKE_API_KEY, command, lane=caller.account_id)


def join_url(base_url: str, secret: str) -> str:
    """What the person who shall join opens. base_url: without a slash at its end."""
    return f"{base_url}{JOIN_PAGE}#{secret}"


def _require_passwords(passwords: PasswordChecker) -> None:
    """Raises PasswordLoginsOff: who joins by a link chooses a password."""
    if not passwords.log_in:
        raise rules.PasswordLoginsOff


def _base_url(request: AnyRequest, runtime: Runtime) -> str:
    return (runtime.base_url or str(request.base_url)).rstrip("/")


ROUTES: list[Any] = [
    list_members,
    change_member,
    remove_member,
    create_join_link,
    list_join_links,
    revoke_join_link,
    look_at_join_link,
    join,
    create_api_key,
    list_api_keys,
    revoke_api_key,
]
"""What server.app.build_app is handed."""
