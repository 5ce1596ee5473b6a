"""Slices: the unit that every stage takes, replaces and marks.

A slice is what one school owes for one period with one form. Submissions whose school the
registry does not know share the slice with an empty school code, "unassigned".
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

UNASSIGNED = ""


@dataclass(frozen=True, order=True)
class Slice:
    """form_id x school x period; period = a round or a month, as answered in the form."""

    form_id: str
    school_code: str = UNASSIGNED
    period: str = ""


def load_slices(connection: sa.Connection, slices: Iterable[Slice]) -> int:
    """Fill the temporary table `slice_now(form_id, school_code, period)` for set-based SQL.

    The table lasts until the end of the transaction. Returns the number of distinct slices.
    """
    rows = sorted(set(slices))
    connection.execute(sa.text(CREATE_SQL))
    connection.execute(sa.text("TRUNCATE slice_now"))
    connection.execute(
        sa.text(
            "INSERT INTO slice_now SELECT * FROM unnest(CAST(:form_ids AS text[]),"
            " CAST(:school_codes AS text[]), CAST(:periods AS text[]))"
        ),
        {
            "form_ids": [row.form_id for row in rows],
            "school_codes": [row.school_code for row in rows],
            "periods": [row.period for row in rows],
        },
    )
    connection.execute(sa.text("ANALYZE slice_now"))
    return len(rows)


CREATE_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS slice_now (
  form_id text NOT NULL,
  school_code text NOT NULL,
  period text NOT NULL,
  PRIMARY KEY (form_id, school_code, period)
) ON COMMIT DROP
"""
