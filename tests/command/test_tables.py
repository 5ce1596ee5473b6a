"""Tables of the command cut nothing: what they name is copied into the next command."""

import datetime as dt
import io

import pytest
from rich.console import Console

from config.clock import clock_of
from processing.command import context
from processing.command.context import PIPE_COLUMNS, make_table, print_rows

LOGIN = "representation.of.displaced.schools.in.sulaymaniyah"
SCOPE = "KRG-SULAYMANIYAH-REPRESENTATION-0001"


@pytest.mark.parametrize("columns", [80, 120, PIPE_COLUMNS])
def test_a_name_stays_in_one_line_and_nothing_is_cut(columns):
    table = make_table("login", "sees", "language")
    table.add_row(LOGIN, SCOPE, "ckb")
    console = Console(file=io.StringIO(), width=columns)
    console.print(table)
    text = console.file.getvalue()
    assert LOGIN in text
    assert "…" not in text
    cells = [line.split("│")[2].strip() for line in text.splitlines() if "│" in line]
    assert "".join(cells) == SCOPE


def test_what_stands_in_brackets_is_shown_and_breaks_nothing():
    """A head's name, a reason with its code: rich takes either for markup."""
    table = make_table("update", "sent by")
    table.add_row("1", "Amal [head], [/of] the [bold]school")
    console = Console(file=io.StringIO(), width=PIPE_COLUMNS)
    console.print(table)
    assert "Amal [head], [/of] the [bold]school" in console.file.getvalue()


def test_a_moment_is_written_as_clocks_in_the_country_show_it():
    assert clock_of(dt.datetime(2026, 11, 5, 21, 30, tzinfo=dt.UTC)) == "2026-11-06 00:30"


def test_thousands_of_rows_are_one_line_each_in_columns(monkeypatch):
    console = Console(file=io.StringIO(), width=80, soft_wrap=True)
    monkeypatch.setattr(context, "console", console)
    rows = [(f"{LOGIN}-{n}", "مدرسة", SCOPE) for n in range(3000)]
    print_rows(("login", "name", "sees"), rows)
    lines = console.file.getvalue().splitlines()
    assert len(lines) == 1 + 3000
    assert len({line.index("name" if line is lines[0] else "مدرسة") for line in lines}) == 1
    assert all(line.endswith(SCOPE) for line in lines[1:])
