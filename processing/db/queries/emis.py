"""From returns to facts: which return counts, and what it says, replaced by slice.

In: `slice_now`, `submission_now`, the issues of `quality`, the registry. Out: emis.school_return,
and the facts of the schools and years touched. Promised: a school whose slice has no return that
counts keeps no facts; the same input twice gives the same rows.

The return of a slice is, among the live ones: without an open blocking issue before with one,
approved before not, then the newest. One with a blocking issue is known as received, but gives
no facts. Where two rounds of a form fall in one school year, the facts follow the same order.
"""

import sqlalchemy as sa

from processing.db.queries.emis_facts import (
    AGE_FACTS_SQL,
    ENROLMENT_FACTS_SQL,
    FACILITY_FACTS_SQL,
    SECTION_FACTS_SQL,
    SESSION_FACTS_SQL,
)
from processing.db.queries.registry import school_in_year_sql
from processing.db.queries.returns import (
    FACILITY,
    GRADE_ROW,
    Source,
    SurveyColumns,
    source_sql,
)

FACTS_LOCK = 0x46414354  # "FACT", with the number of a group of schools as the second key
LOCK_GROUPS = 64
# A lock for each of thousands of schools would fill the server's table of locks.

CENSUS_FACTS = {
    "enrolment": ENROLMENT_FACTS_SQL,
    "enrolment_by_age": AGE_FACTS_SQL,
    "grade_section": SECTION_FACTS_SQL,
}


def replace_returns(connection: sa.Connection) -> int:
    """emis.school_return of the slices now; how many there are.

    Fills `touched_now(form_id, school_code, school_year)`: whose facts are to be made anew.
    """
    for statement in TOUCHED_TABLE_SQL, "TRUNCATE touched_now", DROP_RETURNS_SQL:
        connection.execute(sa.text(statement))
    count = connection.execute(sa.text(SAVE_RETURNS_SQL)).rowcount
    connection.execute(sa.text("ANALYZE touched_now"))
    return count


def touch_buildings(connection: sa.Connection) -> None:
    """Add to `touched_now` the schools that share a building with one whose facilities may change.

    Fills `school_touched`, the schools as they were in the year.
    """
    connection.execute(sa.text(SCHOOL_TABLE_SQL))
    connection.execute(sa.text("TRUNCATE school_touched"))
    connection.execute(sa.text(FILL_SCHOOLS_SQL))
    connection.execute(sa.text("ANALYZE school_touched"))
    connection.execute(sa.text(TOUCH_MATES_SQL))
    connection.execute(sa.text("ANALYZE touched_now"))


def lock_schools(connection: sa.Connection) -> None:
    """Wait until nobody else makes facts of these schools: two would write the same building.

    Held to the end of the transaction; what the other has committed by then is seen.
    """
    connection.execute(sa.text(LOCK_SQL), {"key": FACTS_LOCK, "groups": LOCK_GROUPS})


def choose_returns(connection: sa.Connection) -> None:
    """Fill `return_now`: the one return a form, school and year (and month) with the facts."""
    for statement in RETURN_TABLE_SQL, "TRUNCATE return_now", FILL_RETURN_SQL, ADD_SUBMISSIONS_SQL:
        connection.execute(sa.text(statement))
    connection.execute(sa.text("ANALYZE return_now"))
    connection.execute(sa.text("ANALYZE submission_now"))


def replace_census_facts(connection: sa.Connection, columns: SurveyColumns) -> int:
    """Enrolment, enrolment by age and sections of the schools touched; rows written."""
    count = 0
    for table, facts in CENSUS_FACTS.items():
        connection.execute(sa.text(DROP_CENSUS_SQL.format(table=table)))
        count += _write(connection, table, facts, GRADE_ROW, columns)
    return count


def replace_facility_facts(connection: sa.Connection, columns: SurveyColumns) -> int:
    """The buildings' facilities and the schools' sessions in them; rows written."""
    connection.execute(sa.text(DROP_SESSIONS_SQL))
    connection.execute(sa.text(DROP_FACILITIES_SQL))
    return _write(connection, "facility", FACILITY_FACTS_SQL, FACILITY, columns) + _write(
        connection, "facility_session", SESSION_FACTS_SQL, FACILITY, columns
    )


def list_touched(connection: sa.Connection) -> list[tuple[str, int]]:
    """(school_code, school_year) of every school whose facts were made anew."""
    rows = connection.execute(
        sa.text("SELECT DISTINCT school_code, school_year FROM touched_now ORDER BY 1, 2")
    )
    return [(school, year) for school, year in rows]


def _write(
    connection: sa.Connection, table: str, facts: str, source: Source, columns: SurveyColumns
) -> int:
    statement = f"WITH {source_sql(source, columns)}\nINSERT INTO emis.{table} {facts}"
    return connection.execute(sa.text(statement)).rowcount


