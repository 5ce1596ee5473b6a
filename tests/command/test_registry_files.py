"""Registry files: refused whole, with each wrong line named; taken whole when they are right."""

import datetime as dt

import pytest
import sqlalchemy as sa

from config.errors import OperatorError
from processing.command.registry_files import read_registry
from processing.db.engine import open_engine
from processing.db.queries.registry import replace_registry
from processing.jobs.catalogue import load_catalogue

NOW = dt.datetime(2026, 11, 5, tzinfo=dt.UTC)
BUILDINGS = (
    "building_code,area_code,valid_from,latitude,longitude\nB1,IQG08Q01,2000-01-01,33.3,44.4\n"
)
HEADER = (
    "school_code,name_ar,ministry_code,directorate_code,area_code,building_code,"
    "building_role_code,level_code,lowest_grade,highest_grade,sex_code,ownership_code,"
    "session_code,locality_code,language_code\n"
)
RIGHT = (
    "S1,دجلة,federal,{directorate},IQG08Q01,B1,host,primary,1,6,mixed,government,morning,urban,ar"
)


@pytest.fixture
def connection(database):
    engine = open_engine(database, "worker")
    with engine.connect() as connection, connection.begin() as transaction:
        load_catalogue(connection)
        yield connection
        transaction.rollback()
    engine.dispose()


@pytest.fixture
def right(connection) -> str:
    """A row that is right, with a directorate that exists."""
    statement = sa.text("SELECT min(directorate_code) FROM emis.directorate")
    return RIGHT.format(directorate=connection.execute(statement).scalar_one())


def folder(tmp_path, **files: str):
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def faults(connection, path) -> str:
    with pytest.raises(OperatorError) as raised:
        read_registry(connection, path)
    assert raised.value.code == "registry-file-invalid"
    return raised.value.message


def test_right_files_are_taken_and_twice_is_once(connection, right, tmp_path):
    path = folder(tmp_path, buildings=BUILDINGS, schools=f"{HEADER}{right}\n")
    files = read_registry(connection, path)
    assert replace_registry(connection, **files, now=NOW).schools_added == 1
    again = replace_registry(connection, **files, now=NOW)
    assert (again.schools_added, again.schools_changed) == (0, 0)


def test_the_curriculum_of_a_school_is_its_own_and_a_change_of_it_is_kept(
    connection, right, tmp_path
):
    """Neither the ministry nor the place says it: a federal school with the Region's curriculum."""
    header = HEADER.replace("\n", ",curriculum_code,valid_from\n")
    for curriculum, since in (("federal", "2020-09-01"), ("krg", "")):
        path = folder(tmp_path, buildings=BUILDINGS,
                      schools=f"{header}{right},{curriculum},{since}\n")  # fmt: skip
        replace_registry(connection, **read_registry(connection, path), now=NOW)
    statement = "SELECT curriculum_code FROM emis.school_history ORDER BY valid_from"
    assert [*connection.execute(sa.text(statement)).scalars()] == ["federal", "krg"]


def test_a_curriculum_that_no_list_has_is_named(connection, right, tmp_path):
    schools = f"{HEADER.replace(chr(10), ',curriculum_code' + chr(10))}{right},french\n"
    message = faults(connection, folder(tmp_path, buildings=BUILDINGS, schools=schools))
    assert "curriculum_code 'french' is not in the code list curriculum" in message


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("primary", "primery"), "level_code 'primery' is not in the code list level"),
        ((",1,6,", ",one,6,"), "lowest_grade 'one' is not a whole number"),
        (("IQG08Q01", "IQX"), "area_code 'IQX' is not known"),
        ((",B1,", ",B9,"), "building_code 'B9' is not known"),
        (("دجلة", ""), "name_ar is empty"),
        (("S2,", "12/345,"), "school_code '12/345' is no address of a page: write it without /"),
        (("S2,", "..,"), "school_code '..' is no address of a page"),
        (("دجلة", "دجلة,الكرخ"), "has more cells than the header"),
        ((",1,6,", ",6,1,"), "lowest_grade 6 is after highest_grade 1"),
        ((",1,6,", ",1,15,"), "highest_grade 15 lies outside -1 to 14"),
        ((",1,6,", ",-99999,6,"), "lowest_grade -99999 lies outside -1 to 14"),
    ],
)
def test_a_wrong_row_is_named_with_its_line(connection, right, tmp_path, change, said):
    schools = f"{HEADER}{right}\n{right.replace('S1', 'S2').replace(*change)}\n"
    message = faults(connection, folder(tmp_path, buildings=BUILDINGS, schools=schools))
    assert f"schools.csv line 3: {said}" in message


