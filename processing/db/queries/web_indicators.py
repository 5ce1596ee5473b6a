"""Indicator values for the pages, always as numerator and denominator.

In: a scope, a language, an indicator's code, a school year, a unit and a breakdown. Out: rows as
mappings. A reader sees the units in which the scope has a school, and the nation to compare with.
"""

import sqlalchemy as sa

from processing.db.queries.registry import schools_of_year_sql
from processing.db.queries.web_names import list_rows, name_sql, unit_order
from processing.db.queries.web_scope import NATION_CODE, SUBTREE_SQL, Scope

UNIT_KINDS = ("governorate", "directorate", "department", "district")


def list_years(connection: sa.Connection) -> list[int]:
    """School years that have figures, the newest first."""
    # Two ends of an index and a look for each year between: the table holds millions of rows.
    rows = list_rows(
        connection,
        """
        SELECT year AS school_year
        FROM generate_series((SELECT min(school_year)::int FROM stats.indicator_value),
                             (SELECT max(school_year)::int FROM stats.indicator_value)) AS year
        WHERE EXISTS (SELECT FROM stats.indicator_value AS value
                      WHERE value.school_year = year AND value.unit_level = 'nation')
        ORDER BY year DESC""",
    )
    return [row["school_year"] for row in rows]


def list_breakdowns(connection: sa.Connection, indicator: str, school_year: int) -> list[str]:
    """The breakdowns that the nation's value has, the total ('') first."""
    rows = list_rows(
        connection,
        """
        SELECT breakdown FROM stats.indicator_value
        WHERE indicator = :indicator AND school_year = :school_year AND unit_level = 'nation'
        ORDER BY breakdown""",
        {"indicator": indicator, "school_year": school_year},
    )
    return [row["breakdown"] for row in rows]


def list_unit_values(
    connection: sa.Connection,
    scope: Scope,
    language: str,
    indicator: str,
    school_year: int,
    unit_kind: str,
    breakdown: str,
) -> list:
    """One row a unit of that kind within the scope: names, value, schools registered there for the
    year, of which those with figures are some.

    A unit without a value is there too, with nulls: it is not covered.
    """
    units = _area_units if unit_kind in ("governorate", "district") else _directorate_units
    rows = list_rows(
        connection,
        f"""
        WITH school AS MATERIALIZED ({schools_of_year_sql(":school_year")}),
        {units(unit_kind, language, scope)}
        SELECT unit.unit_code, unit.name, value.numerator, value.denominator,
               coalesce(value.school_count, 0) AS school_count,
               coalesce(registered.school_count, 0) AS registered_count
        FROM unit
        LEFT JOIN registered USING (unit_code)
        LEFT JOIN stats.indicator_value AS value
          ON value.unit_code = unit.unit_code AND value.unit_level = :unit_level
         AND value.indicator = :indicator AND value.school_year = :school_year
         AND value.breakdown = :breakdown""",
        {
            "unit_level": "directorate" if unit_kind == "department" else unit_kind,
            "indicator": indicator,
            "school_year": school_year,
            "breakdown": breakdown,
        }
        | scope.parameters,
    )
    return sorted(rows, key=lambda row: unit_order(row, "unit_code"))


def list_values_of_units(
    connection: sa.Connection, school_year: int, units: list[tuple[str, str]]
) -> list:
    """Undivided values (breakdown '') of every indicator for the named (unit_level, unit_code)."""
    return list_rows(
        connection,
        """
        SELECT value.indicator, value.unit_level, value.unit_code,
               value.numerator, value.denominator, value.school_count
        FROM stats.indicator_value AS value
        JOIN unnest(CAST(:levels AS text[]), CAST(:codes AS text[])) AS wanted (level, code)
          ON wanted.level = value.unit_level AND wanted.code = value.unit_code
        WHERE value.school_year = :school_year AND value.breakdown = ''""",
        {
            "levels": [level for level, _ in units],
            "codes": [code for _, code in units],
            "school_year": school_year,
        },
    )


def find_value(
    connection: sa.Connection,
    indicator: str,
    school_year: int,
    unit: tuple[str, str],
    breakdown: str,
):
    """The value of one unit, such as ('nation', 'IQ'), or None."""
    rows = list_rows(
        connection,
        """
        SELECT numerator, denominator, school_count FROM stats.indicator_value
        WHERE indicator = :indicator AND school_year = :school_year AND breakdown = :breakdown
          AND unit_level = :unit_level AND unit_code = :unit_code""",
        {
            "indicator": indicator,
            "school_year": school_year,
            "breakdown": breakdown,
            "unit_level": unit[0],
            "unit_code": unit[1],
        },
    )
    return rows[0] if rows else None


def find_unit_name(connection: sa.Connection, language: str, unit: tuple[str, str]) -> str | None:
    """The name of an area, directorate or school, for a heading."""
    table, key = {
        "nation": ("emis.area", "area_code"),
        "governorate": ("emis.area", "area_code"),
        "district": ("emis.area", "area_code"),
        "directorate": ("emis.directorate", "directorate_code"),
        "school": ("emis.school", "school_code"),
    }[unit[0]]
    return connection.execute(
        sa.text(f"SELECT {name_sql('unit', language)} FROM {table} AS unit WHERE {key} = :code"),
        {"code": unit[1] or NATION_CODE},
    ).scalar_one_or_none()


def _area_units(unit_kind: str, language: str, scope: Scope) -> str:
    """Areas that hold a school of the scope. A school lies in a district, or, where its district
    is not known, in a governorate itself: it counts for its area and for the area above."""
    return f"""
    registered AS (
      SELECT above.unit_code, count(*) AS school_count,
             count(*) FILTER (WHERE {scope.holds("school")}) AS seen_count
      FROM school JOIN emis.area USING (area_code)
      CROSS JOIN LATERAL (VALUES (area.area_code), (area.parent_code)) AS above (unit_code)
      GROUP BY above.unit_code
    ),
    unit AS (
      SELECT unit.area_code AS unit_code, {name_sql("unit", language)} AS name
      FROM emis.area AS unit JOIN registered ON registered.unit_code = unit.area_code
      WHERE unit.area_level = '{unit_kind}' AND unit.valid_to IS NULL
        AND registered.seen_count > 0
    )"""


def _directorate_units(unit_kind: str, language: str, scope: Scope) -> str:
    """Directorates of the level that belong to the scope; a school counts for its department and
    for the general directorate above."""
    level = "general" if unit_kind == "directorate" else "department"
    within = "registered.seen_count > 0"
    if scope.level == "directorate":
        within = f"unit.directorate_code IN ({SUBTREE_SQL})"
    return f"""
    registered AS (
      SELECT above.unit_code, count(*) AS school_count,
             count(*) FILTER (WHERE {scope.holds("school")}) AS seen_count
      FROM school JOIN emis.directorate AS own USING (directorate_code)
      CROSS JOIN LATERAL (VALUES (own.directorate_code), (own.parent_code)) AS above (unit_code)
      GROUP BY above.unit_code
    ),
    unit AS (
      SELECT unit.directorate_code AS unit_code, {name_sql("unit", language)} AS name
      FROM emis.directorate AS unit LEFT JOIN registered
        ON registered.unit_code = unit.directorate_code
      WHERE unit.directorate_level = '{level}' AND unit.valid_to IS NULL AND {within}
    )"""