TOUCHED_TABLE_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS touched_now (
  form_id text NOT NULL,
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  PRIMARY KEY (form_id, school_code, school_year)
) ON COMMIT DROP
"""

DROP_RETURNS_SQL = """
WITH dropped AS (
  DELETE FROM emis.school_return r USING slice_now n
  WHERE r.form_id = n.form_id AND r.school_code = n.school_code AND r.period = n.period
  RETURNING r.form_id, r.school_code, r.school_year
)
INSERT INTO touched_now SELECT DISTINCT form_id, school_code, school_year FROM dropped
"""

SAVE_RETURNS_SQL = """
WITH saved AS (
  INSERT INTO emis.school_return (form_id, school_code, period, school_year, form_key,
    instance_id, received_at, review_state, has_blocking_issue)
  SELECT DISTINCT ON (s.form_id, s.school_code, s.period)
    s.form_id, s.school_code, s.period, r.school_year, s.form_key, s.instance_id,
    s.submission_date, s.review_state, b.instance_id IS NOT NULL
  FROM submission_now s
  JOIN emis.round r ON r.round_code = s.period AND r.form_id = s.form_id
  LEFT JOIN (
    SELECT DISTINCT i.form_key, i.instance_id
    FROM quality.issue i JOIN submission_now USING (form_key, instance_id)
    WHERE i.severity = 'blocking' AND i.state IN ('open', 'sent_back')
  ) b ON b.form_key = s.form_key AND b.instance_id = s.instance_id
  WHERE s.is_live
    AND EXISTS (SELECT FROM emis.school_history h WHERE h.school_code = s.school_code)
  ORDER BY s.form_id, s.school_code, s.period, b.instance_id IS NOT NULL,
    (s.review_state = 'approved') IS TRUE DESC, s.submission_date DESC, s.instance_id DESC
  RETURNING form_id, school_code, school_year
), touched AS (
  INSERT INTO touched_now SELECT DISTINCT form_id, school_code, school_year FROM saved
  ON CONFLICT DO NOTHING
)
SELECT form_id FROM saved
"""

SCHOOL_TABLE_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS school_touched (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  building_code text NOT NULL,
  building_role_code text NOT NULL,
  PRIMARY KEY (school_code, school_year)
) ON COMMIT DROP
"""

# Everyone who was ever in a building of a school that sent its facilities; then as in that year.
FILL_SCHOOLS_SQL = f"""
WITH building_touched AS (
  SELECT DISTINCT h.building_code, t.school_year
  FROM touched_now t JOIN emis.school_history h USING (school_code)
  WHERE t.form_id = 'facility_return'
), pair AS (
  SELECT DISTINCT h.school_code, b.school_year
  FROM building_touched b JOIN emis.school_history h USING (building_code)
)
INSERT INTO school_touched
SELECT y.school_code, y.school_year, y.building_code, y.building_role_code
FROM ({school_in_year_sql("pair")}) y
"""

TOUCH_MATES_SQL = """
INSERT INTO touched_now
SELECT 'facility_return', school_code, school_year FROM school_touched
ON CONFLICT DO NOTHING
"""

# Always in the same order, so that no two wait for each other.
LOCK_SQL = """
SELECT pg_advisory_xact_lock(:key, school_group) FROM (
  SELECT DISTINCT abs(hashtext(school_code) % :groups) AS school_group FROM touched_now ORDER BY 1
) ordered
"""

RETURN_TABLE_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS return_now (
  form_id text NOT NULL,
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  received_at timestamptz NOT NULL,
  period text NOT NULL,
  PRIMARY KEY (form_id, school_code, school_year, period)
) ON COMMIT DROP
"""

# Of two rounds of a form in a year one gives the facts; a year has many months.
FILL_RETURN_SQL = """
INSERT INTO return_now
SELECT DISTINCT ON (r.form_id, r.school_code, r.school_year, m.month)
  r.form_id, r.school_code, r.school_year, r.form_key, r.instance_id, r.received_at, r.period
FROM touched_now t
JOIN emis.school_return r USING (form_id, school_code, school_year)
LEFT JOIN LATERAL (
  SELECT date_trunc('month', o.reference_date) AS month FROM emis.round o
  WHERE o.round_code = r.period AND r.form_id = 'monthly_return'
) m ON true
WHERE NOT r.has_blocking_issue
ORDER BY r.form_id, r.school_code, r.school_year, m.month,
  (r.review_state = 'approved') IS TRUE DESC, r.received_at DESC, r.instance_id DESC
"""

# A return that counts may be one of another round, or of another school of the building.
ADD_SUBMISSIONS_SQL = """
INSERT INTO submission_now
SELECT s.form_key, s.instance_id, r.form_id, s.school_code, s.period, s.submission_date,
  s.review_state, true
FROM return_now r JOIN raw.submission s USING (form_key, instance_id)
ON CONFLICT DO NOTHING
"""

DROP_CENSUS_SQL = """
DELETE FROM emis.{table} f USING touched_now t
WHERE t.form_id = 'school_census'
  AND f.school_code = t.school_code AND f.school_year = t.school_year
"""

DROP_SESSIONS_SQL = """
DELETE FROM emis.facility_session f USING touched_now t
WHERE t.form_id = 'facility_return'
  AND f.school_code = t.school_code AND f.school_year = t.school_year
"""

# By who answered as well: the school may have left the building since.
DROP_FACILITIES_SQL = """
DELETE FROM emis.facility f
WHERE (f.building_code, f.school_year) IN (
    SELECT building_code, school_year FROM school_touched)
  OR (f.answered_by_school_code, f.school_year) IN (
    SELECT school_code, school_year FROM touched_now WHERE form_id = 'facility_return')
"""
