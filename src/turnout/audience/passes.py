"""Passes: the customer's signed word about a viewer, as docs/entry.md describes it for those who sign.

A pass is a JWT under HS256 and nothing else. Its header's `kid` names the account and the number of the entry key; a pass that any key of
ours signed is believed only for rooms of that key's account. The times are compared with our own clock. Nothing of a pass is ever logged,
and no refusal repeats what stood in it.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable
from typing import Any

import jwt
import msgspec
import structlog

from turnout.accounts import secrets
from turnout.accounts.queries import list_entry_keys
from turnout.audience.rules import InvalidPass, NameRequired, PassExpired, Signed, ViewerRole, check_name
from turnout.kernel import limits
from turnout.kernel.clock import SECOND, Instant
from turnout.kernel.errors import InvalidInput, NotFound, Overloaded, TurnoutError
from turnout.kernel.ids import AccountId, Kind
from turnout.kernel.text import check_text
from turnout.rooms.rules import NoSuchRoom, read_code
from turnout.storage.runtime import Runtime

log = structlog.get_logger()

KEYS_KEPT_S = 5.0
"""Seconds for which an account's keys are not read again: so much later another process learns that a key was ended."""

_MAX_ACCOUNTS_KEPT = 10_000
_MOST_DIGITS = 9  # of a key's number
_MISSING = re.compile(r"missing required field `(\w+)`")
_jws = jwt.PyJWS(algorithms=["HS256"])


class _Header(msgspec.Struct):
    kid: str
    alg: str


class _Claims(msgspec.Struct):
    sub: str
    name: str
    exp: int | float
    nbf: int | float | None = None
    phone: str | None = None
    email: str | None = None
    group: str | None = None
    role: ViewerRole = ViewerRole.ATTENDEE
    extra: dict[str, Any] | None = None
    room: str | None = None


class Key(msgspec.Struct, frozen=True):
    """An entry key, opened. works_until: None for the newest."""

    text: str
    works_until: Instant | None


_Kept = tuple[float, dict[int, Key]]  # when an account's keys were read, and the keys by number
_NEVER: _Kept = (0.0, {})
_decode_header = msgspec.json.Decoder(_Header).decode
_decode_claims = msgspec.json.Decoder(_Claims).decode


def read_kid(signed: str) -> str:
    """The kid in the header of a pass, before anything about it is believed; raises InvalidPass."""
    if len(signed) > limits.MAX_PASS_LENGTH:
        raise InvalidPass(f"a pass has at most {limits.MAX_PASS_LENGTH} characters", field="pass")
    try:
        header = _decode_header(jwt.utils.base64url_decode(signed.partition(".")[0]))
    except (ValueError, msgspec.MsgspecError, RecursionError):
        raise InvalidPass("this is no pass: a JWT whose header has alg and kid", field="pass") from None
    if header.alg != "HS256":
        raise InvalidPass("a pass is signed by HS256", field="pass.alg")
    return header.kid


def read_pass(signed: str, account_id: AccountId, key: Key, now: Instant) -> Signed:
    """What a pass says, once its signature under the key and its times hold. Raises InvalidPass naming the claim, and PassExpired."""
    if key.works_until is not None and now >= key.works_until:
        raise InvalidPass("its key no longer works", field="pass.kid")
    try:
        payload = _jws.decode(signed, key.text.encode(), algorithms=["HS256"])
    except jwt.PyJWTError:
        raise InvalidPass("its signature does not hold", field="pass") from None
    try:
        claims = _decode_claims(payload)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _of_claims(str(error)) from None
    _check_times(claims, now)
    try:
        return Signed(
            account_id=account_id,
            external_id=_check(claims.sub, "sub", limits.MAX_EXTERNAL_ID_LENGTH),
            name=_check_name(claims.name),
            role=claims.role,
            phone=_check_optional(claims.phone, "phone", limits.MAX_PHONE_LENGTH),
            email=_check_optional(claims.email, "email", limits.MAX_MAIL_LENGTH),
            group=_check_optional(claims.group, "group", limits.MAX_NAME_LENGTH),
            extra=_check_extra(claims.extra),
            room=None if claims.room is None else read_code(claims.room),
        )
    except NoSuchRoom:
        raise InvalidPass("room is no join code", field="pass.room") from None
    except InvalidInput as error:
        raise InvalidPass(error.message, field=_field(error.field)) from None


