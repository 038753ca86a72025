"""turnout serve, migrate, restored, openapi, asyncapi: run the server, bring its database up to date, print what API and socket are."""

import faulthandler
import os
from typing import Annotated

import structlog
from cyclopts import Parameter

from turnout.api_routes import openapi_document
from turnout.asyncapi import asyncapi_document
from turnout.callbacks.restored_actions import LEAVE_LOST_NUMBERS, LeaveLostNumbers
from turnout.cli.options import ANYWHERE, Place
from turnout.cli.output import AsJson, Output
from turnout.cli.running import raise_file_limit, run, settle, stop_signals
from turnout.compose import Server, hold_data_dir, open_database, open_keyring, require_database
from turnout.config import Config, unknown_variables
from turnout.kernel.clock import SystemClock
from turnout.server.logs import LogFormat, LogLevel, configure_logs
from turnout.storage.group_commit import write
from turnout.storage.health import newest_revision
from turnout.storage.restored import LEAVE_LOST_TIME, LeaveLostTime

log = structlog.get_logger()


def serve(
    *,
    host: Annotated[str | None, Parameter(help="Address to listen on; 0.0.0.0 is every one of this machine.")] = None,
    port: Annotated[int | None, Parameter(help="Port to listen on: HTTP, sockets and pages. 0 takes a free one.")] = None,
    base_url: Annotated[str | None, Parameter(help="Address under which browsers and customers reach the server.")] = None,
    log_level: LogLevel | None = None,
    log_format: LogFormat | None = None,
    place: Place = ANYWHERE,
    json: AsJson = False,
) -> int:
    """Serve until interrupted. The database is brought up to date first. With --json the document says where it serves."""
    faulthandler.enable()  # a fault in a library's C code leaves the stack of every thread in the log
    config = place.load(host=host, port=port, base_url=base_url, log_level=log_level, log_format=log_format)
    return run(_serve(config, Output(json)))


async def _serve(config: Config, output: Output) -> int:
    configure_logs(config.log_level, config.log_format)
    raise_file_limit()
    for name in unknown_variables(os.environ):
        log.warning("unknown_variable", variable=name)
    stop = stop_signals()
    server = Server(config)
    async with server.serving():
        settle()
        if output.as_json:
            output.document({"base_url": server.base_url, "port": server.port, "process": os.getpid(), "data_dir": config.data_dir})
        else:
            output.person.print(f"Turnout serves at [bold]{server.base_url}[/]. Stop it with Ctrl-C.")
        await stop.wait()
    return 0


def migrate(*, place: Place = ANYWHERE, json: AsJson = False) -> int:
    """Bring the database to this version's schema. Safe beside running servers, and when it is there already."""
    config = place.load()
    configure_logs("warning", "console")
    output = Output(json)
    if not config.database_url:
        open_keyring(config)  # before the file, as the first start does it: a file without its key is refused
    database = open_database(config)
    try:
        database.migrate()
    finally:
        database.close()
    if output.as_json:
        output.document({"engine": database.engine_name, "revision": newest_revision()})
    else:
        output.person.print(f"The {database.engine_name} database is at revision {newest_revision()}.")
    return 0


def restored(*, place: Place = ANYWHERE, json: AsJson = False) -> int:
    """Say that the database was put back from a backup, before the server starts again. Pages that were open fetch everything anew, and no
    id, link, token or number of a message given out after the backup will ever lead to something else."""
    config = place.load()
    configure_logs("warning", "console")
    output = Output(json)
    require_database(config)
    with hold_data_dir(config):
        database = open_database(config)
        try:
            database.migrate()
            streams = write(database, SystemClock(), LEAVE_LOST_TIME, LeaveLostTime())
            feeds = write(database, SystemClock(), LEAVE_LOST_NUMBERS, LeaveLostNumbers())
        finally:
            database.close()
    if output.as_json:
        output.document({"streams": streams, "feeds": feeds})
    else:
        output.person.print(f"{streams} streams of events begin anew, and {feeds} feeds skip numbers. The server may start.")
    return 0


def openapi(*, json: AsJson = True) -> int:
    """Print the OpenAPI document of the native API. It is JSON either way."""
    Output(json).document(openapi_document())
    return 0


def asyncapi(*, json: AsJson = True) -> int:
    """Print the AsyncAPI document of the socket. It is JSON either way."""
    Output(json).document(asyncapi_document())
    return 0
