"""The checks of `turnout doctor`: each looks at one thing, leaves nothing changed, and says in one sentence what to do."""

import json
import os
import resource
import socket
import stat
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.request import urlopen

import msgspec
import sqlalchemy as sa

from turnout.callbacks.queries import sizes
from turnout.compose import open_database, open_files
from turnout.config import SQLITE_FILE, Config, ConfigError, is_new_sqlite, unknown_variables
from turnout.kernel.clock import to_datetime
from turnout.server.static import WEB_ROOT
from turnout.storage.health import inspect_database

State = Literal["ok", "warn", "fail"]

ENOUGH_FILES = 4096
"""Open files below which a hall of viewers does not fit; a socket is one."""

_OLDEST_CLOCK_S = 1_767_225_600  # 2026-01-01: a clock before it was never set
_SHORT_S = 2.0


class Finding(msgspec.Struct, frozen=True):
    """What a check found. advice: what to do, empty when all is well."""

    check: str
    state: State
    found: str
    advice: str = ""


def check_all(config: Config) -> Iterator[Finding]:
    """Every check, one after the other; a check that breaks is a failure that says why."""
    checks: list[Callable[[Config], Finding]] = [
        check_variables,
        check_data_dir,
        check_secret_key,
        check_database,
        check_durability,
        check_pictures,
        check_files,
        check_clock,
        check_web,
        check_base_url,
        check_proxies,
        check_port,
        check_callbacks,
        check_kept,
    ]
    for check in checks:
        try:
            yield check(config)
        except (OSError, sa.exc.SQLAlchemyError) as error:
            name = check.__name__.removeprefix("check_").replace("_", " ")
            yield Finding(name, "fail", str(error).splitlines()[0], "Read the message; the file or the database it names cannot be used.")


def check_variables(config: Config) -> Finding:
    """Misspelt variables are silently nobody's."""
    unknown = unknown_variables(os.environ)
    if unknown:
        return Finding("configuration", "warn", f"{', '.join(unknown)} is no key", "Correct the spelling or remove the variable.")
    return Finding("configuration", "ok", "every key is valid")


