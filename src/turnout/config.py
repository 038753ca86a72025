"""The configuration: one frozen Config, loaded from defaults, a TOML file, the environment and the command line, in that order; the last
one that names a key wins. `load_config` validates; what is wrong is a ConfigError that names the key.

Every key has a description and, where it has one, a unit; docs/operate.md has the table of them, and a test keeps the two equal.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
from typing_extensions import override

from turnout.config_checks import decode_secret, is_network, is_origin, is_proxy, is_relay, key
from turnout.config_login import LoginConfig, login_faults
from turnout.kernel import limits
from turnout.proofs.bounds import MAX_DELAY_S
from turnout.proofs.commitment import DrandRule
from turnout.proofs.drand import QUICKNET, RFC9380, Chain, read_chain
from turnout.secret_files import UnusableSecret, installation_secret, read_secret

ENVIRONMENT_PREFIX = "TURNOUT_"
CONFIG_FILE_VARIABLE = "TURNOUT_CONFIG"
API_KEY_VARIABLE = "TURNOUT_API_KEY"
"""What `turnout rehearse` proves itself with: no key of the configuration, and no misspelt one."""
SQLITE_FILE = "turnout.db"
"""The SQLite file in the data folder."""

_LISTS = frozenset({"trusted_proxies", "allowed_origins", "drand_urls", "oidc_roles", "oidc_domains"})


class ConfigError(Exception):
    """The configuration cannot be used. The text names the key."""


class Config(LoginConfig, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How this process runs."""

    data_dir: Annotated[str, key("Folder of the SQLite database and of the secret key's file. Made when missing.", "path")] = "data"
    database_url: Annotated[
        str, key("PostgreSQL address, `postgresql://user:password@host/name`. Empty: SQLite, in `turnout.db` in the data folder.", "URL")
    ] = ""
    host: Annotated[str, key("Address to listen on. `0.0.0.0` is every IPv4 address of the machine.", "IP address")] = "127.0.0.1"
    port: Annotated[int, key("Port to listen on: HTTP, sockets and pages. 0 takes a free one.")] = 8080
    base_url: Annotated[
        str,
        key(
            "Address under which browsers and customers reach the server, without a path. Makes the links that are handed out, and decides "
            "whether cookies are Secure. Empty: taken from each request.",
            "URL",
        ),
    ] = ""
    trusted_proxies: Annotated[
        tuple[str, ...],
        key("Reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.", "list of CIDR networks"),
    ] = ()
    allowed_origins: Annotated[
        tuple[str, ...],
        key("Further web origins whose pages may use logins and open sockets, beside the server's own.", "list of origins"),
    ] = ()
    secret_key: Annotated[
        str,
        key(
            "The secret behind every id, sealed secret and viewer token. Empty: kept in `secret.key` in the data folder, made at the "
            "first start. Must be the same in every process of one installation.",
            "base64 of 32 bytes",
        ),
    ] = ""
    api_requests_per_second: Annotated[
        int,
        key(
            "How often one API key, or one login, may call the native API on average; four seconds' worth may come at once. "
            "Counted by each process for itself. 0: as often as it likes.",
            "requests a second",
        ),
    ] = limits.API_REQUESTS_PER_SECOND
    socket_messages_per_second: Annotated[
        int,
        key(
            "How many messages one connection may send on average; four seconds' worth may come at once. 0: as many as it likes.",
            "messages a second",
        ),
    ] = limits.SOCKET_MESSAGES_PER_SECOND
    address_messages_per_second: Annotated[
        int,
        key(
            "The same for all connections from one address (IPv6: one /64 network) to one process. A hall behind one address needs several "
            "a second for each phone; a proxy that is not in `trusted_proxies` is one address for everybody. 0: as many as they like.",
            "messages a second",
        ),
    ] = limits.ADDRESS_MESSAGES_PER_SECOND
    address_connections: Annotated[
        int,
        key(
            "How many connections one address (IPv6: one /64 network) may have open to one process; more are refused with 429. "
            "0: as many as it likes.",
            "connections",
        ),
    ] = limits.ADDRESS_CONNECTIONS
    thqs_window_s: Annotated[
        int, key("How far the time of a request signed by CC's scheme may be from ours; 0: as far as it likes.", "seconds")
    ] = 600
    dangerous_allow_private_callbacks: Annotated[
        bool,
        key("Lets callbacks go to private, loopback and link-local addresses: whoever may set a callback URL can then reach your network."),
    ] = False
    callback_proxy: Annotated[
        str,
        key(
            "HTTP proxy through which callbacks go, `http://host:port` or with a user and a password before the host. What addresses are "
            "called is then the proxy's to decide. Empty: none.",
            "URL",
        ),
    ] = ""
    attempts_kept_days: Annotated[
        int, key("Days for which the attempts of a delivery are kept after it has finished. 0: for ever.", "days")
    ] = 30
    events_kept_days: Annotated[
        int,
        key("Days for which events are kept, with their deliveries, once their live session has ended. 0: for ever.", "days"),
    ] = 90
    drand_urls: Annotated[
        tuple[str, ...],
        key(
            "Relays of drand that are asked for the rounds which decide draws, one after the other until one has it. What they answer is "
            "checked, so they need not be trusted.",
            "list of URLs",
        ),
    ] = ("https://api.drand.sh", "https://drand.cloudflare.com")
    draw_delay_s: Annotated[
        int,
        key(
            "From publishing the list of a draw to the round that decides it, at least: as long as people need to note the fingerprint.",
            "seconds",
        ),
    ] = 6
    drand_chain: Annotated[
        str,
        key(
            "The chain that decides new draws, as a private one tells of itself at `/info`. Its proofs hold only for whoever trusts it: "
            "`turnout verify --trust-chain`. Empty: quicknet, which everybody knows.",
            "JSON",
        ),
    ] = ""
    smtp_host: Annotated[
        str, key("Mail server that takes this server's mails, such as that it disabled a callback endpoint. Empty: no mails.", "host name")
    ] = ""
    smtp_port: Annotated[int, key("Port of the mail server: 587 with `starttls`, 465 with `tls` as a rule.")] = 587
    smtp_user: Annotated[str, key("Name to log in with at the mail server. Empty: without a login.")] = ""
    smtp_password: Annotated[str, key("Password of that login. Never logged or shown.")] = ""
    smtp_password_file: Annotated[str, key("File that holds that password, in place of the key above.", "path")] = ""
    smtp_tls: Annotated[
        Literal["none", "starttls", "tls"],
        key("`starttls`: in the clear until both agree on TLS, and no mail if they do not. `tls`: from the first byte. `none`: never."),
    ] = "starttls"
    mail_from: Annotated[str, key("Sender of the mails, such as `turnout@example.com`.", "mail address")] = ""
    s3_bucket: Annotated[
        str, key("Bucket of an S3-compatible service that keeps uploaded pictures. Empty: `pictures` in the data folder keeps them.")
    ] = ""
    s3_endpoint: Annotated[str, key("Address of that service. Empty: Amazon's own in `s3_region`.", "URL")] = ""
    s3_region: Annotated[str, key("Region of the bucket; most services beside Amazon's take any name.")] = "us-east-1"
    s3_access_key_id: Annotated[
        str, key("Access key for the bucket. Empty: what Amazon's tools would use on this machine, such as the role of the instance.")
    ] = ""
    s3_secret_access_key: Annotated[str, key("Secret of the access key. Never logged or shown.")] = ""
    s3_secret_access_key_file: Annotated[str, key("File that holds the secret of the access key, in place of the key above.", "path")] = ""
    s3_prefix: Annotated[str, key("What the names of our objects in the bucket begin with, such as `turnout/production`.")] = ""
    postgres_writers: Annotated[int, key("Writer threads, each with a connection of its own. SQLite always has one.", "threads")] = 2
    log_level: Annotated[Literal["debug", "info", "warning", "error"], key("The least severe log lines that are written.")] = "info"
    log_format: Annotated[Literal["json", "console"], key("`json`: one JSON object a line. `console`: for reading.")] = "json"

    def validate(self) -> None:
        """Raises ConfigError, naming the key, for a value that has the right type and still cannot work."""
        _require(bool(self.data_dir), "data_dir", "must not be empty")
        _require(
            not self.database_url or urlsplit(self.database_url).scheme in ("postgresql", "postgres"),
            "database_url",
            "must begin with postgresql://, or be empty for SQLite",
        )
        _require(bool(self.host), "host", "must not be empty")
        _require(0 <= self.port <= 65_535, "port", "must be from 0 to 65535")
        _require(not self.base_url or is_origin(self.base_url), "base_url", "must be like https://live.example.com, without a path")
        for network in self.trusted_proxies:
            _require(is_network(network), "trusted_proxies", f"{network!r} is no network like 10.0.0.0/8 or 2001:db8::/32")
        for origin in self.allowed_origins:
            _require(is_origin(origin), "allowed_origins", f"{origin!r} is no origin like https://www.example.com, without a path")
        _require(not self.secret_key or decode_secret(self.secret_key) is not None, "secret_key", "must be base64 of 32 bytes")
        _require(0 <= self.api_requests_per_second <= 100_000, "api_requests_per_second", "must be from 0 to 100000")
        for name in ("socket_messages_per_second", "address_messages_per_second", "address_connections"):
            _require(0 <= getattr(self, name) <= 100_000_000, name, "must be from 0 to 100000000")
        _require(0 <= self.thqs_window_s <= 86_400, "thqs_window_s", "must be from 0 to 86400 seconds")
        self._validate_callbacks()
        self._validate_draws()
        self._validate_mail()
        self._validate_s3()
        for name, message in login_faults(self, self.base_url):
            _require(False, name, message)
        _require(1 <= self.postgres_writers <= 64, "postgres_writers", "must be from 1 to 64")

    def _validate_callbacks(self) -> None:
        _require(not self.callback_proxy or is_proxy(self.callback_proxy), "callback_proxy", "must be like http://proxy.example.com:3128")
        for name in ("attempts_kept_days", "events_kept_days"):
            _require(0 <= getattr(self, name) <= 36_500, name, "must be from 0 to 36500 days")

    def _validate_draws(self) -> None:
        _require(bool(self.drand_urls), "drand_urls", "must name at least one relay")
        for url in self.drand_urls:
            _require(is_relay(url), "drand_urls", f"{url!r} is no address like https://api.drand.sh")
        _require(0 <= self.draw_delay_s <= MAX_DELAY_S, "draw_delay_s", f"must be from 0 to {MAX_DELAY_S} seconds")
        drand_chain_of(self)

    def _validate_mail(self) -> None:
        if not self.smtp_host:
            for name in ("smtp_user", "smtp_password", "smtp_password_file", "mail_from"):
                _require(not getattr(self, name), name, "is of no use without smtp_host")
            return
        _require(1 <= self.smtp_port <= 65_535, "smtp_port", "must be from 1 to 65535")
        _require(
            "@" in self.mail_from and not any(letter.isspace() for letter in self.mail_from),
            "mail_from",
            "must be a mail address like turnout@example.com, without a name",
        )
        both = bool(self.smtp_password and self.smtp_password_file)
        _require(not both, "smtp_password_file", "must be empty when smtp_password is given")
        has_password = bool(self.smtp_password or self.smtp_password_file)
        _require(has_password == bool(self.smtp_user), "smtp_password", "must be given with smtp_user, and only then")
        _require(not has_password or self.smtp_tls != "none", "smtp_tls", "must not be none with a password: it would go in the clear")

    def _validate_s3(self) -> None:
        if not self.s3_bucket:
            for name in ("s3_endpoint", "s3_access_key_id", "s3_secret_access_key", "s3_secret_access_key_file", "s3_prefix"):
                _require(not getattr(self, name), name, "is of no use without s3_bucket")
            return
        _require(not self.s3_endpoint or is_origin(self.s3_endpoint), "s3_endpoint", "must be like https://s3.example.com, without a path")
        _require(bool(self.s3_region), "s3_region", "must not be empty")
        both = bool(self.s3_secret_access_key and self.s3_secret_access_key_file)
        _require(not both, "s3_secret_access_key_file", "must be empty when s3_secret_access_key is given")
        has_secret = bool(self.s3_secret_access_key or self.s3_secret_access_key_file)
        _require(has_secret or not self.s3_access_key_id, "s3_secret_access_key", "must be given with s3_access_key_id")
        _require(bool(self.s3_access_key_id) or not has_secret, "s3_access_key_id", "must be given with its secret")
        parts = self.s3_prefix.split("/")
        _require(not self.s3_prefix or not {"", ".", ".."} & set(parts), "s3_prefix", "must be like turnout/production")

    def shown(self) -> dict[str, Any]:
        """The values for people and logs, with secrets covered."""
        values = msgspec.structs.asdict(self)
        for name in ("secret_key", "s3_secret_access_key", "smtp_password", "oidc_client_secret"):
            if values[name]:
                values[name] = "***"
        for name in ("database_url", "callback_proxy"):
            parts = urlsplit(values[name])
            if parts.password is not None:
                values[name] = parts._replace(netloc=f"{parts.username}:***@{parts.netloc.rpartition('@')[2]}").geturl()
        return values

    @override
    def __repr__(self) -> str:
        return f"Config({self.shown()})"


