"""Passwords: Argon2id, off the event loop, a few at a time.

Parameters: 19 MiB, 2 passes, 1 lane (the OWASP password storage cheat sheet's choice for Argon2id). One check takes some 20 to 40 ms of
one core, so checks are limited in number: somebody who sends many logins must not take the server's cores from the viewers.
"""

import asyncio
import secrets
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from turnout.kernel import limits
from turnout.kernel.errors import Overloaded

P = ParamSpec("P")
T = TypeVar("T")

AT_ONCE = 2
"""Password checks that run at the same time."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hash_password(password: str) -> str:
    """The hash to keep. Blocks for the time of one check."""
    return _hasher.hash(password)


def is_password(password_hash: str, password: str) -> bool:
    """Whether this is the password of that hash. Blocks for the time of one check."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


class PasswordChecker:
    """Hashes and checks passwords on threads, AT_ONCE at a time. Raises Overloaded when limits.MAX_WAITING_PASSWORDS wait already.

    log_in: whether passwords log anybody in; without, they are still changed and asked for again.
    """

    def __init__(self, *, log_in: bool = True) -> None:
        self.log_in = log_in
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nobody = hash_password(secrets.token_urlsafe(32))

    async def hash(self, password: str) -> str:
        """The hash to keep."""
        return await self._in_turn(hash_password, password)

    async def check(self, password_hash: str | None, password: str) -> bool:
        """Whether this is the password; for no hash, which means an unknown login, False after the same work."""
        held = await self._in_turn(is_password, password_hash or self._nobody, password)
        return held and password_hash is not None

    async def _in_turn(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._waiting >= limits.MAX_WAITING_PASSWORDS:
            raise Overloaded("too many logins at this moment; try again shortly", retry_after_s=1)
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            return await asyncio.to_thread(work, *args, **kwargs)
        finally:
            self._turns.release()
