"""What the further instruments say, as rows of the warehouse."""

from datetime import date

import pytest

from processing.normalize import normalize_slices
from tests.warehouse.builder import NOW, YEAR


@pytest.fixture
def country(warehouse):
    warehouse.add_schools("school | grades\nS1 | 1..9\nS2 | 1..6")
    for form_id in ("year_end_results", "textbook_return", "connectivity_readiness"):
        warehouse.add_round(form_id, f"{form_id}-2026")
    for month in (10, 11):
        warehouse.add_round("monthly_return", f"m{month}", day=date(YEAR, month, 28))
    return warehouse


def normalize(country) -> None:
    normalize_slices(country.connection, country.all_slices(), NOW)


def table(country, name: str, columns: str) -> list[tuple]:
    return [
        tuple(row) for row in country.run(f"SELECT {columns} FROM emis.{name} ORDER BY 1, 2, 3")
    ]


def test_the_census_tells_leavers_by_reason_and_not_who_did_not_leave(country):
    leavers = {"leavers_girls_married": 2, "leavers_girls_left": 0, "leavers_boys_working": 3}
    country.send_return("school_census", "S1", "census-2026", leavers)
    normalize(country)
    found = table(country, "leaver", "form_id, sex_code, reason_code, pupil_count, school_year")
    assert found == [
        ("school_census", "female", "married", 2, YEAR),
        ("school_census", "male", "working", 3, YEAR),
    ]


def test_the_census_tells_difficulties_and_displacement_by_level_and_sex(country):
    levels = [
        {"stage": "primary", "difficulties_girls_seeing": 1, "displacement_boys_displaced": 7},
        {"stage": "intermediate", "difficulties_boys_learning": 2, "difficulties_girls_seeing": 0},
    ]
    country.send_return("school_census", "S1", "census-2026", level_row=levels)
    normalize(country)
    assert table(country, "pupil_difficulty", "level_code, sex_code, domain_code, pupil_count") == [
        ("intermediate", "male", "learning", 2),
        ("primary", "female", "seeing", 1),
    ]
    displaced = table(country, "pupil_displacement", "level_code, sex_code, pupil_count")
    assert displaced == [("primary", "male", 7)]


def test_year_end_results_are_outcomes_exams_and_leavers(country):
    grades = [
        {"grade": 6, "girls_enrolled": 20, "girls_passed": 15, "girls_passed_carrying": 1,
         "girls_failed": 2, "girls_deferred_absent": 0, "girls_struck_off": 1, "girls_left": 1,
         "girls_exam_sat_first": 18, "girls_exam_passed_first": 12, "girls_exam_sat_second": 6},
        {"grade": 5, "boys_enrolled": 9, "boys_failed": 9},
    ]  # fmt: skip
    country.send_return(
        "year_end_results", "S1", "year_end_results-2026", {"leavers_girls_left": 2},
        result_row=grades,
    )  # fmt: skip
    normalize(country)
    outcomes = "grade, sex_code, enrolled_count, passed_count, passed_carrying_count, failed_count,"
    outcomes += " deferred_absent_count, struck_off_count, left_count"
    assert table(country, "year_end_result", outcomes) == [
        (5, "male", 9, None, None, 9, None, None, None),
        (6, "female", 20, 15, 1, 2, 0, 1, 1),
    ]
    exams = table(country, "ministerial_exam", "grade, exam_round_code, sat_count, passed_count")
    assert exams == [(6, "first", 18, 12), (6, "second", 6, None)]
    leavers = table(country, "leaver", "form_id, reason_code, pupil_count")
    assert leavers == [("year_end_results", "left", 2)]


def test_leavers_of_the_census_and_of_the_year_end_stand_beside_each_other(country):
    country.send_return("school_census", "S1", "census-2026", {"leavers_boys_died": 1})
    country.send_return("year_end_results", "S1", "year_end_results-2026", {"leavers_boys_died": 2})
    normalize(country)
    normalize(country)
    assert [row[1] for row in table(country, "leaver", "form_id, pupil_count, sex_code")] == [1, 2]


MONTH = {
    "days_days_held": 20, "teachers_female_on_duty": 6, "teachers_male_on_duty": 4,
    "outages_water_days": 3, "outages_power_days": 0, "lost_days_weather": 2,
    "lost_days_other": 0, "teacher_absences_female_maternity": 20,
}  # fmt: skip

ATTENDED = (
    "grade, sex_code, start_count, joined_count, left_count, end_count, absent_pupil_day_count"
)


