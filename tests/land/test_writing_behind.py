"""Rows are written by a thread while the next are typed: what the caller sees of that."""

import threading

import psycopg2
import pytest
import sqlalchemy as sa

from bridge.changes import IncompleteAnswer
from processing.land import land_changes
from tests.land.factories import NOW, pull, row, schema

SCHEMA = schema("/name string\n/kids repeat\n/kids/age int")
# Several batches: one is a megabyte.
MANY, LONG = 400, "x" * 15_000


def rows(count: int, name: str = LONG) -> list:
    return [row(f"uuid:{number}", name=name, kids=[{"age": number}]) for number in range(count)]


def is_writing() -> bool:
    return any(thread.name == "copy-behind" for thread in threading.enumerate())


def test_all_batches_land_and_nothing_is_left_running(connection, rows_of):
    report = land_changes(connection, pull(*rows(MANY), of=SCHEMA), NOW)
    assert report.added == MANY
    assert not is_writing()
    assert rows_of("SELECT count(*), count(DISTINCT name) FROM survey.small") == [(MANY, 1)]
    assert rows_of("SELECT sum(age) FROM survey.small_kids") == [(sum(range(MANY)),)]


def test_a_row_that_comes_again_in_a_later_batch_counts_as_it_came_last(connection, rows_of):
    changes = pull(*rows(MANY), *rows(MANY, name="again"), of=SCHEMA)
    report = land_changes(connection, changes, NOW)
    assert report.added == MANY
    assert rows_of("SELECT count(*), min(name) FROM survey.small") == [(MANY, "again")]
    assert rows_of("SELECT count(*) FROM survey.small_kids") == [(MANY,)]


def test_a_pull_that_breaks_off_gives_the_connection_back(connection):
    def breaking():
        yield from pull(*rows(MANY), of=SCHEMA)[:-1]
        raise IncompleteAnswer("cut")

    with pytest.raises(IncompleteAnswer), connection.begin_nested():
        land_changes(connection, breaking(), NOW)
    assert not is_writing()
    assert connection.execute(sa.text("SELECT to_regclass('survey.small')")).scalar() is None


def test_what_the_database_refuses_behind_is_raised_where_the_rows_come_from(connection):
    land_changes(connection, pull(row("uuid:1", name="n"), of=SCHEMA), NOW)
    connection.execute(sa.text("ALTER TABLE survey.small ADD CHECK (length(name) < 1000)"))
    with pytest.raises(psycopg2.errors.CheckViolation), connection.begin_nested():
        land_changes(connection, pull(*rows(MANY)), NOW)
    assert not is_writing()
