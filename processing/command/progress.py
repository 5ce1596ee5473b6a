"""Progress bars of long commands: a line a task, with its count and its rate."""

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from bridge.simulation.send import SendProgress
from processing.command.context import console


class RateColumn(ProgressColumn):
    """How many a second, of late; of a task that has ended, over all of it."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        if speed is None:
            return Text("")
        return Text(f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s")


def counting_progress() -> Progress:
    """Bars with count and rate; without a terminal nothing is printed."""
    return Progress(
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
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

    def on_form(self, done: int, total: int) -> None:
        self.show("forms published", done, total)

    def on_sent(self, sent: SendProgress) -> None:
        self.show("submissions sent", sent.sent + sent.already_sent, sent.total)

    def show(self, name: str, done: int, total: int | None) -> None:
        """Set a line; it appears when it is first set, and its rate counts from there."""
        if name not in self.tasks:
            self.tasks[name] = self.progress.add_task(name, total=total)
        self.progress.update(self.tasks[name], completed=done, total=total)