def test_a_month_is_days_pupils_and_absences(country):
    grades = [
        {"grade": 2, "pupils_girls_start": 30, "pupils_girls_joined": 1, "pupils_girls_left": 2,
         "pupils_girls_end": 29, "pupils_girls_absent_days": 44,
         "pupils_boys_start": 0, "pupils_boys_end": 0},
    ]  # fmt: skip
    country.send_return("monthly_return", "S1", "m10", MONTH, month_row=grades)
    normalize(country)
    days = "period, month_date, held_day_count, female_on_duty_count, male_on_duty_count,"
    days += " water_outage_day_count, power_outage_day_count"
    assert table(country, "school_month", days) == [("m10", date(YEAR, 10, 1), 20, 6, 4, 3, 0)]
    assert table(country, "lost_day", "period, reason_code, day_count") == [("m10", "weather", 2)]
    absent = table(country, "teacher_absence", "sex_code, reason_code, absent_day_count")
    assert absent == [("female", "maternity", 20)]
    # The boys' start and end are reckoned by the tablet; nobody was asked for them.
    assert table(country, "attendance", ATTENDED) == [(2, "female", 30, 1, 2, 29, 44)]


def test_who_was_not_asked_for_since_nobody_joined_or_left_is_none(country):
    """Girls joined in grade 2 alone, and left none; nobody is in grade 3, nor a boy anywhere."""
    answers = MONTH | {"moves_moved": ["2_girls_joined"], "has_girls": 1, "has_boys": 0}
    grades = [
        {"grade": 1, "pupils_girls_start": 31, "pupils_girls_end": 31,
         "pupils_girls_absent_days": 12},
        {"grade": 2, "pupils_girls_start": 30, "pupils_girls_joined": 1, "pupils_girls_end": 31,
         "pupils_girls_absent_days": 0},
        {"grade": 3, "pupils_girls_start": 0, "pupils_girls_end": 0},
    ]  # fmt: skip
    country.send_return("monthly_return", "S2", "m10", answers, month_row=grades)
    normalize(country)
    assert table(country, "attendance", ATTENDED) == [
        (1, "female", 31, 0, 0, 31, 12),
        (2, "female", 30, 1, 0, 31, 0),
        (3, "female", 0, 0, 0, 0, 0),
    ]


def test_a_box_that_was_opened_and_is_empty_stays_unknown(country):
    answers = MONTH | {"moves_moved": ["1_boys_joined"], "has_girls": 0, "has_boys": 1}
    row = {"grade": 1, "pupils_boys_start": 20, "pupils_boys_end": 20}
    country.send_return("monthly_return", "S2", "m10", answers, month_row=[row])
    normalize(country)
    assert table(country, "attendance", ATTENDED) == [(1, "male", 20, None, 0, 20, None)]


def test_on_no_day_held_nobody_was_absent(country):
    answers = MONTH | {"days_days_held": 0, "moves_moved": ["none"], "has_girls": 1, "has_boys": 0}
    row = {"grade": 1, "pupils_girls_start": 20, "pupils_girls_end": 20}
    country.send_return("monthly_return", "S2", "m10", answers, month_row=[row])
    normalize(country)
    assert table(country, "attendance", ATTENDED) == [(1, "female", 20, 0, 0, 20, 0)]


@pytest.mark.parametrize(("held", "days"), [(0, 0), (20, None)])
def test_outages_that_were_not_asked_for_are_none_on_no_day_held_and_else_unknown(
    country, held, days
):
    country.send_return("monthly_return", "S2", "m10", {"days_days_held": held})
    normalize(country)
    outages = "period, water_outage_day_count, power_outage_day_count"
    assert table(country, "school_month", outages) == [("m10", days, days)]


def test_a_month_of_an_earlier_version_of_the_form_says_what_it_said(country):
    """It asked every grade who joined and who left, and a box could stay empty."""
    row = {"grade": 1, "pupils_girls_start": 20, "pupils_girls_left": 1, "pupils_girls_end": 19}
    country.send_return("monthly_return", "S2", "m10", MONTH | {"has_girls": 1}, month_row=[row])
    normalize(country)
    assert table(country, "attendance", ATTENDED) == [(1, "female", 20, None, 1, 19, None)]


def test_each_month_of_a_year_keeps_its_own_return(country):
    for period, held in (("m10", 20), ("m11", 18)):
        country.send_return("monthly_return", "S1", period, {"days_days_held": held})
    normalize(country)
    assert table(country, "school_month", "period, held_day_count, school_year") == [
        ("m10", 20, YEAR), ("m11", 18, YEAR),
    ]  # fmt: skip
    country.run_only("UPDATE raw.submission SET review_state = 'rejected' WHERE period = 'm10'")
    normalize(country)
    assert [row[0] for row in table(country, "school_month", "period, 1, 1")] == ["m11"]


