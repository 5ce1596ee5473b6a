"""What `deploy/` promises an administrator: commands, settings and SQL that exist and suffice."""

import ast
import re
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from importlib.metadata import packages_distributions
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy as sa

from config.paths import ROOT
from config.settings import Settings, load_settings
from processing.command import COMMANDS
from processing.db.engine import open_engine
from processing.db.migrate import migrate, status
from processing.local.passwords import read_passwords
from processing.local.postgres import ROLES_SQL
from processing.local.programs import postgres_bin
from tests.fixtures.servers import local_servers

DEPLOY = ROOT / "deploy"


def test_every_unit_and_container_runs_a_command_that_exists():
    units = [path.read_text() for path in (DEPLOY / "systemd").glob("*.service")]
    started = re.findall(r"^ExecStart=\S+/emis (\w+)$", "\n".join(units), re.MULTILINE)
    assert sorted(started) == ["scheduler", "web", "worker"]
    compose = (DEPLOY / "compose.yaml").read_text()
    contained = re.findall(r"^    command: \[(\w+)(?:, \w+)?\]$", compose, re.MULTILINE)
    assert sorted(contained) == ["db", "scheduler", "web", "worker"]
    assert {*started, *contained} <= set(COMMANDS)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is missing")
def test_systemd_understands_every_line_of_the_units(tmp_path):
    """The program and the user of a server do not exist here: others stand for them."""
    for path in (DEPLOY / "systemd").iterdir():
        text = path.read_text().replace("/opt/emis/.venv/bin/emis", "/bin/true")
        text = re.sub("^(User|Group)=emis$", r"\1=root", text, flags=re.MULTILINE)
        name = path.name.replace("@.", "@1.")
        (tmp_path / name).write_text(text.replace("/opt/emis", "/"))
    units = sorted(str(path) for path in tmp_path.iterdir())
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert (len(units), done.returncode, done.stderr) == (4, 0, "")


def test_the_settings_of_a_server_are_settings_of_the_program():
    listed = load_settings({}, DEPLOY / "emis.env.example")
    assert listed.emis_behind_proxy
    text = (DEPLOY / "emis.env.example").read_text() + (DEPLOY / "compose.yaml").read_text()
    named = set(re.findall(r"\b((?:EMIS|CENTRAL|DATABASE)_[A-Z_]+)\b", text))
    assert named <= {item.name.upper() for item in fields(Settings)}


def test_files_with_passwords_stay_out_of_the_image():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {"deploy/emis.env", ".env"} <= set(ignored)


LEFT_OUT_FROM = "# -- tests and checks"
IMPORT_ALL = """
import importlib, pkgutil, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in LEFT_OUT:
            raise ImportError(f"{name} is not in the image")

sys.meta_path.insert(0, Missing())
for package in ("config", "bridge", "processing"):
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        if not module.name.endswith(("__main__", ".env")) and ".migrations" not in module.name:
            importlib.import_module(module.name)
"""


def requirements(text: str) -> set[str]:
    """The names of the packages, as distributions are compared."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {re.split(r"[\[=]", line)[0].lower().replace("_", "-") for line in lines}


@pytest.fixture(scope="module")
def in_image() -> str:
    """What the image installs, by the Containerfile's own command."""
    text = (DEPLOY / "Containerfile").read_text()
    (script,) = re.findall(r"^RUN sed '(.+)' requirements\.txt > runtime\.txt", text, re.MULTILINE)
    command = ["sed", script, str(ROOT / "requirements.txt")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def left_out(in_image) -> set[str]:
    """Top-level modules of the packages that stay outside."""
    outside = requirements((ROOT / "requirements.txt").read_text()) - requirements(in_image)
    return {
        module
        for module, names in packages_distributions().items()
        if {name.lower().replace("_", "-") for name in names} & outside
    }


def test_the_image_leaves_out_the_tools_of_tests_alone(in_image, left_out):
    whole = (ROOT / "requirements.txt").read_text()
    assert whole == in_image + whole[whole.index(LEFT_OUT_FROM) :]
    assert {"pytest", "playwright", "moto", "ruff", "pandas"} <= left_out
    assert not {"flask", "sqlalchemy", "pyxform", "requests"} & left_out


def test_the_program_imports_nothing_that_the_image_leaves_out(left_out):
    """Every module, with all that it loads; and, by its text, what a function imports later."""
    code = f"LEFT_OUT = {left_out!r}\n{IMPORT_ALL}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    for folder in ("config", "bridge", "processing"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not imported(path) & left_out, path


def imported(path: Path) -> set[str]:
    """Top-level modules that a file imports, anywhere in it."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return {name.partition(".")[0] for name in names}


@pytest.fixture(scope="module")
def real_server(tmp_path_factory):
    """A server that an administrator prepared as docs/real-servers.md says, with psql."""
    with local_servers() as servers:
        servers.open("postgres")
        passwords = read_passwords(servers.folder)
        psql = [str(postgres_bin(servers.folder) / "psql"), "-qX", "-v", "ON_ERROR_STOP=1"]
        environ = {
            "PGHOST": str(servers.folder.sockets()),
            "PGUSER": "postgres",
            "PGPASSWORD": passwords.postgres,
        }
        create = "CREATE DATABASE real OWNER emis_owner TEMPLATE template0 LOCALE 'C.UTF-8'"
        statements = ["-d", "postgres", "-f", str(ROLES_SQL), "-f", str(ROLES_SQL), "-c", create]
        subprocess.run([*psql, *statements], env=environ, check=True)
        found = servers.postgres().settings("real")
        yield replace(Settings(), emis_data_dir=tmp_path_factory.mktemp("data"), **found)


def test_the_owners_login_migrates_without_being_superuser(real_server):
    assert migrate(real_server).is_current
    assert migrate(real_server).is_current
    assert status(real_server).is_current


@pytest.mark.parametrize(
    ("variable", "may", "may_not"),
    [
        ("database_url", ("emis_worker", "emis_reader"), ("emis_owner", "emis_web")),
        ("database_web_url", ("emis_web",), ("emis_owner", "emis_worker", "emis_reader")),
    ],
)
def test_a_login_takes_its_own_roles_and_no_other(real_server, variable, may, may_not):
    engine = sa.create_engine(getattr(real_server, variable))
    with engine.connect() as connection:
        for role in may:
            connection.execute(sa.text(f"SET ROLE {role}"))
        connection.execute(sa.text("RESET ROLE"))
        connection.commit()
        for role in may_not:
            with pytest.raises(sa.exc.ProgrammingError) as refused:
                connection.execute(sa.text(f"SET ROLE {role}"))
            assert isinstance(refused.value.orig, psycopg2.errors.InsufficientPrivilege)
            connection.rollback()
    engine.dispose()


def test_each_process_connects_as_its_role(real_server):
    migrate(real_server)
    for role in ("worker", "web", "reader"):
        engine = open_engine(real_server, role)
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT current_user")).scalar_one() == f"emis_{role}"
        engine.dispose()
