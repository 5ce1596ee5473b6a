"""`emis simulate`: schools that do not exist report to the configured Central."""

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bridge.simulation.send import SendProgress
from processing.command.context import console, ready_settings
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
        prepare_survey(settings, schools, seed, tasks.on_list)
        summary = send_survey(settings, schools, seed, faults_pct, tasks.on_sent)
    for form_id, count in summary.acknowledged.items():
        console.print(f"{form_id}: {count:,} submissions acknowledged by Central")
    planted = ", ".join(f"{kind} {count}" for kind, count in summary.planted.items())
    console.print(f"Planted faults: {planted}")


def counting_progress() -> Progress:
    """A progress bar with count and rate; without a terminal it prints nothing."""
    return Progress(
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )


class SurveyTasks:
    """Lines of the progress bar for a survey on its way in."""

    def __init__(self, progress: Progress):
        self.progress, self.tasks = progress, {}

    def on_list(self, name: str, done: int, total: int) -> None:
        self.show(f"list {name}", done, total)

    def on_sent(self, sent: SendProgress) -> None:
        count = sent.sent + sent.already_sent
        self.show("submissions sent", count, sent.total, f"{sent.per_second:.0f}/s")

    def show(self, name: str, done: int, total: int | None, rate: str = "") -> None:
        """Set a line; it appears when it is first set."""
        if name not in self.tasks:
            self.tasks[name] = self.progress.add_task(name, total=total, rate=rate)
        self.progress.update(self.tasks[name], completed=done, total=total, rate=rate)
