"""The command line from outside: one JSON document on standard output, the promised keys, the promised exit status."""

import base64
import io
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.harness.commands import run_here
from tests.harness.receiver import receiving
from turnout.client import NativeClient, NativeRefused, receive_volcengine
from turnout.kernel import limits
from turnout.rehearsal.gatherings import PRIZE_COUNTS

KEY = base64.b64encode(b"s" * 32).decode()

RUN_A_SERVER = {"serve", "demo"}


class Here:
    """Runs commands on one data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ours = {name: value for name, value in os.environ.items() if not name.startswith("TURNOUT_")}
        self.environment = {**ours, "TURNOUT_DATA_DIR": str(folder), "TURNOUT_PORT": "0"}

    def run(self, *arguments: str, status: int = 0, **environment: str) -> Any:
        """The one document a command prints with --json. What runs no server is called in this process, which has loaded it all: it takes
        a hundredth of the time."""
        if arguments[0] not in RUN_A_SERVER:
            found, printed = run_here([*arguments, "--json"], self.environment | environment)
            assert found == status, printed
            return json.loads(printed)
        done = subprocess.run(
            [sys.executable, "-m", "turnout", *arguments, "--json"],
            env=self.environment | environment,
            capture_output=True,
            timeout=60,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def here(tmp_path: Path) -> Here:
    """A data folder of its own."""
    return Here(tmp_path / "installation")


@pytest.fixture
def serving(here: Here) -> Iterator[str]:
    """The address of a server on this data folder."""
    process = subprocess.Popen(
        [sys.executable, "-m", "turnout", "serve", "--json"],
        env=here.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line == "}\n":
            break
    try:
        yield json.loads(text)["base_url"]
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
        assert (process.returncode, rest) == (0, "")


def test_an_account_is_made_by_a_process_of_its_own(here: Here) -> None:
    """As everywhere outside these tests, whose commands run in their own process: beside the document nothing is said."""
    command = [sys.executable, "-m", "turnout", "account", "create", "Acme", "--json"]
    done = subprocess.run(command, env=here.environment, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["id"] == here.run("account", "list")["accounts"][0]["id"]


def test_an_account_made_beside_a_running_server_works_at_once(here: Here, serving: str) -> None:
    """The key logs in, the document names the account in every dialect, and a revoked key stops working."""
    made = here.run("account", "create", "Acme Training", "--callback-url", "https://example.com/hook")

    with NativeClient(serving, made["api_key"]) as client:
        account = client.get_account()
        names = client.get_names(made["id"])
        host_names = client.get_names(made["host_id"])
        endpoints = client.list_endpoints()
        assert (account.id, account.name) == (made["id"], "Acme Training")
        assert names.csslcloud == {"userid": made["csslcloud"]["userid"]}
        assert names.quanshi | host_names.quanshi == made["quanshi"]
        assert names.volcengine == made["volcengine"] != {}
        assert {(one.url, one.dialect, one.has_secret) for one in endpoints} == {
            ("https://example.com/hook", "quanshi", False),
            ("https://example.com/hook", "volcengine", True),
        }
        assert [(one["id"], bool(one["secret"])) for one in made["callbacks"]] == [(one.id, one.has_secret) for one in endpoints]
        assert (made["host_login"], len(made["csslcloud"]["api_key"])) == ("acme-training", 32)

        further = here.run("account", "new-key", made["id"], "--label", "reports")
        with NativeClient(serving, further["api_key"]) as other:
            assert other.get_account().id == made["id"]
        here.run("account", "revoke-key", made["id"], made["api_key_id"])
        with pytest.raises(NativeRefused, match="not_logged_in"):
            client.get_account()


def test_hosts_and_keys_are_listed_without_secrets(here: Here) -> None:
    """`account list` shows who and what there is, and no secret appears in it or in the database file."""
    made = here.run("account", "create", "Acme", "--login", "lin", "--password", "a long password")
    added = here.run("account", "add-host", made["id"], "wang", "--name", "王老师", "--role", "operator")
    changed = here.run("account", "set-password", "wang")

    listed = here.run("account", "list")

    (account,) = listed["accounts"]
    assert [(host["login"], host["name"], host["role"]) for host in account["hosts"]] == [
        ("lin", "Acme", "operator"),
        ("wang", "王老师", "operator"),
    ]
    assert [key["revoked_at"] for key in account["api_keys"]] == [None]
    assert (made["host_password"], changed["host_login"]) == ("a long password", "wang")
    secrets = [made["api_key"], made["csslcloud"]["api_key"], "a long password", added["host_password"], changed["host_password"]]
    kept = json.dumps(listed, ensure_ascii=False).encode() + b"".join(path.read_bytes() for path in here.folder.glob("turnout.db*"))
    assert [secret for secret in secrets if secret.encode() in kept] == []


def test_a_password_is_read_from_standard_input(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody else of the machine sees it: by each command that takes one. Nothing there, and an option in its place, are refused."""

    def run(given: str, *arguments: str, status: int = 0) -> Any:
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        return here.run("account", *arguments, status=status)

    made = run("first password\n", "create", "Acme", "--password", "-")
    added = run("second password\r\n", "add-host", made["id"], "wang", "--password", "-")
    changed = run("- third password", "set-password", "wang", "--password", "-")

    assert [one["host_password"] for one in (made, added, changed)] == ["first password", "second password", "- third password"]
    for given, password in (("", "-"), ("\n", "-"), ("", "--role")):
        refused = run(given, "set-password", "wang", "--password", password, status=1)
        assert (refused["error"]["code"], refused["error"]["field"]) == ("invalid_input", "password")


