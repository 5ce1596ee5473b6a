"""Which return of a slice counts, and that nothing stale is left behind."""

from datetime import timedelta

import pytest

from processing.db.queries.quality import decide_issue
from processing.db.queries.slices import list_all_slices
from processing.normalize import normalize_slices
from processing.validate import validate_slices
from tests.warehouse.builder import NOW, YEAR

SCHOOLS = """
    school | grades
    S1     | 1..6
    S2     | 1..6
"""


def run(warehouse, slices=None):
    slices = slices or warehouse.all_slices()
    validate_slices(warehouse.connection, slices, NOW)
    return normalize_slices(warehouse.connection, slices, NOW)


def counted(warehouse):
    """school -> (instance that counts, girls)."""
    rows = warehouse.run(
        "SELECT school_code, instance_id, sum(pupil_count)::int AS girls FROM emis.enrolment"
        " GROUP BY 1, 2"
    )
    return {row.school_code: (row.instance_id, row.girls) for row in rows}


@pytest.mark.parametrize(
    ("states", "winner"),
    [
        (("", ""), "b"),  # the newest
        (("approved", ""), "a"),  # approved before newer
        (("approved", "approved"), "b"),
        (("", "rejected"), "a"),
        (("hasIssues", ""), "b"),
    ],
)
def test_the_return_that_counts(warehouse, states, winner):
    warehouse.add_schools(SCHOOLS)
    warehouse.send_census(
        f"""
        school | sent | state       | grade | girls_age_0 | girls
        S1     | a    | {states[0]} | 1     |          10 |    10
        S1     | b    | {states[1]} | 1     |          20 |    20
        """
    )
    run(warehouse)
    assert counted(warehouse) == {"S1": (winner, {"a": 10, "b": 20}[winner])}


def test_a_return_with_a_blocking_issue_gives_way_to_an_older_one(warehouse):
    warehouse.add_schools(SCHOOLS)
    warehouse.send_census(
        """
        school | sent | grade | girls_age_0 | girls
        S1     | a    | 1     |          10 |    10
        S1     | b    | 1     |          20 |    99
        """
    )
    run(warehouse)
    assert counted(warehouse) == {"S1": ("a", 10)}


def test_a_return_with_a_blocking_issue_alone_is_received_but_not_counted(warehouse):
    warehouse.add_schools(SCHOOLS)
    slices = warehouse.send_census("school | grade | girls_age_0 | girls\nS1 | 1 | 20 | 99")
    run(warehouse)
    assert counted(warehouse) == {}
    ((blocked,),) = warehouse.run("SELECT has_blocking_issue FROM emis.school_return")
    assert blocked
    ((issue_id,),) = warehouse.run("SELECT issue_id FROM quality.issue WHERE severity = 'blocking'")
    later = NOW + timedelta(hours=1)
    decide_issue(warehouse.connection, issue_id, "waived", "officer", "seen on paper", later)
    normalize_slices(warehouse.connection, slices, later)
    assert {school: girls for school, (_, girls) in counted(warehouse).items()} == {"S1": 20}


@pytest.mark.parametrize(
    "change", [{"review_state": "rejected"}, {"deleted_at": NOW}, {"purged_at": NOW}]
)
def test_a_school_without_a_return_keeps_no_facts(warehouse, change):
    warehouse.add_schools(SCHOOLS)
    warehouse.send_census(
        """
        school | sent | grade | girls_age_0 | girls | sections
        S1     | a    | 1     |          10 |    10 |        1
        S2     | b    | 1     |          20 |    20 |        1
        """
    )
    run(warehouse)
    warehouse.change_submission("a", **change)
    report = run(warehouse)
    assert counted(warehouse) == {"S2": ("b", 20)}
    for table in "enrolment_by_age", "grade_section", "school_return":
        rows = warehouse.run(f"SELECT DISTINCT school_code FROM emis.{table}")
        assert [tuple(row) for row in rows] == [("S2",)], table
    assert report.touched == (("S1", YEAR), ("S2", YEAR))


def test_a_return_that_moves_to_another_school_leaves_the_first(warehouse):
    warehouse.add_schools(SCHOOLS)
    slices = warehouse.send_census("school | sent | grade | girls_age_0\nS1 | a | 1 | 10")
    run(warehouse)
    warehouse.change_submission("a", school_code="S2")
    run(warehouse, [*slices, *warehouse.all_slices()])
    assert counted(warehouse) == {"S2": ("a", 10)}


def test_one_slice_leaves_the_others_alone(warehouse):
    warehouse.add_schools(SCHOOLS)
    first = warehouse.send_census("school | sent | grade | girls_age_0\nS1 | a | 1 | 10")
    run(warehouse)
    second = warehouse.send_census("school | sent | grade | girls_age_0\nS2 | b | 1 | 20")
    report = run(warehouse, second)
    assert report.touched == (("S2", YEAR),)
    assert counted(warehouse) == {"S1": ("a", 10), "S2": ("b", 20)}
    assert first != second


def test_two_rounds_in_a_year_give_one_set_of_facts(warehouse):
    warehouse.add_schools(SCHOOLS)
    warehouse.run(
        "INSERT INTO emis.round SELECT 'census-krg', form_id, 'krg', school_year, name_ar,"
        " name_ckb, name_en, reference_date, opens_on, due_on, closes_on FROM emis.round"
        " WHERE form_id = 'school_census' RETURNING 1"
    )
    warehouse.send_census(
        """
        school | sent | round       | grade | girls_age_0
        S1     | a    | census-2026 | 1     |          10
        S1     | b    | census-krg  | 1     |          20
        """
    )
    run(warehouse)
    assert counted(warehouse) == {"S1": ("b", 20)}
    warehouse.change_submission("b", review_state="rejected")
    run(warehouse, [s for s in warehouse.all_slices() if s.period == "census-krg"])
    assert counted(warehouse) == {"S1": ("a", 10)}


def test_twice_is_the_same_as_once_and_so_is_a_rebuild(warehouse):
    warehouse.add_schools(SCHOOLS)
    warehouse.send_census(
        """
        school | sent | grade | girls_age_0 | girls_age_2 | boys_age_0 | sections
        S1     | a    | 1     |          10 |           2 |         11 |        1
        S2     | b    | 1     |          20 |             |            |        1
        """
    )
    warehouse.send_facility("school | water_source | water_available\nS1 | piped | yes")
    run(warehouse)
    before = everything(warehouse)
    run(warehouse)
    assert everything(warehouse) == before
    warehouse.run("DELETE FROM emis.enrolment RETURNING 1")
    warehouse.run("UPDATE emis.grade_section SET section_count = 9 RETURNING 1")
    slices = list_all_slices(warehouse.connection, "normalize")
    report = normalize_slices(warehouse.connection, slices, NOW)
    assert everything(warehouse) == before
    assert report.return_count == 3


TABLES = (
    "school_return", "enrolment", "enrolment_by_age", "grade_section", "facility",
    "facility_session",
)  # fmt: skip


def everything(warehouse):
    return {
        table: sorted(map(str, warehouse.run(f"SELECT * FROM emis.{table}"))) for table in TABLES
    }
