"""Indicator values: written for schools by the indicators' own SELECTs, summed up the trees.

In: the registry, facts, one SELECT an indicator. Out: stats.indicator_value for one school year.
Promised: the value of an area or directorate is the sum of its schools' numerators and of their
denominators; a value that nobody stands behind any more is gone; what did not change is not
written. One writer a year: `lock_year` is held to the end of the transaction.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from processing.db.queries.registry import schools_of_year_sql
from processing.db.queries.returns import STAGE_WORK_MEM

YEAR_LOCK = 0x53544154  # "STAT", with the year as the second key


def lock_year(connection: sa.Connection, school_year: int) -> None:
    """Wait until nobody else writes this year: sums of two halves would miss each other."""
    connection.execute(
        sa.text("SELECT pg_advisory_xact_lock(:key, :year)"),
        {"key": YEAR_LOCK, "year": school_year},
    )


def load_schools(
    connection: sa.Connection, school_year: int, school_codes: Iterable[str] | None
) -> int:
    """Fill `school_now`, the schools registered for the year, and `school_level` for those due.

    is_due: whose values are to be made anew; None: all of them. How many are due.
    """
    codes = None if school_codes is None else sorted(set(school_codes))
    work_mem = f"SET LOCAL work_mem = '{STAGE_WORK_MEM}'"
    for statement in work_mem, SCHOOL_TABLES_SQL, "TRUNCATE school_now, school_level":
        connection.execute(sa.text(statement))
    values = {"school_year": school_year, "school_codes": codes}
    connection.execute(sa.text(FILL_SCHOOLS_SQL), values)
    connection.execute(sa.text("ANALYZE school_now"))
    connection.execute(sa.text(FILL_LEVELS_SQL))
    connection.execute(sa.text("ANALYZE school_level"))
    count = connection.execute(sa.text("SELECT count(*) FROM school_now WHERE is_due"))
    return count.scalar_one()


def clear_school_values(connection: sa.Connection, school_year: int) -> None:
    """Forget the values of the schools due, and of schools that the registry has forgotten."""
    connection.execute(sa.text(CLEAR_SQL), {"school_year": school_year})


def save_school_values(
    connection: sa.Connection, indicator: str, select: str, school_year: int, now: datetime
) -> int:
    """Run one indicator's SELECT for the schools due; values written."""
    values = {"indicator": indicator, "school_year": school_year, "now": now}
    return connection.execute(sa.text(SAVE_SQL.format(select=select)), values).rowcount


def sum_up(
    connection: sa.Connection,
    school_year: int,
    derived: Mapping[str, tuple[str, tuple[str, str]]],
    now: datetime,
) -> int:
    """District, governorate, nation and directorates from the schools; values that changed.

    derived: indicator -> (its base, SQL of numerator and denominator over the base's sums).
    """
    values = {"school_year": school_year, "now": now, "derived": list(derived)}

    def run(sql: str) -> int:
        return connection.execute(sa.text(sql), values).rowcount

    run(SUM_TABLES_SQL)
    run("TRUNCATE leaf_sum, unit_sum")
    # Right after a load the planner takes the millions of rows for a few and would sort them on
    # disk; only the tables' owner may correct its statistics.
    run("SET LOCAL enable_sort = off")
    run(LEAF_SUM_SQL)
    run("SET LOCAL enable_sort = on")
    run("ANALYZE leaf_sum")
    run(UNIT_SUM_SQL)
    for indicator, (base, (numerator, denominator)) in derived.items():
        formula = {"indicator": indicator, "base": base}
        sql = DERIVE_SQL.format(numerator=numerator, denominator=denominator)
        connection.execute(sa.text(sql), formula)
    run("ANALYZE unit_sum")
    return run(DROP_UNITS_SQL) + run(SAVE_UNITS_SQL)


def derive_school_values(
    connection: sa.Connection,
    indicator: str,
    base: str,
    formula: tuple[str, str],
    school_year: int,
    now: datetime,
) -> int:
    """The derived indicator of the schools due, from their values of its base."""
    sql = DERIVE_SCHOOLS_SQL.format(numerator=formula[0], denominator=formula[1])
    values = {"indicator": indicator, "base": base, "school_year": school_year, "now": now}
    return connection.execute(sa.text(sql), values).rowcount


