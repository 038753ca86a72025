"""The configuration: where values come from, what is refused, and that its pages in docs/ are true."""

import ast
import base64
import json
import stat
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import pytest

from turnout.config import (
    Config,
    ConfigError,
    drand_chain_of,
    load_config,
    oidc_secret_of,
    s3_secret_of,
    secret_of,
    smtp_password_of,
    unknown_variables,
    variable_of,
)
from turnout.config_login import LoginConfig
from turnout.kernel import account_limits, limits, login_limits, reading_limits, shown_limits
from turnout.proofs.drand import QUICKNET, RFC9380, Chain

DOCS = Path(__file__).parents[2] / "docs"
SECRET = base64.b64encode(b"s" * 32).decode()


def test_the_defaults_are_valid() -> None:
    """A fresh machine needs no configuration, and listens to nobody else."""
    config = load_config({})
    assert config == Config()
    assert (config.host, config.port, config.database_url) == ("127.0.0.1", 8080, "")
    assert config.dangerous_allow_private_callbacks is False


def test_the_command_line_wins_over_the_environment_over_the_file(tmp_path: Path) -> None:
    """The nearer to the person who starts it, the stronger."""
    file = tmp_path / "turnout.toml"
    file.write_text('port = 1\nhost = "10.0.0.1"\nlog_level = "debug"\ntrusted_proxies = ["10.0.0.0/8"]\n')
    environment = {"TURNOUT_CONFIG": str(file), "TURNOUT_PORT": "2", "TURNOUT_HOST": "10.0.0.2"}
    config = load_config(environment, overrides={"port": 3})
    assert (config.port, config.host, config.log_level, config.trusted_proxies) == (3, "10.0.0.2", "debug", ("10.0.0.0/8",))
    assert load_config({"TURNOUT_CONFIG": "/nowhere"}, file=file).port == 1


def test_the_environment_is_text() -> None:
    """Numbers, truth and lists are read from it."""
    config = load_config(
        {
            "TURNOUT_THQS_WINDOW_S": "60",
            "TURNOUT_DANGEROUS_ALLOW_PRIVATE_CALLBACKS": "true",
            "TURNOUT_TRUSTED_PROXIES": "10.0.0.0/8, ::1,",
            "TURNOUT_BASE_URL": "https://live.example.com/",
        }
    )
    assert config.thqs_window_s == 60
    assert config.dangerous_allow_private_callbacks is True
    assert config.trusted_proxies == ("10.0.0.0/8", "::1")
    assert config.base_url == "https://live.example.com"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data_dir", ""),
        ("database_url", "mysql://localhost/x"),
        ("host", ""),
        ("port", "70000"),
        ("port", "http"),
        ("port", "tcp://10.0.0.1:80"),  # what Kubernetes sets for a service named turnout
        ("base_url", "live.example.com"),
        ("base_url", "https://live.example.com/turnout"),
        ("base_url", "ftp://live.example.com"),
        ("base_url", "https://user@live.example.com"),
        ("base_url", "https://live.example.com:port"),
        ("trusted_proxies", "proxy.example.com"),
        ("trusted_proxies", "10.0.0.1/8"),
        ("allowed_origins", "https://www.example.com/page"),
        ("allowed_origins", "*"),
        ("secret_key", "short"),
        ("secret_key", base64.b64encode(b"s" * 31).decode()),
        ("thqs_window_s", "-1"),
        ("dangerous_allow_private_callbacks", "perhaps"),
        ("s3_endpoint", "https://s3.example.com"),  # without a bucket
        ("s3_prefix", "turnout"),
        ("s3_access_key_id", "AKIA"),
        ("s3_secret_access_key", "hunter2"),
        ("s3_secret_access_key_file", "/run/secrets/s3"),
        ("callback_proxy", "proxy.example.com:3128"),
        ("callback_proxy", "https://proxy.example.com:3128"),
        ("callback_proxy", "http://proxy.example.com"),
        ("callback_proxy", "http://proxy.example.com:3128/path"),
        ("attempts_kept_days", "-1"),
        ("events_kept_days", "36501"),
        ("drand_urls", ""),
        ("drand_urls", "api.drand.sh"),
        ("drand_urls", "https://api.drand.sh?chain=1"),
        ("drand_urls", "https://me:secret@api.drand.sh"),
        ("draw_delay_s", "-1"),
        ("draw_delay_s", "604801"),
        ("drand_chain", "quicknet"),
        ("drand_chain", '{"hash":"00","public_key":"00","period":3,"genesis_time":0,"schemeID":"bls-unchained-g1-rfc9380"}'),
        ("mail_from", "turnout@example.com"),  # without a mail server
        ("smtp_user", "turnout"),
        ("smtp_password", "hunter2"),
        ("smtp_password_file", "/run/secrets/smtp"),
        ("password_logins", "false"),  # without a provider
        ("oidc_issuer", "login.example.com"),
        ("oidc_issuer", "http://login.example.com"),  # in the clear
        ("oidc_client_id", "turnout"),
        ("oidc_domains", "example.com"),
        ("oidc_link", "true"),
        ("postgres_writers", "0"),
        ("log_level", "loud"),
        ("log_format", "xml"),
    ],
)
def test_a_value_that_cannot_work_names_its_key(name: str, value: str) -> None:
    """Whoever set it finds it at once."""
    with pytest.raises(ConfigError, match=f"^({name}|{variable_of(name)}):"):
        load_config({variable_of(name): value})


