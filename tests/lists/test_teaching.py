"""What people teach, beside the facts of their rows: from a file, until a return says it."""

import pytest

from config.entity_lists import STAFF_PROPERTIES
from processing.db.queries.entity_rows import list_staff_rows
from processing.jobs.catalogue import load_catalogue
from tests.lists.test_rows import PERSON, SCHOOLS, normalize, register, rows
from tests.normalize.test_staff import LISTED, NEW
from tests.warehouse.builder import YEAR

TAUGHT = {
    "school_code": "S1", "staff_number": "11", "level_code": "primary", "subject_code": "science",
    "weekly_period_count": 4,
}  # fmt: skip


@pytest.fixture
def country(warehouse):
    load_catalogue(warehouse.connection)
    warehouse.add_schools(SCHOOLS)
    return warehouse


def test_what_people_of_a_file_teach_is_told_with_their_facts(country):
    other = {"staff_number": "12", "weekly_period_count": None}
    science, english = TAUGHT | other, TAUGHT | other | {"subject_code": "english"}
    register(country, staff=[PERSON, PERSON | other], teaching=[
        TAUGHT, science | {"weekly_period_count": 6}, english | {"weekly_period_count": 10},
    ])  # fmt: skip
    first, second = list_staff_rows(country.connection)
    assert set(first) == {"label", *STAFF_PROPERTIES}
    assert first["facts_en"].endswith(", Science – Primary (1–6) – 4")
    assert first["facts_ar"].endswith("، العلوم – الابتدائية (1–6) – 4")
    assert first["facts_ckb"].endswith("، زانست – سەرەتایی (1–6) – 4")
    # staff.csv says no number: it is what the lines come to, 6 + 10.
    assert (second["label"], second["weekly_periods"]) == ("هدى – مدير المدرسة – 16", "16")
    assert second["facts_en"].endswith(
        ", English – Primary (1–6) – 10, Science – Primary (1–6) – 6"
    ), "the most first"


@pytest.mark.parametrize("periods", [3, 5])
def test_lines_that_do_not_make_up_the_weekly_periods_are_not_told(country, periods):
    register(country, staff=[PERSON], teaching=[TAUGHT | {"weekly_period_count": periods}])
    (row,) = list_staff_rows(country.connection)
    assert row["weekly_periods"] == "4"
    assert "Science" not in row["facts_en"]


def test_what_a_return_says_is_taught_goes_before_the_file(country):
    numbers = ("11", "12", "13")
    staff = [PERSON | {"staff_number": number} for number in numbers]
    register(country, staff=staff, teaching=[TAUGHT | {"staff_number": n} for n in numbers])
    country.add_round("staff_return", "staff-1", YEAR - 1)
    codes = sorted(rows(country, list_staff_rows))
    now = ({"state": "changed", "periods_now": 9}, {"state": "changed", "periods_now": 0},
           {"periods_now": 4})  # fmt: skip
    people = [
        LISTED | {"assignment_code": code} | news for code, news in zip(codes, now, strict=True)
    ]
    line = {"of": 1, "line_line_level": "primary", "line_line_subject": "mathematics"}
    country.send_return("staff_return", "S1", "staff-1", people=people,
                        teaching=[line | {"line_line_periods": 9}])  # fmt: skip
    normalize(country)

    def taught() -> list[str]:
        found = rows(country, list_staff_rows)
        return [found[code]["facts_en"].partition("of education, ")[2] for code in codes]

    assert taught() == ["Science – Primary (1–6) – 4"] * 3, "the return is of the year asked now"
    country.add_round("staff_return", "staff-2", YEAR)
    expected = ["Mathematics – Primary (1–6) – 9", "", "Science – Primary (1–6) – 4"]
    assert taught() == expected
    # The files again: who was confirmed as listed is told so further on.
    register(country, staff=staff, teaching=[TAUGHT | {"staff_number": n} for n in numbers])
    assert taught() == expected


def test_a_line_of_a_return_with_codes_that_nobody_knows_is_told_as_far_as_it_is_known(country):
    country.add_round("staff_return", "staff-1", YEAR - 1)
    line = {"of": 1, "lesson_lesson_level": 'a "b/c', "lesson_lesson_periods": 24}
    country.send_return("staff_return", "S1", "staff-1", newcomers=[NEW], taught=[line])
    normalize(country)
    country.add_round("staff_return", "staff-2", YEAR)
    (row,) = list_staff_rows(country.connection)
    assert row["facts_en"].endswith(", 24")
