"""A small simulated country with its forms, compiled once."""

import csv
from pathlib import Path

import pytest
from pyxform.xls2xform import convert

from bridge.simulation.lists import default_rounds, entity_rows, round_rows
from bridge.simulation.registry import make_registry
from bridge.simulation.survey import Survey
from config.paths import FORMS_DIR

FORM_IDS = ("school_census", "facility_return")


@pytest.fixture(scope="session")
def xforms() -> dict[str, str]:
    """The XForm of each form, as its XLSX gives it."""
    return {
        form_id: convert(FORMS_DIR / form_id / f"{form_id}.xlsx", validate=False).xform
        for form_id in FORM_IDS
    }


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
