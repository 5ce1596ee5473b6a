"""Settings: from the environment or a `.env` file, once, into one frozen object.

Every setting is a field of `Settings` and a line of `config/example.env`; a test holds the two
together. A server that is not named here is run by the program itself (`processing.local`
fills these gaps); `Settings` never guesses.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from dotenv import dotenv_values

from config.errors import OperatorError

DRIVER = "postgresql+psycopg2"
LANGUAGES = ("ar", "ckb", "en")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# The least of each number; a port has a greatest as well.
LEAST = {"emis_web_threads": 1, "emis_workers": 0, "emis_pull_seconds": 1, "emis_web_port": 0}
LAST_PORT = 65_535
REMEDY = "Correct it in the environment or the .env file; config/example.env shows each one."
TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off"}
# What a value should have been, by the type of its setting; all others are numbers.
EXPECTED = {bool: "yes or no", Path: "a path", Path | None: "a path"}


def _setting(default=None, secret=False):
    return field(default=default, repr=not secret, metadata={"secret": secret})


@dataclass(frozen=True)
class Settings:
    """What the program needs to know about where it runs. Secrets do not show in its repr."""

    database_url: str | None = _setting(secret=True)
    database_owner_url: str | None = _setting(secret=True)
    database_web_url: str | None = _setting(secret=True)
    redis_url: str | None = _setting(secret=True)
    central_url: str | None = _setting()
    central_name: str | None = _setting()
    central_project: int | None = _setting()
    central_email: str | None = _setting()
    central_password: str | None = _setting(secret=True)
    central_manager_email: str | None = _setting()
    central_manager_password: str | None = _setting(secret=True)
    central_ca_file: Path | None = _setting()
    central_tablet_url: str | None = _setting()
    central_tablet_password: str | None = _setting(secret=True)
    emis_data_dir: Path = _setting(Path(".emis"))
    emis_attachment_store: str | None = _setting()
    emis_bucket_url: str | None = _setting()
    emis_bucket_access_key: str | None = _setting()
    emis_bucket_secret_key: str | None = _setting(secret=True)
    emis_bucket_region: str | None = _setting()
    emis_secret_key: str | None = _setting(secret=True)
    emis_metrics_token: str | None = _setting(secret=True)
    emis_web_host: str = _setting("127.0.0.1")
    emis_web_port: int = _setting(0)
    emis_web_threads: int = _setting(8)
    emis_workers: int = _setting(2)
    emis_pull_seconds: int = _setting(10)
    emis_default_language: str = _setting("ar")
    emis_behind_proxy: bool = _setting(False)
    emis_log_level: str = _setting("INFO")

    @property
    def has_manager(self) -> bool:
        return bool(self.central_manager_email and self.central_manager_password)

    @property
    def central_key(self) -> str:
        """The name of this Central in every key: `CENTRAL_NAME`, else its host, lower case."""
        if self.central_name:
            return self.central_name
        return urlsplit(self.central_url or "").netloc.rpartition("@")[2].lower()


def load_settings(
    environ: Mapping[str, str] | None = None, env_file: Path | str | None = ".env"
) -> Settings:
    """Settings from `environ` (default: the process environment) over those of `env_file`.

    Raises OperatorError `setting-invalid` naming the variable, never its value.
    """
    values = _read_env_file(env_file) | dict(os.environ if environ is None else environ)
    given = {
        item.name: _parse(item, values[item.name.upper()].strip())
        for item in fields(Settings)
        if values.get(item.name.upper(), "").strip()
    }
    settings = Settings(**given)
    _require_sense(settings)
    return replace(settings, **_normalised_urls(settings))


def secrets_of(settings: Settings) -> list[str]:
    """Every secret string in the settings, so that a log filter can look for them."""
    secrets = [getattr(settings, item.name) for item in fields(settings) if item.metadata["secret"]]
    return [secret for secret in secrets if secret]


def normalise_database_url(url: str, variable: str = "DATABASE_URL") -> str:
    """`postgres://`, `postgresql://`, `postgresql+driver://` as SQLAlchemy's URL for psycopg2."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in ("postgres", "postgresql"):
        raise OperatorError(
            "setting-invalid",
            f"{variable} is not the address of a PostgreSQL database.",
            "Write it as postgresql://user:password@host:5432/database.",
        )
    _require_readable(variable, url)
    return f"{DRIVER}://{rest}"


