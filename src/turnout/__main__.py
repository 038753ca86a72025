"""The command `turnout`, and python -m turnout."""

import gc
import sys


def main() -> int:
    """Runs the command line and returns its exit status. Where only the client is installed, `verify` works and the others say what is
    missing."""
    # What is loaded now stays: to look through it for garbage again and again would take a fifth of the start. It stays so while the
    # process serves: what a message makes is freed with the message, so a look after every few hundred objects finds nothing.
    gc.set_threshold(50_000, 20, 100)
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
