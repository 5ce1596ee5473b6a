"""The summary of a simulated survey: it agrees only where both ends of the path do."""

from bridge.simulation.faults import FaultPlan
from bridge.simulation.send import SimulationSummary
from processing.command.outcome import Line, compare, exit_code
from processing.db.engine import open_engine
from tests.warehouse.builder import Warehouse

FORMS = ("school_census", "facility_return")


def test_a_path_that_stopped_on_the_way_agrees_in_nothing_that_was_sent(database):
    """Central has acknowledged two forms, and nothing has reached the warehouse."""
    engine = open_engine(database, "worker")
    with engine.begin() as connection:
        Warehouse(connection).add_schools("school | grades\nS1 | 1..6")
    engine.dispose()
    plan = FaultPlan((), {})
    sent = SimulationSummary(dict.fromkeys(FORMS, 1), already_sent=0, plan=plan, seconds=1.0)
    lines = {line.subject: line for line in compare(database, sent, {"S1": 90})}
    for form_id in FORMS:
        assert not lines[f"{form_id} landed"].agrees
        assert not lines[f"{form_id} verified against its XML"].agrees
        assert not lines[f"schools covered by {form_id}"].agrees
    assert not lines["pupils of faultless censuses"].agrees


def test_one_count_that_is_off_is_a_failure():
    agreeing = [Line("school_census landed", 6, 6), Line("planted fault found: gps_far", 0, 0)]
    assert exit_code(agreeing) == 0
    for found in (5, 7):
        assert exit_code([*agreeing, Line("facility_return landed", 6, found)]) == 1
