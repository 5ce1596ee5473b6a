"""Rows for the entity list `rounds`; every value is text."""

import sqlalchemy as sa

from config.entity_lists import ASKED
from processing.db.queries.entity_rows import Rows, text_rows
from processing.db.queries.rounds import HAS_OPENED, LAST_DAY, takes_sql


def list_round_rows(connection: sa.Connection) -> Rows:
    """The rounds of this school year and the last, as rows of the list `rounds`, each with whom it
    asks: the ministries of which schools may owe it, or the general directorates if it asks some
    alone, as long as these are not more than the list has room for.

    One that was closed early says so in its label.

    Planned rounds are there too: a tablet without network on the opening day has its round. Closed
    rounds stay until the school year after: a return of one that is opened again on the tablet, to
    be corrected, reads its dates and its school year there.
    """
    return text_rows(connection, ROUNDS_SQL)


def _round_name(column: str, closed: str, other_ministry: str) -> str:
    return f"""CASE WHEN r.ministry_code IS DISTINCT FROM '{other_ministry}' THEN
  r.{column} || CASE WHEN c.round_code IS NULL THEN '' ELSE ' ({closed})' END END"""


# A list has one label: a round of both ministries is named in both of their languages.
ROUNDS_SQL = f"""
WITH taken AS (
  SELECT r.round_code, array_agg(DISTINCT d.ministry_code) AS ministries,
    array_agg(DISTINCT coalesce(d.parent_code, d.directorate_code)) AS generals
  FROM emis.round r JOIN emis.directorate d ON {takes_sql("r")}
  GROUP BY r.round_code
), asked AS (
  SELECT r.round_code, CASE
    WHEN r.directorate_codes IS NOT NULL AND cardinality(t.generals) <= {len(ASKED)} THEN t.generals
    ELSE coalesce(t.ministries, ARRAY[r.ministry_code]) END AS codes
  FROM emis.round r LEFT JOIN taken t USING (round_code)
)
SELECT concat_ws(' · ', {_round_name("name_ar", "مغلقة", "krg")},
         {_round_name("name_ckb", "داخراوە", "federal")}) AS label,
       r.round_code, r.form_id, r.ministry_code AS ministry, r.school_year, r.reference_date,
       r.opens_on, r.due_on, {LAST_DAY} AS closes_on,
       {", ".join(f"a.codes[{n}] AS {name}" for n, name in enumerate(ASKED, start=1))}
FROM emis.round r JOIN asked a USING (round_code) LEFT JOIN emis.round_closing c USING (round_code)
WHERE r.school_year >= (
  SELECT coalesce(max(r.school_year), 0) - 1 FROM emis.round r WHERE {HAS_OPENED})
ORDER BY r.round_code
"""
