"""The command line. Every command has --json: then exactly one JSON document goes to standard output, whatever happens. Only `callbacks
listen`, which says things while it runs, prints one a line.

People read standard output; logs go to standard error. Exit status: 0 done, 1 refused or failed, 2 not understood, 130 interrupted.
"""

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from turnout import __version__
from turnout.cli.output import Output
from turnout.cli.running import Interrupted
from turnout.config import ConfigError
from turnout.kernel.errors import TurnoutError
from turnout.storage.database import DatabaseUnreachable

app = App(
    name="turnout",
    help="A server for what happens around a live stream.",
    version=__version__,
    result_action="return_value",
)
# by name, so that a command loads what it needs and not the whole server
app.command("turnout.cli.serve:serve")
app.command("turnout.cli.demo:demo")
app.command("turnout.cli.rehearse:rehearse")
app.command("turnout.cli.accounts:app", name="account")
app.command("turnout.cli.callbacks:app", name="callbacks")
app.command("turnout.cli.serve:migrate")
app.command("turnout.cli.serve:restored")
app.command("turnout.cli.doctor:doctor")
app.command("turnout.cli.verify:verify")
app.command("turnout.cli.serve:openapi")
app.command("turnout.cli.serve:asyncapi")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    output = Output("--json" in given)
    if not given or given[0].startswith("-"):
        app.resolved_commands()  # the list of commands has a sentence of each
    try:
        status: int = app(given, exit_on_error=False, print_error=not output.as_json) or 0
    except CycloptsError as error:
        if output.as_json:
            output.refuse("usage", str(error))
        return 2
    except ConfigError as error:
        output.refuse("config", str(error))
        return 1
    except DatabaseUnreachable as error:
        output.refuse("config", f"database_url: cannot connect: {error}")
        return 1
    except TurnoutError as error:
        output.refuse(error.code, error.message, error.field)
        return 1
    except (KeyboardInterrupt, Interrupted):
        if output.as_json:
            output.refuse("interrupted", "stopped before the end")
        return 130
    except BrokenPipeError:
        # whoever read our output has gone; nothing more can be said
        sys.stderr.close()
        return 1
    return status