def test_of_two_rounds_of_one_month_the_newer_return_counts(country):
    country.add_round("monthly_return", "m10-again", day=date(YEAR, 10, 31))
    for period, held in (("m10", 20), ("m10-again", 19)):
        country.send_return("monthly_return", "S1", period, {"days_days_held": held})
    normalize(country)
    assert table(country, "school_month", "period, held_day_count, 1") == [("m10-again", 19, 1)]


def test_textbooks_are_a_row_a_grade_and_subject(country):
    grades = [{"grade": 4, "core_arabic_copies": 30, "core_arabic_needed": 35,
               "further_social_studies_copies": 0, "more_french_needed": 4}]  # fmt: skip
    country.send_return("textbook_return", "S1", "textbook_return-2026", book_row=grades)
    normalize(country)
    assert table(country, "textbook", "subject_code, grade, copy_count, needed_count") == [
        ("arabic", 4, 30, 35),
        ("french", 4, None, 4),
        ("social_studies", 4, 0, None),
    ]


def test_connectivity_is_the_school_its_signals_and_its_devices(country):
    answers = {
        "internet_connection": "mobile", "internet_provider": "X", "internet_payer": "school",
        "internet_monthly_cost_iqd": 45_000_000, "speed_speed_measured": "yes",
        "speed_download_mbps": 12.5, "speed_latency_ms": 40, "power_sources": ["grid", "solar"],
        "power_grid_hours": 8, "place_sockets": 12, "place_storage": "cupboard",
        "people_has_focal_person": "no", "people_staff_trained": 3,
        "people_training_topics": ["tablet"], "people_last_training": date(2026, 9, 1),
        "signal_zain_network": "4g", "signal_zain_dbm": -85, "signal_korek_network": "none",
        "signal_asiacell_dbm": -9999999,
    }  # fmt: skip
    devices = [
        {"device_kind": "tablet", "device_serial": " SN-1 ", "device_state": "working",
         "device_android_version": 13},
        {"device_kind": "printer", "device_state": "broken"},
    ]  # fmt: skip
    country.send_return(
        "connectivity_readiness", "S1", "connectivity_readiness-2026", answers, device_row=devices
    )
    normalize(country)
    (row,) = country.run("SELECT * FROM emis.connectivity")
    assert (row.connection_kind_code, row.monthly_cost_iqd) == ("mobile", 45_000_000)
    assert (row.download_mbps, row.upload_mbps, row.latency_ms) == (12.5, None, 40)
    assert (row.power_source_codes, row.grid_hours, row.solar_hours) == (["grid", "solar"], 8, None)
    assert (row.has_focal_person, row.trained_staff_count) == (False, 3)
    assert row.last_training_date == date(2026, 9, 1)
    assert table(country, "mobile_signal", "operator_code, network_type_code, signal_dbm") == [
        ("korek", "none", None),
        ("zain", "4g", -85),
    ]
    found = table(country, "school_device", "device_number, device_kind_code, serial_number")
    assert found == [(1, "tablet", "SN-1"), (2, "printer", None)]


def test_a_form_whose_column_has_become_text_is_read_all_the_same(country):
    country.send_return(
        "connectivity_readiness", "S1", "connectivity_readiness-2026",
        {"people_last_training": date(2026, 9, 30), "place_sockets": 4},
    )  # fmt: skip
    country.send_return("connectivity_readiness", "S2", "connectivity_readiness-2026", {})
    for name in ("people_last_training", "place_sockets"):
        country.run_only(
            f"ALTER TABLE survey.connectivity_readiness ALTER {name} TYPE text USING {name}::text"
        )
    country.run_only(
        "UPDATE survey.connectivity_readiness SET people_last_training = '2026-02-30'"
        " WHERE identification_school = 'S2'"
    )
    normalize(country)
    found = table(country, "connectivity", "school_code, last_training_date, socket_count")
    assert found == [("S1", date(2026, 9, 30), 4), ("S2", None, None)]


def test_what_is_withdrawn_leaves_nothing_behind_and_twice_is_once(country):
    country.send_return("monthly_return", "S1", "m10", MONTH, month_row=[
        {"grade": 1, "pupils_girls_joined": 0, "pupils_girls_end": 9}])  # fmt: skip
    country.send_return("textbook_return", "S1", "textbook_return-2026",
                        book_row=[{"grade": 1, "core_arabic_copies": 3}])  # fmt: skip
    normalize(country)
    names = ("school_month", "lost_day", "attendance", "teacher_absence", "textbook")
    before = [country.run(f"SELECT * FROM emis.{name}") for name in names]
    assert all(before)
    normalize(country)
    assert [country.run(f"SELECT * FROM emis.{name}") for name in names] == before
    country.run_only("UPDATE raw.submission SET deleted_at = now()")
    normalize(country)
    assert not any(country.run(f"SELECT * FROM emis.{name}") for name in names)
