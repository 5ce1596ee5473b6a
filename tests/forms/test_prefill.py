"""Each value that a form takes from a list of the tablet is the one that the list holds.

Read from the workbooks: every `instance('list')/root/item[key=${question}]/property` of a formula,
in every return of these tests that can be finalized.
"""

import csv
import re
from collections.abc import Iterator
from os.path import commonprefix
from pathlib import Path

import pytest

from tests.forms.engine import OdkForm
from tests.forms.source import FORM_IDS, LANGUAGES, Row, read_survey
from tests.forms.submission import read_values
from tests.forms.test_branches import answers_of

LOOKUP = re.compile(r"instance\('(\w+)'\)/root/item\[(\w+)=\$\{(\w+)\}\]/(\w+)")
# What has arrived, in words: test_received.py. All actions agreed earlier, all people, in one value
# each: test_visits.py, test_reopened.py. What can be typed over: test_known.py,
# test_connectivity.py and test_last_building.py.
KNOWN_DEVICES = {f"known_device_{name}" for name in ("kinds", "serials")}
ELSEWHERE = {"received", "earlier", "listed"} | KNOWN_DEVICES


@pytest.fixture(scope="module")
def lists(forms) -> dict[str, list[dict[str, str]]]:
    folder = forms["school_census"].media
    return {path.stem: _rows(path) for path in folder.glob("*.csv")}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def prefilled(form_id: str) -> list[Row]:
    return [
        row for row in read_survey(form_id)
        if LOOKUP.search(row.cells.get("calculation", ""))
        and row.name not in ELSEWHERE
        and "trigger" not in row.cells
    ]  # fmt: skip


def held(values: dict[str, str], at: str, row: Row, lists: dict) -> Iterator[str]:
    """What the list says, for each place in the row's formula that names a line of it."""
    for name, key, question, wanted in LOOKUP.findall(row.cells["calculation"]):
        places = [path for path in values if _plain(path).rpartition("/")[2] == question]
        nearest = max(places, key=lambda path: len(commonprefix([path, at])), default="")
        lines = (line for line in lists[name] if line[key] and line[key] == values.get(nearest))
        line = next(lines, None)
        if line is not None and line[wanted]:
            yield line[wanted]


def _plain(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path)


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_what_is_known_already_is_taken_from_the_list(forms, compiled, schools, lists, form_id):
    form = OdkForm(compiled[form_id].xform, forms[form_id].media)
    rows = prefilled(form_id)
    taken, other = set(), []
    for answers in answers_of(form_id, schools):
        filling = form.new(LANGUAGES["en"]).fill(answers)
        if filling.violation() is not None:
            continue
        values = read_values(filling.finalize())
        for row in rows:
            is_simple = LOOKUP.fullmatch(row.cells["calculation"]) is not None
            for path in (path for path in values if _plain(path) == row.path):
                expected = list(held(values, path, row, lists))
                if values[path] in expected:
                    taken.add(row.path)
                elif is_simple and values[path] != "".join(expected):
                    other.append((path, values[path], expected))
    assert other == []
    assert {row.path for row in rows} - taken == set(), "filled from the list by no return"
