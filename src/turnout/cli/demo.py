"""turnout demo: a complete server with a demo account and a live session in which simulated viewers are present and play."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.columns import Columns
from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table

from turnout.cli.addresses import free_port, local_address, qr_code
from turnout.cli.demo_account import Stage, set_stage
from turnout.cli.options import Place
from turnout.cli.output import AsJson, Output
from turnout.cli.running import Interrupted, raise_file_limit, run, settle, stop_signals, unless_stopped
from turnout.client import NativeClient, native_replies
from turnout.compose import Server
from turnout.config import Config, variable_of
from turnout.dialects.contract import CallbackDialect
from turnout.rehearsal.crowd import Crowd
from turnout.rehearsal.gatherings import Gatherings, PlayedCheckIn, PlayedDraw
from turnout.rehearsal.host import Callbacks, Play, Played
from turnout.rehearsal.messages import Shown
from turnout.rehearsal.names import names
from turnout.rehearsal.pieces import ANNOUNCEMENT, PIECES, Language
from turnout.rehearsal.show import Show
from turnout.rehearsal.viewers import Viewer
from turnout.server.logs import configure_logs

DEFAULT_PORT = 8080

ENDPOINT_NAME = "turnout demo"
"""What the names of a demo's endpoints begin with."""


class Options(msgspec.Struct, frozen=True):
    """What the command was given."""

    config: Config
    port_was_given: bool
    viewers: int
    callback_url: str | None
    headless: bool
    ends: bool
    language: Language
    keeps_data: bool


class RoomOut(msgspec.Struct, frozen=True):
    """The room in the document."""

    id: str
    code: str
    title: str
    viewer_url: str
    screen_url: str


class LiveSessionOut(msgspec.Struct, frozen=True):
    """The live session in the document."""

    id: str
    title: str


class AccountOut(msgspec.Struct, frozen=True):
    """The account in the document, with its secrets."""

    id: str
    name: str
    api_key: str
    host_login: str
    host_password: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What `turnout demo --json` prints. Keys are added, never renamed. ok: every accepted answer counted, the API's tallies equal to what
    the viewers counted, no failed delivery; problems: sentences about what is not so."""

    base_url: str
    console_url: str
    room: RoomOut
    live_session: LiveSessionOut
    account: AccountOut
    csslcloud: dict[str, str | int]
    quanshi: dict[str, str | int]
    viewers: int
    volcengine: dict[str, str | int]
    played: list[Played | PlayedCheckIn | PlayedDraw] = []
    callbacks: Callbacks = Callbacks(planned=0, delivered=0, failed=0)
    ok: bool = True
    problems: list[str] = []
    data_dir: str


def demo(
    *,
    host: Annotated[str | None, Parameter(help="Address to listen on. Without --headless every one, so that phones can join.")] = None,
    port: Annotated[int | None, Parameter(help=f"Port; {DEFAULT_PORT}, or a free one when that is taken.")] = None,
    data: Annotated[Path | None, Parameter(help="Keep the data in this folder, and go on with what is there. Else a fresh one.")] = None,
    viewers: Annotated[int, Parameter(help="Simulated viewers.")] = 30,
    callback_url: Annotated[
        str | None, Parameter(help="Send callbacks here, in every vendor's dialect; private addresses are allowed.")
    ] = None,
    headless: Annotated[bool, Parameter(negative=(), help="Play every tool once at full speed, with nobody watching.")] = False,
    exit_: Annotated[bool, Parameter(name="--exit", negative=(), help="End after the play; status 0 only if all is well.")] = False,
    language: Annotated[Language | None, Parameter(help="Of the cards and names; from LANG when left out.")] = None,
    json: AsJson = False,
) -> int:
    """Serve a demo: an account, a room, a live session, and viewers who answer. Look at it with a browser and a phone."""
    with _data_dir(data) as folder:
        options = Options(
            config=_config(folder, host, port, headless=headless, callback_url=callback_url),
            port_was_given=port is not None or variable_of("port") in os.environ,
            viewers=max(0, viewers),
            callback_url=callback_url,
            headless=headless,
            ends=exit_,
            language=language or ("zh" if os.environ.get("LANG", "").lower().startswith("zh") else "en"),
            keeps_data=data is not None,
        )
        return run(_demo(options, Output(json)))


@contextmanager
def _data_dir(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="turnout-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _config(folder: Path, host: str | None, port: int | None, *, headless: bool, callback_url: str | None) -> Config:
    """The configuration, as the environment has it, with the demo's own defaults."""
    defaults: dict[str, Any] = {
        "host": "127.0.0.1" if headless else "0.0.0.0",
        "log_level": "warning",
        "log_format": "console",
    }
    unsaid = {name: value for name, value in defaults.items() if variable_of(name) not in os.environ}
    if callback_url is not None:
        unsaid["dangerous_allow_private_callbacks"] = True
    return Place(data_dir=str(folder)).load(
        **unsaid | {name: value for name, value in {"host": host, "port": port}.items() if value is not None}
    )


