"""What the tablets' lists hold, out of what the registry knows and the schools have sent."""

from datetime import date, timedelta

import pytest

from config.entity_lists import (
    AGREED_ACTION_PROPERTIES,
    DIRECTORATE_SCHOOL_PROPERTIES,
    SCHOOL_PROPERTIES,
    STAFF_PROPERTIES,
    VISIT_PLAN_PROPERTIES,
)
from processing.db.queries.action_rows import list_action_rows
from processing.db.queries.entity_rows import (
    NO_SCHOOL,
    list_directorate_school_rows,
    list_staff_rows,
    list_visit_rows,
)
from processing.db.queries.registry import replace_registry
from processing.feedback.school_rows import list_school_rows
from processing.jobs.catalogue import load_catalogue
from processing.jobs.timetable import TASKS
from processing.normalize import normalize_slices
from tests.normalize.test_staff import LISTED, NEW
from tests.normalize.test_visits import ACTION, SEEN
from tests.warehouse.builder import NOW, YEAR

SCHOOLS = """
    school | grades | language_code | pupil_count_last_year
    S1     | 1..6   | ar            | 250
    S2     | 1..3   | ckb           | 90
"""
PERSON = {
    "school_code": "S1", "staff_number": "11", "name": "هدى", "sex_code": "female",
    "post_code": "subject_teacher", "work_code": "head", "attachment_code": "own",
    "contract_code": "permanent", "qualification_code": "bachelor",
    "institution_code": "education", "has_pedagogical_training": True, "weekly_period_count": 4,
}  # fmt: skip
POST = {"name_ar": "مشرف", "directorate_code": "D1a"}
LAST_MONTH = ("last_month", "last_month_girls", "last_month_boys")


@pytest.fixture
def country(warehouse):
    load_catalogue(warehouse.connection)
    warehouse.add_schools(SCHOOLS)
    return warehouse


def register(country, **records) -> None:
    replace_registry(country.connection, **records, now=NOW)


def normalize(country) -> None:
    normalize_slices(country.connection, country.all_slices(), NOW)


def rows(country, listing, codes=None) -> dict[str, dict]:
    """By the second column: what names a row."""
    found = listing(country.connection, codes)
    return {list(row.values())[1]: row for row in found}


def send_census(country, year: int, girls: int) -> None:
    """Pupils of grade 1; no boys were asked for."""
    country.add_round("school_census", f"census-{year}", year)
    row = {"grade": 1, "girls_age_0": girls}
    country.send_return("school_census", "S1", f"census-{year}", grade_row=[row])
    normalize(country)


def pupils_last_year(country) -> list[str]:
    found = rows(country, list_school_rows)
    return [found[school]["pupils_last_year"] for school in ("S1", "S2")]


def test_last_year_s_pupils_are_those_of_the_last_census_and_else_the_registry_s(country):
    assert pupils_last_year(country) == ["250", "90"]
    send_census(country, YEAR - 1, girls=271)
    assert pupils_last_year(country) == ["271", "90"]
    # This year's census does not become last year's while it is asked.
    send_census(country, YEAR, girls=290)
    assert pupils_last_year(country) == ["271", "90"]
    country.add_round("school_census", "census-next", YEAR + 40)
    assert pupils_last_year(country) == ["271", "90"], "a round that is not open yet"


def test_last_year_s_pupils_follow_a_census_that_is_withdrawn(country):
    send_census(country, YEAR - 1, girls=271)
    country.run_only("UPDATE raw.submission SET review_state = 'rejected'")
    normalize(country)
    assert pupils_last_year(country) == ["250", "90"]


def test_a_school_has_the_end_of_its_newest_month_a_number_a_grade(country):
    for month, end in ((9, 30), (10, 31)):
        country.add_round("monthly_return", f"m{month}", day=date(YEAR, month, 28))
        grades = [
            {"grade": grade, "pupils_girls_joined": 0, "pupils_girls_end": end + grade}
            for grade in (3, 1, 2)
        ]
        country.send_return("monthly_return", "S2", f"m{month}", month_row=grades)
    normalize(country)
    found = rows(country, list_school_rows)
    assert [found["S2"][name] for name in LAST_MONTH] == [f"{YEAR}-10", "32 33 34", ""]
    assert [found["S1"][name] for name in LAST_MONTH] == ["", "", ""]
    assert set(found["S1"]) == {"label", *SCHOOL_PROPERTIES}


def last_month(country) -> list[str]:
    found = rows(country, list_school_rows)["S1"]
    return [found[name] for name in LAST_MONTH]


