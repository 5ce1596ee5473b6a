"""What is logged of a fault: where and what, and nothing that a school has answered."""

import logging
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from processing.command.context import start_logging
from processing.db.engine import open_engine

TABLE = "CREATE TEMPORARY TABLE told (name text UNIQUE CHECK (length(name) < 20), number integer)"


@contextmanager
def logging_as(settings):
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    start_logging(settings, "INFO")
    try:
        yield logging.getLogger("emis.test")
    finally:
        root.handlers[:] = before
        root.setLevel(level)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("Huda\nKarim, of this school", 1)], "violates check constraint"),
        ([("Huda Karim", 1), ("Huda Karim", 2)], "duplicate key value"),
        ([("Huda Karim", "x")], "invalid input syntax"),
    ],
)
def test_a_row_that_the_database_refuses_is_not_in_the_log(database, capsys, rows, said):
    engine = open_engine(database, "worker")
    with engine.connect() as connection, connection.begin() as transaction:
        connection.exec_driver_sql(TABLE)
        try:
            for name, number in rows:
                values = {"name": name, "number": number}
                connection.execute(sa.text("INSERT INTO told VALUES (:name, :number)"), values)
        except SQLAlchemyError as error:
            with logging_as(database) as log:
                log.error("stage %s", "normalize", exc_info=error)
        transaction.rollback()
    engine.dispose()
    shown = capsys.readouterr().err
    assert "stage normalize" in shown
    assert "INSERT INTO told" in shown
    assert said in shown
    assert "Karim" not in shown