def list_years_with_facts(connection: sa.Connection) -> list[int]:
    """School years for which any school counts, or once had values."""
    return list(connection.execute(sa.text(YEARS_SQL)).scalars())


def list_values(
    connection: sa.Connection,
    indicator: str,
    school_year: int,
    unit_level: str,
    breakdown: str = "",
) -> list[sa.RowMapping]:
    """unit_code, numerator, denominator, school_count of every unit of a level."""
    values = {
        "indicator": indicator, "school_year": school_year,
        "unit_level": unit_level, "breakdown": breakdown,
    }  # fmt: skip
    return list(connection.execute(sa.text(LIST_SQL), values).mappings())


SCHOOL_TABLES_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS school_now (
  school_code text PRIMARY KEY,
  building_code text NOT NULL,
  area_code text NOT NULL,
  directorate_code text NOT NULL,
  level_code text NOT NULL,
  lowest_grade smallint NOT NULL,
  highest_grade smallint NOT NULL,
  sex_code text NOT NULL,
  ownership_code text NOT NULL,
  schools_in_building bigint NOT NULL,
  is_due boolean NOT NULL
) ON COMMIT DROP;
CREATE TEMPORARY TABLE IF NOT EXISTS school_level (
  school_code text NOT NULL,
  level text NOT NULL,
  PRIMARY KEY (school_code, level)
) ON COMMIT DROP
"""

FILL_SCHOOLS_SQL = f"""
INSERT INTO school_now
SELECT y.school_code, y.building_code, y.area_code, y.directorate_code, y.level_code,
  y.lowest_grade, y.highest_grade, y.sex_code, y.ownership_code,
  count(*) FILTER (WHERE y.is_open) OVER (PARTITION BY y.building_code),
  CAST(:school_codes AS text[]) IS NULL OR y.school_code = ANY(CAST(:school_codes AS text[]))
FROM ({schools_of_year_sql(":school_year")}) y
"""

# The levels that a school teaches, by the registry's grades.
FILL_LEVELS_SQL = """
INSERT INTO school_level
SELECT DISTINCT s.school_code,
  CASE WHEN l.level = 'preparatory' AND s.level_code IN ('vocational', 'institute')
    THEN s.level_code ELSE l.level END
FROM school_now s
JOIN (VALUES ('kindergarten', -2, 0), ('primary', 1, 6), ('intermediate', 7, 9),
  ('preparatory', 10, 14)) AS l(level, lowest, highest)
  ON s.lowest_grade <= l.highest AND s.highest_grade >= l.lowest
WHERE s.is_due
"""

CLEAR_SQL = """
DELETE FROM stats.indicator_value v
WHERE v.school_year = :school_year AND v.unit_level = 'school'
  AND NOT EXISTS (SELECT FROM school_now s WHERE s.school_code = v.unit_code AND NOT s.is_due)
"""

# In the order of the index: two million rows in any other order take twice as long.
SAVE_SQL = """
INSERT INTO stats.indicator_value (indicator, school_year, unit_level, unit_code, breakdown,
  numerator, denominator, school_count, computed_at)
SELECT :indicator, :school_year, 'school', figure.school_code, figure.breakdown,
  figure.numerator, figure.denominator, 1, :now
FROM ({select}) AS figure
ORDER BY figure.school_code, figure.breakdown
"""

DERIVE_SCHOOLS_SQL = """
INSERT INTO stats.indicator_value (indicator, school_year, unit_level, unit_code, breakdown,
  numerator, denominator, school_count, computed_at)
SELECT :indicator, v.school_year, v.unit_level, v.unit_code, v.breakdown,
  {numerator}, {denominator}, v.school_count, :now
