"""Settings: what is listed, how it is read, and that no secret ever shows."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from config.errors import OperatorError
from config.paths import CONFIG_DIR
from config.settings import Settings, load_settings, normalise_database_url, secrets_of

EXAMPLE = CONFIG_DIR / "example.env"
ASSIGNMENT = re.compile(r"^([A-Z_]+)=", re.MULTILINE)
SECRET_WORDS = ("password", "secret", "database", "redis", "token")


def read(**values: str) -> Settings:
    return load_settings(values, env_file=None)


def refusal(**values: str) -> OperatorError:
    with pytest.raises(OperatorError) as caught:
        read(**values)
    assert caught.value.code == "setting-invalid"
    return caught.value


def test_the_example_lists_every_setting_once_and_nothing_else():
    listed = ASSIGNMENT.findall(EXAMPLE.read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(item.name.upper() for item in fields(Settings))


def test_the_example_shows_the_defaults():
    assert load_settings({}, env_file=EXAMPLE) == Settings()


def test_the_example_says_of_every_setting_who_needs_it():
    """Each stands under a heading that names them."""
    text = EXAMPLE.read_text(encoding="utf-8")
    preface, *sections = re.split(r"^# -- ", text, flags=re.MULTILINE)
    assert ASSIGNMENT.findall(preface) == []
    for section in sections:
        readers = re.match(r"[\w ]+ \(([a-z, ]+)\) -+\n", section)[1].split(", ")
        assert set(readers) <= {"web", "workers", "command", "everyone"}, readers


def test_every_setting_of_the_example_is_explained():
    """By a comment above it, or above those that it stands with."""
    blocks = re.split(r"\n(?=# )", EXAMPLE.read_text(encoding="utf-8"))
    assert [block for block in blocks if block.startswith("# -- ") and "=" in block] == []


def test_the_environment_wins_over_the_file_and_empty_means_not_set(tmp_path: Path):
    env_file = tmp_path / ".env"
    env_file.write_text("CENTRAL_PROJECT=7\nEMIS_WORKERS=5\nEMIS_WEB_PORT=\n", encoding="utf-8")
    found = load_settings({"EMIS_WORKERS": "3", "CENTRAL_URL": "  "}, env_file)
    assert (found.central_project, found.emis_workers) == (7, 3)
    assert (found.central_url, found.emis_web_port) == (None, 0)


def test_an_env_file_of_windows_notepad_is_read_from_its_first_line_on(tmp_path: Path):
    env_file = tmp_path / ".env"
    env_file.write_text("CENTRAL_PROJECT=7\r\nEMIS_WORKERS=5\r\n", encoding="utf-8-sig")
    found = load_settings({}, env_file)
    assert (found.central_project, found.emis_workers) == (7, 5)


def test_an_env_file_in_another_encoding_is_told(tmp_path: Path):
    env_file = tmp_path / ".env"
    env_file.write_bytes("CENTRAL_NAME=وزارة\n".encode("cp1256"))
    with pytest.raises(OperatorError, match=r"setting-invalid.*is not UTF-8"):
        load_settings({}, env_file)


def test_an_env_file_of_somebody_else_is_told(tmp_path: Path, monkeypatch):
    """As root everything may be read: the refusal is played."""
    env_file = tmp_path / ".env"
    env_file.write_text("CENTRAL_PROJECT=7\n")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("config.settings.dotenv_values", refuse)
    with pytest.raises(OperatorError, match=r"setting-invalid.*may not be read"):
        load_settings({}, env_file)


def test_a_missing_env_file_is_no_fault(tmp_path: Path):
    assert load_settings({}, tmp_path / "none.env") == Settings()


@pytest.mark.parametrize(
    "given",
    [
        "postgres://u:p@db:5432/emis?sslmode=require",
        "postgresql://u:p@db:5432/emis?sslmode=require",
        "postgresql+psycopg2://u:p@db:5432/emis?sslmode=require",
        "postgresql+asyncpg://u:p@db:5432/emis?sslmode=require",
    ],
)
def test_a_database_is_named_in_any_of_the_usual_ways(given):
    expected = "postgresql+psycopg2://u:p@db:5432/emis?sslmode=require"
    assert normalise_database_url(given) == expected
    found = read(DATABASE_URL=given, DATABASE_OWNER_URL=given, DATABASE_WEB_URL=given)
    assert {found.database_url, found.database_owner_url, found.database_web_url} == {expected}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://central.example.org", "https://central.example.org"),
        ("https://central.example.org/", "https://central.example.org"),
        ("https://central.example.org/v1/", "https://central.example.org"),
        ("https://example.org/central/v1", "https://example.org/central"),
        ("http://127.0.0.1:8383/", "http://127.0.0.1:8383"),
    ],
)
def test_central_is_named_as_its_administrator_pastes_it(given, expected):
    assert read(CENTRAL_URL=given).central_url == expected


def test_the_name_of_a_central_is_its_host_unless_it_is_given():
    assert read(CENTRAL_URL="https://Central.Example.org/").central_key == "central.example.org"
    assert read(CENTRAL_URL="https://a.org", CENTRAL_NAME="national").central_key == "national"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "mysql://user:hidden-word@db/emis"),
        ("DATABASE_OWNER_URL", "hidden-word"),
        ("DATABASE_WEB_URL", "sqlite:///hidden-word"),
        ("REDIS_URL", "http://:hidden-word@cache"),
        ("CENTRAL_URL", "ftp://hidden-word.org"),
        ("CENTRAL_PROJECT", "hidden-word"),
        ("DATABASE_URL", "postgresql://user:hidden-word/%@db/emis"),
        ("DATABASE_WEB_URL", "postgresql://user:pass@db:hidden-word/emis"),
        ("REDIS_URL", "redis://:hidden-word#1@cache"),
        ("REDIS_URL", "redis://cache:hidden-word"),
        ("CENTRAL_URL", "https://[hidden-word"),
        ("CENTRAL_URL", "https://central.example.org:hidden-word"),
        ("CENTRAL_URL", "https:///hidden-word"),
        ("CENTRAL_TABLET_URL", "https://central:hidden-word/"),
        ("EMIS_BUCKET_URL", "http://store:hidden-word"),
        ("EMIS_DATA_DIR", "~hidden-word/emis"),
        ("EMIS_WORKERS", "hidden-word"),
        ("EMIS_BEHIND_PROXY", "hidden-word"),
        ("EMIS_DEFAULT_LANGUAGE", "hidden-word"),
        ("EMIS_LOG_LEVEL", "hidden-word"),
    ],
)
def test_a_refusal_names_the_variable_and_never_its_value(variable, value):
    error = refusal(**{variable: value})
    assert variable in str(error)
    assert "hidden-word" not in str(error)
    assert error.__cause__ is None


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("EMIS_WORKERS", "-1", "0 or more"),
        ("EMIS_WEB_THREADS", "0", "1 or more"),
        ("EMIS_PULL_SECONDS", "0", "1 or more"),
        ("EMIS_WEB_PORT", "65536", "65535 or less"),
    ],
)
def test_a_number_that_nothing_could_work_with_is_refused(variable, value, expected):
    assert f"{variable} must be {expected}" in str(refusal(**{variable: value}))


@pytest.mark.parametrize(("word", "expected"), [("yes", True), ("On", True), ("0", False)])
def test_yes_and_no_are_taken_in_the_usual_words(word, expected):
    assert read(EMIS_BEHIND_PROXY=word).emis_behind_proxy is expected


def test_what_holds_a_password_is_marked_secret():
    for item in fields(Settings):
        assert item.metadata["secret"] == any(word in item.name for word in SECRET_WORDS), item.name


def test_secrets_show_in_no_text_of_the_settings():
    names = [item.name for item in fields(Settings) if item.metadata["secret"]]
    settings = replace(Settings(), **{name: f"hidden-{name}" for name in names})
    assert sorted(secrets_of(settings)) == sorted(f"hidden-{name}" for name in names)
    assert "hidden-" not in f"{settings!r} {settings}"


def test_settings_cannot_be_changed_in_passing():
    with pytest.raises(AttributeError):
        Settings().emis_workers = 9


def test_a_manager_needs_both_name_and_password():
    assert not read(CENTRAL_MANAGER_EMAIL="m@example.org").has_manager
    both = read(CENTRAL_MANAGER_EMAIL="m@example.org", CENTRAL_MANAGER_PASSWORD="x")
    assert both.has_manager
