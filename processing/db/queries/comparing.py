"""Typed rows as they should be, held against those of `survey` by the database itself.

The expected rows go into temporary tables of the same types, so that two ways of writing one
number or one moment are no difference.
"""

import sqlalchemy as sa

from processing.db.queries.copying import copy_lines
from processing.db.queries.survey import KEY, quoted


def load_expected(
    connection: sa.Connection, number: int, part: str, columns: list[str], lines: list[str]
) -> None:
    """The expected rows of survey.<part>, as table `number`; the lines follow the columns."""
    table = _expected(number)
    _run(connection, f"DROP TABLE IF EXISTS {table}")
    names = ", ".join(columns)
    _run(
        connection,
        f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS"
        f" SELECT {names} FROM survey.{quoted(part)} WITH NO DATA",
    )
    copy_lines(connection, table, columns, lines)


def list_differing(
    connection: sa.Connection,
    number: int,
    part: str,
    columns: list[str],
    form_key: int,
    instance_ids: list[str],
) -> set[str]:
    """The submissions whose rows of survey.<part> are not those of table `number`."""
    names = ", ".join(columns)
    expected = f"SELECT {names} FROM {_expected(number)}"
    actual = (
        f"SELECT {names} FROM survey.{quoted(part)}"
        " WHERE form_key = %(form_key)s AND instance_id = ANY(%(ids)s)"
    )
    statement = (
        f"SELECT DISTINCT {KEY[1]} FROM (({expected} EXCEPT ALL {actual})"
        f" UNION ALL ({actual} EXCEPT ALL {expected})) differing"
    )
    with connection.connection.cursor() as cursor:
        cursor.execute(statement, {"form_key": form_key, "ids": instance_ids})
        return {row[0] for row in cursor.fetchall()}


def _expected(number: int) -> str:
    return f"expected_{number}"


def _run(connection: sa.Connection, statement: str) -> None:
    with connection.connection.cursor() as cursor:
        cursor.execute(statement)