def send_grades(country, day: date, *girls: int) -> None:
    """A census as of a day: pupils of grade 1, 2, …; no boys were asked for."""
    code = f"census-{day}"
    country.add_round("school_census", code, day=day)
    grades = [{"grade": n, "girls_age_0": count} for n, count in enumerate(girls, 1)]
    country.send_return("school_census", "S1", code, grade_row=grades[::-1])
    normalize(country)


def send_month(country, day: date, girls: int) -> None:
    """A month of one grade, as it ended."""
    country.add_round("monthly_return", f"m-{day}", day=day)
    grade = {"grade": 1, "pupils_girls_joined": 0, "pupils_girls_end": girls}
    country.send_return("monthly_return", "S1", f"m-{day}", month_row=[grade])
    normalize(country)


@pytest.mark.parametrize("day", [1, 15])
def test_before_the_first_month_the_census_of_the_year_knows_its_pupils(country, day):
    assert last_month(country) == ["", "", ""]
    send_grades(country, date(YEAR, 11, day), 31, 0, 28)
    assert last_month(country) == [f"{YEAR}-10", "31 0 28", ""]


def test_of_census_and_months_the_newest_is_known_and_of_one_month_its_own_return(country):
    send_month(country, date(YEAR, 9, 30), girls=29)
    assert last_month(country) == [f"{YEAR}-09", "29", ""]
    send_grades(country, date(YEAR, 11, 1), 31)
    assert last_month(country) == [f"{YEAR}-10", "31", ""]
    send_month(country, date(YEAR, 10, 31), girls=30)
    assert last_month(country) == [f"{YEAR}-10", "30", ""]
    country.run_only("UPDATE raw.submission SET review_state = 'rejected'")
    normalize(country)
    assert last_month(country) == ["", "", ""]


@pytest.mark.parametrize(
    ("language", "name_ckb", "shown"),
    [
        ("ckb", "قوتابخانەی دیجلە", "قوتابخانەی دیجلە"),
        ("ckb", None, "S2"),
        ("ckb", "", "S2"),
        ("ar", "قوتابخانەی دیجلە", "S2"),
        ("kmr", "قوتابخانەی دیجلە", "S2"),
    ],
)
def test_tablets_name_a_school_that_teaches_in_kurdish_in_kurdish_where_it_is_known(
    country, language, name_ckb, shown
):
    country.run_only("UPDATE emis.school_history SET name_ckb = 'قوتابخانە'")
    country.run_only(
        "UPDATE emis.school_history SET name_ckb = :name, language_code = :language"
        " WHERE school_code = 'S2'",
        name=name_ckb,
        language=language,
    )
    visits = [{"supervisor_code": "A", "school_code": school} for school in ("S1", "S2")]
    register(country, supervisors=[POST | {"supervisor_code": "A"}], visits=visits)
    for listing in (list_school_rows, list_directorate_school_rows, list_visit_rows):
        found = {row["school_code"]: row["label"] for row in listing(country.connection)}
        assert found == {"S1": "S1", "S2": shown}, listing.__name__
    planned = list_visit_rows(country.connection)
    assert [row["school_name"] for row in planned] == ["S1", shown]


def test_a_school_has_the_curriculum_that_the_registry_gives_it_and_not_its_ministry_s(country):
    country.add_schools("school | curriculum_code\nS3 | krg")
    found = {code: row["curriculum"] for code, row in rows(country, list_school_rows).items()}
    assert found == {"S1": "", "S2": "", "S3": "krg"}


def test_the_staff_are_the_people_of_the_files_in_words(country):
    register(country, staff=[PERSON, PERSON | {"school_code": "S2"}])
    first, second = list_staff_rows(country.connection)
    assert set(first) == {"label", *STAFF_PROPERTIES}
    assert first["label"] == "هدى – مدير المدرسة – 4"
    assert second["label"] == "هدى – بەڕێوەبەری قوتابخانە – 4", "in the school's language"
    assert first["facts_en"].startswith("Teacher of a secondary school, Post and work at this")
    assert (first["pedagogical"], first["weekly_periods"]) == ("yes", "4")
    assert first["assignment_code"] != second["assignment_code"]
    assert not {"birth_year", "sex", "name"} & set(first)


def test_loaded_again_a_person_keeps_the_code_and_can_be_taken_off(country):
    register(country, staff=[PERSON])
    (before,) = list_staff_rows(country.connection)
    register(country, staff=[PERSON | {"name": "هدى كريم"}])
    (after,) = list_staff_rows(country.connection)
    assert after["assignment_code"] == before["assignment_code"]
    assert after["label"].startswith("هدى كريم")
    register(country, staff=[PERSON | {"is_listed": False}])
    assert list_staff_rows(country.connection) == []