@pytest.mark.parametrize(
    ("text", "says"), [("prot = 1", "^prot: there is no such key"), ("port = '1'", "^port in "), ("port =", "cannot be read")]
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str, says: str) -> None:
    """A misspelt key is not ignored, and types are those of TOML."""
    file = tmp_path / "turnout.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=says):
        load_config({}, file=file)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("s3_endpoint", {"s3_endpoint": "s3.example.com"}),
        ("s3_endpoint", {"s3_endpoint": "https://s3.example.com/bucket"}),
        ("s3_region", {"s3_region": ""}),
        ("s3_secret_access_key", {"s3_access_key_id": "AKIA"}),
        ("s3_access_key_id", {"s3_secret_access_key": "hunter2"}),
        ("s3_secret_access_key_file", {"s3_access_key_id": "AKIA", "s3_secret_access_key": "x", "s3_secret_access_key_file": "/run/s3"}),
        ("s3_prefix", {"s3_prefix": "/turnout"}),
        ("s3_prefix", {"s3_prefix": "turnout/"}),
        ("s3_prefix", {"s3_prefix": "a/../b"}),
    ],
)
def test_a_bucket_that_cannot_work_names_its_key(name: str, values: dict[str, str]) -> None:
    """Keys that only make sense together."""
    with pytest.raises(ConfigError, match=f"^{name}:"):
        load_config({}, overrides={"s3_bucket": "pictures", **values})


def test_a_bucket_and_its_secret(tmp_path: Path) -> None:
    """Given as it is or in a file; neither when the machine has a role; never printed."""
    bucket = {"TURNOUT_S3_BUCKET": "pictures", "TURNOUT_S3_ENDPOINT": "https://s3.example.com/"}
    key = {**bucket, "TURNOUT_S3_ACCESS_KEY_ID": "AKIA"}
    (tmp_path / "secret").write_text("hunter2\n")
    given = load_config({**key, "TURNOUT_S3_SECRET_ACCESS_KEY": "hunter2"})
    in_file = load_config({**key, "TURNOUT_S3_SECRET_ACCESS_KEY_FILE": str(tmp_path / "secret")})

    assert s3_secret_of(load_config(bucket)) == ""
    assert s3_secret_of(given) == s3_secret_of(in_file) == "hunter2"
    assert given.s3_endpoint == "https://s3.example.com"
    for text in (repr(given), str(given.shown()), repr(in_file)):
        assert "hunter2" not in text
    for file in (tmp_path / "missing", tmp_path):
        with pytest.raises(ConfigError, match=r"^s3_secret_access_key_file:"):
            s3_secret_of(load_config({**key, "TURNOUT_S3_SECRET_ACCESS_KEY_FILE": str(file)}))
    (tmp_path / "secret").write_text("\n")
    with pytest.raises(ConfigError, match=r"^s3_secret_access_key_file:"):
        s3_secret_of(in_file)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("mail_from", {"mail_from": ""}),
        ("mail_from", {"mail_from": "turnout"}),
        ("mail_from", {"mail_from": "Turnout <turnout@example.com>"}),
        ("smtp_port", {"smtp_port": 0}),
        ("smtp_password", {"smtp_user": "turnout"}),
        ("smtp_password", {"smtp_password": "hunter2"}),
        ("smtp_password_file", {"smtp_user": "turnout", "smtp_password": "x", "smtp_password_file": "/run/smtp"}),
        ("smtp_tls", {"smtp_user": "turnout", "smtp_password": "x", "smtp_tls": "none"}),
    ],
)
def test_a_mail_server_that_cannot_work_names_its_key(name: str, values: dict[str, Any]) -> None:
    """Also a password that would go in the clear."""
    with pytest.raises(ConfigError, match=f"^{name}:"):
        load_config({}, overrides={"smtp_host": "mail.example.com", "mail_from": "turnout@example.com", **values})