def test_lines_are_counted_as_the_file_shows_them_blank_ones_too(connection, right, tmp_path):
    schools = f"{HEADER}{right}\n\n\n{right.replace('S1', 'S2').replace(',mixed', ',everyone')}\n"
    message = faults(connection, folder(tmp_path, buildings=BUILDINGS, schools=schools))
    assert "schools.csv line 5: sex_code 'everyone'" in message


def test_one_broken_row_among_many_keeps_all_of_them_out(connection, right, tmp_path):
    rows = [right.replace("S1", f"S{number}") for number in range(200)]
    rows[117] = right.replace("S1", "S117").replace(",mixed", ",everyone")
    path = folder(tmp_path, buildings=BUILDINGS, schools=HEADER + "\n".join(rows))
    message = faults(connection, path)
    assert "schools.csv line 119: sex_code 'everyone' is not in the code list" in message
    count = connection.execute(sa.text("SELECT count(*) FROM emis.school")).scalar_one()
    assert count == 0


@pytest.mark.parametrize("count", [10, 2000])
def test_a_quotation_mark_that_is_not_closed_takes_no_line_below_it(
    connection, right, tmp_path, count
):
    """2,000 lines are more than a reader of CSV takes as one cell; 10 would be one name."""
    rows = [right.replace("S1", f"S{number}") for number in range(count)]
    rows[3] = rows[3].replace("دجلة", '"دجلة')
    rows[5] = rows[5].replace("دجلة", "دج\0لة")
    path = folder(tmp_path, buildings=BUILDINGS, schools=HEADER + "\n".join(rows))
    message = faults(connection, path)
    assert "2 faults" in message
    assert "schools.csv line 5: has a quotation mark that is not closed in its cell" in message
    assert "schools.csv line 7: holds a character that no text has" in message


def test_a_code_that_stands_twice_is_named_with_both_lines(connection, right, tmp_path):
    schools = f"{HEADER}{right}\n{right}\n"
    message = faults(connection, folder(tmp_path, buildings=BUILDINGS, schools=schools))
    assert "schools.csv line 3: S1 stands in line 2 already" in message


@pytest.mark.parametrize("mark", ["\u200f", "\u200e", "\u2069", "\u200b", "\ufeff", "\u00a0"])
def test_a_code_with_a_sign_that_nobody_sees_is_the_same_code(connection, right, tmp_path, mark):
    """Excel writes them where Arabic and Latin letters stand side by side."""
    schools = f"{HEADER}{right}\n{right.replace('S1,', f'{mark}S1{mark} ,')}\n"
    message = faults(connection, folder(tmp_path, buildings=BUILDINGS, schools=schools))
    assert "schools.csv line 3: S1 stands in line 2 already" in message
    inside = f"{HEADER}{right.replace('S1,', f'S{mark}1,')}\n"
    message = faults(connection, folder(tmp_path, buildings=BUILDINGS, schools=inside))
    assert "schools.csv line 2: school_code" in message
    assert "a sign in it cannot be seen" in message


def test_a_name_keeps_the_joiner_that_kurdish_writes_within_words(connection, right, tmp_path):
    name = "قوتابخانه\u200cی دیجله"
    schools = f"{HEADER}{right.replace('دجلة', name)}\n"
    files = read_registry(connection, folder(tmp_path, buildings=BUILDINGS, schools=schools))
    assert files["schools"][0]["name_ar"] == name


