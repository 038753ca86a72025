"""What a customer installs to receive: the wheel without any of the server's packages, in an environment with nothing but msgspec."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from turnout.dialects.contract import Part, Sending
from turnout.dialects.native import kind_examples as examples
from turnout.dialects.native.callbacks import NativeCallbacks
from turnout.kernel.clock import SECOND

ROOT = Path(__file__).parents[2]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AT = 1_767_602_421

RECEIVE = """
import json, sys
from turnout.client import Ed25519Unavailable, NativeSurveyData, Replays, receive_native, receive_quanshi
headers, body, secret, public, now = json.load(sys.stdin)
message = receive_native(headers, body.encode(), secret, now_s=now)
assert isinstance(message.data, NativeSurveyData)
with Replays().once(message.id) as first:
    assert first
try:
    receive_native(headers, body.encode(), public, now_s=now)
except Ed25519Unavailable as error:
    missing = str(error)
print(json.dumps([message.id, message.kind, message.data.survey.answered, missing, sys.modules["turnout"].__file__]))
"""


def run(*command: str | Path, text: str = "", status: int = 0) -> subprocess.CompletedProcess[str]:
    """Its output; nothing of this environment reaches it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}
    ran = subprocess.run(command, input=text, capture_output=True, text=True, check=False, env=clean, cwd="/")
    assert ran.returncode == status, ran.stdout + ran.stderr
    return ran


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment that holds msgspec, and of ours the wheel as it is published."""
    folder = tmp_path_factory.mktemp("customer")
    sources = folder / "sources"
    shutil.copytree(ROOT / "src", sources / "src", ignore=shutil.ignore_patterns("__pycache__", "web"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel"], cwd=sources, check=True, capture_output=True)
    (wheel,) = (sources / "dist").glob("*.whl")
    venv.create(folder / "env", with_pip=False, symlinks=True)
    python = folder / "env" / "bin" / "python"
    (packages,) = (folder / "env" / "lib").glob("python3*/site-packages")
    for file in importlib.metadata.files("msgspec") or ():
        if ".." not in file.parts:
            (packages / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file.locate(), packages / file)
    # without --no-deps: pip itself finds that msgspec is all it needs, and it may ask no index for more
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--disable-pip-version-check", wheel)
    return python


def test_a_receiver_needs_msgspec_alone(bare_python: Path) -> None:
    """It verifies, decodes and remembers; where ed25519 is asked for it says what is missing."""
    dialect = NativeCallbacks(examples.IDS)
    body = dialect.encode(examples.event_of("survey.closed", examples.CLOSED), Part("live"), {})
    headers = dialect.headers(body, [SECRET.encode()], Sending("dl_4e0j7g2w9f6rd", AT * SECOND))
    headers["webhook-signature"] += " v1a," + "A" * 86 + "=="
    public = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="

    ran = run(bare_python, "-c", RECEIVE, text=json.dumps([headers, body.decode(), SECRET, public, AT]))

    message_id, kind, answered, missing, where = json.loads(ran.stdout)
    assert (message_id, kind, answered) == ("dl_4e0j7g2w9f6rd", "survey.closed", 38)
    assert missing == 'ed25519 needs the package cryptography: pip install "turnout[ed25519]".'
    assert Path(where).is_relative_to(bare_python.parents[1])


def test_the_commands_say_what_they_need(bare_python: Path) -> None:
    """Whoever wanted the server learns how to get it, in one line."""
    ran = run(bare_python.parent / "turnout", "serve", status=1)

    assert ran.stdout == ""
    assert ran.stderr.count("\n") == 1
    assert 'pip install "turnout[server]"' in ran.stderr


def test_a_proof_is_verified_without_the_server(bare_python: Path) -> None:
    """An offline proof needs msgspec alone; of a drand proof everything but the signature is checked, and what is missing is named."""
    proofs = ROOT / "tests" / "vectors" / "draw" / "proofs"

    ran = run(bare_python.parent / "turnout", "verify", proofs / "offline.json")
    assert ran.stdout.splitlines()[-1] == "Everything that can be checked holds."

    ran = run(bare_python.parent / "turnout", "verify", proofs / "drand.json", "--json", status=1)
    failed = {check["name"]: check["text"] for check in json.loads(ran.stdout)["checks"] if not check["ok"]}
    assert set(failed) == {"chain", "entropy"}
    assert 'pip install "turnout[verify]"' in failed["entropy"]