def test_two_step_login_is_reset_for_who_has_lost_the_phone(here: Here, serving: str) -> None:
    """Beside a running server: the password alone logs in again, the host's logins have ended, and a second time says that it was off."""
    made = here.run("account", "create", "Acme")
    password = {"password": made["host_password"]}
    with httpx.Client(base_url=f"{serving}/api/v1") as browser:
        entered = browser.post("/login", json={"login": "acme", **password}).json()
        csrf = {"x-csrf-token": entered["csrf_token"]}
        secret = browser.post("/login/two-step", json=password, headers=csrf).json()["secret"]
        totp = TOTP(base64.b32decode(secret), 6, SHA1(), 30)  # noqa: S303 - the algorithm of the RFC
        code = totp.generate(int(time.time())).decode()
        assert browser.post("/login/two-step/confirm", json={"code": code}, headers=csrf).status_code == 200
        assert "ticket" in browser.post("/login", json={"login": "acme", **password}).json()

        reset = here.run("account", "reset-two-step", "ACME")

        assert (reset["id"], reset["host_login"], reset["was_on"]) == (made["host_id"], "acme", True)
        assert browser.get("/login").status_code == 401
        assert browser.post("/login", json={"login": "acme", **password}).json()["host"]["id"] == made["host_id"]
    assert here.run("account", "reset-two-step", "acme")["was_on"] is False
    assert here.run("account", "reset-two-step", "nobody", status=1)["error"]["code"] == "not_found"


def test_what_is_refused_is_one_document_too(here: Here) -> None:
    """A refusal, an unknown id, a wrong key and an unknown command: a code, a sentence, and a status that is not 0."""
    here.run("account", "create", "Acme")

    assert here.run("account", "create", "Acme", status=1)["error"]["code"] == "login_taken"
    assert here.run("account", "new-key", "ac_0000000000000", status=1)["error"]["code"] == "not_found"
    short = "x" * (limits.MIN_PASSWORD_LENGTH - 1)
    assert here.run("account", "set-password", "acme", "--password", short, status=1)["error"]["field"] == "password"
    assert here.run("serve", status=1, TURNOUT_PORT="99999")["error"]["message"].startswith("port: ")
    assert here.run("nonsense", status=2)["error"]["code"] == "usage"


def test_an_id_has_a_name_only_for_its_own_account(here: Here, serving: str) -> None:
    """/api/v1/ids answers for what is the caller's, in every vendor's form, and knows nothing else."""
    ours, theirs = (here.run("account", "create", name) for name in ("Ours", "Theirs"))
    with NativeClient(serving, ours["api_key"]) as client, NativeClient(serving, theirs["api_key"]) as other:
        room = client.create_room("Room")
        live_session = client.start_live_session(room.id)
        card = client.create_answer_card(live_session.id, "Card", ["A", "B"])

        names = [client.get_names(one) for one in (room.id, live_session.id, card.id, card.questions[0].id)]

        assert [sorted(one.csslcloud) for one in names] == [["roomid"], ["liveid"], ["qvote_id", "vote_id"], ["vote_id"]]
        assert [sorted(one.quanshi) for one in names] == [["conferenceId"], ["tempConferenceId"], ["surveyId"], ["questionId"]]
        assert isinstance(names[0].csslcloud["roomid"], str)
        assert names[0].csslcloud["roomid"].isupper()
        for foreign in (ours["id"], ours["host_id"], room.id, live_session.id, "rm_0000000000000", "xx_1", "rm"):
            with pytest.raises(NativeRefused, match="not_found"):
                other.get_names(foreign)
    with NativeClient(serving, "tk_" + "A" * 43) as nobody, pytest.raises(NativeRefused, match="not_logged_in"):
        nobody.get_names(room.id)