def test_a_mail_server_and_its_password(tmp_path: Path) -> None:
    """Given as it is or in a file; none where nobody logs in; never printed."""
    server = {"smtp_host": "mail.example.com", "mail_from": "turnout@example.com"}
    (tmp_path / "secret").write_text("hunter2\n")
    given = load_config({}, overrides={**server, "smtp_user": "turnout", "smtp_password": "hunter2"})
    in_file = load_config({}, overrides={**server, "smtp_user": "turnout", "smtp_password_file": str(tmp_path / "secret")})

    assert smtp_password_of(load_config({}, overrides=server)) == ""
    assert smtp_password_of(given) == smtp_password_of(in_file) == "hunter2"
    assert "hunter2" not in repr(given)
    (tmp_path / "secret").unlink()
    with pytest.raises(ConfigError, match=r"^smtp_password_file:"):
        smtp_password_of(in_file)


def test_a_proxy_may_have_a_password() -> None:
    """Which is never printed."""
    config = load_config({}, overrides={"callback_proxy": "http://turnout:hunter2@proxy.example.com:3128"})
    assert "hunter2" not in repr(config)
    assert "http://turnout:***@proxy.example.com:3128" in repr(config)


def told_chain(scheme: str = RFC9380) -> str:
    """What a private chain tells of itself, with more than we read."""
    named = {"hash": "ab" * 32, "public_key": "cd" * 96, "period": 1, "genesis_time": 1_700_000_000, "schemeID": scheme}
    return json.dumps({**named, "groupHash": "", "metadata": {"beaconID": "mine"}})


def test_draws_are_decided_by_quicknet_or_a_chain_of_ones_own() -> None:
    """Which is then what commitments name."""
    assert drand_chain_of(Config()) == QUICKNET
    config = load_config({"TURNOUT_DRAND_CHAIN": told_chain(), "TURNOUT_DRAND_URLS": "http://10.0.0.7:8080/drand, https://b.example.com/"})
    assert drand_chain_of(config) == Chain("ab" * 32, "cd" * 96, 1, 1_700_000_000)
    assert config.drand_urls == ("http://10.0.0.7:8080/drand", "https://b.example.com/")
    with pytest.raises(ConfigError, match=r"^drand_chain: .* scheme"):
        load_config({"TURNOUT_DRAND_CHAIN": told_chain("pedersen-bls-unchained")})


def test_misspelt_variables_are_found() -> None:
    """They are not an error, since the machine may set some for its own reasons."""
    ours = ("TURNOUT_PROT", "TURNOUT_PORT", "TURNOUT_CONFIG", "TURNOUT_API_KEY", "TURNOUT_TEST_POSTGRES")
    environment = dict.fromkeys((*ours, "PATH"), "1")
    assert unknown_variables(environment) == ["TURNOUT_PROT"]


def test_a_printed_configuration_holds_no_secret() -> None:
    """It ends up in logs and bug reports."""
    config = load_config({"TURNOUT_SECRET_KEY": SECRET, "TURNOUT_DATABASE_URL": "postgresql://turnout:hunter2@db:5432/turnout"})
    for text in (repr(config), str(config.shown())):
        assert SECRET not in text
        assert "hunter2" not in text
        assert "db:5432/turnout" in text


def test_the_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    """In a file that only its owner reads, with all its bytes on the disk before it is used."""
    config = Config(data_dir=str(tmp_path / "new" / "data"))
    secret = secret_of(config)
    file = tmp_path / "new" / "data" / "secret.key"
    assert len(secret) == 32
    assert secret_of(config) == secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret.key"]
    assert secret_of(Config(data_dir=str(tmp_path / "other"))) != secret
    assert secret_of(Config(secret_key=SECRET, data_dir="/nowhere")) == b"s" * 32


