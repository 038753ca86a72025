"""The command `turnout`, and python -m turnout."""

import sys


def main() -> int:
    """Runs the command line and returns its exit status; says what is missing where only the client is installed."""
    try:
        from turnout.cli import main as run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("turnout"):
            raise
        sys.stderr.write(f'turnout: the package {error.name} is not installed; the commands need: pip install "turnout[server]"\n')
        return 1
    return run()


if __name__ == "__main__":
    sys.exit(main())