def test_a_mistyped_folder_is_left_alone(here: Here) -> None:
    """What looks or changes refuses to make a new installation of it, with a new secret key; a folder that cannot be made is named."""
    for command in (("list",), ("set-password", "acme"), ("new-key", "ac_0000000000000"), ("add-host", "ac_0000000000000", "wang")):
        assert here.run("account", *command, status=1)["error"]["message"].startswith("data_dir: there is no database")
    assert here.run("restored", status=1)["error"]["message"].startswith("data_dir: there is no database")
    assert not here.folder.exists()
    here.folder.touch()
    for refused in (
        here.run("account", "create", "Acme", status=1, TURNOUT_SECRET_KEY=KEY),
        here.run("serve", status=1, TURNOUT_SECRET_KEY=KEY),
    ):
        assert refused["error"]["code"] == "config"
        assert refused["error"]["message"].startswith("data_dir: ")


def test_a_lost_key_stops_the_start(here: Here) -> None:
    """And the doctor says why."""
    here.run("migrate")
    (here.folder / "secret.key").unlink()
    assert here.run("serve", status=1)["error"]["message"].startswith("secret_key: ")
    assert states(here.run("doctor", status=1))["secret key"] == "fail"
    assert not (here.folder / "secret.key").exists()


def test_migrate_says_where_the_schema_stands(here: Here) -> None:
    """Once and again: the same revision, and nothing happens the second time."""
    first, second = here.run("migrate"), here.run("migrate")

    assert first == second
    assert first["engine"] == "sqlite"
    assert first["revision"].isdecimal()


def test_openapi_describes_the_api(here: Here) -> None:
    """The document is that of the running server, with an operation for each id."""
    document = here.run("openapi")

    assert (document["openapi"][:3], document["info"]["title"]) == ("3.1", "Turnout")
    assert {"/api/v1/rooms", "/api/v1/login", "/api/v1/ids/{id_text}", "/api/v1/deliveries/{delivery}"} <= document["paths"].keys()
    assert not here.folder.exists()


def test_commands_load_what_they_need() -> None:
    """`turnout rehearse` starts without the server it talks to; the list of commands says what each is for."""
    program = "import sys; from turnout.cli import main; main(['rehearse', '--json']); sys.exit('litestar' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False).returncode == 0
    listed = subprocess.run([sys.executable, "-m", "turnout", "--help"], capture_output=True, timeout=60, check=True, text=True).stdout
    assert "Serve until interrupted." in listed


def states(document: Any) -> dict[str, str]:
    """What each check of the doctor says."""
    return {one["check"]: one["state"] for one in document["checks"]}


def test_doctor_is_content_with_a_new_installation(here: Here) -> None:
    """Before the first start and after it nothing fails, apart from pages nobody has built."""
    before = here.run("doctor")
    here.run("migrate")
    here.run("account", "create", "Acme")
    after = here.run("doctor")

    assert before["ok"]
    assert after["ok"]
    assert {states(after)[name] for name in ("database", "durability", "secret key", "data dir", "clock")} == {"ok"}
    assert all(one["advice"] for one in [*before["checks"], *after["checks"]] if one["state"] != "ok")


def test_doctor_finds_what_would_go_wrong(here: Here) -> None:
    """A readable secret, a schema that is not there yet, a port somebody else has, a misspelt variable, a key with a wrong value."""
    here.run("account", "create", "Acme")
    (here.folder / "secret.key").chmod(0o644)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        document = here.run("doctor", status=1, TURNOUT_PORT=str(taken.getsockname()[1]), TURNOUT_POTR="1", TURNOUT_HOST="127.0.0.1")

    assert not document["ok"]
    assert {name: state for name, state in states(document).items() if state != "ok"} == {
        "configuration": "warn",
        "secret key": "fail",
        "port": "fail",
    }
    assert here.run("doctor", status=1, TURNOUT_THQS_WINDOW_S="soon")["checks"][0]["state"] == "fail"
    assert stat.S_IMODE((here.folder / "secret.key").stat().st_mode) == 0o644  # a doctor looks; the operator decides


