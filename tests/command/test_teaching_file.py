"""teaching.csv: whose lines, which codes, how many periods; refused whole or taken whole."""
# ruff: noqa: F811  fixtures are imported

import pytest
import sqlalchemy as sa

from config.codes import read_codes
from processing.db.queries.registry import count_outdated_teaching
from tests.command.test_registry_files import (  # noqa: F401  fixtures
    BUILDINGS,
    HEADER,
    STAFF,
    connection,
    faults,
    folder,
    loaded,
    right,
)

TEACHING = "school_code,staff_number,level_code,subject_code,weekly_period_count\n"
SCIENCE, ENGLISH = "S1,1001,primary,science,10\n", "S1,1001,primary,english,8\n"
SUBJECTS = read_codes("taught_subject")


def person(number: int = 1001, periods: int | str = "") -> str:
    return f"S1,{number},هدى,class_teacher,female,1980,{periods}\n"


@pytest.fixture
def school(right, tmp_path):
    """Writes staff.csv and teaching.csv beside a school; the folder."""

    def write(*people: str, teaching: tuple[str, ...]):
        files = {"staff": STAFF + "".join(people), "teaching": TEACHING + "".join(teaching)}
        return folder(tmp_path, buildings=BUILDINGS, schools=f"{HEADER}{right}\n", **files)

    return write


def taught(connection) -> list[tuple]:
    statement = sa.text(
        "SELECT staff_number, level_code, subject_code, t.weekly_period_count"
        " FROM emis.staff_member_teaching t JOIN emis.staff_member USING (assignment_code)"
        " ORDER BY 1, 2, 3"
    )
    return [tuple(row) for row in connection.execute(statement)]


def test_what_people_teach_is_taken_and_twice_is_once(connection, school):
    path = school(person(periods=18), person(1002), teaching=(
        SCIENCE, ENGLISH, "S1,1002,intermediate,physics,24\n"))  # fmt: skip
    loaded(connection, path)
    expected = [
        ("1001", "primary", "english", 8), ("1001", "primary", "science", 10),
        ("1002", "intermediate", "physics", 24),
    ]  # fmt: skip
    assert taught(connection) == expected
    loaded(connection, path)
    assert taught(connection) == expected


def test_the_lines_of_a_person_are_replaced_and_those_of_others_left(connection, school, tmp_path):
    loaded(connection, school(person(), person(1002), teaching=(
        SCIENCE, ENGLISH, SCIENCE.replace("1001", "1002"))))  # fmt: skip
    for name in ("buildings", "schools", "staff"):
        (tmp_path / f"{name}.csv").unlink()
    folder(tmp_path, teaching=f"{TEACHING}S1,1001,primary,arabic,12\n")
    loaded(connection, tmp_path)
    assert taught(connection) == [
        ("1001", "primary", "arabic", 12), ("1002", "primary", "science", 10),
    ]  # fmt: skip


def test_more_people_than_go_at_once_keep_all_their_lines(connection, school, monkeypatch):
    monkeypatch.setattr("processing.db.queries.registry.CHUNK_ROWS", 2)
    lines = [
        f"S1,{number},primary,{subject},{periods}\n"
        for subject, periods in (("science", 10), ("english", 8))
        for number in (1001, 1002, 1003)
    ]
    loaded(connection, school(*map(person, (1001, 1002, 1003)), teaching=tuple(lines)))
    assert len(taught(connection)) == len(lines)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("S1,1001,basic,science,10",), "2: level_code 'basic' is not in the code list teaching_"),
        (("S1,1001,primary,botany,10",), "2: subject_code 'botany' is not in the code list taught"),
        (("S1,1001,primary,science,0",), "2: weekly_period_count 0 lies outside 1 to 48"),
        (("S1,1001,primary,science,49",), "2: weekly_period_count 49 lies outside 1 to 48"),
        (("S1,1001,primary,science,many",), "2: weekly_period_count 'many' is not a whole number"),
        (("S1,1001,primary,science",), "2: weekly_period_count is empty"),
        (("S1,1001,,science,10",), "2: level_code is empty"),
        (("S9,1001,primary,science,10",), "2: school_code 'S9' is not known"),
        (("S1,77,primary,science,10",), "2: staff_number '77' is not known at S1: bring the"),
        ((SCIENCE, SCIENCE), "3: S1 1001 primary science stands in line 2 already"),
        (
            ("S1,1001,primary,science,31", "S1,1001,primary,english,30"),
            "2: S1 1001 has 61 periods a week together; 60 is the most",
        ),
        (
            (ENGLISH, "S1,1002,primary,science,9", "S1,1002,primary,english,9"),
            "3: S1 1002 has 18 periods a week together, and weekly_period_count in staff.csv"
            " says 20: make them equal",
        ),
        (
            tuple(f"S1,1001,primary,{subject.code},1" for subject in SUBJECTS[:21]),
            "2: S1 1001 has 21 lines; a staff return holds 20",
        ),
    ],
)  # fmt: skip
def test_a_wrong_line_of_what_is_taught_is_named_and_nothing_is_written(
    connection, school, lines, said
):
    people = (person(), person(1002, periods=20))
    loaded(connection, school(*people, teaching=(SCIENCE,)))
    wrong = school(*people, teaching=tuple(f"{line.strip()}\n" for line in lines))
    assert f"teaching.csv line {said}" in faults(connection, wrong)
    assert taught(connection) == [("1001", "primary", "science", 10)]


def test_a_person_who_is_in_no_file_is_named_on_each_line(connection, school):
    """A head has typed the person: what is taught stands in the return."""
    path = school(person(), teaching=())
    loaded(connection, path)
    connection.exec_driver_sql(
        "INSERT INTO emis.staff_member (school_code, staff_number, name, school_year, form_key,"
        " instance_id) VALUES ('S1', '9001', 'x', 2025, 1, 'uuid:1')"
    )
    folder(path, teaching=f"{TEACHING}S1,9001,primary,science,10\nS1,9001,primary,arts,2\n")
    said = faults(connection, path)
    assert "2 faults" in said
    assert "teaching.csv line 2: staff_number '9001' is not known at S1" in said
    assert "teaching.csv line 3: staff_number '9001' is not known at S1" in said


def test_lines_are_held_against_the_periods_that_were_loaded_before(connection, school, tmp_path):
    loaded(connection, school(person(periods=18), teaching=(SCIENCE, ENGLISH)))
    (tmp_path / "staff.csv").unlink()
    folder(tmp_path, teaching=TEACHING + SCIENCE)
    assert "1001 has 10 periods a week together" in faults(connection, tmp_path)


def test_whose_periods_have_changed_since_is_counted_until_both_are_loaded(connection, school):
    loaded(connection, school(person(periods=18), person(1002), teaching=(SCIENCE, ENGLISH)))
    assert count_outdated_teaching(connection) == 0
    path = school(person(periods=10), person(1002), teaching=(SCIENCE,))
    (path / "teaching.csv").rename(path / "later")
    loaded(connection, path)
    assert count_outdated_teaching(connection) == 1
    (path / "later").rename(path / "teaching.csv")
    loaded(connection, path)
    assert count_outdated_teaching(connection) == 0
    (path / "teaching.csv").unlink()
    folder(path, staff=STAFF + person(periods=0))
    loaded(connection, path)
    assert count_outdated_teaching(connection) == 0, "who teaches no more has no lines to bring"
