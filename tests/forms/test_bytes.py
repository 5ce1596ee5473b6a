"""What goes over a school's connection: the set-up of a tablet, and a census that is sent."""

import csv
from pathlib import Path

import pytest

from bridge.compile import compile_form
from config.forms import load_catalogue
from config.paths import FORMS_DIR
from tests.forms.answers import census, everyone_special, grade
from tests.forms.corrections import FLOW, task, write_corrections
from tests.forms.media import ROUNDS, School, outside_plan, visit_of, write_list
from tests.forms.source import LANGUAGES

SETUP_BYTES, CENSUS_BYTES = 3_000_000, 100_000
"""Budgets of the field: a slow SIM card that somebody pays for."""
AUDIT_LINE_BYTES = 100
"""A line of audit.csv with a path, two times and a number; Collect writes one for each answer that
it shows, and sends them beside the form."""
LARGEST_DIRECTORATE = 3_000
"""Schools: a twelfth of the country's."""
TASKS = [task(f"a{n}-1", "MIXED", FLOW) for n in range(5)]


def downloaded(holder: str, compiled, folder: Path) -> int:
    """Each form, its pictures, and the lists that it reads, a list as often as a form reads it."""
    total = 0
    for form_id, entry in load_catalogue().items():
        if holder in entry.filled_by:
            total += len(_xform(form_id, compiled).encode())
            total += sum(path.stat().st_size for path in FORMS_DIR.glob(f"{form_id}/media/*"))
            lists = [folder / f"{name}.csv" for name in entry.entity_lists]
            total += sum(path.stat().st_size for path in lists)
    return total


def _xform(form_id: str, compiled) -> str:
    if form_id in compiled:
        return compiled[form_id].xform
    return compile_form(load_catalogue()[form_id].xlsx).xform


def test_setting_up_a_school_s_tablet_takes_at_most_3_mb(compiled, schools, tmp_path):
    """A staff of 120 on the list, five questions open."""
    write_corrections(tmp_path, [schools["MIXED"], schools["ALL"]], TASKS)
    with (tmp_path / "staff.csv").open(encoding="utf-8", newline="") as file:
        assert sum(row["school_code"] == "ALL" for row in csv.DictReader(file)) == 120
    assert 500_000 < downloaded("school", compiled, tmp_path) <= SETUP_BYTES


def test_setting_up_a_supervisor_s_tablet_takes_at_most_3_mb(compiled, schools, tmp_path):
    """The largest general directorate, of which every tenth school is in the plan."""
    write_corrections(tmp_path, list(schools.values()), TASKS)
    around = [School(f"S{number}") for number in range(LARGEST_DIRECTORATE)]
    write_list(tmp_path / "directorate_schools.csv", [vars(outside_plan(one)) for one in around])
    write_list(tmp_path / "visit_plan.csv", [vars(visit_of(one)) for one in around[::10]])
    assert len(ROUNDS) > 20
    assert 500_000 < downloaded("supervisor", compiled, tmp_path) <= SETUP_BYTES


FULL = {f"age_{band}": 1999 for band in ("m2", "m1", "0", "1", "2", "3", "4", "5", "6", "unknown")}


@pytest.mark.parametrize(
    ("code", "grades", "levels", "times_shown"), [("MIXED", 6, 1, 2), ("KRG", 12, 3, 1)]
)
def test_a_census_of_which_every_box_is_filled_takes_at_most_100_kb(
    forms, schools, code, grades, levels, times_shown
):
    """A head who goes through all of six grades twice, or through all of twelve once."""
    reasons = {"reason_sections": "x" * 200}
    rows = [grade(number, FULL, FULL, **reasons) for number in range(1, grades + 1)]
    answers = census(schools[code], *rows, special=everyone_special(schools[code], levels))
    filling = forms["school_census"].new(LANGUAGES["ckb"]).fill(answers)
    asked = len(filling.asked())
    assert asked > 30 * grades
    sent = len(filling.finalize()) + times_shown * asked * AUDIT_LINE_BYTES
    assert sent <= CENSUS_BYTES