def _read_env_file(env_file: Path | str | None) -> dict[str, str]:
    try:
        if env_file is None or not Path(env_file).is_file():
            return {}
        # Windows Notepad begins a file with a mark that would become part of the first name.
        found = dotenv_values(env_file, encoding="utf-8-sig")
    except PermissionError:
        raise _unread(env_file, "may not be read by this user", "Run as its owner.") from None
    except UnicodeDecodeError:
        raise _unread(env_file, "is not UTF-8", "Save it as UTF-8.") from None
    return {key: value or "" for key, value in found.items()}


def _unread(env_file: Path | str, why: str, remedy: str) -> OperatorError:
    return OperatorError("setting-invalid", f"The file {env_file} {why}.", remedy)


def _parse(item, text: str):
    kind = item.type
    try:
        if kind is bool:
            return _parse_bool(text)
        if kind in (int, int | None):
            return int(text)
        if kind in (Path, Path | None):
            return Path(text).expanduser()
    except (ValueError, RuntimeError):
        # RuntimeError: `~name` of a user that this machine does not have.
        raise _invalid(item.name, EXPECTED.get(kind, "a whole number")) from None
    return text


def _parse_bool(text: str) -> bool:
    word = text.lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise ValueError(word)
    return word in TRUE_WORDS


def _normalised_urls(settings: Settings) -> dict:
    changes = {
        name: normalise_database_url(url, name.upper())
        for name in ("database_url", "database_owner_url", "database_web_url")
        if (url := getattr(settings, name))
    }
    for name in ("central_url", "central_tablet_url"):
        if url := getattr(settings, name):
            changes[name] = _normalise_central_url(url, name.upper())
    if settings.emis_bucket_url:
        _require_scheme("EMIS_BUCKET_URL", settings.emis_bucket_url, ("http", "https"))
    if settings.redis_url:
        _require_scheme("REDIS_URL", settings.redis_url, ("redis", "rediss", "unix", "valkey"))
    return changes


def _require_sense(settings: Settings) -> None:
    """Refuse values of the right type that nothing could work with."""
    for name, words in (("emis_default_language", LANGUAGES), ("emis_log_level", LOG_LEVELS)):
        if getattr(settings, name) not in words:
            raise _invalid(name, f"one of {', '.join(words)}")
    for name, least in LEAST.items():
        if getattr(settings, name) < least:
            raise _invalid(name, f"{least} or more")
    if settings.emis_web_port > LAST_PORT:
        raise _invalid("emis_web_port", f"{LAST_PORT} or less")


def _invalid(name: str, expected: str) -> OperatorError:
    return OperatorError("setting-invalid", f"{name.upper()} must be {expected}.", REMEDY)


def _normalise_central_url(url: str, variable: str) -> str:
    """The base of Central's API: what an administrator pastes may end in `/` or `/v1`."""
    _require_scheme(variable, url, ("http", "https"))
    parts = urlsplit(url)
    if not parts.hostname:
        raise OperatorError("setting-invalid", f"{variable} names no host.", REMEDY)
    path = parts.path.rstrip("/").removesuffix("/v1")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _require_readable(variable: str, url: str) -> None:
    """Refuse an address that breaks off in the middle of a password, or at a port of letters."""
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise OperatorError(
            "setting-invalid",
            f"{variable} cannot be read: its host or its port is no such thing.",
            "Signs in a password are written in percent form: @ as %40, / as %2F, # as %23.",
        ) from None


def _require_scheme(variable: str, url: str, schemes: tuple[str, ...]) -> None:
    _require_readable(variable, url)
    if urlsplit(url).scheme not in schemes:
        raise OperatorError(
            "setting-invalid",
            f"{variable} must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}.",
        )
