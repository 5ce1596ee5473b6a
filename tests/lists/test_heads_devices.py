"""What is known of a school is on its tablet's list: who heads it, and its devices."""

from datetime import date

import pytest

from config.entity_lists import TOLD_PROPERTIES
from processing.db.queries.heads import find_heads
from processing.feedback.school_rows import list_school_rows
from processing.jobs.catalogue import load_catalogue
from processing.jobs.publishing import LISTS
from tests.jobs.office import Office
from tests.lists.test_rows import PERSON, normalize, register, rows
from tests.normalize.test_staff import LISTED, NEW
from tests.warehouse.builder import YEAR

HEAD = PERSON | {"name": "هدى كريم"}
TEACHER = PERSON | {"staff_number": "12", "name": "علي حسن", "work_code": "subject_teacher"}
DEPUTY = TEACHER | {"work_code": "deputy"}
TABLET = {"device_kind": "tablet", "device_serial": "R52T-100", "device_state": "working"}


@pytest.fixture
def office(warehouse) -> Office:
    load_catalogue(warehouse.connection)
    return Office(warehouse)


@pytest.fixture
def country(office):
    return office.country


def head_of(country, school: str = "S1") -> str | None:
    return find_heads(country.connection).get(school)


def codes_of(country) -> dict[str, str]:
    """Staff number -> the code of the person in returns."""
    found = country.run("SELECT staff_number, assignment_code FROM emis.staff_member")
    return dict(tuple(row) for row in found)


def return_staff(country, year: int = YEAR, newcomers=(), **changes: dict) -> None:
    """A staff return. changes: what is so now of the persons with these numbers (`n11`)."""
    country.add_round("staff_return", f"staff-{year}", year)
    codes = codes_of(country)
    people = [
        LISTED | {"assignment_code": codes[name[1:]]} | change for name, change in changes.items()
    ]
    country.send_return("staff_return", "S1", f"staff-{year}", people=people, newcomers=newcomers)
    normalize(country)


@pytest.mark.parametrize(
    ("staff", "head"),
    [
        ([], None),
        ([TEACHER, DEPUTY | {"staff_number": "13"}], None),
        ([HEAD, TEACHER], "هدى كريم"),
        ([TEACHER, HEAD | {"attachment_code": "seconded_in"}], "هدى كريم"),
        ([HEAD, TEACHER | {"work_code": "head"}], None),
        ([HEAD, TEACHER | {"work_code": "head", "attachment_code": "seconded_out"}], "هدى كريم"),
        ([HEAD, TEACHER | {"work_code": "head", "is_listed": False}], "هدى كريم"),
        ([TEACHER | {"post_code": "head"}], None),
        ([HEAD | {"school_code": "S2"}], None),
    ],
    ids=["nobody", "none", "one", "seconded", "two", "one away", "one gone", "by post", "other"],
)
def test_the_head_is_the_one_person_who_does_that_work_at_the_school(country, staff, head):
    register(country, staff=staff)
    assert head_of(country) == head


def test_who_reads_of_some_schools_is_told_of_these_alone(country):
    register(country, staff=[HEAD, HEAD | {"school_code": "S2", "name": "ليلى"}])
    both = {"S1": "هدى كريم", "S2": "ليلى"}
    assert find_heads(country.connection) == both
    assert find_heads(country.connection, ["S2"]) == {"S2": "ليلى"}
    assert find_heads(country.connection, []) == {}
    country.run_only("UPDATE emis.school_history SET is_open = false WHERE school_code = 'S2'")
    assert find_heads(country.connection) == {"S1": "هدى كريم"}


def test_the_head_follows_the_newest_staff_return_at_once(country):
    """The list of staff waits for the next round: nobody picks a head from a list."""
    register(country, staff=[HEAD, TEACHER])
    left = {"state": "left", "is_here": 0}
    return_staff(country, n11=left, n12={"state": "changed", "work_now": "subject_teacher"})
    assert head_of(country) is None
    return_staff(country, n11=left, n12={"state": "changed", "work_now": "head"})
    assert head_of(country) == "علي حسن"
    new = NEW | {"newcomer_work": "head"}
    return_staff(country, newcomers=[new], n11=left, n12=left)
    assert head_of(country) == "سارة"
    return_staff(country, newcomers=[new], n11=left, n12={"state": "changed", "work_now": "head"})
    assert head_of(country) is None, "two"