FROM stats.indicator_value v
JOIN school_now s ON s.school_code = v.unit_code AND s.is_due
WHERE v.indicator = :base AND v.school_year = :school_year AND v.unit_level = 'school'
"""

SUM_TABLES_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS leaf_sum (
  indicator text, breakdown text, area_code text, directorate_code text,
  numerator numeric, denominator numeric, school_count bigint
) ON COMMIT DROP;
CREATE TEMPORARY TABLE IF NOT EXISTS unit_sum (
  indicator text, unit_level text, unit_code text, breakdown text,
  numerator numeric, denominator numeric, school_count bigint,
  PRIMARY KEY (indicator, unit_level, unit_code, breakdown)
) ON COMMIT DROP
"""

LEAF_SUM_SQL = """
INSERT INTO leaf_sum
SELECT v.indicator, v.breakdown, s.area_code, s.directorate_code,
  sum(v.numerator), sum(v.denominator), count(*)
FROM stats.indicator_value v JOIN school_now s ON s.school_code = v.unit_code
WHERE v.school_year = :school_year AND v.unit_level = 'school'
  AND NOT (v.indicator = ANY(CAST(:derived AS text[])))
GROUP BY v.indicator, v.breakdown, s.area_code, s.directorate_code
"""

# Two trees, each climbed from where the school hangs: neither is derived from the other.
UNIT_SUM_SQL = """
WITH RECURSIVE area_above AS (
  SELECT area_code AS leaf, area_code, area_level, parent_code FROM emis.area
  UNION ALL
  SELECT b.leaf, a.area_code, a.area_level, a.parent_code
  FROM area_above b JOIN emis.area a ON a.area_code = b.parent_code
), directorate_above AS (
  SELECT directorate_code AS leaf, directorate_code, parent_code FROM emis.directorate
  UNION ALL
  SELECT b.leaf, d.directorate_code, d.parent_code
  FROM directorate_above b JOIN emis.directorate d ON d.directorate_code = b.parent_code
)
INSERT INTO unit_sum
SELECT l.indicator, a.area_level, a.area_code, l.breakdown,
  sum(l.numerator), sum(l.denominator), sum(l.school_count)
FROM leaf_sum l JOIN area_above a ON a.leaf = l.area_code
GROUP BY l.indicator, a.area_level, a.area_code, l.breakdown
UNION ALL
SELECT l.indicator, 'directorate', d.directorate_code, l.breakdown,
  sum(l.numerator), sum(l.denominator), sum(l.school_count)
FROM leaf_sum l JOIN directorate_above d ON d.leaf = l.directorate_code
GROUP BY l.indicator, d.directorate_code, l.breakdown
"""

DERIVE_SQL = """
INSERT INTO unit_sum
SELECT :indicator, unit_level, unit_code, breakdown, {numerator}, {denominator}, school_count
FROM unit_sum WHERE indicator = :base
"""

DROP_UNITS_SQL = """
DELETE FROM stats.indicator_value v
WHERE v.school_year = :school_year AND v.unit_level <> 'school'
  AND NOT EXISTS (SELECT FROM unit_sum u WHERE u.indicator = v.indicator
    AND u.unit_level = v.unit_level AND u.unit_code = v.unit_code AND u.breakdown = v.breakdown)
"""

SAVE_UNITS_SQL = """
INSERT INTO stats.indicator_value AS v (indicator, school_year, unit_level, unit_code, breakdown,
  numerator, denominator, school_count, computed_at)
SELECT indicator, :school_year, unit_level, unit_code, breakdown,
  numerator, denominator, school_count, :now
FROM unit_sum
ON CONFLICT (indicator, school_year, unit_level, unit_code, breakdown) DO UPDATE
SET numerator = EXCLUDED.numerator, denominator = EXCLUDED.denominator,
  school_count = EXCLUDED.school_count, computed_at = EXCLUDED.computed_at
WHERE (v.numerator, v.denominator, v.school_count)
  IS DISTINCT FROM (EXCLUDED.numerator, EXCLUDED.denominator, EXCLUDED.school_count)
"""

YEARS_SQL = """
SELECT school_year FROM emis.school_return
UNION SELECT school_year FROM stats.indicator_value ORDER BY 1
"""

LIST_SQL = """
SELECT unit_code, numerator, denominator, school_count FROM stats.indicator_value
WHERE indicator = :indicator AND school_year = :school_year AND unit_level = :unit_level
  AND breakdown = :breakdown
ORDER BY unit_code
"""
