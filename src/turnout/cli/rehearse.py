"""turnout rehearse: try an event before it happens, in a room of a running server."""

import os
import secrets
from http.client import HTTPException
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from turnout.cli.output import AsJson, Output
from turnout.cli.running import raise_file_limit, run, stop_signals, unless_stopped
from turnout.client import NativeClient, NativeRefused
from turnout.config import API_KEY_VARIABLE
from turnout.rehearsal.pieces import Language
from turnout.rehearsal.rehearse import NotReady, Rehearsal, Report
from turnout.server.logs import configure_logs


def rehearse(
    *,
    server: Annotated[str, Parameter(help="Address of the running server, like https://live.example.com.")],
    room: Annotated[str, Parameter(help="Join code of the room.")],
    api_key: Annotated[
        str | None, Parameter(help=f"API key of the account; better in {API_KEY_VARIABLE}, where nobody else sees it.")
    ] = None,
    viewers: Annotated[int, Parameter(help="Simulated viewers.")] = 50,
    script: Annotated[Literal["surveys"], Parameter(help="What is played: every kind of survey with every type of question.")] = "surveys",
    passcode: Annotated[str | None, Parameter(help="The room's passcode, if it has one.")] = None,
    disconnects: Annotated[float | None, Parameter(help="Viewers that lose their connection each second; 1 in 100 when left out.")] = None,
    seed: Annotated[int | None, Parameter(help="Of all chance, to play the same again.")] = None,
    language: Annotated[Language | None, Parameter(help="Of the questions and names; from LANG when left out.")] = None,
    json: AsJson = False,
) -> int:
    """Simulated viewers play every kind of survey in a room of a running server, lose connections, and compare what they were told with
    what the API says. Status 1 on any difference. What was played stays in the room's history."""
    output = Output(json)
    key = api_key or os.environ.get(API_KEY_VARIABLE)
    if not key:
        output.refuse("usage", f"an API key is needed: set {API_KEY_VARIABLE}", "api_key")
        return 2
    try:
        client = NativeClient(server, key)
    except ValueError as error:
        output.refuse("usage", str(error), "server")
        return 2
    configure_logs("error", "console")
    raise_file_limit()
    rehearsal = Rehearsal(
        client,
        room,
        viewers=max(1, viewers),
        language=language or ("zh" if os.environ.get("LANG", "").lower().startswith("zh") else "en"),
        seed=secrets.randbits(48) if seed is None else seed,
        disconnects_per_s=viewers / 100 if disconnects is None else disconnects,
        passcode=passcode,
        on_progress=output.progress,
    )
    with client:
        try:
            report = run(_unless_stopped(rehearsal))
        except NotReady as error:
            output.refuse("not_ready", str(error))
            return 1
        except NativeRefused as error:
            output.refuse(error.code, error.message, error.field)
            return 1
        except (OSError, HTTPException, msgspec.DecodeError) as error:
            output.refuse("unreachable", f"no Turnout answers at {client.base_url}: {str(error) or type(error).__name__}", "server")
            return 1
    _print(report, output)
    return 0 if report.ok else 1


async def _unless_stopped(rehearsal: Rehearsal) -> Report:
    return await unless_stopped(rehearsal.run(), stop_signals())


def about_others(number: int) -> str:
    """What a person is told when so many people beside the simulated ones were in the room."""
    came = "Somebody else was in the room" if number == 1 else f"{number:,} other people were in the room"
    return (
        f"{came} while it was rehearsed. What they answered is allowed for: in anonymous surveys, whose answers name nobody, "
        f"every number may be higher by {number:,}. Rehearse in a room of its own to have it exact."
    )


def _print(report: Report, output: Output) -> None:
    if output.as_json:
        output.document(report)
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading, justify in (("Played", "left"), ("Kind", "left"), ("Entered", "right"), ("Answered", "right"), ("Refused", "right")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]  # rich knows these words
    for played in report.played:
        table.add_row(played.title, played.kind, *(f"{number:,}" for number in (played.entered, played.answered, played.refused)))
    output.person.print(Panel(table, title=f"[bold]Rehearsal in room {report.room}[/]", expand=False, padding=(1, 2)))
    output.person.print(
        f"{report.viewers:,} viewers, {report.disconnects:,} connections cut, {report.returns:,} returns "
        f"({report.resumed:,} without a snapshot), {report.seconds:g} s, seed {report.seed}"
    )
    if report.others:
        output.person.print(f"[yellow]{about_others(report.others)}[/]")
    for problem in report.problems:
        output.person.print(f"[red]{escape(problem)}[/]")
    output.person.print(
        "[green]No difference between what the viewers were told and what the API says.[/]" if report.ok else "[red]Not as it should be.[/]"
    )
