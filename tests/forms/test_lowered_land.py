"""Rows that were too many land, as the mirror is exact, and count nowhere."""

import pytest
import sqlalchemy as sa

from processing.normalize import normalize_slices
from processing.web.printed.answers import read_answers
from tests.forms.lowered import LOWERED
from tests.forms.test_odd_schools_land import NOW, landing, send

# A return of each form; visits of other schools stand each for itself.
SENT = [one for one in LOWERED if one.form_id != "staff_return" or "newcomers[2]" in one.gone]
COUNTED = {
    "devices of the school": ("SELECT count(*) FROM emis.school_device", 2),
    "new people": ("SELECT count(*) FROM emis.staff WHERE state_code = 'new'", 1),
    "their lessons": ("SELECT count(*) FROM emis.staff_teaching", 1),
    "classes visited": ("SELECT count(*) FROM emis.visit_class", 1 + 2 + 2),
    "lessons observed": (
        "SELECT count(DISTINCT (instance_id, lesson_number)) FROM emis.lesson_observation", 1,
    ),
    "actions agreed": ("SELECT count(*) FROM emis.agreed_action", 0),
    "grades of the census": ("SELECT count(DISTINCT grade) FROM emis.enrolment", 6),
    "grades with sections": ("SELECT count(*) FROM emis.grade_section", 6),
    "levels": ("SELECT count(DISTINCT level_code) FROM emis.pupil_displacement", 1),
    "grades of the month": ("SELECT count(DISTINCT grade) FROM emis.attendance", 6),
    "grades with books": ("SELECT count(DISTINCT grade) FROM emis.textbook", 6),
    "grades with results": ("SELECT count(DISTINCT grade) FROM emis.year_end_result", 6),
}  # fmt: skip
SHELLS = [
    ("connectivity_readiness_devices", "number"), ("staff_return_newcomers", "newcomer_number"),
    ("inspection_visit_classes", "class_number"), ("school_census_grades", "grade"),
    ("school_census_levels", "stage"), ("monthly_return_grades", "grade"),
    ("textbook_return_grades", "grade"), ("year_end_results_grades", "grade"),
]  # fmt: skip


@pytest.fixture(scope="module")
def landed(forms, compiled, schools, sandbox, database):
    """A connection to the warehouse that holds each return, its rows lowered at the end."""
    sent = []
    for one in SENT:
        filling = forms[one.form_id].new().fill(one.many(schools))
        for path, value in one.corrected.items():
            filling.answer(path, value)
        sent.append((one.form_id, filling.finalize()))
    settings = sandbox.fill(database)
    send(settings, compiled, sent)
    form_ids = {one.form_id for one in SENT}
    known = [schools[code] for code in ("MIXED", "BOYS", "TO7")]
    with landing(settings, known, form_ids) as (connection, slices):
        normalize_slices(connection, slices, NOW)
        yield connection


@pytest.mark.parametrize("what", COUNTED)
def test_what_is_too_many_counts_nowhere(landed, what):
    statement, expected = COUNTED[what]
    assert landed.execute(sa.text(statement)).scalar_one() == expected


@pytest.mark.parametrize(("table", "column"), SHELLS)
def test_its_shell_is_in_the_mirror(landed, table, column):
    empty = f'SELECT count(*) FROM survey."{table}" WHERE "{column}" IS NULL'
    assert landed.execute(sa.text(empty)).scalar_one() > 0


@pytest.mark.parametrize(
    ("form_id", "repeat", "count"),
    [("connectivity_readiness", "/devices", 2), ("school_census", "/grades", 6),
     ("staff_return", "/newcomers", 1), ("monthly_return", "/grades", 6)],
)  # fmt: skip
def test_its_shell_is_on_no_page(landed, form_id, repeat, count):
    sent = "SELECT form_key, instance_id FROM raw.submission JOIN raw.form USING (form_key)"
    key = landed.execute(sa.text(f"{sent} WHERE form_id = :id"), {"id": form_id}).one()
    assert len(read_answers(landed, *key, with_names=False).rows[repeat]) == count


def test_each_is_what_central_holds(landed):
    unverified = "SELECT count(*) FROM raw.submission WHERE verified_at IS NULL"
    assert landed.execute(sa.text(unverified)).scalar_one() == 0


def test_no_rule_speaks_of_it(landed):
    """The supervisor is in no registry: of the lessons the one that there was is named."""
    found = landed.execute(sa.text("SELECT rule, arguments ->> 'lessons' FROM quality.issue")).all()
    assert found == [("lessons_are_observed_by_certified_supervisors", "1")]
