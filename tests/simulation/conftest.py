"""A small simulated country with its forms, compiled once, and a Central to send it to."""

import csv
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyxform.xls2xform import convert

from bridge.client import open_client
from bridge.entities import keep_list_equal
from bridge.publish import publish_forms
from bridge.simulation.lists import (
    default_rounds,
    entity_rows,
    round_rows,
)
from bridge.simulation.registry import Registry, make_registry
from bridge.simulation.survey import FORM_IDS, Survey
from config.entity_lists import ROUND_PROPERTIES, SCHOOL_PROPERTIES
from config.paths import FORMS_DIR
from config.settings import Settings

SCHOOLS, SEED = 120, 5
KEY = "a password of the test"


def xlsx_of(form_id: str) -> Path:
    return FORMS_DIR / form_id / f"{form_id}.xlsx"


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The schools of the sending tests."""
    return make_registry(SCHOOLS, SEED)


@pytest.fixture(scope="session")
def xforms() -> dict[str, str]:
    """The XForm of each form, as its XLSX gives it."""
    return {form_id: convert(xlsx_of(form_id), validate=False).xform for form_id in FORM_IDS}


@pytest.fixture(scope="session")
def survey(xforms) -> Survey:
    return Survey(make_registry(schools=600, seed=11), 11, default_rounds(2026), xforms)


@pytest.fixture(scope="session")
def media(survey, tmp_path_factory) -> Path:
    """The lists as a tablet holds them."""
    folder = tmp_path_factory.mktemp("media")
    lists = {"schools": entity_rows(survey.registry), "rounds": round_rows(default_rounds(2026))}
    for name, rows in lists.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["name", *rows[0]])
            writer.writeheader()
            writer.writerows({"name": f"{name}-{at}", **row} for at, row in enumerate(rows))
    return folder


@pytest.fixture(scope="session")
def central(tmp_path_factory, registry) -> Iterator[Settings]:
    """A sandbox Central with the forms and lists; its administrator stands in for the manager."""
    folder = tmp_path_factory.mktemp("central")
    environ = os.environ | {
        f"SANDBOX_{name}": value
        for prefix, email in (("", "reader"), ("ADMIN_", "admin"))
        for name, value in ((f"{prefix}EMAIL", f"{email}@example.org"), (f"{prefix}PASSWORD", KEY))
    }
    command = [sys.executable, "-m", "bridge.sandbox", "--file", str(folder / "central.db")]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as server:
        try:
            found = re.search(r"(http://\S+) project=(\d+)", server.stdout.readline())
            yield _prepare(found[1], int(found[2]), folder, registry)
        finally:
            server.terminate()


def _prepare(url: str, project: int, folder: Path, registry: Registry) -> Settings:
    settings = Settings(
        central_url=url,
        central_project=project,
        central_email="reader@example.org",
        central_password=KEY,
        central_manager_email="admin@example.org",
        central_manager_password=KEY,
        emis_data_dir=folder / "data",
    )
    lists = (
        ("schools", SCHOOL_PROPERTIES, entity_rows(registry), "school_code"),
        ("rounds", ROUND_PROPERTIES, round_rows(default_rounds(2026)), "round_code"),
    )
    with open_client(settings, role="manager") as client:
        for name, properties, rows, key in lists:
            keep_list_equal(client, name, properties, rows, key)
        for result in publish_forms(client, [xlsx_of(form_id) for form_id in FORM_IDS]):
            assert result.action == "created", result
    return settings