def test_the_staff_follow_the_return_of_the_year_before(country):
    country.add_round("staff_return", "staff-1", YEAR - 1)
    register(country, staff=[PERSON, PERSON | {"staff_number": "12", "name": "علي"}])
    huda, ali = before = sorted(rows(country, list_staff_rows))
    changed = LISTED | {"assignment_code": huda, "state": "changed", "periods_now": 9}
    left = LISTED | {"assignment_code": ali, "state": "left", "change_left_how": "moved"}
    country.send_return("staff_return", "S1", "staff-1", people=[changed, left], newcomers=[NEW])
    normalize(country)
    # Whoever edits the return, or sends it again, meets the list that it was filled with.
    assert sorted(rows(country, list_staff_rows)) == before
    country.add_round("staff_return", "staff-2", YEAR)
    found = rows(country, list_staff_rows)
    assert ali not in found
    assert (found[huda]["weekly_periods"], found[huda]["work"]) == ("9", "class_teacher")
    (sara,) = set(found) - {huda}
    assert found[sara]["label"] == "سارة – معلم – 24"
    assert found[sara]["staff_number"] == "9001"
    # In the year after, the one who left is in no return any more, and stays away.
    again = [LISTED | {"assignment_code": code} for code in (huda, sara)]
    country.send_return("staff_return", "S1", "staff-2", people=again)
    normalize(country)
    assert set(rows(country, list_staff_rows)) == {huda, sara}


def test_a_round_that_is_not_open_yet_changes_no_list(country):
    country.add_round("staff_return", "staff-1", YEAR - 1)
    country.send_return("staff_return", "S1", "staff-1", newcomers=[NEW])
    normalize(country)
    country.add_round("staff_return", "staff-later", YEAR + 40)
    assert rows(country, list_staff_rows) == {}


def test_whom_a_file_brings_after_a_head_has_typed_them_stands_once(country):
    country.add_round("staff_return", "staff-1", YEAR - 1)
    country.send_return("staff_return", "S1", "staff-1", newcomers=[NEW])
    normalize(country)
    country.add_round("staff_return", "staff-2", YEAR)
    assert len(list_staff_rows(country.connection)) == 1
    register(country, staff=[PERSON | {"staff_number": "9001"}])
    (row,) = list_staff_rows(country.connection)
    assert row["label"].startswith("هدى")


def test_the_plan_of_visits_knows_the_census_and_the_staff(country):
    register(
        country,
        staff=[PERSON, PERSON | {"staff_number": "2", "attachment_code": "seconded_out"}],
        supervisors=[POST | {"supervisor_code": "SUP 1", "is_certified": True}],
        visits=[
            {"supervisor_code": "SUP 1", "school_code": "S1", "planned_date": date(YEAR, 11, 9)},
            {"supervisor_code": "SUP 1", "school_code": "S2"},
        ],
    )
    send_census(country, YEAR, girls=290)
    country.run_only(
        "UPDATE emis.school_history SET session_code = 'evening' WHERE school_code = 'S1'"
    )
    first, second = list_visit_rows(country.connection)
    assert set(first) == {"label", *VISIT_PLAN_PROPERTIES}
    assert " " not in first["visit_code"]
    assert (first["label"], first["supervisor_code"], first["district"]) == ("S1", "SUP 1", "Q11")
    assert (first["girls_census"], first["boys_census"], first["staff_listed"]) == ("290", "", "1")
    assert (first["is_certified"], first["planned_date"]) == ("yes", f"{YEAR}-11-09")
    assert first["session"] == "evening"
    assert (second["girls_census"], second["staff_listed"], second["planned_date"]) == ("", "", "")
    assert [row["school_code"] for row in list_visit_rows(country.connection, ["S2"])] == ["S2"]


def test_a_certified_supervisor_without_a_visit_has_a_row_that_names_no_school(country):
    post = POST | {"supervisor_code": "A", "is_certified": True}
    register(country, supervisors=[post, POST | {"supervisor_code": "B"}])
    (row,) = list_visit_rows(country.connection)
    assert set(row) == {"label", *VISIT_PLAN_PROPERTIES}
    filled = {name: value for name, value in row.items() if value and name != "visit_code"}
    assert filled == {
        "label": "مشرف", "supervisor_code": "A", "district": "-", "is_certified": "yes",
    }  # fmt: skip
    assert list_visit_rows(country.connection, [NO_SCHOOL]) == [row]
    assert list_visit_rows(country.connection, ["S1"]) == []


@pytest.mark.parametrize("change", [{"is_certified": False}, {"is_active": False}])
def test_that_row_is_there_while_the_post_is_certified_and_has_no_visit(country, change):
    post = POST | {"supervisor_code": "A", "is_certified": True}
    register(country, supervisors=[post])
    visit = {"supervisor_code": "A", "school_code": "S1"}
    register(country, visits=[visit])
    assert [row["school_code"] for row in list_visit_rows(country.connection)] == ["S1"]
    register(country, visits=[visit | {"is_planned": False}])
    assert [row["school_code"] for row in list_visit_rows(country.connection)] == [NO_SCHOOL]
    register(country, supervisors=[post | change])
    assert list_visit_rows(country.connection) == []


