"""A connection whose work is undone, and short ways to look at what has landed."""

import pytest
import sqlalchemy as sa

from processing.db.engine import open_engine


@pytest.fixture
def connection(database):
    """A worker's connection; what the test writes is rolled back."""
    engine = open_engine(database, "worker")
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(
            sa.text(
                "INSERT INTO quality.rule (rule, severity, message_ar, message_ckb, message_en)"
                " SELECT rule, 'error', '-', '-', '-' FROM unnest(ARRAY['value_fits_its_type',"
                " 'digits_are_western', 'number_is_trimmed']) AS rule ON CONFLICT DO NOTHING"
            )
        )
        yield connection
        transaction.rollback()
    engine.dispose()


@pytest.fixture
def rows_of(connection):
    """Rows of a statement as plain tuples."""

    def rows(statement: str, **values) -> list[tuple]:
        return [tuple(row) for row in connection.execute(sa.text(statement), values)]

    return rows
