"""The teachers on duty that a school's tablet knows: of the newest month, else of the staff."""

from datetime import date
from types import SimpleNamespace

import pytest

from config.entity_lists import TOLD_PROPERTIES
from processing.db.queries.entity_rows import list_staff_rows
from processing.feedback.school_rows import list_school_rows
from processing.jobs.catalogue import load_catalogue
from processing.jobs.stages import STAGES, Context
from tests.lists.test_rows import PERSON, normalize, register, rows
from tests.normalize.test_staff import LISTED, NEW
from tests.warehouse.builder import NOW, YEAR

TEACHER = PERSON | {"work_code": "subject_teacher"}
STAFF = [
    PERSON,  # the head
    TEACHER | {"staff_number": "12"},
    TEACHER | {"staff_number": "13", "work_code": "class_teacher"},
    TEACHER | {"staff_number": "14", "sex_code": "male"},
]
"""Two women and a man teach."""


@pytest.fixture
def country(warehouse):
    load_catalogue(warehouse.connection)
    warehouse.add_schools("school\nS1\nS2")
    return warehouse


def on_duty(country, school: str = "S1") -> str:
    return rows(country, list_school_rows)[school]["teachers_on_duty"]


def send_month(country, day: date, women: int | None, men: int | None) -> None:
    country.add_round("monthly_return", f"m-{day}", day=day)
    counts = {"teachers_female_on_duty": women, "teachers_male_on_duty": men}
    country.send_return("monthly_return", "S1", f"m-{day}", counts)
    normalize(country)


def test_who_teaches_of_the_people_of_a_file_is_on_duty_by_sex(country):
    assert on_duty(country) == ""
    register(country, staff=STAFF)
    assert (on_duty(country), on_duty(country, "S2")) == ("2 1", "")


@pytest.mark.parametrize(
    ("person", "known"),
    [
        (TEACHER, "3 1"),
        (TEACHER | {"attachment_code": "shared"}, "3 1"),
        (TEACHER | {"attachment_code": "seconded_out"}, "2 1"),
        (TEACHER | {"is_listed": False}, "2 1"),
        (TEACHER | {"work_code": "clerk"}, "2 1"),
        (TEACHER | {"work_code": "clerk", "sex_code": None}, "2 1"),
        (TEACHER | {"sex_code": None}, ""),
    ],
)
def test_it_is_not_known_where_the_sex_of_somebody_who_teaches_is_not(country, person, known):
    register(country, staff=[*STAFF, person | {"staff_number": "15"}])
    assert on_duty(country) == known


def test_where_nobody_teaches_who_is_on_record_it_is_not_known(country):
    register(country, staff=[PERSON])
    assert on_duty(country) == ""


def test_the_staff_return_of_this_year_counts_at_once(country):
    """One has left, one teaches no more, one is new."""
    register(country, staff=STAFF)
    codes = {row["staff_number"]: code for code, row in rows(country, list_staff_rows).items()}
    country.add_round("staff_return", "staff-1", YEAR)
    left, clerk, same = (LISTED | {"assignment_code": codes[one]} for one in ("12", "13", "14"))
    left |= {"state": "left", "is_here": 0, "is_teacher": 0}
    clerk |= {"state": "changed", "work_now": "clerk", "is_teacher": 0}
    country.send_return("staff_return", "S1", "staff-1", people=[left, clerk, same])
    normalize(country)
    assert on_duty(country) == "0 1"
    country.send_return(
        "staff_return", "S1", "staff-1", people=[left, clerk, same], newcomers=[NEW]
    )
    normalize(country)
    assert on_duty(country) == "1 1"


def test_the_newest_month_says_it_whatever_is_on_record(country):
    register(country, staff=STAFF)
    send_month(country, date(YEAR, 10, 31), 6, 4)
    assert on_duty(country) == "6 4"
    send_month(country, date(YEAR, 9, 30), 9, 9)
    assert on_duty(country) == "6 4"
    send_month(country, date(YEAR, 11, 30), 5, 0)
    assert on_duty(country) == "5 0"
    country.run_only("UPDATE raw.submission SET review_state = 'rejected'")
    normalize(country)
    assert on_duty(country) == "2 1"


@pytest.mark.parametrize(("women", "men"), [(5, None), (None, 3), (None, None)])
def test_a_month_that_does_not_say_both_leaves_it_unknown(country, women, men):
    register(country, staff=STAFF)
    send_month(country, date(YEAR, 10, 31), women, men)
    assert on_duty(country) == ""


def test_who_may_not_read_who_people_are_reads_what_a_month_says(country):
    register(country, staff=STAFF)
    (row,) = list_school_rows(country.connection, ["S1"], names_people=False)
    assert "teachers_on_duty" not in row
    send_month(country, date(YEAR, 10, 31), 6, 4)
    (row,) = list_school_rows(country.connection, ["S1"], names_people=False)
    assert row["teachers_on_duty"] == "6 4"


@pytest.mark.parametrize("form_id", ["monthly_return", "staff_return"])
def test_when_a_month_or_a_staff_return_lands_the_school_is_told(country, form_id):
    country.add_round(form_id, "round-1", day=date(YEAR, 10, 31))
    country.send_return(form_id, "S1", "round-1")
    context = Context(SimpleNamespace(), NOW)
    result = STAGES["normalize"].do(country.connection, country.all_slices(), context)
    assert "S1" in {each.school_code for each in result.due}
    assert "tell_schools" in STAGES["normalize"].then
    assert "teachers_on_duty" in TOLD_PROPERTIES
