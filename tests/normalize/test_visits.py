"""Visits: each stands for itself; what was agreed is followed until it is done."""

from datetime import date

import pytest

from processing.normalize import normalize_slices
from tests.warehouse.builder import NOW

FORM, PERIOD = "inspection_visit", "visits-2026"
DAY = date(2026, 11, 2)
SEEN = {
    "identification_supervisor_code": "SUP-1", "identification_visit_date": DAY,
    "identification_is_announced": "no", "arrival_session_visited": "morning",
    "arrival_is_open": "yes", "arrival_head_present": "yes", "counting_all_counted": "yes",
    "staff_female_due": 5, "staff_female_here": 4, "staff_absence_reasons": ["sick"],
    "safety_hazards": ["fire", "other"], "wash_water_now": "no", "wash_girls_toilets": 2,
    "wash_soap_water_now": "both", "location_gps_latitude": 33.3, "location_gps_longitude": 444.0,
    "location_distance_m": 120,
}  # fmt: skip
ACTION = {"action_what": " خزان ", "action_owner": "head", "action_due_date": date(2026, 12, 1)}


@pytest.fixture
def country(warehouse):
    warehouse.add_schools("school\nS1\nS2")
    warehouse.add_round(FORM, PERIOD)
    return warehouse


def send(country, school: str = "S1", changes: dict | None = None, **rows) -> None:
    country.send_return(FORM, school, PERIOD, SEEN | (changes or {}), **rows)
    normalize(country)


def normalize(country) -> None:
    normalize_slices(country.connection, country.all_slices(), NOW)


def states(country) -> list[tuple]:
    rows = country.run("SELECT state_code, checked_date FROM emis.agreed_action_now ORDER BY what")
    return [tuple(row) for row in rows]


def test_a_visit_is_what_was_seen(country):
    send(
        country,
        class_row=[
            {"class_class_grade": "4", "class_girls_register": 15, "class_girls_present": 12},
            {"class_class_grade": "x", "class_boys_register": 9},
        ],
        lesson_row=[{"lesson_lesson_grade": "4", "lesson_lesson_subject": "science",
                     "lesson_feedback": "3", "lesson_autonomy": "9"}],
    )  # fmt: skip
    (visit,) = country.run("SELECT * FROM emis.visit")
    assert (visit.school_code, visit.visit_date, visit.supervisor_code) == ("S1", DAY, "SUP-1")
    assert (visit.is_announced, visit.is_open, visit.is_water_available) == (False, True, False)
    assert (visit.staff_female_due_count, visit.staff_female_here_count) == (5, 4)
    assert (visit.hazard_codes, visit.distance_m) == (["fire", "other"], 120)
    assert (visit.latitude, visit.longitude) == (33.3, None)
    classes = country.run(
        "SELECT class_number, grade, girls_register_count, girls_present_count"
        " FROM emis.visit_class ORDER BY 1"
    )
    assert [tuple(row) for row in classes] == [(1, 4, 15, 12), (2, None, None, None)]
    scores = country.run("SELECT element_code, score, grade FROM emis.lesson_observation")
    assert [tuple(row) for row in scores] == [("feedback", 3, 4)]


def test_a_visit_that_names_no_post_is_of_the_account_that_sent_it(country):
    """A school outside the plan: the form does not know who visits it."""
    send(country, changes={"identification_supervisor_code": None}, action_row=[ACTION])
    posts = "SELECT supervisor_code FROM emis.{}"
    for name in ("visit", "agreed_action"):
        assert [tuple(row) for row in country.run(posts.format(name))] == [(None,)]
    country.run_only("UPDATE raw.submission SET submitter_id = 7")
    country.run_only(
        "INSERT INTO ops.device (central, project, holder_kind, holder_code, serial, tablet,"
        " ordered_at, actor_id) SELECT central, project, kind, code, 1, code, now(), actor"
        " FROM raw.form, (VALUES ('supervisor', 'SUP-9', 7), ('supervisor', 'SUP-8', 8),"
        " ('school', 'S2', 7)) AS d (kind, code, actor) WHERE form_id = 'inspection_visit'"
    )
    normalize(country)
    for name in ("visit", "agreed_action"):
        assert [tuple(row) for row in country.run(posts.format(name))] == [("SUP-9",)]
    send(country, changes={"identification_visit_date": date(2026, 11, 20)})
    country.run_only("UPDATE raw.submission SET submitter_id = 7")
    normalize(country)
    found = country.run("SELECT supervisor_code FROM emis.visit ORDER BY visit_date")
    assert [tuple(row) for row in found] == [("SUP-9",), ("SUP-1",)], "the plan's word comes first"


def test_two_visits_of_a_round_both_stand_and_one_sent_twice_stands_once(country):
    send(country)
    send(country, changes={"identification_visit_date": date(2026, 11, 20)})
    send(country, changes={"wash_girls_toilets": 1})
    rows = country.run(
        "SELECT visit_date, toilet_girls_usable_count FROM emis.visit ORDER BY visit_date"
    )
    assert [tuple(row) for row in rows] == [(DAY, 1), (date(2026, 11, 20), 2)]


def test_an_action_is_followed_by_later_visits_until_it_is_done(country):
    send(country, action_row=[ACTION])
    (action,) = country.run("SELECT * FROM emis.agreed_action")
    assert (action.what, action.owner_code, action.due_date) == ("خزان", "head", date(2026, 12, 1))
    assert (action.school_code, action.supervisor_code, action.agreed_date) == ("S1", "SUP-1", DAY)
    assert states(country) == [("not_begun", None)]
    for day, state in ((20, "in_progress"), (25, "closed")):
        later = {"identification_visit_date": date(2026, 11, day)}
        looked = [
            {"action_code": f"{action.action_code}-9c1d", "earlier_action_action_state": state}
        ]
        send(country, changes=later, earlier_row=looked)
        assert states(country) == [(state, date(2026, 11, day))]


def test_a_visit_that_is_withdrawn_takes_what_was_agreed_along(country):
    send(country, action_row=[ACTION], class_row=[{"class_class_grade": "1"}])
    normalize(country)
    assert len(country.run("SELECT * FROM emis.agreed_action")) == 1
    country.run_only("UPDATE raw.submission SET deleted_at = now()")
    normalize(country)
    for name in ("visit", "visit_class", "agreed_action"):
        assert country.run(f"SELECT * FROM emis.{name}") == [], name


def test_a_visit_with_a_blocking_issue_gives_no_facts(country):
    send(country, action_row=[ACTION])
    country.run_only(
        "INSERT INTO quality.issue (rule, form_id, form_key, instance_id, school_code, period,"
        " subject, severity, state, arguments, first_seen_at, last_seen_at)"
        " SELECT (SELECT min(rule) FROM quality.rule), :form, form_key, instance_id, 'S1', period,"
        " '', 'blocking', 'open', '{}', now(), now() FROM raw.submission",
        form=FORM,
    )
    normalize(country)
    assert country.run("SELECT * FROM emis.visit") == []


def test_a_visit_that_moves_to_another_school_moves_whole(country):
    send(country, action_row=[ACTION])
    country.run_only("UPDATE raw.submission SET school_code = 'S2'")
    normalize(country)
    rows = country.run("SELECT v.school_code, a.school_code FROM emis.visit v"
                       " JOIN emis.agreed_action a USING (form_key, instance_id)")  # fmt: skip
    assert [tuple(row) for row in rows] == [("S2", "S2")]
