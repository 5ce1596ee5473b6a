"""Pieces of SQL that indicators share: who is due, at which level, broken down by what."""

# Grades to levels as Iraq's structure has them; a basic school teaches two of them. Vocational
# schools and institutes are levels of their own beside preparatory.
GRADE_LEVEL = """CASE
    WHEN e.grade <= 0 THEN 'kindergarten' WHEN e.grade <= 6 THEN 'primary'
    WHEN e.grade <= 9 THEN 'intermediate'
    WHEN s.level_code IN ('vocational', 'institute') THEN s.level_code
    ELSE 'preparatory' END"""

DUE_PUPILS = """
  FROM school_now s
  JOIN emis.enrolment e ON e.school_code = s.school_code AND e.school_year = :school_year
  WHERE s.is_due"""

DUE_AGES = """
  FROM school_now s
  JOIN emis.enrolment_by_age e ON e.school_code = s.school_code AND e.school_year = :school_year
  WHERE s.is_due"""


def by_level_and_sex(numerator: str, denominator: str, rows: str = DUE_PUPILS) -> str:
    """Sums of a school over rows `s`, `e`: in all, by level, by sex, by both."""
    return _grouped(numerator, denominator, rows, "(), (level), (sex), (level, sex)")


def by_level(numerator: str, denominator: str, rows: str = DUE_PUPILS) -> str:
    """Sums of a school over rows `s`, `e`: in all, and by level."""
    return _grouped(numerator, denominator, rows, "(), (level)")


def by_sex(numerator: str, denominator: str, rows: str = DUE_PUPILS) -> str:
    """Sums of a school over rows `s`, `e`: in all, and by sex."""
    return _grouped(numerator, denominator, rows, "(), (sex)")


def by_level_taught(numerator: str, denominator: str, rows: str) -> str:
    """One figure a school from rows `s` ..., once in all and once for each level that it teaches.

    The levels do not add up to the total: a school that teaches two levels is one school.
    """
    figure = f"SELECT s.school_code, {numerator} AS numerator, {denominator} AS denominator {rows}"
    return f"""
WITH figure AS MATERIALIZED ({figure})
SELECT school_code, '' AS breakdown, numerator, denominator FROM figure
UNION ALL
SELECT school_code, 'level=' || level, numerator, denominator
FROM figure JOIN school_level USING (school_code)"""


def _grouped(numerator: str, denominator: str, rows: str, sets: str) -> str:
    # One column each, so that a set can name it; the reader of `numerator` sees rows `s` and `e`.
    return f"""
SELECT school_code, {_breakdown(sets)} AS breakdown,
  sum(numerator) AS numerator, sum(denominator) AS denominator
FROM (
  SELECT s.school_code, {GRADE_LEVEL} AS level, e.sex_code AS sex,
    {numerator} AS numerator, {denominator} AS denominator
  {rows}
) each_row
GROUP BY school_code, GROUPING SETS ({sets})"""


def _breakdown(sets: str) -> str:
    keys = [key for key in ("level", "sex") if key in sets]
    parts = (f"CASE WHEN grouping({key}) = 0 THEN '{key}=' || {key} END" for key in keys)
    return f"concat_ws(';', {', '.join(parts)})"
