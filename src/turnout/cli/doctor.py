"""turnout doctor: looks whether Turnout can run here, and says what to do where it cannot."""

from rich.table import Table

from turnout.cli.checks import Finding, check_all
from turnout.cli.options import ANYWHERE, Place
from turnout.cli.output import AsJson, Output
from turnout.config import ConfigError

_SIGNS = {"ok": "[green]✓[/]", "warn": "[yellow]![/]", "fail": "[red]✗[/]"}


def doctor(*, place: Place = ANYWHERE, json: AsJson = False) -> int:
    """Look whether Turnout can run here. Exit status 1 when something must be done first."""
    try:
        findings = list(check_all(place.load()))
    except ConfigError as error:
        findings = [Finding("configuration", "fail", str(error), "Correct the key; nothing else can be looked at before.")]
    failed = any(finding.state == "fail" for finding in findings)
    if json:
        Output(True).document({"ok": not failed, "checks": findings})
        return int(failed)
    table = Table(show_header=False, box=None, padding=(0, 1))
    for finding in findings:
        advice = f"\n[bold]{finding.advice}[/]" if finding.advice else ""
        table.add_row(_SIGNS[finding.state], finding.check, finding.found + advice)
    output = Output(False)
    output.person.print(table)
    output.person.print("[red]Not ready.[/]" if failed else "[green]Ready.[/]")
    return int(failed)
