"""The command `turnout`, and python -m turnout."""

import sys


def main() -> int:
    """Runs the command line and returns its exit status. Where only the client is installed, `verify` works and the others say what is
    missing."""
    try:
        from turnout.cli import main as run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("turnout"):
            raise
        if sys.argv[1:2] == ["verify"]:  # whoever checks a draw needs none of it
            from turnout.verify import main as verify

            return verify(sys.argv[2:])
        sys.stderr.write(f'turnout: the package {error.name} is not installed; the commands need: pip install "turnout[server]"\n')
        return 1
    return run()


if __name__ == "__main__":
    sys.exit(main())