def check_data_dir(config: Config) -> Finding:
    """SQLite and the secret key live there."""
    folder = Path(config.data_dir)
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir():
        return Finding("data dir", "fail", f"{nearest} is no folder", "Let data_dir name a folder.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Finding("data dir", "fail", f"{nearest} cannot be written", "Give it to the user Turnout runs as, or set data_dir.")
    if nearest != folder:
        return Finding("data dir", "ok", f"{folder} will be made at the first start")
    return Finding("data dir", "ok", f"{folder} can be written")


def check_secret_key(config: Config) -> Finding:
    """Whoever reads it can forge every token."""
    if config.secret_key:
        return Finding("secret key", "ok", "given by the configuration")
    path = Path(config.data_dir) / "secret.key"
    if config.database_url:
        advice = "Set secret_key, the same in every process, or ids and sealed secrets will not resolve."
        return Finding("secret key", "warn", "kept in the data folder of this machine, with a database others can use", advice)
    if not path.exists():
        if is_new_sqlite(config):
            return Finding("secret key", "ok", f"{path} will be made at the first start")
        advice = "Put it back from a backup: without it no id and no sealed secret of the database can be read."
        return Finding("secret key", "fail", f"{path} is missing", advice)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Finding("secret key", "fail", f"{path} can be read by others (mode {mode:04o})", f"Run: chmod 600 {path}")
    return Finding("secret key", "ok", f"{path}, readable by its owner only; keep a copy of it beside your backups")


def check_database(config: Config) -> Finding:
    """Reachable and at this version's schema."""
    if is_new_sqlite(config):
        return Finding("database", "ok", "the SQLite file will be made at the first start")
    database = open_database(config)
    try:
        health = inspect_database(database)
    finally:
        database.close()
    if health.revision is None:
        return Finding("database", "warn", f"{database.engine_name}, empty", "Run `turnout migrate`, or start the server, which does it.")
    if health.revision < health.newest:
        advice = "Make a backup and run `turnout migrate`; starting the server does it too."
        return Finding("database", "warn", f"{database.engine_name} at revision {health.revision}, older than {health.newest}", advice)
    if health.revision > health.newest:
        advice = "Install the version of Turnout that wrote it; going back is not possible."
        return Finding("database", "fail", f"at revision {health.revision}, newer than this version's {health.newest}", advice)
    return Finding("database", "ok", f"{database.engine_name} at revision {health.revision}")


def check_durability(config: Config) -> Finding:
    """An acknowledged answer must outlive a power cut."""
    if is_new_sqlite(config):
        return Finding("durability", "ok", "SQLite will run with WAL and synchronous=FULL")
    database = open_database(config)
    try:
        risks = inspect_database(database).risks
    finally:
        database.close()
    if risks:
        return Finding("durability", "fail", "; ".join(risks), "Change these settings of the database: acknowledged answers could be lost.")
    settings = "WAL and synchronous=FULL" if database.engine_name == "sqlite" else "fsync and synchronous_commit are on"
    return Finding("durability", "ok", settings)


def check_pictures(config: Config) -> Finding:
    """Uploaded pictures need a place: the data folder, or a bucket, in which a small file is kept, read and taken away again."""
    if not config.s3_bucket:
        folder = Path(config.data_dir) / "pictures"
        if folder.exists() and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
            return Finding("pictures", "fail", f"{folder} cannot be written", "Give it to the user Turnout runs as, or set s3_bucket.")
        if config.database_url:
            advice = "Set s3_bucket when several machines serve, or let all of them see one folder."
            return Finding("pictures", "warn", f"{folder}, on this machine, with a database others can use", advice)
        if not folder.exists():
            return Finding("pictures", "ok", f"{folder} will be made at the first start")
        return Finding("pictures", "ok", f"{folder} can be written; keep it with your backups")
    bucket = f"bucket {config.s3_bucket} at {config.s3_endpoint or 'Amazon S3'}"
    try:
        reason = open_files(config).check()
    except ConfigError as error:
        return Finding("pictures", "fail", str(error), "Correct the key.")
    if reason:
        return Finding("pictures", "fail", f"{bucket}: {reason}", "Check the keys s3_…, and that the access key may read and write there.")
    if config.s3_endpoint.startswith("http://") and not _is_private(config.s3_endpoint):
        return Finding("pictures", "warn", bucket, "Use https:// for s3_endpoint: pictures travel in the open.")
    return Finding("pictures", "ok", f"{bucket} can be read and written")


def check_files(config: Config) -> Finding:
    """Each viewer is an open file; the server raises its own limit to the hard one."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < ENOUGH_FILES:
        return Finding(
            "open files", "warn", f"at most {hard}, so about as many viewers", "Raise it: ulimit -Hn 65536, or LimitNOFILE= in systemd."
        )
    return Finding("open files", "ok", "no limit" if hard == resource.RLIM_INFINITY else f"up to {hard}")


def check_clock(config: Config) -> Finding:
    """Signed requests, time limits and logins compare times."""
    if time.time() < _OLDEST_CLOCK_S:
        return Finding("clock", "fail", "the clock stands in the past", "Set it, and keep it with NTP: signed requests are refused.")
    newest = _newest_change(config)
    if newest is not None and newest > time.time() + 60:
        return Finding("clock", "fail", "the clock is behind the newest change of the data", "Set it, and keep it with NTP.")
    return Finding("clock", "ok", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()))


def check_web(config: Config) -> Finding:
    """The pages are built, not written."""
    if not (WEB_ROOT / "index.html").exists():
        return Finding("web pages", "fail", "not built", "Run `make web`, or install a packaged Turnout.")
    return Finding("web pages", "ok", "built")


def check_base_url(config: Config) -> Finding:
    """Links, QR codes and Secure cookies come from it."""
    if not config.base_url:
        if _is_loopback(config.host):
            return Finding("base URL", "ok", "taken from each request, on this machine only")
        advice = "Set base_url to the address that viewers use, so that links and QR codes lead there."
        return Finding("base URL", "warn", "not set: links lead to whatever address a request came to", advice)
    if config.base_url.startswith("http://") and not _is_private(config.base_url):
        return Finding("base URL", "warn", config.base_url, "Use https:// on a public address: logins travel in the open.")
    return Finding("base URL", "ok", config.base_url)


def check_proxies(config: Config) -> Finding:
    """Whoever ends TLS in front of us hides the viewers' addresses."""
    if config.trusted_proxies:
        return Finding("proxies", "ok", f"{', '.join(config.trusted_proxies)} may say whom a request comes from")
    if config.base_url.startswith("https://"):
        advice = (
            "Name the reverse proxy in trusted_proxies, or all viewers share the limits of one address, such as that of wrong passcodes."
        )
        return Finding("proxies", "warn", "none is trusted, though base_url is https and Turnout itself speaks http", advice)
    return Finding("proxies", "ok", "none; each request comes from where it comes")


def check_port(config: Config) -> Finding:
    """Free, or ours already."""
    if config.port == 0:
        return Finding("port", "ok", "a free one is taken at each start")
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            if _is_turnout(config):
                return Finding("port", "ok", f"{config.port} is served by a Turnout already")
            return Finding("port", "fail", f"{config.host}:{config.port}: {error.strerror}", "Stop what uses it, or set host and port.")
    return Finding("port", "ok", f"{config.port} is free")


def check_callbacks(config: Config) -> Finding:
    """A switch for trying things out, not for the public."""
    if config.dangerous_allow_private_callbacks and not _is_loopback(config.host):
        advice = "Unset dangerous_allow_private_callbacks: whoever may set a callback URL can reach your network."
        return Finding("callbacks", "warn", "may go to private addresses", advice)
    return Finding(
        "callbacks", "ok", "go to private addresses too" if config.dangerous_allow_private_callbacks else "go to public addresses only"
    )


def check_kept(config: Config) -> Finding:
    """How much has gathered of what retention lets go of."""
    if is_new_sqlite(config):
        return Finding("kept", "ok", "nothing yet")
    database = open_database(config)
    try:
        health = inspect_database(database)
        if health.revision != health.newest:
            return Finding("kept", "ok", "not counted: the database is of another version")
        with database.reading() as connection:
            kept = sizes(connection)
    finally:
        database.close()
    found = f"{kept.events} events, {kept.deliveries} deliveries, of which {kept.due} are due, and {kept.attempts} attempts"
    if kept.oldest_event_at is not None:
        found += f", since {to_datetime(kept.oldest_event_at):%Y-%m-%d}"
    if not config.attempts_kept_days or not config.events_kept_days:
        return Finding("kept", "warn", found, "Set attempts_kept_days and events_kept_days, or the database grows for ever.")
    return Finding("kept", "ok", found)


def _newest_change(config: Config) -> float | None:
    files = [Path(config.data_dir) / name for name in (SQLITE_FILE, f"{SQLITE_FILE}-wal", "secret.key")]
    return max((file.stat().st_mtime for file in files if file.exists()), default=None)


def _is_turnout(config: Config) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)
    url = f"http://{f'[{host}]' if ':' in host else host}:{config.port}/api/openapi.json"
    try:
        with urlopen(url, timeout=_SHORT_S) as response:
            return bool(json.load(response)["info"]["title"] == "Turnout")
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_private(base_url: str) -> bool:
    host = base_url.partition("://")[2].rpartition(":")[0] if base_url.count(":") > 1 else base_url.partition("://")[2]
    try:
        return ip_address(host.strip("[]")).is_private
    except ValueError:
        return host == "localhost" or "." not in host