def test_whom_a_file_names_after_a_head_has_typed_them_heads_the_school_once(country):
    return_staff(country, newcomers=[NEW | {"newcomer_work": "head"}])
    assert head_of(country) == "سارة"
    register(country, staff=[HEAD | {"staff_number": "9001"}])
    assert head_of(country) == "هدى كريم"


@pytest.mark.parametrize(
    ("since", "head"),
    [("2025-11-01", "سعاد"), ("2025-10-31", "هدى كريم"), ("2026-03-01", "سعاد")],
)
def test_a_change_of_head_that_was_approved_tells_it_until_a_later_staff_return(
    office, country, since, head
):
    register(country, staff=[HEAD])
    return_staff(country, YEAR - 1, n11={"work_now": "head"})
    answers = {"new_head_new_head_name": " سعاد ", "identification_effective_date": since}
    update = office.report("S1", "head", **answers)
    assert head_of(country) == "هدى كريم", "nobody has approved it"
    assert office.answer(update) == "applied"
    assert head_of(country) == head
    assert office.due("list_schools") == ["S1"], "its tablet is told"
    return_staff(country, YEAR, n11={"work_now": "head"})
    assert head_of(country) == "هدى كريم"


def test_of_changes_of_head_the_newest_counts_and_none_that_was_refused_or_withdrawn(
    office, country
):
    for day, name in (("2026-02-01", "سعاد"), ("2026-01-01", "زينب"), ("2026-03-01", "عمر")):
        answers = {"new_head_new_head_name": name, "identification_effective_date": day}
        update = office.report("S1", "head", **answers)
        verdict = ("refused", "x") if name == "عمر" else ("approved", "")
        office.answer(update, *verdict)
    assert head_of(country) == "سعاد"
    country.run_only("UPDATE raw.submission SET deleted_at = now()")
    assert head_of(country) is None


def test_the_list_of_schools_says_who_heads_each(country):
    register(country, staff=[HEAD])
    found = {
        row["school_code"]: row for row in LISTS["schools"].rows(country.connection, None, None)
    }
    assert [found[code]["head_name"] for code in ("S1", "S2")] == ["هدى كريم", ""]
    assert set(TOLD_PROPERTIES) >= {"head_name", "device_kinds", "device_serials"}


def send_devices(country, year: int, *devices: dict) -> None:
    code = f"connectivity-{year}"
    country.add_round("connectivity_readiness", code, year, day=date(year, 11, 1))
    country.send_return(
        "connectivity_readiness", "S1", code, {"place_sockets": 2}, device_row=list(devices)
    )
    normalize(country)


def devices_of(country, school: str = "S1") -> tuple[str, str]:
    row = rows(country, list_school_rows)[school]
    return row["device_kinds"], row["device_serials"]


def test_the_devices_are_those_of_the_newest_return_each_in_its_place(country):
    assert devices_of(country) == ("", "")
    laptop = TABLET | {"device_kind": "laptop", "device_serial": "LP-1", "device_state": "broken"}
    send_devices(country, YEAR, laptop, TABLET)
    assert devices_of(country) == ("laptop tablet", "LP-1 R52T-100")
    send_devices(country, YEAR - 1, TABLET)
    assert devices_of(country) == ("laptop tablet", "LP-1 R52T-100"), "an older one came later"
    assert devices_of(country, "S2") == ("", "")


def test_a_school_that_has_none_left_is_not_offered_those_of_the_year_before(country):
    send_devices(country, YEAR - 1, TABLET)
    send_devices(country, YEAR)
    assert devices_of(country) == ("", "")


@pytest.mark.parametrize(
    ("device", "known"),
    [
        ({"device_serial": None}, ("tablet", "-")),
        ({"device_serial": "R52 T100"}, ("tablet", "-")),
        ({"device_serial": "x"}, ("tablet", "-")),
        ({"device_serial": "R" * 41}, ("tablet", "-")),
        ({"device_serial": "-R52T"}, ("tablet", "-")),
        ({"device_kind": None}, ("-", "R52T-100")),
        ({"device_kind": "abacus"}, ("-", "R52T-100")),
    ],
)
def test_what_the_form_would_not_take_is_a_dash_in_its_place(country, device, known):
    send_devices(country, YEAR, TABLET | device, TABLET | {"device_serial": "R52T-101"})
    assert devices_of(country) == (f"{known[0]} tablet", f"{known[1]} R52T-101")
