"""What a command says: one JSON document, or text for a person."""

import sys
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.console import Console

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

    def refuse(self, code: str, message: str, field: str | None = None) -> None:
        """Why nothing was done."""
        if self.as_json:
            self.document({"error": {"code": code, "message": message} | ({} if field is None else {"field": field})})
        else:
            place = f" ({field})" if field else ""
            Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]turnout:[/] {message}{place}", markup=True)
