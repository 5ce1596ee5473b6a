"""All the slices there are, for rebuilds."""

import sqlalchemy as sa

from processing.db.slices import Slice


def list_all_slices(connection: sa.Connection, stage: str) -> list[Slice]:
    """Every slice that a stage can work on: returns, or for indicators schools and years."""
    statement = YEARS_SQL if stage == "indicators" else RETURNS_SQL
    return [Slice(*row) for row in connection.execute(sa.text(statement))]


RETURNS_SQL = """
SELECT DISTINCT form_id, coalesce(school_code, ''), period
FROM raw.submission JOIN raw.form USING (form_key)
UNION
SELECT form_id, school_code, period FROM emis.school_return
ORDER BY 1, 2, 3
"""

YEARS_SQL = """
SELECT DISTINCT '', school_code, CAST(school_year AS text) FROM emis.school_return
UNION
SELECT DISTINCT '', unit_code, CAST(school_year AS text) FROM stats.indicator_value
WHERE unit_level = 'school'
"""