def load_config(environment: Mapping[str, str], *, file: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Config:
    """The validated configuration; raises ConfigError.

    file: the TOML file given on the command line; otherwise TURNOUT_CONFIG names it, if anything does. overrides: keys given on the
    command line. Lists in the environment are separated by commas. Variables TURNOUT_… that are no key are not ours to judge
    (Kubernetes sets some for a service of this name); unknown_variables lists them.
    """
    if file is None and environment.get(CONFIG_FILE_VARIABLE):
        file = Path(environment[CONFIG_FILE_VARIABLE])
    values: dict[str, Any] = {}
    if file is not None:
        values |= _from_file(file)
    for name in Config.__struct_fields__:
        text = environment.get(variable_of(name))
        if text is not None:
            values[name] = _convert(name, _split(text) if name in _LISTS else text, variable_of(name), strict=False)
    for name, value in (overrides or {}).items():
        values[name] = _convert(name, value, name, strict=True)
    config = Config(**values)
    # a slash at the end is what people paste; everything else that is not an origin is refused
    config = msgspec.structs.replace(config, base_url=config.base_url.removesuffix("/"), s3_endpoint=config.s3_endpoint.removesuffix("/"))
    config.validate()
    return config


def variable_of(name: str) -> str:
    """The environment variable of a key."""
    return ENVIRONMENT_PREFIX + name.upper()


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Variables that look like ours and are no key: most likely misspelt."""
    known = {variable_of(name) for name in Config.__struct_fields__} | {CONFIG_FILE_VARIABLE, API_KEY_VARIABLE}
    ours = (name for name in environment if name.startswith(ENVIRONMENT_PREFIX) and not name.startswith("TURNOUT_TEST_"))
    return sorted(name for name in ours if name not in known)


def is_new_sqlite(config: Config) -> bool:
    """Whether the database is a SQLite file that nobody has made yet."""
    return not config.database_url and not (Path(config.data_dir) / SQLITE_FILE).exists()


def secret_of(config: Config) -> bytes:
    """The installation's 32 secret bytes: of the key secret_key, or of the data folder's file, which is made when missing, but not beside a
    SQLite file: that was made with another one. Raises ConfigError."""
    if config.secret_key:
        secret = decode_secret(config.secret_key)
        if secret is None:
            raise ConfigError("secret_key: must be base64 of 32 bytes")
        return secret
    try:
        return installation_secret(Path(config.data_dir) / "secret.key", may_make=bool(config.database_url) or is_new_sqlite(config))
    except UnusableSecret as error:
        raise ConfigError(f"secret_key: {error}") from error


def drand_chain_of(config: Config) -> Chain:
    """The chain of drand that decides new draws. Raises ConfigError."""
    if not config.drand_chain:
        return QUICKNET
    try:
        chain = read_chain(config.drand_chain)
        _require(chain.scheme == RFC9380, "drand_chain", f"must have the scheme {RFC9380}")
        # what a commitment takes of it, judged by its type
        told = {"kind": "drand", "chain": chain.chain, "public_key": chain.public_key, "scheme": chain.scheme}
        msgspec.convert({**told, "period_s": chain.period_s, "genesis": chain.genesis, "delay_s": config.draw_delay_s}, DrandRule)
    except ValueError as error:
        raise ConfigError(f"drand_chain: must be what a chain tells of itself at /info: {error}") from None
    return chain


def s3_secret_of(config: Config) -> str:
    """The secret of the S3 access key, from its key or its file; empty where there is none. Raises ConfigError."""
    return _secret_in("s3_secret_access_key_file", config.s3_secret_access_key_file) or config.s3_secret_access_key


def smtp_password_of(config: Config) -> str:
    """The password at the mail server, from its key or its file; empty where there is none. Raises ConfigError."""
    return _secret_in("smtp_password_file", config.smtp_password_file) or config.smtp_password


def oidc_secret_of(config: Config) -> str:
    """The secret for the provider, from its key or its file; empty where there is none. Raises ConfigError."""
    return _secret_in("oidc_client_secret_file", config.oidc_client_secret_file) or config.oidc_client_secret


def _secret_in(name: str, path: str) -> str:
    if not path:
        return ""
    try:
        return read_secret(Path(path))
    except UnusableSecret as error:
        raise ConfigError(f"{name}: {error}") from error


def _from_file(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"the configuration file {path} cannot be read: {error}") from error
    unknown = sorted(set(table) - set(Config.__struct_fields__))
    if unknown:
        raise ConfigError(f"{unknown[0]}: there is no such key (in {path})")
    return {name: _convert(name, value, f"{name} in {path}", strict=True) for name, value in table.items()}


def _convert(name: str, value: object, where: str, *, strict: bool) -> object:
    try:
        return msgspec.convert(value, _TYPES[name], strict=strict)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {error}") from error


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _require(holds: bool, name: str, message: str) -> None:
    if not holds:
        raise ConfigError(f"{name}: {message}")


_TYPES = get_type_hints(Config, include_extras=True)