async def _demo(options: Options, output: Output) -> int:
    stop = stop_signals()
    configure_logs(options.config.log_level, options.config.log_format)
    raise_file_limit()
    server = Server(_with_address(options))
    async with server.serving():
        settle()
        local_url = _local_url(server)
        stage = await set_stage(server, local_url, options.language, fresh_live_session=options.headless)
        try:
            endpoints = await asyncio.to_thread(
                subscribe, stage.client, server.dialects, options.callback_url, stage.secrets.account_secret
            )
            document = await asyncio.to_thread(_document, server, stage, options)
            if options.headless:
                return await _play(document, stage, local_url, options, endpoints, output, stop)
            _print(document, output, options)
            show = Show(
                stage.client,
                local_url,
                room=stage.room.id,
                size=options.viewers,
                language=options.language,
                seed=secrets.randbits(64),
                crowd_key=stage.secrets.crowd_key,
                scripted=stage.live_session.id,
            )
            await unless_stopped(show.run(), stop)
            return 0
        except Interrupted:
            if options.headless:
                raise
            return 0
        finally:
            stage.client.close()


async def _play(
    document: Document,
    stage: Stage,
    local_url: str,
    options: Options,
    endpoints: list[native_replies.Endpoint],
    output: Output,
    stop: asyncio.Event,
) -> int:
    seed = secrets.randbits(64)
    play = Play(stage.client, stage.live_session.id, PIECES[options.language], seed=seed, announcement=ANNOUNCEMENT[options.language])
    gatherings = Gatherings(stage.client, stage.live_session.id, options.language, play.trouble)

    async def take_part(number: int, viewer: Viewer, shown: Shown) -> None:
        await play.take_part(number, viewer, shown)
        await gatherings.take_part(number, viewer, shown)

    crowd = Crowd(local_url, stage.room.code, names(play.chance, options.language, options.viewers), seed=seed, take_part=take_part)
    try:
        played: list[Played | PlayedCheckIn | PlayedDraw] = [*await unless_stopped(play.run(crowd), stop)]
        played += await unless_stopped(gatherings.run(crowd), stop)
        play.last_position, play.has_drawn = gatherings.last_position, True
        callbacks = await unless_stopped(play.callbacks(endpoints), stop)
        ok = not play.problems
        document = msgspec.structs.replace(
            document, viewers=len(crowd.entered), played=played, callbacks=callbacks, ok=ok, problems=play.problems
        )
        _print(document, output, options)
        if options.ends:
            return 0 if ok else 1
        await stop.wait()  # the viewers stay, so that there is somebody to ask about
    finally:
        await crowd.leave()
    return 0


def _with_address(options: Options) -> Config:
    """The port that will be used, and the address that phones in the local network can reach, unless one is configured."""
    config = options.config
    wanted = config.port if options.port_was_given else DEFAULT_PORT
    if config.port == 0 or not options.port_was_given:
        config = msgspec.structs.replace(config, port=free_port(config.host, wanted))
    if not config.base_url and config.host in ("0.0.0.0", "::"):
        config = msgspec.structs.replace(config, base_url=f"http://{local_address()}:{config.port}")
    return config


def _local_url(server: Server) -> str:
    """Where the simulated viewers and the script reach the server, whatever the outside calls it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(server.config.host, server.config.host)
    return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{server.port}"


def subscribe(
    client: NativeClient, dialects: Mapping[str, CallbackDialect], callback_url: str | None, account_secret: str
) -> list[native_replies.Endpoint]:
    """The endpoints of this run. Those that an earlier one made for this URL stay, with what is due to them; those for another URL, whose
    receivers are most likely gone, make way. Endpoints of others stay."""
    if callback_url is None:
        return client.list_endpoints()
    # vendors' dialects alone: a receiver is written for one, and would refuse ours, which goes on trying for three days
    wanted = [name for name, dialect in dialects.items() if not dialect.heeds_replies]
    earlier: dict[str, native_replies.Endpoint] = {}
    for endpoint in client.list_endpoints():
        # the bare name is that of demos before this one had a name for each dialect
        if endpoint.name not in (ENDPOINT_NAME, endpoint_name(endpoint.dialect)):
            continue
        if endpoint.url == callback_url and endpoint.dialect in wanted and endpoint.dialect not in earlier:
            earlier[endpoint.dialect] = endpoint
        else:
            client.remove_endpoint(endpoint.id)
    return [_endpoint(client, callback_url, name, earlier.get(name), account_secret if name == "volcengine" else None) for name in wanted]


def endpoint_name(dialect: str) -> str:
    """What a demo's endpoint in this dialect is called, by which the next demo knows it."""
    return f"{ENDPOINT_NAME} ({dialect.capitalize()})"