def test_doctor_counts_what_is_kept(here: Here) -> None:
    """And warns where nothing of it ever goes."""
    here.run("migrate")
    (kept,) = (one for one in here.run("doctor")["checks"] if one["check"] == "kept")
    assert (kept["state"], kept["found"]) == ("ok", "0 events, 0 deliveries, of which 0 are due, and 0 attempts")
    assert states(here.run("doctor", TURNOUT_EVENTS_KEPT_DAYS="0"))["kept"] == "warn"


def test_doctor_asks_for_the_proxy(here: Here) -> None:
    """Where base_url is https somebody ends TLS in front of us, and hides everybody's address."""
    public = {"TURNOUT_BASE_URL": "https://live.example.com"}
    assert states(here.run("doctor", **public))["proxies"] == "warn"
    assert states(here.run("doctor", **public, TURNOUT_TRUSTED_PROXIES="127.0.0.1"))["proxies"] == "ok"
    assert states(here.run("doctor"))["proxies"] == "ok"


def test_doctor_knows_a_turnout_by_its_port(here: Here, serving: str) -> None:
    """A port that this server has is no fault."""
    document = here.run("doctor", TURNOUT_PORT=serving.rpartition(":")[2])

    assert states(document)["port"] == "ok"


def test_demo_goes_on_with_what_a_kept_folder_holds(here: Here) -> None:
    """Twice on one folder: the same account, secrets, room, screen link and vendors' ids, and the play succeeds both times; a changed
    password is no reason not to start. What one AccountSecret verifies goes on being signed with it."""
    with receiving() as receiver:
        arguments = ("demo", "--headless", "--exit", "--viewers", "10", "--data", str(here.folder), "--callback-url", receiver.url)
        first = here.run(*arguments)
        second = here.run(*arguments)
        here.run("account", "set-password", "demo", "--password", "another password")
        third = here.run(*arguments)

    assert (first["ok"], second["ok"], third["ok"]) == (True, True, True)
    assert first["room"]["id"] == second["room"]["id"]
    assert {name: first["csslcloud"][name] == second["csslcloud"][name] for name in ("userid", "api_key", "roomid", "liveid")} == {
        "userid": True,
        "api_key": True,
        "roomid": True,
        "liveid": False,
    }
    assert first["account"] == second["account"]
    assert len({one["room"]["screen_url"].partition("#key=")[2] for one in (first, second, third)}) == 1
    assert len({one["volcengine"]["AccountSecret"] for one in (first, second, third)}) == 1
    awards = [received for received in receiver.received if b'"EventType"' in received.body]
    assert awards
    for award in awards:
        receive_volcengine(award.headers, award.body, first["volcengine"]["AccountSecret"], tolerance_s=None)
    assert stat.S_IMODE((here.folder / "demo.json").stat().st_mode) == 0o600
    assert third["account"]["host_password"] not in (first["account"]["host_password"], "another password")
    (account,) = here.run("account", "list")["accounts"]
    assert len(account["api_keys"]) == 2
    told = told_of(second)
    assert second["callbacks"] == {"planned": told, "delivered": told, "failed": 0}


def told_of(document: dict[str, Any]) -> int:
    """Callbacks of a whole play: a start and an end of each survey and check-in; of each page of a prize's winners a start and an end, and
    one in Volcengine's dialect."""
    draws = [one for one in document["played"] if one["tool"] == "draw"]
    pages = [max(1, -(-count // 2_000)) for count in PRIZE_COUNTS]
    return 2 * (len(document["played"]) - len(draws)) + len(draws) * 3 * sum(pages)


def test_everything_runs_on_postgresql_too(here: Here, postgres_url: str) -> None:
    """Migration, accounts, the doctor's look at the database, and a whole play of the demo."""
    elsewhere = {"TURNOUT_DATABASE_URL": postgres_url}
    here.run("migrate", **elsewhere)
    here.run("account", "create", "Acme", **elsewhere)
    found = states(here.run("doctor", status=1, **elsewhere))
    with receiving() as receiver:
        document = here.run(
            "demo", "--headless", "--exit", "--viewers", "40", "--data", str(here.folder), "--callback-url", receiver.url, **elsewhere
        )

    # the tests' PostgreSQL runs without fsync, to be quick: just what a doctor must notice
    assert {name: state for name, state in found.items() if state != "ok"} == {
        "durability": "fail",
        "secret key": "warn",
        "pictures": "warn",  # and the other processes that may use the database do not see this folder
    }
    assert document["ok"]
    assert len(receiver.received) == document["callbacks"]["delivered"] == told_of(document)
    assert not (here.folder / "turnout.db").exists()