def _of_claims(message: str) -> InvalidPass:
    """The refusal of claims that are not of this shape; nothing of what they say is repeated."""
    missing = _MISSING.search(message)
    if missing:
        return InvalidPass("this claim is missing", field=_field(missing[1]))
    _, _, path = message.partition(" - at `$.")
    claim = path.partition("`")[0]
    return InvalidPass("this claim is not of its kind" if claim else "its claims are no JSON object", field=_field(claim))


def _check_times(claims: _Claims, now: Instant) -> None:
    leeway = limits.PASS_LEEWAY_S
    now_s = now / SECOND
    if claims.exp + leeway <= now_s:
        raise PassExpired(field="pass.exp")
    if claims.exp > now_s + limits.MAX_PASS_AHEAD_S + leeway:
        raise InvalidPass("a pass is valid for at most 24 hours from now on", field="pass.exp")
    if claims.nbf is not None and claims.nbf - leeway > now_s:
        raise InvalidPass("it is not valid yet", field="pass.nbf")


def _check_name(name: str) -> str:
    try:
        return check_name(name)
    except NameRequired:
        raise InvalidInput(f"a name has from 1 to {limits.MAX_NAME_LENGTH} characters", field="name") from None


def _check(text: str, field: str, longest: int) -> str:
    text = check_text(text, field, longest)
    if not text.isprintable():
        raise InvalidInput("no control characters", field=field)
    return text


def _check_optional(text: str | None, field: str, longest: int) -> str | None:
    return None if text is None or not text.strip() else _check(text, field, longest)


def _check_extra(extra: dict[str, Any] | None) -> str | None:
    if not extra:
        return None
    encoded = msgspec.json.encode(extra)
    if len(encoded) > limits.MAX_EXTRA_BYTES:
        raise InvalidInput(f"at most {limits.MAX_EXTRA_BYTES} bytes as JSON", field="extra")
    return encoded.decode()


def _field(claim: str | None) -> str:
    return f"pass.{claim}" if claim else "pass"


class PassReader:
    """Reads passes for one process: finds the key that each names, and keeps it for a moment. For the event loop's thread alone."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._keys: dict[AccountId, _Kept] = {}
        self._readings: dict[AccountId, asyncio.Task[None]] = {}

    def read(self, signed: str, done: Callable[[Signed | TurnoutError], None]) -> None:
        """Calls `done` with what the pass says or with why it is refused: now, or as soon as the account's keys were read."""
        try:
            account_id, number = self._account_and_number(read_kid(signed))
        except TurnoutError as error:
            done(error)
            return
        read_at, keys = self._keys.get(account_id, _NEVER)
        # a key that is not known may have been made just now
        if number in keys and asyncio.get_running_loop().time() - read_at < KEYS_KEPT_S:
            done(self._verify(signed, account_id, keys[number]))
            return
        reading = self._readings.get(account_id)
        if reading is None:
            reading = asyncio.get_running_loop().create_task(self._read_keys(account_id))
            self._readings[account_id] = reading

        def with_keys(task: asyncio.Task[None]) -> None:
            error = None if task.cancelled() else task.exception()
            if error is not None:
                if not isinstance(error, TurnoutError):
                    log.error("entry_keys_unreadable", exc_info=error)
                done(Overloaded(retry_after_s=1))
                return
            done(self._verify(signed, account_id, self._keys.get(account_id, _NEVER)[1].get(number)))

        reading.add_done_callback(with_keys)

    def _verify(self, signed: str, account_id: AccountId, key: Key | None) -> Signed | TurnoutError:
        if key is None:
            return InvalidPass("its key is unknown or no longer works", field="pass.kid")
        try:
            return read_pass(signed, account_id, key, self._runtime.clock.now())
        except TurnoutError as error:
            return error

    def _account_and_number(self, kid: str) -> tuple[AccountId, int]:
        text, _, number = kid.partition(".")
        if number.isascii() and number.isdecimal() and len(number) <= _MOST_DIGITS:
            with contextlib.suppress(NotFound):
                return AccountId(self._runtime.ids.parse_text(Kind.ACCOUNT, text)), int(number)
        raise InvalidPass("its key is unknown or no longer works", field="pass.kid")

    async def _read_keys(self, account_id: AccountId) -> None:
        try:
            now = self._runtime.clock.now()
            found = await self._runtime.database.read(lambda connection: list_entry_keys(connection, account_id, now))
            keyring = self._runtime.keyring
            keys = {key.number: Key(secrets.open_entry_key(keyring, key.sealed), key.works_until) for key in found}
            if len(self._keys) >= _MAX_ACCOUNTS_KEPT:
                self._keys.clear()
            self._keys[account_id] = (asyncio.get_running_loop().time(), keys)
        finally:
            del self._readings[account_id]
