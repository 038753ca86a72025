"""Resolves what pyproject.toml and requirements/*.in ask for into requirements/*.txt: exact versions with hashes for every platform, and
no address of any index. run.txt is what the server needs, build.txt adds what building it from its sources needs, dev.txt what its
developers need, bench.txt what its benchmarks compare.

Run by `make locks`; `--upgrade` takes the newest versions, without it a version that still fits stays. The resolver lives in an
environment of its own, so that nothing of it reaches Turnout's.
"""

import subprocess
import sys
from pathlib import Path

RESOLVER = "uv==0.13.9"
ROOT = Path(__file__).parent.parent
ENVIRONMENT = ROOT / ".venv" / "locks"
LOCKS = {
    "run": ["../pyproject.toml"],
    "build": ["../pyproject.toml", "build.in"],
    "dev": ["../pyproject.toml", "build.in", "dev.in"],
    "bench": ["../pyproject.toml", "build.in", "dev.in", "bench.in"],
}
HEADER = "# Made by: make locks\n"


def main(arguments: list[str]) -> int:
    """Writes the locks; the exit status."""
    if not ENVIRONMENT.exists():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        subprocess.run([ENVIRONMENT / "bin" / "pip", "install", "--quiet", RESOLVER], check=True)
    options = [
        "--quiet",
        "--universal",
        "--extra",
        "server",
        "--python-version",
        "3.11",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-annotate",
        "--no-header",
    ]
    for name, sources in LOCKS.items():
        output = ROOT / "requirements" / f"{name}.txt"
        command: list[str | Path] = [
            ENVIRONMENT / "bin" / "uv",
            "pip",
            "compile",
            *options,
            *arguments,
            *sources,
            "--output-file",
            output.name,
        ]
        subprocess.run(command, cwd=output.parent, check=True, stdout=subprocess.DEVNULL)
        output.write_text(HEADER + output.read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
