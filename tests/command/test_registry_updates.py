"""`emis registry updates`: what waits is listed with what it lacks, and answered from the desk."""

from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from config.errors import OperatorError
from processing.command import context, registry_updates
from processing.db.engine import open_engine
from processing.feedback.updates import GIVEN as ASKED
from tests.web.factories import fill_country
from tests.web.registry_rows import add_updates

GIVEN = ("--directorate", "DEP-A1", "--locality", "urban", "--building", "B-9")


@pytest.fixture(scope="module")
def engine(database):
    engine = open_engine(database, "worker")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def numbers(engine) -> dict[str, str]:
    with engine.begin() as connection:
        fill_country(connection)
        return {school: str(number) for school, number in add_updates(connection).items()}


@pytest.fixture
def emis(database, numbers, monkeypatch):
    """emis("list"): what the command prints. Raises what it raises."""

    @contextmanager
    def settings():
        yield database

    monkeypatch.setattr(registry_updates, "ready_settings", settings)
    # A line of the table is one line, whatever this process writes to.
    monkeypatch.setattr(context.console, "width", 200)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(registry_updates.updates, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return run


def line_of(output: str, school: str) -> str:
    (line,) = (line for line in output.splitlines() if f" {school} " in line)
    return line


def refused(code: str, act, *arguments: str) -> None:
    with pytest.raises(OperatorError) as raised:
        act(*arguments)
    assert raised.value.code == code


def test_what_waits_is_listed_with_what_it_lacks(emis):
    shown = emis("list")
    assert "approved at Central; needs building_code, directorate_code" in line_of(shown, "N1")
    assert "renamed session" in line_of(shown, "S2")
    assert "ends name_ckb, name_en" in line_of(shown, "S2")
    assert "أحمد علي" in line_of(shown, "S2")


def test_an_answer_changes_the_registry_at_once_and_is_signed(emis, numbers, engine):
    refused("update-incomplete", emis, "approve", numbers["N1"], "--by", "A. Hasan")
    refused("update-unsigned", emis, "approve", numbers["N1"], "--by", " ", *GIVEN)
    said = emis("approve", numbers["N1"], "--by", "A. Hasan", *GIVEN)
    assert said == f"update {numbers['N1']} is approved\n"
    with engine.connect() as connection:
        name = connection.execute(
            sa.text("SELECT name_ar FROM emis.school WHERE school_code = 'N1'")
        ).scalar_one()
        trail = connection.execute(sa.text("SELECT actor, action, subject FROM ops.audit_trail"))
        assert [tuple(row) for row in trail] == [("A. Hasan", "school_update_approved", "N1")]
    assert name == "مدرسة الأمل الجديدة"
    assert " N1 " not in emis("list")
    assert "A. Hasan" in line_of(emis("list", "--all"), "N1")
    refused("update-decided", emis, "refuse", numbers["N1"], "--by", "B", "--reason", "no")


def test_whatever_an_officer_gives_on_the_page_is_an_option():
    assert set(registry_updates.GIVEN_OPTIONS.values()) == set(ASKED)


def test_a_day_to_come_is_said(emis, numbers):
    assert "its day is to come" in emis("approve", numbers["S4"], "--by", "A. Hasan")
    assert "waiting" in line_of(emis("list"), "S4")


def test_a_refusal_needs_a_reason_and_keeps_it(emis, numbers):
    refused("update-unsigned", emis, "refuse", numbers["S2"], "--by", "B", "--reason", " ")
    emis("refuse", numbers["S2"], "--by", "B. Ali", "--reason", "no order")
    assert "B. Ali: no order" in line_of(emis("list", "--all"), "S2")


def test_an_update_that_is_not_there_is_told(emis):
    refused("update-unknown", emis, "approve", "999999", "--by", "A. Hasan")
