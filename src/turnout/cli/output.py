"""What a command says: one JSON document, or text for a person. A command that listens says many documents, one a line."""

import sys
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape

AsJson = Annotated[
    bool, Parameter(name="--json", negative=(), help="Print exactly one JSON document, and nothing else, on standard output.")
]


class Output:
    """Where a command's result goes. as_json: for a program; else for a person."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.person = Console(highlight=False, soft_wrap=True)

    def document(self, value: Any) -> None:
        """The result for a program."""
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")
        sys.stdout.flush()

    def line(self, value: Any) -> None:
        """One of several documents for a program, on a line of its own: for a command that says things while it runs."""
        sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
        sys.stdout.flush()

    def refuse(self, code: str, message: str, field: str | None = None) -> None:
        """Why nothing was done."""
        if self.as_json:
            self.document({"error": {"code": code, "message": message} | ({} if field is None else {"field": field})})
        else:
            place = f" ({field})" if field else ""
            _console_of_errors().print(f"[bold red]turnout:[/] {escape(message + place)}")

    def progress(self, step: str) -> None:
        """Where long work stands, for a person: on standard error, which is no part of the result."""
        console = _console_of_errors()
        if console.is_terminal or not self.as_json:
            console.print(f"[dim]{escape(step)}[/]")


def safe(text: str) -> str:
    """What a stranger wrote, as the console shall print it: without what a terminal or rich would obey."""
    return escape("".join(letter if letter.isprintable() else "�" for letter in text))


def _console_of_errors() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)
