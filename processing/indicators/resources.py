"""Indicators of what pupils share: sections, rooms, toilets, the building itself."""

from processing.indicators.catalogue import indicator
from processing.indicators.fragments import by_level, by_level_taught

SCHOOL_PUPILS = """
  JOIN LATERAL (
    SELECT sum(e.pupil_count) AS pupils FROM emis.enrolment e
    WHERE e.school_code = s.school_code AND e.school_year = :school_year
  ) p ON p.pupils IS NOT NULL"""


@indicator
def pupils_per_section() -> str:
    """Grade by grade, for schools that stated sections; a combined grade adds pupils alone."""
    rows = """
  FROM school_now s
  JOIN (
    SELECT e.school_code, e.grade, sum(e.pupil_count) AS pupils,
      max(g.section_count) AS sections, NULL AS sex_code
    FROM emis.enrolment e
    JOIN emis.grade_section g USING (school_code, school_year, grade)
    WHERE e.school_year = :school_year
    GROUP BY e.school_code, e.grade
  ) e USING (school_code)
  WHERE s.is_due"""
    return by_level("e.pupils", "e.sections", rows)


@indicator
def pupils_per_classroom() -> str:
    """Rooms are those that the school uses in its session, so shifts do not count them twice."""
    return f"""
SELECT s.school_code, '' AS breakdown, p.pupils AS numerator, f.classroom_used_count AS denominator
FROM school_now s
JOIN emis.facility_session f ON f.school_code = s.school_code AND f.school_year = :school_year
{SCHOOL_PUPILS}
WHERE s.is_due AND f.classroom_used_count > 0"""


@indicator
def pupils_per_usable_toilet() -> str:
    """A school of a building without a usable toilet counts with its pupils and none."""
    usable = (
        "f.toilet_girls_usable_count + f.toilet_boys_usable_count + f.toilet_common_usable_count"
    )
    return f"""
SELECT s.school_code, '' AS breakdown, p.pupils AS numerator, t.usable AS denominator
FROM school_now s
JOIN emis.facility f ON f.building_code = s.building_code AND f.school_year = :school_year
{SCHOOL_PUPILS}
CROSS JOIN LATERAL (
  SELECT CASE WHEN f.toilet_type_code = 'none' THEN 0 ELSE {usable} END AS usable) t
WHERE s.is_due AND t.usable IS NOT NULL"""


@indicator
def share_double_shift() -> str:
    """Among schools that sent the census; the registry knows who shares a building."""
    return by_level_taught(
        "(s.schools_in_building >= 2)::integer",
        "1",
        """FROM school_now s WHERE s.is_due AND EXISTS (
      SELECT FROM emis.enrolment e
      WHERE e.school_code = s.school_code AND e.school_year = :school_year)""",
    )