def _endpoint(
    client: NativeClient, url: str, dialect: str, earlier: native_replies.Endpoint | None, secret: str | None
) -> native_replies.Endpoint:
    """The endpoint for this URL in this dialect; one that the server has given up on is called again."""
    if earlier is None:
        return client.create_endpoint(url, dialect, name=endpoint_name(dialect), secret=secret)
    if earlier.state == "disabled":
        client.resume_endpoint(earlier.id)
    # a secret cannot be read, so it is set again: receivers verify with what this run prints
    secret_again = {} if secret is None else {"secret": secret}
    return client.update_endpoint(earlier.id, name=endpoint_name(dialect), **secret_again)


def _document(server: Server, stage: Stage, options: Options) -> Document:
    client, room, live_session, shown = stage.client, stage.room, stage.live_session, stage.secrets
    account = client.get_account()
    found = [client.get_names(any_id) for any_id in (account.id, live_session.host.id, room.id, live_session.id)]
    csslcloud: dict[str, str | int] = {"userid": "", "api_key": shown.dialect_keys["csslcloud"]}
    quanshi: dict[str, str | int] = {}
    volcengine: dict[str, str | int] = {"AccountID": "", "AccountSecret": shown.account_secret}
    for names_of_one in found:
        csslcloud |= names_of_one.csslcloud
        quanshi |= names_of_one.quanshi
        volcengine |= names_of_one.volcengine
    return Document(
        base_url=server.base_url,
        console_url=f"{server.base_url}/",
        room=RoomOut(
            room.id,
            room.code,
            room.title,
            f"{server.base_url}/r/{room.code}",
            f"{server.base_url}/screen/{room.id}#key={shown.screen_key}",
        ),
        live_session=LiveSessionOut(id=live_session.id, title=live_session.title),
        account=AccountOut(account.id, account.name, shown.api_key, shown.host_login, shown.host_password),
        csslcloud=csslcloud,
        quanshi=quanshi,
        volcengine=volcengine,
        viewers=options.viewers,
        data_dir=server.config.data_dir,
    )


def _line_of(played: Played | PlayedCheckIn | PlayedDraw) -> str:
    if isinstance(played, PlayedDraw):
        return f"{played.title} (draw): {sum(played.counts)} winners of {played.answered} on the list"
    said = "confirmed" if isinstance(played, PlayedCheckIn) else "answered"
    return f"{played.title} ({played.kind}): {played.answered} of {played.entered} {said}, {played.refused} refused"


def _print(document: Document, output: Output, options: Options) -> None:
    if output.as_json:
        output.document(document)
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("Console", f"[bold cyan]{document.console_url}[/]")
    table.add_row("Login", f"[bold]{document.account.host_login}[/]")
    table.add_row("Password", f"[bold]{document.account.host_password}[/]")
    table.add_row("API key", document.account.api_key)
    table.add_row("Viewers", f"[bold cyan]{document.room.viewer_url}[/]")
    if not options.headless:
        table.add_row("", "Scan the code with a phone in the same network, or open the address.")
        table.add_row("", f"{document.viewers} simulated viewers come in over the first seconds and answer what you open.")
    kept = "kept" if options.keeps_data else "removed at the end; --data DIR keeps it"
    table.add_row("Data", f"{document.data_dir} ({kept})")
    for played in document.played:
        line = _line_of(played)
        table.add_row("Played", line)
    if options.headless:
        told = document.callbacks
        table.add_row("Callbacks", f"{told.planned} planned, {told.delivered} delivered, {told.failed} failed")
        table.add_row(
            "Result", "[green]all is well[/]" if document.ok else "\n".join(f"[red]{problem}[/]" for problem in document.problems)
        )
    shown: RenderableType = table if options.headless else Columns([table, qr_code(document.room.viewer_url)], padding=(0, 2))
    output.person.print(Panel(shown, title="[bold]Turnout[/]", expand=False, padding=(1, 2)))
    # not in the frame, which would break it in two where it is copied
    output.person.print(f"Big screen: {document.room.screen_url}", soft_wrap=True)
    if not options.ends:
        output.person.print("Stop it with Ctrl-C.")