def test_a_general_directorate_has_its_departments_schools_in_a_plan_or_not(country):
    register(country, staff=[PERSON])
    send_census(country, YEAR, girls=290)
    first, second = list_directorate_school_rows(country.connection)
    assert set(first) == {"label", *DIRECTORATE_SCHOOL_PROPERTIES}
    assert (first["school_code"], first["label"], first["district"]) == ("S1", "S1", "Q11")
    assert first["session"] == "morning"
    assert (first["general_code"], second["general_code"]) == ("D1", "D1"), "of department D1a"
    assert (first["girls_census"], first["boys_census"], first["staff_listed"]) == ("290", "", "1")
    assert (second["girls_census"], second["staff_listed"]) == ("", "")
    assert list(rows(country, list_directorate_school_rows, ["S2"])) == ["S2"]
    country.run_only("UPDATE emis.school_history SET is_open = false WHERE school_code = 'S2'")
    assert list(rows(country, list_directorate_school_rows)) == ["S1"]


@pytest.mark.parametrize(
    "change",
    [
        {"supervisors": [POST | {"supervisor_code": "A", "is_active": False}]},
        {"visits": [{"supervisor_code": "A", "school_code": "S1", "is_planned": False}]},
    ],
)
def test_a_post_without_a_holder_and_a_line_that_was_taken_off_have_no_visits(country, change):
    register(
        country,
        supervisors=[POST | {"supervisor_code": "A"}],
        visits=[{"supervisor_code": "A", "school_code": "S1"}],
    )
    assert len(list_visit_rows(country.connection)) == 1
    register(country, **change)
    assert list_visit_rows(country.connection) == []


def agree(country, supervisor: str = "SUP-1") -> None:
    country.add_round("inspection_visit", "visits-1")
    seen = SEEN | {"identification_supervisor_code": supervisor}
    country.send_return("inspection_visit", "S1", "visits-1", seen, action_row=[ACTION])
    normalize(country)


def test_an_action_is_on_the_tablet_of_who_agreed_it_until_it_is_done(country):
    agree(country)
    (row,) = list_action_rows(country.connection)
    assert set(row) == {"label", *AGREED_ACTION_PROPERTIES}
    assert (row["label"], row["supervisor_code"], row["school_code"]) == ("خزان", "SUP-1", "S1")
    assert (row["due_date"], row["owner_en"]) == ("2026-12-01", "Head of the school")
    assert " " not in row["action_code"]
    for day, state, count in ((20, "in_progress", 1), (21, "closed", 0), (22, "not_begun", 1)):
        seen = SEEN | {"identification_visit_date": date(2026, 11, day)}
        looked = [{"action_code": row["action_code"], "earlier_action_action_state": state}]
        country.send_return("inspection_visit", "S1", "visits-1", seen, earlier_row=looked)
        normalize(country)
        assert len(list_action_rows(country.connection)) == count, state


def test_an_action_follows_the_plan_to_whoever_visits_the_school_next(country):
    agree(country)
    register(
        country,
        supervisors=[POST | {"supervisor_code": code} for code in ("A", "B")],
        visits=[{"supervisor_code": code, "school_code": "S1"} for code in ("A", "B")],
    )
    found = list_action_rows(country.connection)
    assert [row["supervisor_code"] for row in found] == ["A", "B"]
    assert len({row["action_code"] for row in found}) == 2
    assert len({row["action_code"].split("-")[0] for row in found}) == 1
    assert list_action_rows(country.connection, ["S2"]) == []


@pytest.mark.parametrize(
    ("form_id", "opened_days_ago", "schools"),
    [
        ("school_census", 0, ["S1", "S2"]),
        ("staff_return", 2, ["S1", "S2"]),
        ("facility_return", 1, ["S1", "S2"]),
        ("staff_return", 3, []),
        ("staff_return", -1, []),
        ("textbook_return", 0, []),
    ],
)
def test_the_night_after_a_round_opens_every_school_is_told(
    country, form_id, opened_days_ago, schools
):
    # The warehouse of these tests has a census that opened on 1 November.
    now = NOW.replace(month=6)
    country.add_round(form_id, "opened", day=now.date() - timedelta(days=opened_days_ago))
    TASKS["opened_rounds"].act(country.connection, None, now)
    marks = country.run("SELECT school_code FROM ops.due WHERE stage = 'tell_schools' ORDER BY 1")
    assert [mark.school_code for mark in marks] == schools
