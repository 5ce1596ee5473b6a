"""What a school's entity says of what has arrived: each form, its day, its months, its total."""

from datetime import date

import pytest

from processing.feedback.received import received_by_school
from processing.normalize import normalize_slices
from tests.warehouse.builder import NOW, YEAR

MONTHS = (9, 10, 11)
YEARLY = (
    "year_end_results", "staff_return", "textbook_return", "connectivity_readiness",
    "facility_return",
)  # fmt: skip
GIRLS = {"has_girls": 1, "has_boys": 0}


@pytest.fixture
def country(warehouse):
    warehouse.add_schools("school | grades | language_code\nS1 | 1..6 | en\nS2 | 1..6 | ckb")
    for form_id in YEARLY:
        warehouse.add_round(form_id, form_id)
    for month in MONTHS:
        warehouse.add_round("monthly_return", f"m{month}", day=date(YEAR, month, 28))
    return warehouse


def said(country) -> dict[str, list[str]]:
    """School -> what is said, a text a form."""
    normalize_slices(country.connection, country.all_slices(), NOW)
    found = received_by_school(country.connection)
    return {school: text.split(" · ") for school, text in found.items()}


def send(country, form_id: str, root: dict | None = None, school: str = "S1", **rows) -> None:
    country.send_return(form_id, school, form_id, root, **rows)


def test_each_return_says_its_day_and_its_total(country):
    send(country, "year_end_results", result_row=[
        {"grade": 1, "girls_enrolled": 20}, {"grade": 2, "girls_enrolled": 15}])  # fmt: skip
    send(country, "textbook_return", book_row=[
        {"grade": 4, "core_arabic_copies": 30, "core_english_copies": 4}])  # fmt: skip
    send(country, "connectivity_readiness", device_row=[
        {"device_kind": "tablet", "device_state": "working"}])  # fmt: skip
    send(country, "facility_return", {"rooms_classrooms": 8, "rooms_classrooms_usable": 7})
    send(country, "staff_return", people=[
        {"assignment_code": "P1", "state": "as_listed", "is_here": 1},
        {"assignment_code": "P2", "state": "left", "is_here": 0}])  # fmt: skip
    day = "received 22 November 2026"
    assert said(country) == {"S1": [
        f"Connectivity readiness: {day}, devices: 1",
        f"Facility return: {day}, usable classrooms: 7",
        f"Staff return: {day}, staff: 1",
        f"Textbook return: {day}, copies: 34",
        f"Year-end results: {day}, pupils: 35",
    ]}  # fmt: skip


def test_a_return_that_is_not_in_the_figures_yet_has_no_total(country):
    send(country, "staff_return")
    assert said(country) == {"S1": ["Staff return: received 22 November 2026"]}


@pytest.mark.parametrize(
    ("school", "expected"),
    [
        ("S1", "Monthly return (September, October, November): received 25 November 2026,"
               " pupils: 33"),
        ("S2", "ڕاپۆرتی مانگانەی قوتابخانە (ئەیلوول، تشرینی یەکەم، تشرینی دووەم):"
               " لە 25 تشرینی دووەم 2026 گەیشت، ژمارەی قوتابیان 33"),
    ],
)  # fmt: skip
def test_three_late_months_are_named_with_the_last_day_and_the_newest_month_s_pupils(
    country, school, expected
):
    """Sent on one evening in any order; October comes three days later."""
    for month, end in ((11, 33), (9, 31), (10, 32)):
        row = {"grade": 1, "pupils_girls_start": 30, "pupils_girls_end": end,
               "pupils_girls_absent_days": 0}  # fmt: skip
        answers = GIRLS | {"days_days_held": 20, "moves_moved": ["none"]}
        country.send_return("monthly_return", school, f"m{month}", answers, month_row=[row])
    country.run_only(
        "UPDATE raw.submission SET submission_date = '2026-11-24T22:30:00Z' WHERE period = 'm10'"
    )
    assert said(country) == {school: [expected]}
