"""turnout callbacks listen: a receiver for whoever tests callbacks. It verifies and decodes each, says what it is, and fails on demand."""

import secrets
import sys
from typing import Annotated

from cyclopts import Parameter

from turnout.cli.callback_readings import NATIVE_SECRETS, DialectName
from turnout.cli.callback_receiver import Behaviour, Receiver
from turnout.cli.callback_server import CallbackServer
from turnout.cli.output import Output
from turnout.cli.running import raise_file_limit, run, stop_signals
from turnout.dialects.native.signing import check_key
from turnout.kernel.errors import InvalidInput

DEFAULT_PORT = 9000

AsJsonLines = Annotated[
    bool,
    Parameter(
        name="--json",
        negative=(),
        help="Print JSON, one document a line: where it listens, then each call as it comes, at the end the sums.",
    ),
]


class Unfit(Exception):
    """Options that do not go together. field: the one to change."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def listen(
    *,
    port: Annotated[int, Parameter(help="Port to listen on. 0 takes a free one.")] = DEFAULT_PORT,
    host: Annotated[str, Parameter(help="Address to listen on; 0.0.0.0 is every one of this machine.")] = "127.0.0.1",
    dialect: Annotated[DialectName | None, Parameter(help="What is spoken; what each call's headers say when left out.")] = None,
    secret: Annotated[
        list[str] | None,
        Parameter(
            negative=(),
            allow_leading_hyphen=True,  # else a lone - would be no value
            help="The endpoint's secret; without it no signature is checked. `-` reads it from standard input. May be given twice.",
        ),
    ] = None,
    status: Annotated[int | None, Parameter(help="Answer with this. One that is no 2xx is how calls fail.")] = None,
    fail_rate: Annotated[
        float | None, Parameter(help="Share of the calls that fails, drawn at random: 0.2. All, where only a way to fail is given.")
    ] = None,
    delay: Annotated[float, Parameter(help="Seconds before each answer.")] = 0.0,
    hang: Annotated[bool, Parameter(negative=(), help="Calls fail by getting no answer.")] = False,
    reset: Annotated[bool, Parameter(negative=(), help="Calls fail by a connection that is reset.")] = False,
    retry_after: Annotated[int | None, Parameter(help="Seconds to say in Retry-After when a call fails with a status.")] = None,
    seed: Annotated[int | None, Parameter(help="Of the chance behind --fail-rate, to have the same again.")] = None,
    json: AsJsonLines = False,
) -> int:
    """Receive callbacks and say what each one is, until interrupted. Repeats are counted; a signature that does not hold is answered 401,
    what cannot be read 400."""
    output = Output(json)
    try:
        behaviour = _behaviour(status, fail_rate, delay, hang=hang, reset=reset, retry_after=retry_after)
        given = [_check_secret(sys.stdin.readline().strip() if one == "-" else one, dialect) for one in secret or []]
    except Unfit as error:
        output.refuse("usage", error.message, error.field)
        return 2
    seed = secrets.randbits(32) if seed is None else seed
    receiver = Receiver(output, behaviour, dialect, given, seed)
    raise_file_limit()
    try:
        run(_listen(receiver, host, port))
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        output.refuse("cannot_listen", f"cannot listen on {host}:{port}: {error.strerror or error}", "port")
        return 1
    return 0


def _behaviour(status: int | None, fail_rate: float | None, delay: float, *, hang: bool, reset: bool, retry_after: int | None) -> Behaviour:
    """Raises Unfit."""
    if status is not None and not 200 <= status <= 599:
        raise Unfit("a status is from 200 to 599", "status")
    if fail_rate is not None and not 0 <= fail_rate <= 1:
        raise Unfit("a share is from 0 to 1", "fail_rate")
    if delay < 0:
        raise Unfit("at least 0 seconds", "delay")
    fails_by_status = status is not None and status >= 300
    if hang + reset + fails_by_status > 1:
        raise Unfit("a call fails in one way: --hang, --reset or a --status that is no 2xx", "status" if fails_by_status else "reset")
    rate = fail_rate if fail_rate is not None else 1.0 if hang or reset or fails_by_status else 0.0
    if retry_after is not None and (retry_after < 0 or hang or reset or not rate):
        raise Unfit("goes, from 0 seconds, with --fail-rate or with a --status that is no 2xx", "retry_after")
    return Behaviour(
        status=200 if status is None or fails_by_status else status,
        fail_rate=rate,
        fail_status=status if status is not None and fails_by_status else 500,
        retry_after_s=retry_after,
        hangs=hang,
        resets=reset,
        delay_s=delay,
    )


def _check_secret(secret: str, dialect: DialectName | None) -> str:
    """The same one; raises Unfit for what is none, which would say of every callback that it is not signed by it."""
    if not secret or secret.startswith("--"):
        raise Unfit("no secret is given", "secret")
    if secret.startswith("whsk_"):
        raise Unfit("this is the private key, which only the server needs; a receiver has the public one, whpk_…", "secret")
    if dialect == "native" and not secret.startswith(NATIVE_SECRETS):
        raise Unfit("a native secret begins with whsec_ or whpk_", "secret")
    if dialect in (None, "native") and secret.startswith(NATIVE_SECRETS):
        try:
            check_key(secret)
        except InvalidInput as error:
            raise Unfit(f"{error.message}: nothing was signed with this", "secret") from None
    return secret


async def _listen(receiver: Receiver, host: str, port: int) -> None:
    stop = stop_signals()
    server = CallbackServer(receiver.answer)
    taken = await server.start(host, port)
    receiver.say_where(host, taken)
    try:
        await server.failed_or(stop)
    finally:
        receiver.is_ending = True
        await server.stop()
    receiver.say_sums()
