"""Bars of long commands: how much of how many, and how fast."""

import io
import re
import time

from rich.console import Console

from bridge.simulation.send import SendProgress
from processing.command import progress
from processing.command.progress import SurveyTasks, counting_progress


def test_a_bar_shows_its_count_and_its_rate(monkeypatch):
    written = io.StringIO()
    terminal = Console(file=written, force_terminal=True, color_system=None, width=120)
    monkeypatch.setattr(progress, "console", terminal)
    with counting_progress() as bars:
        tasks = SurveyTasks(bars)
        for sent in (0, 20, 40):
            tasks.on_sent(SendProgress(sent, already_sent=10, total=50, seconds=1.0))
            time.sleep(0.01)
    last = [line for line in written.getvalue().splitlines() if "submissions sent" in line][-1]
    assert "50/50" in last
    assert re.search(r" [\d,]+/s ", last)
