"""The registry keeps its history, and twice is the same as once."""

from datetime import date, timedelta

from config.codes import read_codes
from processing.db.queries.registry import code_rows, replace_registry
from tests.warehouse.builder import NOW

SCHOOL = "school | grades | sex_code | pupil_count_last_year\nS1 | 1..6 | {sex} | {pupils}"
NEXT_YEAR = NOW + timedelta(days=365)


def history(warehouse):
    rows = warehouse.run(
        "SELECT sex_code, valid_from, valid_to, pupil_count_last_year FROM emis.school_history"
        " ORDER BY valid_from"
    )
    return [tuple(row) for row in rows]


def change(warehouse, now, **changes):
    (row,) = warehouse.run("SELECT * FROM emis.school")
    record = dict(row._mapping) | changes
    return replace_registry(warehouse.connection, schools=[record], now=now)


def test_the_same_registry_again_changes_nothing(warehouse):
    warehouse.add_schools(SCHOOL.format(sex="boys", pupils=100))
    before = history(warehouse)
    report = change(warehouse, NEXT_YEAR)
    assert (report.schools_added, report.schools_changed) == (0, 0)
    assert history(warehouse) == before == [("boys", date(2020, 9, 1), None, 100)]


def test_a_changed_trait_ends_a_row_and_begins_another(warehouse):
    warehouse.add_schools(SCHOOL.format(sex="boys", pupils=100))
    report = change(warehouse, NEXT_YEAR, sex_code="mixed")
    assert (report.schools_added, report.schools_changed) == (0, 1)
    assert history(warehouse) == [
        ("boys", date(2020, 9, 1), NEXT_YEAR.date(), 100),
        ("mixed", NEXT_YEAR.date(), None, 100),
    ]


def test_the_day_of_a_change_is_that_of_the_country(warehouse):
    warehouse.add_schools(SCHOOL.format(sex="boys", pupils=100))
    change(warehouse, NEXT_YEAR.replace(hour=22), sex_code="mixed")
    assert history(warehouse)[1][1] == NEXT_YEAR.date() + timedelta(days=1)


def test_a_second_change_on_the_same_day_corrects_the_first(warehouse):
    warehouse.add_schools(SCHOOL.format(sex="boys", pupils=100))
    change(warehouse, NEXT_YEAR, sex_code="mixed")
    change(warehouse, NEXT_YEAR, sex_code="girls")
    assert [row[0] for row in history(warehouse)] == ["boys", "girls"]


def test_last_years_pupils_are_a_count_not_a_trait(warehouse):
    warehouse.add_schools(SCHOOL.format(sex="boys", pupils=100))
    change(warehouse, NEXT_YEAR, pupil_count_last_year=110)
    assert history(warehouse) == [("boys", date(2020, 9, 1), None, 110)]


def test_schools_that_are_not_among_the_records_are_left_alone(warehouse):
    warehouse.add_schools(SCHOOL.format(sex="boys", pupils=100))
    warehouse.add_schools("school | grades\nS2 | 1..6")
    rows = warehouse.run("SELECT school_code FROM emis.school WHERE is_open ORDER BY 1")
    assert [row.school_code for row in rows] == ["S1", "S2"]


def test_names_are_found_however_they_are_spelt(warehouse):
    warehouse.add_schools("school | name_ar\nS1 | مدرسة أحمد ١٢")
    warehouse.add_schools("school | name_ar\nS2 | مدرسه احمد 12")
    rows = warehouse.run("SELECT DISTINCT name_sort FROM emis.school")
    assert len(rows) == 1


def test_code_lists_keep_their_order(warehouse):
    codes = code_rows({"water_source": read_codes("water_source")})
    for _ in range(2):
        replace_registry(warehouse.connection, codes=codes, now=NOW)
    rows = warehouse.run(
        "SELECT code FROM emis.code WHERE code_list = 'water_source' ORDER BY position"
    )
    assert [row.code for row in rows] == [code.code for code in read_codes("water_source")]
