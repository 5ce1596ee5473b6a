"""COPY: the fast way in, for lines that are already in PostgreSQL's text format.

Why such large pieces? Each one asks the interpreter for its turn, and a thread that is busy with
rows gives it up 200 times a second, no more.
"""

import io
from collections.abc import Iterable

import sqlalchemy as sa

PIECE_BYTES = 4 * 1024 * 1024


def copy_lines(
    connection: sa.Connection, table: str, columns: Iterable[str], lines: list[str] | list[bytes]
) -> int:
    """Append `lines` to `table` (already quoted, with its schema). Returns the number of lines.

    lines: all text, or all UTF-8.
    """
    if not lines:
        return 0
    names = ", ".join(columns)
    is_text = isinstance(lines[0], str)
    body = io.BytesIO("\n".join([*lines, ""]).encode() if is_text else b"\n".join([*lines, b""]))
    with connection.connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", body, size=PIECE_BYTES)
    return len(lines)