def test_a_column_that_stands_twice_is_named(connection, right, tmp_path):
    schools = f"{HEADER.strip()},sex_code\n{right},boys\n"
    message = faults(connection, folder(tmp_path, buildings=BUILDINGS, schools=schools))
    assert "schools.csv: has the column sex_code twice" in message


def test_a_column_that_is_misspelt_is_told_and_one_of_the_file_s_own_is_not(
    connection, right, tmp_path
):
    """Nobody would see that the school is open still."""
    schools = f"{HEADER.strip()},is_opne,note\n{right},no,old\n"
    message = faults(connection, folder(tmp_path, buildings=BUILDINGS, schools=schools))
    assert message.count("schools.csv") == 1
    assert "schools.csv: has a column is_opne; is is_open meant?" in message


def test_a_file_with_semicolons_is_told_so(connection, right, tmp_path):
    schools = f"{HEADER}{right}\n".replace(",", ";")
    message = faults(connection, folder(tmp_path, buildings=BUILDINGS, schools=schools))
    assert "schools.csv: its columns are not separated by commas" in message


def test_a_round_that_is_due_after_it_closes_is_named(connection, tmp_path):
    wrong = ROUND.replace("2026-11-30", "2027-11-30")
    said = faults(connection, folder(tmp_path, rounds=f"{ROUND_HEADER}{wrong}"))
    assert "rounds.csv line 2: due_on 2027-11-30 is after closes_on 2026-12-31" in said


def test_degrees_outside_the_globe_are_refused(connection, tmp_path):
    path = folder(tmp_path, buildings=BUILDINGS.replace("33.3", "333"))
    assert "latitude '333' lies outside ±90 degrees" in faults(connection, path)


def test_a_file_in_another_encoding_is_refused(connection, tmp_path):
    (tmp_path / "schools.csv").write_bytes("مدرسة".encode("cp1256"))
    assert "is not UTF-8" in faults(connection, tmp_path)


def test_an_empty_folder_is_refused(connection, tmp_path):
    with pytest.raises(OperatorError, match=r"holds none of buildings\.csv"):
        read_registry(connection, tmp_path)


ROUND_HEADER = (
    "round_code,form_id,school_year,name_ar,name_ckb,name_en,reference_date,opens_on,due_on,"
    "closes_on,ministry_code,level_codes,directorate_codes\n"
)
ROUND = (
    "R1,school_census,2026,ت,ئ,Census,2026-11-01,2026-11-01,2026-11-30,2026-12-31,federal,"
    "primary kindergarten,FED-KARKH-1\n"
)


def test_a_round_names_the_levels_and_directorates_that_owe_it(connection, tmp_path):
    files = read_registry(connection, folder(tmp_path, rounds=f"{ROUND_HEADER}{ROUND}"))
    replace_registry(connection, **files, now=NOW)
    statement = sa.text("SELECT level_codes, directorate_codes FROM emis.round")
    found = connection.execute(statement).one()
    assert tuple(found) == (["primary", "kindergarten"], ["FED-KARKH-1"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("kindergarten", "nursery"), "level_codes 'nursery' is not in the code list level"),
        (("FED-KARKH-1", "FED-X"), "directorate_codes 'FED-X' is not known"),
        (("R1,", "2026/27,"), "round_code '2026/27' is no address of a page"),
    ],
)
def test_what_is_wrong_with_a_round_is_named(connection, tmp_path, change, said):
    path = folder(tmp_path, rounds=f"{ROUND_HEADER}{ROUND.replace(*change)}")
    assert f"rounds.csv line 2: {said}" in faults(connection, path)


SUPERVISORS = "supervisor_code,name_ar,directorate_code,language_code,is_active\n"


