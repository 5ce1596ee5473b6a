"""Tables of the command cut nothing: what they name is copied into the next command."""

import io

import pytest
from rich.console import Console

from processing.command.context import PIPE_COLUMNS, make_table

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
