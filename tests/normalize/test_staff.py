"""The staff return: a row a person, the new and who left, and names where nobody reads them."""

import pytest
from sqlalchemy.exc import ProgrammingError

from processing.db.engine import open_engine
from processing.normalize import normalize_slices
from tests.warehouse.builder import NOW, YEAR

LISTED = {
    "post_now": "class_teacher", "work_now": "class_teacher", "attachment_now": "own",
    "contract_now": "permanent", "qualification_now": "bachelor", "institution_now": "education",
    "pedagogical_now": "yes", "periods_now": 24, "is_here": 1, "is_teacher": 1, "is_trained": 0,
    "state": "as_listed",
}  # fmt: skip
NEW = {
    "newcomer_name": " سارة ", "newcomer_staff_number": "9001", "newcomer_sex": "female",
    "newcomer_birth_year": 1999, "newcomer_joined_how": "new_appointment",
    "newcomer_post": "class_teacher", "newcomer_work": "class_teacher",
    "newcomer_attachment": "own", "newcomer_contract": "permanent",
    "background_qualification": "bachelor", "background_institution": "basic_education",
    "background_pedagogical": "yes", "background_in_service_kinds": ["none"],
    "newcomer_periods": 24, "newcomer_is_here": 1, "newcomer_is_teacher": 1,
}  # fmt: skip


@pytest.fixture
def country(warehouse):
    warehouse.add_schools("school\nS1\nS2")
    for year in (YEAR - 1, YEAR):
        warehouse.add_round("staff_return", f"staff-{year}", year)
    warehouse.run_only(
        "INSERT INTO emis.staff_member (assignment_code, school_code, name, sex_code, staff_number)"
        " VALUES ('P1', 'S1', 'هدى', 'female', '11'), ('P2', 'S1', 'علي', 'male', '12')"
    )
    return warehouse


def send(country, year: int = YEAR, **rows) -> None:
    country.send_return("staff_return", "S1", f"staff-{year}", **rows)
    normalize(country)


def normalize(country) -> None:
    normalize_slices(country.connection, country.all_slices(), NOW)


def test_each_person_on_the_list_is_a_row_with_what_is_so_now(country):
    people = [
        LISTED | {"assignment_code": "P1", "is_trained": 1, "training_training_kinds": ["ict"]},
        LISTED | {"assignment_code": "P2", "state": "left", "change_left_how": "left_teaching",
                  "periods_now": 0, "is_here": 0, "is_teacher": 0},
    ]  # fmt: skip
    send(country, people=people)
    first, second = country.run("SELECT * FROM emis.staff ORDER BY assignment_code")
    assert (first.assignment_code, first.sex_code, first.state_code) == (
        "P1",
        "female",
        "as_listed",
    )
    assert (first.work_code, first.qualification_code, first.weekly_period_count) == (
        "class_teacher", "bachelor", 24,
    )  # fmt: skip
    assert (first.in_service_codes, first.is_here, first.is_teacher) == (["ict"], True, True)
    assert (second.state_code, second.left_how_code) == ("left", "left_teaching")
    assert (second.sex_code, second.is_here, second.in_service_codes) == ("male", False, [])


def test_the_new_get_a_code_and_their_names_stay_with_the_list(country):
    send(country, newcomers=[NEW, NEW | {"newcomer_name": "", "newcomer_staff_number": "1"}])
    (fact,) = country.run("SELECT * FROM emis.staff")
    assert (fact.state_code, fact.joined_how_code, fact.sex_code) == (
        "new", "new_appointment", "female",
    )  # fmt: skip
    assert fact.in_service_codes == []
    (member,) = country.run("SELECT * FROM emis.staff_member WHERE instance_id IS NOT NULL")
    assert (member.assignment_code, member.name) == (fact.assignment_code, "سارة")
    assert (member.staff_number, member.birth_year, member.school_year) == ("9001", 1999, YEAR)
    assert member.is_simulated


def test_the_next_year_s_return_knows_who_was_new(country):
    send(country, YEAR - 1, newcomers=[NEW])
    (code,) = country.run("SELECT assignment_code FROM emis.staff")[0]
    send(country, people=[LISTED | {"assignment_code": code}])
    years = country.run("SELECT school_year, state_code, sex_code FROM emis.staff ORDER BY 1")
    assert [tuple(row) for row in years] == [
        (YEAR - 1, "new", "female"), (YEAR, "as_listed", "female"),
    ]  # fmt: skip


def test_periods_are_lines_by_level_and_subject(country):
    line = {"line_line_level": "primary", "line_line_subject": "science", "line_line_periods": 10}
    taught = {
        "lesson_lesson_level": "primary", "lesson_lesson_subject": "class",
        "lesson_lesson_periods": 24,
    }  # fmt: skip
    send(
        country,
        people=[LISTED | {"assignment_code": code} for code in ("P1", "P2")],
        teaching=[line | {"of": 2}, line | {"of": 2, "line_line_subject": "english"}],
        newcomers=[NEW],
        taught=[taught | {"of": 1}],
    )
    rows = country.run(
        "SELECT left(assignment_code, 1), subject_code, weekly_period_count"
        " FROM emis.staff_teaching WHERE assignment_code <> 'P1' ORDER BY 1, 2"
    )
    assert [tuple(row) for row in rows] == [
        ("N", "class", 24), ("P", "english", 10), ("P", "science", 10),
    ]  # fmt: skip
    codes = country.run("SELECT DISTINCT assignment_code FROM emis.staff_teaching ORDER BY 1")
    assert [row[0] for row in codes][1:] == ["P2"]


def test_a_withdrawn_return_takes_its_people_along_and_leaves_the_files(country):
    send(country, people=[LISTED | {"assignment_code": "P1"}], newcomers=[NEW])
    country.run_only("UPDATE raw.submission SET review_state = 'rejected'")
    normalize(country)
    assert country.run("SELECT * FROM emis.staff") == []
    codes = country.run("SELECT assignment_code FROM emis.staff_member ORDER BY 1")
    assert [row[0] for row in codes] == ["P1", "P2"]


def test_one_person_at_two_schools_is_one_and_the_number_is_not_shown(country):
    country.run_only(
        "INSERT INTO emis.staff_member (assignment_code, school_code, name, staff_number)"
        " VALUES ('P9', 'S2', 'هدى', '11'), ('P8', 'S2', 'x', NULL), ('P7', 'S2', 'y', NULL)"
    )
    rows = country.run("SELECT assignment_code, person_code FROM emis.staff_person ORDER BY 1")
    assert dict(tuple(row) for row in rows) == {
        "P1": "P1", "P2": "P2", "P7": "P7", "P8": "P8", "P9": "P1",
    }  # fmt: skip


@pytest.mark.parametrize("role", ["reader", "web"])
def test_names_are_read_by_no_analyst_and_no_page(database, role):
    engine = open_engine(database, role)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM emis.staff_person").scalar() == 0
        with pytest.raises(ProgrammingError) as raised:
            connection.exec_driver_sql("SELECT name FROM emis.staff_member")
    engine.dispose()
    assert raised.value.orig.pgcode == "42501"
