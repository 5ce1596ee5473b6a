"""COPY: the fast way in, for lines that are already in PostgreSQL's text format."""

import io
from collections.abc import Iterable

import sqlalchemy as sa


def copy_lines(
    connection: sa.Connection, table: str, columns: Iterable[str], lines: list[str]
) -> int:
    """Append `lines` to `table` (already quoted, with its schema). Returns the number of lines."""
    if not lines:
        return 0
    names = ", ".join(columns)
    body = io.StringIO("\n".join(lines) + "\n")
    with connection.connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", body)
    return len(lines)
