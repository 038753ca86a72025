"""The account, room and live session that the demo plays in: found again in a kept data folder, or made."""

import asyncio
import os
import secrets
from pathlib import Path

import msgspec
import sqlalchemy as sa

from turnout.accounts import actions, queries
from turnout.accounts.api_keys import hash_secret, new_api_key
from turnout.accounts.passwords import hash_password, is_password
from turnout.accounts.rules import Host
from turnout.accounts.secrets import AccountSecrets, new_account, new_password, open_dialect_key
from turnout.client import NativeClient, native_replies
from turnout.compose import SIGNED_DIALECTS, Server
from turnout.kernel.ids import Kind, RoomId
from turnout.rehearsal.pieces import ACCOUNT_NAME, HOST_NAME, LIVE_SESSION_TITLE, ROOM_TITLE, Language
from turnout.rooms.queries import access_screen
from turnout.rooms.rules import InvalidScreenKey
from turnout.storage.keyring import CannotOpen
from turnout.storage.runtime import Runtime

LOGIN = "demo"
"""Login name of the demo's host."""

_SECRETS_FILE = "demo.json"
"""In the data folder, readable by its owner: what the demo has shown, so that a kept one shows the same at its next start."""


class DemoSecrets(AccountSecrets, frozen=True, kw_only=True):
    """What that file holds. screen_key: of the room's screen link. account_secret: what Volcengine's callbacks are signed with.
    crowd_key: by which the simulated viewers come back as who they were."""

    screen_key: str = ""
    account_secret: str = msgspec.field(default_factory=lambda: secrets.token_hex(16))
    crowd_key: str = msgspec.field(default_factory=lambda: secrets.token_hex(16))


class Stage(msgspec.Struct, frozen=True):
    """Where the demo plays. client: calls as the account."""

    secrets: DemoSecrets
    client: NativeClient
    room: native_replies.Room
    live_session: native_replies.LiveSession


async def set_stage(server: Server, local_url: str, language: Language, *, fresh_live_session: bool) -> Stage:
    """An account with a room and a running live session on a server that serves.

    A kept data folder's demo account goes on with the secrets it had; with new ones after a change of the password or without their file.
    The screen link is a new one only where the one before works no more. fresh_live_session: end one that still runs, so that only what is
    played now counts.
    """
    file = Path(server.config.data_dir) / _SECRETS_FILE
    kept = await asyncio.to_thread(_kept, file)
    account = await _find_account(server.runtime, kept) or await _make_account(server.runtime, language)
    client = NativeClient(local_url, account.api_key)
    room, live_session = await asyncio.to_thread(_set_room, client, language, fresh_live_session)
    before = {} if kept is None else msgspec.structs.asdict(kept)
    shown = DemoSecrets(**before | msgspec.structs.asdict(account))
    shown = msgspec.structs.replace(shown, screen_key=await _screen_key(server.runtime, client, room.id, shown.screen_key))
    await asyncio.to_thread(_keep, file, shown)
    return Stage(shown, client, room, live_session)


def _set_room(client: NativeClient, language: Language, fresh: bool) -> tuple[native_replies.Room, native_replies.LiveSession]:
    rooms = client.list_rooms()
    room = rooms[-1] if rooms else client.create_room(ROOM_TITLE[language])
    running = room.running_live_session
    if running is not None and fresh:
        client.end_live_session(running.id)
        running = None
    live_session = running or client.start_live_session(room.id, LIVE_SESSION_TITLE[language])
    return client.get_room(room.id), live_session


async def _screen_key(runtime: Runtime, client: NativeClient, room: str, kept: str) -> str:
    """The key of the room's screen link: the kept one while it opens the big screen, so that screens that show it go on, or a new one."""
    room_id = RoomId(runtime.ids.parse_text(Kind.ROOM, room))
    try:
        await runtime.database.read(lambda connection: access_screen(connection, room_id, hash_secret(kept)))
    except InvalidScreenKey:
        return (await asyncio.to_thread(client.make_screen_link, room)).screen_url.partition("#key=")[2]
    return kept


async def _find_account(runtime: Runtime, kept: DemoSecrets | None) -> AccountSecrets | None:
    found = await runtime.database.read(_demo_host)
    if found is None:
        return None
    host, earlier_hash, sealed = found
    try:
        key = open_dialect_key(runtime.keyring, SIGNED_DIALECTS[0], sealed)
    except CannotOpen:
        return None  # a database that outlived its secret key: nothing in it can be read any more
    if kept is not None and await asyncio.to_thread(is_password, earlier_hash, kept.host_password):
        caller = await runtime.database.read(lambda connection: queries.caller_of_api_key(connection, hash_secret(kept.api_key)))
        if caller is not None and caller.account_id == host.account_id:
            return kept
    shown = AccountSecrets(
        api_key=new_api_key(), dialect_keys={SIGNED_DIALECTS[0]: key}, host_login=host.login, host_password=new_password()
    )
    password_hash = await asyncio.to_thread(hash_password, shown.host_password)
    lane = host.account_id
    await runtime.commit.run(
        actions.SET_PASSWORD,
        actions.SetPassword(account_id=host.account_id, host_id=host.id, password_hash=password_hash),
        lane=actions.LOGIN_LANE,
    )
    await runtime.commit.run(actions.CREATE_API_KEY, actions.CreateApiKey(host.account_id, hash_secret(shown.api_key), "demo"), lane=lane)
    return shown


def _kept(file: Path) -> DemoSecrets | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=DemoSecrets)
    except (OSError, msgspec.DecodeError):
        return None


def _keep(file: Path, shown: DemoSecrets) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(msgspec.json.encode(shown))


def _demo_host(connection: sa.Connection) -> tuple[Host, str, bytes] | None:
    """The demo's host, the hash of the password, and the account's sealed key."""
    found = queries.find_host_for_login(connection, LOGIN)
    sealed = queries.dialect_key_of(connection, found[0].account_id, SIGNED_DIALECTS[0]) if found else None
    return None if found is None or sealed is None else (*found, sealed)


async def _make_account(runtime: Runtime, language: Language) -> AccountSecrets:
    taken = await runtime.database.read(_demo_host) is not None
    command, shown = await asyncio.to_thread(
        new_account,
        runtime.keyring,
        SIGNED_DIALECTS,
        name=ACCOUNT_NAME[language],
        host_login=f"{LOGIN}-{secrets.token_hex(3)}" if taken else LOGIN,
        host_name=HOST_NAME[language],
    )
    await runtime.commit.run(actions.CREATE_ACCOUNT, command, lane=actions.LOGIN_LANE)
    return shown