def test_supervisors_are_posts_of_a_directorate(connection, tmp_path):
    text = f"{SUPERVISORS}V1,مشرف العلوم,FED-KARKH-1,,\nV2,مشرف,FED-KARKH-1,ckb,no\n"
    files = read_registry(connection, folder(tmp_path, supervisors=text))
    replace_registry(connection, **files, now=NOW)
    statement = sa.text("SELECT supervisor_code, language_code, is_active FROM emis.supervisor")
    assert set(map(tuple, connection.execute(statement))) == {
        ("V1", "ar", True), ("V2", "ckb", False),
    }  # fmt: skip
    wrong = f"{SUPERVISORS}V3,مشرف,FED-X,,\nV3,مشرف,FED-KARKH-1,xx,\n"
    said = faults(connection, folder(tmp_path, supervisors=wrong))
    assert "supervisors.csv line 2: directorate_code 'FED-X' is not known" in said
    assert "line 3: language_code 'xx' is not in the code list language" in said
    assert "line 3: V3 stands in line 2 already" in said


def loaded(connection, path) -> None:
    replace_registry(connection, **read_registry(connection, path), now=NOW)


def test_a_plan_of_visits_names_posts_and_schools_that_may_come_with_it(
    connection, right, tmp_path
):
    files = {
        "buildings": BUILDINGS,
        "schools": f"{HEADER}{right}\n",
        "supervisors": "supervisor_code,name_ar,directorate_code,is_certified\n"
        "V1,مشرف,FED-KARKH-1,yes\n",
        "visits": "supervisor_code,school_code,planned_date\nV1,S1,2026-11-09\n",
    }
    loaded(connection, folder(tmp_path, **files))
    again = {"visits": "supervisor_code,school_code,is_planned\nV1,S1,no\n"}
    statement = sa.text(
        "SELECT planned_date, is_planned, visit_plan.is_simulated, is_certified"
        " FROM emis.visit_plan JOIN emis.supervisor USING (supervisor_code)"
    )
    found = connection.execute(statement).one()
    assert tuple(found) == (dt.date(2026, 11, 9), True, False, True)
    loaded(connection, folder(tmp_path, **again))
    assert connection.execute(statement).one().is_planned is False


def test_a_visit_of_nobody_or_of_no_school_is_named_and_nothing_is_written(connection, tmp_path):
    text = "supervisor_code,school_code,planned_date\nV9,S9,2026-13-01\nV9,S9,\n"
    said = faults(connection, folder(tmp_path, visits=text))
    assert "visits.csv line 2: planned_date '2026-13-01' is not a date" in said
    assert "line 2: school_code 'S9' is not known" in said
    assert "line 2: supervisor_code 'V9' is not known" in said
    assert "line 3: V9 S9 stands in line 2 already" in said


STAFF = "school_code,staff_number,name,work_code,sex_code,birth_year,weekly_period_count\n"


def test_staff_are_taken_once_a_number_and_school(connection, right, tmp_path):
    person = "S1,1001,هدى,head,female,1980,4\n"
    path = folder(tmp_path, buildings=BUILDINGS, schools=f"{HEADER}{right}\n", staff=STAFF + person)
    loaded(connection, path)
    statement = sa.text("SELECT assignment_code, name, weekly_period_count FROM emis.staff_member")
    before = connection.execute(statement).one()
    (tmp_path / "staff.csv").write_text(STAFF + person.replace(",4\n", ",6\n"), encoding="utf-8")
    loaded(connection, path)
    after = connection.execute(statement).one()
    assert (after.assignment_code, after.weekly_period_count) == (before.assignment_code, 6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("head", "chief"), "work_code 'chief' is not in the code list staff_job"),
        (("female", "girls"), "sex_code 'girls' is not in the code list staff_sex"),
        (("1980", "80"), "birth_year 80 lies outside 1900 to 2100"),
        (("S1", "S9"), "school_code 'S9' is not known"),
        (("1001", ""), "staff_number is empty"),
    ],
)
def test_a_wrong_person_is_named_by_the_line(connection, right, tmp_path, change, said):
    person = "S1,1001,هدى,head,female,1980,4\n".replace(*change)
    path = folder(tmp_path, buildings=BUILDINGS, schools=f"{HEADER}{right}\n", staff=STAFF + person)
    assert f"staff.csv line 2: {said}" in faults(connection, path)
