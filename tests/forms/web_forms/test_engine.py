"""Where the engine of ODK Web Forms cannot run, its tests are skipped, and say what is missing."""

import os
import subprocess
import sys

import pytest

from config.paths import ROOT
from tests.forms.web_forms.engine import EngineMissing, find_node

NEEDED = "20.19.3 or newer"
SKIPPED = (
    "tests/forms/web_forms/test_same_answers.py::test_neither_asks_a_school_of_boys_about_girls"
)


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A PATH with these programs alone; each says the version that it is given."""

    def put(**versions: str) -> None:
        for name, version in versions.items():
            (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
            (tmp_path / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return put


@pytest.mark.parametrize("versions", [{}, {"node": "v24.0.0"}, {"npm": "11.0.0"}])
def test_without_node_or_npm_it_says_so(programs, versions):
    programs(**versions)
    with pytest.raises(EngineMissing, match=f"^no Node: node {NEEDED} and npm are needed$"):
        find_node()


@pytest.mark.parametrize(
    ("version", "is_taken"),
    [("v18.20.4", False), ("v20.19.2", False), ("v20.19.3", True), ("v24.1.0", True)],
)
def test_an_older_node_is_named(programs, tmp_path, version, is_taken):
    programs(node=version, npm="10.0.0")
    if is_taken:
        assert find_node() == str(tmp_path / "node")
        return
    with pytest.raises(EngineMissing, match=f"^node {version} is too old: {NEEDED} is needed$"):
        find_node()


def test_the_run_ends_well_and_shows_why_they_were_skipped(programs):
    programs()
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0", SKIPPED]
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    run = subprocess.run(command, env=own, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert f"no Node: node {NEEDED} and npm are needed" in run.stdout
    assert "1 skipped" in run.stdout
