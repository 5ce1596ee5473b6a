"""`emis demo`: from an empty folder to the first indicator, and then it runs.

Every part is the real one: PostgreSQL, Valkey, RQ workers, the forms; only Central is the sandbox.
Started again, it goes on with the data that is there.
"""

import datetime as dt
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import click
import sqlalchemy as sa

from config.errors import OperatorError
from config.settings import Settings, load_settings
from processing.command.context import console, start_logging, worker_connection
from processing.command.logins import ensure_logins, logins_table
from processing.command.outcome import compare, exit_code, expected_pupils, print_outcome
from processing.command.processes import running, until_interrupted
from processing.command.progress import SurveyTasks, counting_progress
from processing.command.simulate import (
    DEFAULT_FAULTS_PCT,
    DEFAULT_SCHOOLS,
    DEFAULT_SEED,
)
from processing.command.survey import prepare_survey, send_survey
from processing.db.engine import open_engine
from processing.db.migrate import migrate, status
from processing.db.queries import summary
from processing.db.queries.due import mark_due
from processing.db.slices import Slice
from processing.jobs.catalogue import load_catalogue
from processing.local import missing_servers, open_local, temporary_data_dir

LOOK_EVERY_S = 0.5
# The slowest part is the XML behind the feed: 120 a second at a real Central, and some patience.
PATIENCE_S = 120
PATIENCE_PER_SUBMISSION_S = 0.05
ENDING_STAGES = ("pull", "verify", "validate", "normalize", "indicators")


@click.command()
@click.option("--schools", default=DEFAULT_SCHOOLS, type=click.IntRange(1, 40_000))
@click.option("--seed", default=DEFAULT_SEED, help="The same seed gives the same survey.")
@click.option("--faults", "faults_pct", default=DEFAULT_FAULTS_PCT, type=click.FloatRange(0, 50))
@click.option("--once", is_flag=True, help="In a fresh temporary folder; end with a summary.")
def demo(schools: int, seed: int, faults_pct: float, once: bool) -> int:
    """Set everything up, run a simulated survey through the whole path, show the result.

    Keeps its data in EMIS_DATA_DIR (default ./.emis) and goes on with it when started again.
    With --once it works in a folder of its own, and the exit code is 0 only if every count agrees
    with what the simulation sent.

    Example: emis demo --schools 300
    """
    settings = load_settings()
    start_logging(settings, "WARNING")
    clock = Clock()
    with ExitStack() as stack:
        placed = stack.enter_context(_data_dir(settings, once))
        with clock.part("servers"):
            complete = stack.enter_context(open_local(placed))
        return _run(complete, placed, clock, schools, seed, faults_pct, once=once)


def _run(settings, given, clock, schools, seed, faults_pct, *, once: bool) -> int:
    with clock.part("database"):
        # With servers of one's own the owner's address is for `emis db migrate` alone.
        if not status(settings).is_current:
            migrate(settings)
        with worker_connection(settings) as connection:
            load_catalogue(connection)
    with ExitStack() as stack:
        with counting_progress() as progress:
            tasks = SurveyTasks(progress)
            with clock.part("registry, lists and forms"):
                prepare_survey(settings, schools, seed, faults_pct, tasks)
            with clock.part("web, workers, scheduler"):
                address = stack.enter_context(running(settings))
            with clock.part("sending"):
                sent = send_survey(settings, schools, seed, faults_pct, tasks.on_sent)
            with clock.part("until all is computed"):
                wait_until_computed(settings, sent, tasks)
        lines = compare(settings, sent, expected_pupils(schools, seed, sent.plan))
        print_outcome(settings, lines, clock.seconds)
        if once:
            return exit_code(lines)
        with until_interrupted():
            _print_welcome(settings, given, address)
    return 0


def wait_until_computed(settings: Settings, sent, tasks: SurveyTasks) -> None:
    """Until everything that was sent is mirrored and verified, and nothing is due any more."""
    total = sum(sent.acknowledged.values())
    deadline = time.monotonic() + PATIENCE_S + total * PATIENCE_PER_SUBMISSION_S
    with worker_connection(settings) as connection:
        forms = [Slice(form_id) for form_id in sent.acknowledged]
        mark_due(connection, "pull", forms, dt.datetime.now(dt.UTC))
    engine = open_engine(settings, "worker")
    while not _is_computed(engine, settings, total, tasks):
        if time.monotonic() > deadline:
            raise OperatorError(
                "demo-not-finished",
                "The survey has been sent, but the stages have not come to an end in time.",
                "`emis status` shows what is due and why; the logs are in the data folder.",
            )
        time.sleep(LOOK_EVERY_S)
    engine.dispose()


def _is_computed(engine: sa.Engine, settings: Settings, total: int, tasks: SurveyTasks) -> bool:
    with engine.connect() as connection:
        landed = summary.count_landed(connection, settings.central_key, settings.central_project)
        # A stage under way has taken its marks out of the table: runs tell of it.
        is_busy = summary.is_busy(connection, list(ENDING_STAGES))
    live = sum(row.live for row in landed.values())
    verified = sum(row.verified for row in landed.values())
    tasks.show("landed", live, total)
    tasks.show("verified against XML", verified, total)
    return live >= total and verified >= total and not is_busy


@contextmanager
def _data_dir(settings: Settings, once: bool):
    if not once:
        yield settings
        return
    with temporary_data_dir() as folder:
        yield replace(settings, emis_data_dir=folder)


def _print_welcome(settings: Settings, given: Settings, address: str) -> None:
    console.print(f"\nEMIS runs at [bold]{address}[/]  (Ctrl-C stops it; the data stays)")
    if "postgres" not in missing_servers(given):
        console.print("Accounts: `emis users add` (none are drawn outside embedded mode).")
        return
    console.print(logins_table(ensure_logins(settings)))


class Clock:
    """Seconds of each part of a run, in the order in which the parts began."""

    def __init__(self):
        self.seconds: dict[str, float] = {}

    @contextmanager
    def part(self, name: str):
        """Time the block, and say what is going on while there is no bar for it."""
        begun = time.monotonic()
        console.print(f"[dim]{name} …[/]")
        yield
        self.seconds[name] = time.monotonic() - begun
