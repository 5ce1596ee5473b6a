"""Counts for a summary of the whole path: what was received, verified, found, computed."""

import sqlalchemy as sa


def count_landed(connection: sa.Connection, central: str, project: int) -> dict[str, sa.Row]:
    """By form id: (live, verified) submissions of a project."""
    rows = connection.execute(
        sa.text(
            "SELECT form_id, count(instance_id) AS live, count(verified_at) AS verified"
            " FROM raw.form LEFT JOIN raw.submission s"
            "   ON s.form_key = form.form_key AND deleted_at IS NULL AND purged_at IS NULL"
            " WHERE central = :central AND project = :project GROUP BY form_id ORDER BY form_id"
        ),
        {"central": central, "project": project},
    )
    return {row.form_id: row for row in rows}


def list_issue_pairs(connection: sa.Connection) -> list[tuple[str, str]]:
    """(rule, instance_id) of every issue that is not resolved."""
    rows = connection.execute(
        sa.text("SELECT DISTINCT rule, instance_id FROM quality.issue WHERE state <> 'resolved'")
    )
    return [(rule, instance_id) for rule, instance_id in rows]


def count_results(connection: sa.Connection, school_year: int) -> sa.Row:
    """(schools, covered, indicators, indicator_values, issues) of a school year."""
    return connection.execute(sa.text(RESULTS_SQL), {"school_year": school_year}).one()


RESULTS_SQL = """
SELECT (SELECT count(*) FROM emis.school WHERE is_open) AS schools,
       (SELECT count(DISTINCT school_code) FROM emis.school_return
        WHERE school_year = :school_year) AS covered,
       (SELECT count(DISTINCT indicator) FROM stats.indicator_value
        WHERE school_year = :school_year) AS indicators,
       (SELECT count(*) FROM stats.indicator_value
        WHERE school_year = :school_year) AS indicator_values,
       (SELECT count(*) FROM quality.issue WHERE state <> 'resolved') AS issues
"""


def count_returns(connection: sa.Connection, school_year: int) -> dict[str, int]:
    """By form id: schools with a return that counts."""
    rows = connection.execute(
        sa.text(
            "SELECT form_id, count(DISTINCT school_code) FROM emis.school_return"
            " WHERE school_year = :school_year AND NOT has_blocking_issue"
            " GROUP BY form_id ORDER BY form_id"
        ),
        {"school_year": school_year},
    )
    return {row.form_id: row.count for row in rows}


def list_enrolment_totals(connection: sa.Connection, school_year: int) -> dict[str, int]:
    """Pupils by school, as the warehouse has them."""
    rows = connection.execute(
        sa.text(
            "SELECT school_code, sum(pupil_count) FROM emis.enrolment"
            " WHERE school_year = :school_year GROUP BY school_code"
        ),
        {"school_year": school_year},
    )
    return {school_code: int(count) for school_code, count in rows}


def find_pupils_in_nation(connection: sa.Connection, school_year: int) -> int | None:
    """The numerator of the national enrolment indicator; None before it is computed."""
    found = connection.execute(
        sa.text(
            "SELECT numerator FROM stats.indicator_value WHERE indicator = 'enrolment'"
            " AND unit_level = 'nation' AND breakdown = '' AND school_year = :school_year"
        ),
        {"school_year": school_year},
    ).scalar_one_or_none()
    return None if found is None else int(found)


def is_busy(connection: sa.Connection, stages: list[str]) -> bool:
    """Is anything of these stages due or under way?"""
    return connection.execute(
        sa.text(
            "SELECT EXISTS (SELECT FROM ops.due WHERE stage = ANY(:stages))"
            " OR EXISTS (SELECT FROM ops.run WHERE stage = ANY(:stages) AND state = 'running')"
        ),
        {"stages": stages},
    ).scalar_one()


def count_real_schools(connection: sa.Connection) -> int:
    """Schools in the registry that are not simulated."""
    statement = sa.text("SELECT count(*) FROM emis.school WHERE NOT is_simulated")
    return connection.execute(statement).scalar_one()


def list_busiest_units(connection: sa.Connection) -> sa.Row:
    """(general_directorate, department, school): the units with most schools, for a first look."""
    return connection.execute(sa.text(BUSIEST_SQL)).one()


BUSIEST_SQL = """
WITH department AS (
  SELECT directorate_code, count(*) AS schools, min(school_code) AS school_code
  FROM emis.school GROUP BY directorate_code
)
SELECT coalesce(d.parent_code, d.directorate_code) AS general_directorate,
       d.directorate_code AS department, department.school_code AS school
FROM department JOIN emis.directorate d USING (directorate_code)
ORDER BY department.schools DESC, d.directorate_code LIMIT 1
"""


def list_stage_seconds(connection: sa.Connection) -> list[sa.Row]:
    """(stage, seconds of work, runs, rows) by stage, from the runs so far."""
    return connection.execute(
        sa.text(
            "SELECT stage, sum(extract(epoch FROM finished_at - started_at)) AS seconds,"
            " count(*) AS runs, sum(row_count) AS row_count FROM ops.run"
            " WHERE finished_at IS NOT NULL GROUP BY stage ORDER BY min(started_at)"
        )
    ).all()
