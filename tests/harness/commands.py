"""Commands of the command line, called in the tests' own process: it has loaded everything, which takes a process of their own a second."""

import contextlib
import io
import logging
import os
from collections.abc import Iterator, Mapping, Sequence

import pytest
import structlog

from turnout.cli import main


def run_here(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Exit status and standard output of a command that runs no server. environment: the variables TURNOUT_… are these and no others."""
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as printed, _logs_put_back():
        for name in [name for name in os.environ if name.startswith("TURNOUT_")]:
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        return main(arguments), printed.getvalue()


@contextlib.contextmanager
def _logs_put_back() -> Iterator[None]:
    """Commands set up the logs of their process."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    try:
        yield
    finally:
        root.handlers, root.level = handlers, level
        structlog.configure(**before)