def test_processes_that_start_together_get_one_secret(tmp_path: Path) -> None:
    """The slower one reads the faster one's file."""
    for round_number in range(20):
        config = Config(data_dir=str(tmp_path / str(round_number)))
        found: list[bytes] = []
        threads = [threading.Thread(target=lambda c=config, f=found: f.append(secret_of(c))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 4
        assert len(set(found)) == 1


PROVIDER = {
    "TURNOUT_BASE_URL": "https://live.example.com",
    "TURNOUT_OIDC_ISSUER": "https://login.example.com/tenant",
    "TURNOUT_OIDC_CLIENT_ID": "turnout",
    "TURNOUT_OIDC_ACCOUNT": "ac_0000000000000",
}


def test_a_provider_is_configured_whole(tmp_path: Path) -> None:
    """With what it needs, its secret from a file and never shown; on this machine also without TLS."""
    (tmp_path / "secret").write_text("hunter2\n")
    more = {"TURNOUT_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"), "TURNOUT_PASSWORD_LOGINS": "false"}
    roles = {"TURNOUT_OIDC_ROLE_CLAIM": "groups", "TURNOUT_OIDC_ROLES": "a=b=operator, staff=host"}
    config = load_config(PROVIDER | more | roles)
    assert oidc_secret_of(config) == "hunter2"
    assert config.oidc_roles == ("a=b=operator", "staff=host")
    assert load_config(PROVIDER | {"TURNOUT_OIDC_ISSUER": "http://127.0.0.1:8000"}).oidc_issuer == "http://127.0.0.1:8000"
    assert "hunter2" not in repr(load_config(PROVIDER | {"TURNOUT_OIDC_CLIENT_SECRET": "hunter2"}))


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"base_url": ""}, "base_url"),
        ({"oidc_client_id": ""}, "oidc_client_id"),
        ({"oidc_account": ""}, "oidc_account"),
        ({"oidc_client_secret": "a", "oidc_client_secret_file": "b"}, "oidc_client_secret_file"),
        ({"oidc_roles": "admins=operator"}, "oidc_roles"),  # without a claim
        ({"oidc_role_claim": "groups", "oidc_roles": "admins=owner"}, "oidc_roles"),
        ({"oidc_role_claim": "groups", "oidc_roles": "=operator"}, "oidc_roles"),
        ({"oidc_domains": "lin@example.com"}, "oidc_domains"),
        ({"oidc_domains": "Example.com"}, "oidc_domains"),
        ({"oidc_role": "owner"}, "TURNOUT_OIDC_ROLE"),
    ],
)
def test_half_a_provider_names_what_is_wrong(changed: dict[str, str], name: str) -> None:
    """The server does not start with a way in that leads nowhere, or further than was meant."""
    with pytest.raises(ConfigError, match=f"^{name}:"):
        load_config(PROVIDER | {variable_of(key): value for key, value in changed.items()})


def test_a_damaged_secret_file_is_not_replaced(tmp_path: Path) -> None:
    """A new secret would make every id unresolvable; the operator has a backup."""
    (tmp_path / "secret.key").write_text("damaged")
    with pytest.raises(ConfigError, match=r"^secret_key: the file "):
        secret_of(Config(data_dir=str(tmp_path)))
    assert (tmp_path / "secret.key").read_text() == "damaged"


# ---- docs


def key_table() -> str:
    """The table of docs/operate.md, from config.py."""
    lines = ["| Key | Environment | Default | Unit | Means |", "| --- | --- | --- | --- | --- |"]
    types: dict[str, Any] = get_type_hints(Config, include_extras=True)
    for field in sorted(msgspec.structs.fields(Config), key=lambda one: one.name in LoginConfig.__struct_fields__):
        (meta,) = types[field.name].__metadata__
        given: Any = field.default
        text = ",".join(given) if isinstance(given, tuple) else str(given).lower() if isinstance(given, bool) else str(given)
        default = f"`{text}`" if text else "empty"
        lines.append(f"| `{field.name}` | `{variable_of(field.name)}` | {default} | {meta.extra['unit']} | {meta.description} |")
    return "\n".join(lines)


def limit_table() -> str:
    """The table of docs/limits.md, from kernel/limits.py and what stands beside it."""
    lines = ["| Limit | Value | Means |", "| --- | --- | --- |"]
    modules = (limits, account_limits, login_limits, reading_limits, shown_limits)
    body = [node for module in modules for node in ast.parse(Path(module.__file__).read_text()).body]
    for assignment, comment in pairwise(body):
        if isinstance(assignment, ast.Assign) and isinstance(assignment.targets[0], ast.Name):
            name = assignment.targets[0].id
            assert isinstance(comment, ast.Expr), f"{name} has no docstring"
            assert isinstance(comment.value, ast.Constant)
            lines.append(f"| `{name}` | {getattr(limits, name):,} | {' '.join(str(comment.value.value).split())} |")
    return "\n".join(lines)


@pytest.mark.parametrize(("page", "table"), [("operate.md", key_table), ("limits.md", limit_table)])
def test_the_tables_in_the_docs_are_those_of_the_code(page: str, table: Any) -> None:
    """When this fails, put the table it prints into the page."""
    expected = table()
    assert expected in (DOCS / page).read_text(), f"docs/{page} should hold:\n\n{expected}\n"


def test_every_limit_has_a_name_and_a_row() -> None:
    """The control for the test above: the table is not empty because nothing was found."""
    constants = [name for name in vars(limits) if name.isupper()]
    assert len(constants) == limit_table().count("\n") - 1
    assert len(constants) > 20


def test_a_lost_secret_is_not_made_anew(tmp_path: Path) -> None:
    """Beside a database that was made with another one, where it would make every id that was ever handed out lead nowhere."""
    (tmp_path / "turnout.db").touch()
    with pytest.raises(ConfigError, match=r"^secret_key: .* backup"):
        secret_of(Config(data_dir=str(tmp_path)))
    assert not (tmp_path / "secret.key").exists()
    assert len(secret_of(Config(data_dir=str(tmp_path), database_url="postgresql://db/turnout"))) == 32
