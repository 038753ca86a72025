"""Commands that speak to a running server as one of its accounts: where it is, with which key, and what is said when it refuses."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Annotated

import msgspec
from cyclopts import Group, Parameter

from turnout.cli.output import Output
from turnout.client import NativeClient, NativeRefused
from turnout.config import API_KEY_VARIABLE

_SERVER = Group("Server", sort_key=10)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Customer:
    """Which server, and who asks."""

    server: Annotated[str, Parameter(group=_SERVER, help="Address of the running server, like https://live.example.com.")] = (
        "http://127.0.0.1:8080"
    )
    api_key: Annotated[
        str | None, Parameter(group=_SERVER, help=f"API key of the account; better in {API_KEY_VARIABLE}, where nobody else sees it.")
    ] = None

    def call(self, output: Output, work: Callable[[NativeClient], int]) -> int:
        """The exit status that the work returns; 1 when the server refuses or cannot be reached, 2 without a key, and then it is said."""
        key = self.api_key or os.environ.get(API_KEY_VARIABLE)
        if not key:
            output.refuse("usage", f"an API key is needed: set {API_KEY_VARIABLE}", "api_key")
            return 2
        try:
            client = NativeClient(self.server, key)
        except ValueError as error:
            output.refuse("usage", str(error), "server")
            return 2
        with client:
            try:
                return work(client)
            except NativeRefused as error:
                output.refuse(error.code, error.message, error.field)
            except BrokenPipeError:
                raise  # whoever read our output has gone: no fault of the server
            except (OSError, HTTPException, msgspec.DecodeError) as error:
                output.refuse("unreachable", f"no Turnout answers at {client.base_url}: {str(error) or type(error).__name__}", "server")
            return 1


HERE = Customer()
"""No option given."""
