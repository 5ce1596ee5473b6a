"""`emis simulate`: schools that do not exist report to the configured Central."""

import click

from config.words import counted
from processing.command.context import console, ready_settings
from processing.command.progress import SurveyTasks, counting_progress
from processing.command.survey import prepare_survey, send_survey

DEFAULT_SCHOOLS, DEFAULT_SEED, DEFAULT_FAULTS_PCT = 300, 1, 5.0


@click.command()
@click.option("--schools", default=DEFAULT_SCHOOLS, type=click.IntRange(1, 40_000))
@click.option("--seed", default=DEFAULT_SEED, help="The same seed gives the same survey.")
@click.option("--faults", "faults_pct", default=DEFAULT_FAULTS_PCT, type=click.FloatRange(0, 50))
def simulate(schools: int, seed: int, faults_pct: float) -> None:
    """Send a simulated survey as tablets do, with a share (per cent) of planted faults.

    Only into a Central project whose description carries the mark [emis-training]. Interrupted,
    it goes on where it stood.

    Example: emis simulate --schools 300 --seed 1 --faults 5
    """
    with ready_settings() as settings, counting_progress() as progress:
        tasks = SurveyTasks(progress)
        prepare_survey(settings, schools, seed, faults_pct, tasks)
        summary = send_survey(settings, schools, seed, faults_pct, tasks.on_sent)
    for form_id, count in summary.acknowledged.items():
        console.print(f"{form_id}: {counted(count, 'submission')} acknowledged by Central")
    planted = ", ".join(f"{kind} {count}" for kind, count in summary.planted.items())
    console.print(f"Planted faults: {planted}")
