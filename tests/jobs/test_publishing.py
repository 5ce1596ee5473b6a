"""The lists that tablets get are the registry's, and the simulation fills forms from the same."""

import datetime as dt

from bridge.simulation.lists import default_rounds, entity_rows, round_rows
from bridge.simulation.registry import make_registry
from config.forms import load_catalogue as load_forms
from processing.db.engine import open_engine
from processing.db.queries.entity_rows import list_round_rows, list_school_rows
from processing.db.queries.registry import replace_registry
from processing.jobs.catalogue import load_catalogue
from processing.jobs.publishing import LISTS, UNFILLED_LISTS

NOW = dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)


def test_lists_from_the_warehouse_equal_those_of_the_simulation(fresh_database):
    registry, rounds = make_registry(60, seed=3), default_rounds(2026)
    engine = open_engine(fresh_database, "worker")
    with engine.begin() as connection:
        load_catalogue(connection)
        replace_registry(
            connection,
            buildings=registry.buildings,
            schools=registry.schools,
            rounds=rounds,
            now=NOW,
        )
        schools, listed = list_school_rows(connection), list_round_rows(connection)
    engine.dispose()
    by_code = {row["school_code"]: row for row in schools}
    assert by_code == {row["school_code"]: row for row in entity_rows(registry)}
    assert {row["round_code"]: row for row in listed} == {
        row["round_code"]: row for row in round_rows(rounds)
    }


def test_every_list_that_a_form_reads_is_there_before_the_form_is_published():
    read = {name for form in load_forms().values() for name in form.entity_lists}
    assert read <= {*LISTS, *UNFILLED_LISTS}
    assert not set(LISTS) & set(UNFILLED_LISTS)
