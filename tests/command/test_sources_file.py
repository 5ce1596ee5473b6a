"""sources.csv and held.csv: one source a school and topic, and what it holds; refused whole."""
# ruff: noqa: F811  fixtures are imported

import datetime as dt

import pytest
import sqlalchemy as sa

from config.codes import read_codes
from config.forms import form_of_topic
from processing.command.registry_files import read_registry
from processing.db.queries.held import list_newest
from processing.db.queries.registry import RegistryReport, replace_registry
from tests.command.test_registry_files import (  # noqa: F401  fixtures
    BUILDINGS,
    HEADER,
    NOW,
    connection,
    faults,
    folder,
    right,
)

SOURCES = "school_code,topic_code,source_code\n"
HELD = "school_code,topic_code,school_year,source_code,as_of_date,pupil_count,girl_count,boy_count,classroom_count\n"  # noqa: E501
PARWARDA, STAFF_ON_PAYROLL = "S1,pupils,e_parwarda\n", "S1,staff,payroll\n"
ROOMS_ELSEWHERE = "S1,facilities,ministry_emis\n"
PUPILS = "S1,pupils,2025,e_parwarda,2025-11-01,412,212,200,\n"
ROOMS = "S1,facilities,2025,ministry_emis,2025-11-01,,,,14\n"


@pytest.fixture
def files(right, tmp_path):
    """Writes sources.csv and held.csv beside a school; the folder."""

    def write(sources: str = "", held: str = ""):
        return folder(tmp_path, buildings=BUILDINGS, schools=f"{HEADER}{right}\n",
                      sources=SOURCES + sources, held=HELD + held)  # fmt: skip

    return write


def load(connection, path) -> RegistryReport:
    return replace_registry(connection, **read_registry(connection, path), now=NOW)


def sources_of(connection) -> dict[str, str]:
    statement = sa.text("SELECT topic_code, source_code FROM emis.source_of_record")
    return {row.topic_code: row.source_code for row in connection.execute(statement)}


def test_sources_and_figures_are_taken_and_twice_is_once(connection, files):
    path = files(PARWARDA + STAFF_ON_PAYROLL + ROOMS_ELSEWHERE, PUPILS + ROOMS)
    pupils, rooms, staff = (("S1", topic) for topic in ("pupils", "facilities", "staff"))
    assert load(connection, path).held_changed == {pupils, rooms, staff}
    assert sources_of(connection) == {
        "pupils": "e_parwarda", "staff": "payroll", "facilities": "ministry_emis",
    }  # fmt: skip
    found = {row["topic_code"]: row for row in list_newest(connection)}
    assert set(found) == {"pupils", "facilities"}
    figure = found["pupils"]
    counts = ("pupil_count", "girl_count", "boy_count", "classroom_count")
    assert [figure[name] for name in counts] == [412, 212, 200, None]
    assert (figure["school_year"], figure["as_of_date"]) == (2025, dt.date(2025, 11, 1))
    assert found["facilities"]["classroom_count"] == 14
    assert load(connection, path).held_changed == set(), "nothing is new"


def test_a_figure_that_changed_alone_is_new(connection, files):
    load(connection, files(PARWARDA + ROOMS_ELSEWHERE, PUPILS + ROOMS))
    more = PUPILS.replace("412,212", "413,213")
    report = load(connection, files(PARWARDA + ROOMS_ELSEWHERE, more + ROOMS))
    assert report.held_changed == {("S1", "pupils")}
    (figure,) = list_newest(connection, ["S1"], "pupils")
    assert figure["pupil_count"] == 413


def test_the_newest_year_is_told_and_others_are_kept(connection, files):
    older = PUPILS.replace("2025", "2024").replace("412,212,200", "390,,")
    load(connection, files(PARWARDA, PUPILS + older))
    (figure,) = list_newest(connection, ["S1"])
    assert figure["school_year"] == 2025
    assert connection.execute(sa.text("SELECT count(*) FROM emis.held_figure")).scalar() == 2


@pytest.mark.parametrize("source", ["this_collection", "ministry_emis"])
def test_a_figure_of_a_source_that_was_given_up_is_not_used_any_more(
    connection, files, tmp_path, source
):
    load(connection, files(PARWARDA, PUPILS))
    (tmp_path / "held.csv").unlink()
    report = load(connection, folder(tmp_path, sources=f"{SOURCES}S1,pupils,{source}\n"))
    assert report.held_changed == {("S1", "pupils")}
    assert list_newest(connection) == []


def test_a_figure_may_come_after_its_source(connection, files, tmp_path):
    load(connection, files(PARWARDA))
    for name in ("buildings", "schools", "sources"):
        (tmp_path / f"{name}.csv").unlink()
    load(connection, folder(tmp_path, held=HELD + PUPILS))
    assert len(list_newest(connection)) == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("S9,pupils,payroll", "school_code 'S9' is not known"),
        ("S1,books,payroll", "topic_code 'books' is not in the code list record_topic"),
        ("S1,pupils,excel", "source_code 'excel' is not in the code list record_source"),
        ("S1,pupils", "source_code is empty"),
        (PARWARDA.strip(), "S1 pupils stands in line 2 already"),
    ],
)
def test_a_wrong_source_is_named_and_nothing_is_written(connection, files, row, said):
    assert f"sources.csv line 3: {said}" in faults(connection, files(f"{PARWARDA}{row}\n"))
    assert sources_of(connection) == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("S1", "S9"), "school_code 'S9' is not known"),
        (("e_parwarda", "ministry_emis"),
         "source_code ministry_emis is not the source of record for pupils at S1, which is e_par"),
        (("pupils", "facilities"), "the registry names no source of record for facilities at S1"),
        (("pupils,2025,e_parwarda", "staff,2025,payroll"),
         "topic_code staff has no figure: people stand in staff.csv, by name"),
        (("2025-11-01", "2024-11-01"),
         "as_of_date 2024-11-01 lies in the school year 2024, not in 2025"),
        (("2025-11-01", "1/11/2025"), "as_of_date '1/11/2025' is not a date"),
        (("412,212,200", ",,"), "topic pupils needs pupil_count"),
        (("412", "many"), "pupil_count 'many' is not a whole number"),
        (("412", "-1"), "pupil_count -1 lies outside 0 to 99999"),
        (("212,200", "212,"), "girl_count and boy_count stand together or not at all"),
        (("412", "411"), "girl_count 212 and boy_count 200 make 412, not 411"),
        (("200,", "200,14"), "classroom_count is not of the topic pupils"),
        (("e_parwarda", ""), "source_code is empty"),
    ],
)  # fmt: skip
def test_a_wrong_figure_is_named_and_nothing_is_written(connection, files, change, said):
    right_row = PUPILS.replace("2025", "2024")
    path = files(PARWARDA + STAFF_ON_PAYROLL, right_row + PUPILS.replace(*change))
    assert f"held.csv line 3: {said}" in faults(connection, path)
    assert list_newest(connection) == []


def test_what_this_collection_keeps_is_held_nowhere_else(connection, files):
    said = faults(
        connection,
        files("S1,pupils,this_collection\n", PUPILS.replace("e_parwarda", "this_collection")),
    )
    assert "held.csv line 2: pupils at S1 is kept by this collection" in said


@pytest.mark.parametrize("topic", read_codes("record_topic"), ids=lambda topic: topic.code)
def test_each_topic_is_the_topic_of_a_form_that_schools_owe(topic):
    entry = form_of_topic(topic.code)
    assert (entry.is_owed, entry.filled_by) == (True, ("school",))
