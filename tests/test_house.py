"""The rules of the house: what every file keeps to, so that nobody has to remember it."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from config.paths import ROOT
from processing.db.engine import open_engine

LONGEST_MODULE_LINES = 400
CHECKED = ("config", "bridge", "processing", "tests")
# Written in pieces, or this file would break its own rule. After ")" it is XPath, not a folder.
MACHINE_PATH = re.compile(r"(?<!\))/(?:" + "|".join(["work", "tmp", "root", "farm"]) + ")/")
LEFT_OPEN = re.compile(
    "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "raise NotImplemented" + "Error"])
)
REQUIREMENT = re.compile(r"^[A-Za-z0-9_.-]+(\[\w+\])?==\S+\s+# \S.*$")


def tracked() -> list[Path]:
    """Every text file that belongs to the project, also one not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()]


def modules() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py"]


def places(paths: list[Path], pattern: re.Pattern) -> list[str]:
    """`file:line` of every match."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def run_tool(*argv: str) -> None:
    done = subprocess.run(
        [sys.executable, *argv], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_no_file_names_a_folder_of_somebodys_machine():
    assert places(tracked(), MACHINE_PATH) == []


def test_nothing_is_left_open_in_the_code():
    assert places(modules(), LEFT_OPEN) == []


def test_no_module_outgrows_one_reading():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path, lines in lengths.items()
        if lines > LONGEST_MODULE_LINES
    }
    assert too_long == {}


def test_every_module_opens_by_saying_what_it_is_for():
    silent = []
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if tree.body and not ast.get_docstring(tree):
            silent.append(str(path.relative_to(ROOT)))
    assert silent == []


def test_imports_only_look_down():
    run_tool("-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache")


@pytest.mark.parametrize("options", [("format", "--check"), ("check",)])
def test_ruff_is_content(options):
    run_tool("-m", "ruff", *options, *CHECKED)


def test_every_requirement_is_pinned_and_says_what_it_is_for():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    loose = [line for line in lines if line and line[0] != "#" and not REQUIREMENT.match(line)]
    assert loose == []


def test_make_help_lists_every_command():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)[1].split()
    explained = re.findall(r"^([a-z-]+):.*## \S", text, re.MULTILINE)
    assert sorted(explained) == sorted(commands)


UNCOMMENTED = """
    SELECT c.relname || coalesce('.' || a.attname, '') AS what
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = :schema AND c.relkind IN ('r', 'p', 'v', 'm')
      AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, a.attnum) IS NULL)
    ORDER BY 1
"""


@pytest.mark.parametrize("schema", ["emis", "stats"])
def test_every_column_of_the_warehouse_is_described(database, schema):
    engine = open_engine(database, "owner")
    with engine.connect() as connection:
        missing = connection.execute(sa.text(UNCOMMENTED), {"schema": schema}).scalars().all()
    engine.dispose()
    assert missing == []
