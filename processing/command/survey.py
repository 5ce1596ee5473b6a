"""A simulated survey on the way in: registry, lists, forms, submissions."""

import datetime as dt

from bridge.client import open_client
from bridge.simulation.lists import default_rounds
from bridge.simulation.people import make_staff, make_supervisors, make_teaching, make_visits
from bridge.simulation.registry import make_registry
from bridge.simulation.send import (
    SimulationSummary,
    require_same_survey,
    require_training_project,
    run_simulation,
)
from config.errors import OperatorError
from config.forms import load_catalogue
from config.settings import Settings
from config.words import counted
from processing.command.context import worker_connection
from processing.command.progress import SurveyTasks
from processing.db.queries.registry import replace_registry
from processing.db.queries.summary import count_real_schools
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.jobs.publishing import keep_lists, publish

SCHOOL_YEAR = 2026


def prepare_survey(
    settings: Settings, schools: int, seed: int, faults_pct: float, tasks: SurveyTasks
) -> None:
    """Load the simulated registry, keep Central's lists equal to it, publish the forms.

    Refused outside a project marked for training, in a warehouse that holds true schools, and
    beside another simulated survey.
    """
    with open_client(settings, "manager") as client:
        project = require_training_project(client)
    registry = make_registry(schools, seed)
    staff = make_staff(registry, seed)
    with worker_connection(settings) as connection:
        _refuse_true_schools(count_real_schools(connection))
        require_same_survey(settings, project, schools, seed, faults_pct)
        load_catalogue_into(connection)
        replace_registry(
            connection,
            buildings=registry.buildings,
            schools=registry.schools,
            staff=staff,
            teaching=make_teaching(registry, staff),
            supervisors=make_supervisors(registry),
            visits=make_visits(registry),
            rounds=default_rounds(SCHOOL_YEAR),
            now=dt.datetime.now(dt.UTC),
        )
        keep_lists(connection, settings, tasks.on_list)
    workbooks = [entry.xlsx for entry in load_catalogue().values()]
    tasks.on_form(0, len(workbooks))
    for done, result in enumerate(publish(settings, workbooks), start=1):
        if result.error:
            raise result.error
        tasks.on_form(done, len(workbooks))


def send_survey(
    settings: Settings, schools: int, seed: int, faults_pct: float, on_progress
) -> SimulationSummary:
    """Send what has not been sent yet; done again, it sends only the rest."""
    return run_simulation(
        settings, schools, seed, faults_pct, on_progress, rounds=default_rounds(SCHOOL_YEAR)
    )


def _refuse_true_schools(count: int) -> None:
    if count == 0:
        return
    raise OperatorError(
        "warehouse-has-true-schools",
        f"The warehouse holds {counted(count, 'true school')}, not simulated.",
        "Simulate with a database of its own: set DATABASE_URL to an empty one.",
    )
