"""Words for what the program itself does, and the order of units by name."""

import pytest

from config.names import unit_sort_key
from config.places import read_directorates
from processing.jobs.stages import STAGES
from processing.jobs.timetable import TASKS
from processing.web.words import WORK_NAMES


def test_every_stage_and_every_task_has_words():
    assert set(WORK_NAMES) == set(STAGES) | set(TASKS)


@pytest.mark.parametrize("language", ["ar", "ckb", "en"])
def test_the_units_of_a_city_stand_in_their_order(language):
    baghdad = [row for row in read_directorates() if row.directorate_code.count("-") == 2
               and row.directorate_code.startswith(("FED-KARKH", "FED-RUSAFA"))]  # fmt: skip
    baghdad = [row for row in baghdad if row.directorate_level == "general"]
    assert len(baghdad) == 6
    by_name = sorted(baghdad, key=lambda row: unit_sort_key(getattr(row, f"name_{language}")))
    for bank in ("KARKH", "RUSAFA"):
        codes = [row.directorate_code for row in by_name if bank in row.directorate_code]
        assert codes == [f"FED-{bank}-{number}" for number in (1, 2, 3)]


@pytest.mark.parametrize(
    "names", [("بابل", "كركوك", "ميسان", "واسط"), ("ئەنبار", "بەغدا", "پێنجوێن", "کەلار", "هەولێر")]
)
def test_units_stand_in_the_order_of_the_alphabet(names):
    assert sorted(names, key=unit_sort_key) == list(names)
