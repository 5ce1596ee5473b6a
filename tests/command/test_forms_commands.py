"""The commands that need servers: a dry run beside the real one, a sheet of a school."""

import subprocess
import sys

import pytest

from bridge.client import open_client
from bridge.publish import list_forms
from config.paths import ROOT
from processing.local import environment_of


@pytest.fixture
def emis(complete_settings, tmp_path):
    def run(*arguments: str, code: int = 0) -> str:
        answer = subprocess.run(
            [sys.executable, "-m", "processing.command", *arguments],
            env={**environment_of(complete_settings), "COLUMNS": "200", "PYTHONPATH": str(ROOT)},
            cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
        assert answer.returncode == code, answer.stdout + answer.stderr
        assert "Traceback" not in answer.stderr
        return answer.stdout + answer.stderr

    return run


def published(settings) -> list[str]:
    with open_client(settings) as client:
        return list_forms(client)


def test_a_dry_run_says_it_and_does_nothing(emis, complete_settings, tmp_path):
    before = published(complete_settings)
    form = "facility_return"
    text = emis("forms", "publish", "--dry-run", form)
    assert f"form {form}: created" in text
    assert "list schools" in text
    assert "Nothing was done." in text
    assert published(complete_settings) == before
    emis("forms", "publish", form)
    assert f"form {form}: unchanged" in emis("forms", "publish", "--dry-run", form)
    assert "[form-not-published]" in emis("forms", "diff", "central", "school_census", code=3)
    text = emis("forms", "diff", "central", form)
    assert "takes it" in text
    assert "Warehouse:\n  no change" in text


def test_a_school_gets_its_sheet(emis, tmp_path):
    emis("simulate", "--schools", "2", "--seed", "5", "--faults", "0")
    assert "SIM000001" in emis("forms", "worksheet", "school_census", "--school", "SIM000001")
    assert (tmp_path / "school_census-SIM000001.pdf").read_bytes().startswith(b"%PDF-")
    emis("forms", "worksheet", "facility_return", "--school", "SIM000002", "--language", "en",
         "-o", "sheet.pdf")  # fmt: skip
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF-")
    assert "[school-unknown]" in emis(
        "forms", "worksheet", "school_census", "--school", "x", code=3
    )
    assert "[form-unknown]" in emis("forms", "worksheet", "nothing", "--school", "x", code=3)
