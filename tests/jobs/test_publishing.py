"""The lists that tablets get are the registry's, and the simulation fills forms from the same."""

import datetime as dt

from bridge.simulation.lists import (
    default_rounds,
    directorate_school_rows,
    entity_rows,
    round_rows,
    staff_rows,
    visit_rows,
)
from bridge.simulation.people import make_staff, make_supervisors, make_teaching, make_visits
from bridge.simulation.registry import make_registry
from config.forms import load_catalogue as load_forms
from processing.db.engine import open_engine
from processing.db.queries.entity_rows import (
    list_directorate_school_rows,
    list_staff_rows,
    list_visit_rows,
)
from processing.db.queries.registry import replace_registry
from processing.db.queries.round_rows import list_round_rows
from processing.jobs import publishing
from processing.jobs.catalogue import load_catalogue
from processing.jobs.publishing import LISTS

NOW = dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)


def by_key(rows: list[dict], key: str) -> dict[str, dict]:
    return {row[key]: row for row in rows}


def test_lists_from_the_warehouse_equal_those_of_the_simulation(fresh_database):
    registry, rounds = make_registry(60, seed=3), default_rounds(2026)
    people, visits = make_staff(registry, 3), make_visits(registry)
    supervisors, teaching = make_supervisors(registry), make_teaching(registry, people)
    engine = open_engine(fresh_database, "worker")
    with engine.begin() as connection:
        load_catalogue(connection)
        replace_registry(
            connection,
            buildings=registry.buildings,
            schools=registry.schools,
            staff=people,
            teaching=teaching,
            supervisors=supervisors,
            visits=visits,
            rounds=rounds,
            now=NOW,
        )
        schools = LISTS["schools"].rows(connection, None, None)
        listed = list_round_rows(connection)
        staff, planned = list_staff_rows(connection), list_visit_rows(connection)
        around = list_directorate_school_rows(connection)
        tables = ("emis.staff_member", "emis.supervisor", "emis.visit_plan")
        marked = [
            connection.exec_driver_sql(f"SELECT bool_and(is_simulated) FROM {table}").scalar()
            for table in tables
        ]
    engine.dispose()
    expected = [row | {"received": ""} for row in entity_rows(registry, people)]
    assert by_key(schools, "school_code") == by_key(expected, "school_code")
    assert by_key(listed, "round_code") == by_key(round_rows(rounds), "round_code")
    # The code of a person is the warehouse's own.
    unnamed = [row | {"assignment_code": ""} for row in staff_rows(registry, people, teaching)]
    found = [row | {"assignment_code": ""} for row in staff]
    assert all(
        "Primary (1–6) – " in row["facts_en"] for row in staff if row["post"] == "class_teacher"
    )
    assert by_key(found, "staff_number") == by_key(unnamed, "staff_number")
    assert len({row["assignment_code"] for row in staff}) == len(people)
    expected = visit_rows(registry, supervisors, visits, people)
    assert by_key(planned, "visit_code") == by_key(expected, "visit_code")
    expected = directorate_school_rows(registry, people)
    assert by_key(around, "school_code") == by_key(expected, "school_code")
    assert marked == [True, True, True]


def test_every_list_that_a_form_reads_is_there_before_the_form_is_published():
    read = {name for form in load_forms().values() for name in form.entity_lists}
    assert read == set(LISTS)


def test_a_central_without_filters_gives_all_rows_to_all_and_they_say_whose_they_are(monkeypatch):
    plan = [{"label": "دجلة", "supervisor_code": code} for code in ("A", "B")]
    actions = [{"action_code": f"A1-{n}", "supervisor_code": code} for n, code in enumerate("AB")]
    guests = [
        {"label": "دجلة", "host_year": "2026", "host_said_ar": "ماء", "device_kinds": "tablet"}
    ]
    given = (("visit_plan", plan), ("agreed_actions", actions), ("schools", guests))
    for name, rows in given:
        kept = LISTS[name]._replace(rows=lambda *_, rows=rows: rows)
        monkeypatch.setitem(LISTS, name, kept)

    def listed(name: str, has_filters: bool) -> list[dict]:
        monkeypatch.setattr(publishing, "has_properties", lambda client: has_filters)
        return publishing.list_rows(None, None, None, name)

    assert listed("visit_plan", True) == plan
    assert [row["label"] for row in listed("visit_plan", False)] == ["دجلة – A", "دجلة – B"]
    assert listed("agreed_actions", True) == actions
    assert len(listed("agreed_actions", False)) == 1
    assert listed("schools", True) == guests
    (school,) = listed("schools", False)
    assert (school.pop("label"), set(school.values())) == ("دجلة", {""}), "it would be too much"
