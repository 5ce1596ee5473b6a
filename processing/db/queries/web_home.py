"""What the home page shows: coverage of the current rounds, newest submissions, open issues.

In: a scope, a language (`ar`, `ckb`, `en`: checked, since it names a column) and today's date.
Out: rows as mappings; names fall back to Arabic where a translation is not known.
"""

from datetime import date

import sqlalchemy as sa

from processing.db.queries.rounds import owes_sql
from processing.db.queries.web_names import list_rows, name_sql, unit_order
from processing.db.queries.web_scope import Scope


def list_current_rounds(connection: sa.Connection, language: str, today: date) -> list:
    """The last round opened of each form and ministry; it stays current until the next opens."""
    return list_rows(
        connection,
        f"""
        SELECT DISTINCT ON (round.form_id, round.ministry_code)
               round.round_code, round.form_id, round.ministry_code, round.school_year,
               {name_sql("round", language)} AS name,
               round.reference_date, round.due_on, round.closes_on
        FROM emis.round LEFT JOIN emis.round_closing AS closing USING (round_code)
        WHERE round.opens_on <= :today
        ORDER BY round.form_id, round.ministry_code, round.opens_on DESC,
                 closing.closed_at DESC NULLS FIRST, round.round_code""",
        {"today": today},
    )


def list_coverage(
    connection: sa.Connection, scope: Scope, language: str, rounds: list[str]
) -> list:
    """One row a round and directorate: schools that owe a return, received, without a blocking
    issue.

    Directorates are the general ones where the scope is the nation, else the school's own.
    """
    directorate = (
        "coalesce(own.parent_code, own.directorate_code)"
        if scope.level == "nation"
        else "own.directorate_code"
    )
    rows = list_rows(
        connection,
        f"""
        SELECT round.round_code, unit.directorate_code, {name_sql("unit", language)} AS name,
               count(*) AS expected_count,
               count(received.school_code) AS received_count,
               count(received.school_code) FILTER (WHERE NOT received.has_blocking_issue)
                 AS usable_count
        FROM emis.round
        JOIN emis.school ON school.is_open AND {owes_sql("round", "school")}
        JOIN emis.directorate AS own ON own.directorate_code = school.directorate_code
        JOIN emis.directorate AS unit ON unit.directorate_code = {directorate}
        LEFT JOIN emis.school_return AS received
          ON received.form_id = round.form_id AND received.period = round.round_code
         AND received.school_code = school.school_code
        WHERE round.round_code = ANY(:rounds) AND {scope.holds("school")}
        GROUP BY round.round_code, unit.directorate_code""",
        {"rounds": rounds} | scope.parameters,
    )
    return sorted(rows, key=lambda row: (row["round_code"], *unit_order(row, "directorate_code")))


def list_newest_submissions(
    connection: sa.Connection, scope: Scope, language: str, limit: int = 10
) -> list:
    """The newest live submissions. Those of no known school show to the whole country alone.

    Within a part of the country its submissions are found first and then put in order: walking
    down the whole country's from the newest would pass thousands of others.
    """
    found = "NOT MATERIALIZED" if scope.level == "nation" else "MATERIALIZED"
    return list_rows(
        connection,
        f"""
        WITH live AS {found} (
          SELECT form_key, instance_id, submission_date, period, review_state, school_code
          FROM raw.submission
          WHERE deleted_at IS NULL AND purged_at IS NULL
            AND {scope.has_school("submission.school_code")}
        ),
        newest AS MATERIALIZED (
          SELECT * FROM live ORDER BY submission_date DESC, instance_id LIMIT :limit
        )
        SELECT newest.submission_date, form.form_id, newest.period, newest.review_state,
               newest.school_code, {name_sql("school", language)} AS school_name,
               (SELECT count(*) FROM quality.issue
                WHERE issue.form_key = newest.form_key
                  AND issue.instance_id = newest.instance_id
                  AND issue.state IN ('open', 'sent_back')) AS issue_count
        FROM newest
        JOIN raw.form USING (form_key)
        LEFT JOIN emis.school ON school.school_code = newest.school_code
        ORDER BY newest.submission_date DESC, newest.instance_id""",
        {"limit": limit} | scope.parameters,
    )


def list_open_issues(connection: sa.Connection, scope: Scope) -> list:
    """Open issues by rule, the gravest first, with the number of schools that have them."""
    return list_rows(
        connection,
        f"""
        WITH of_school AS (
          SELECT rule, severity, school_code, count(*) AS issue_count
          FROM quality.issue
          WHERE state IN ('open', 'sent_back') AND {scope.has_school("issue.school_code")}
          GROUP BY rule, severity, school_code
        )
        SELECT rule, severity, CAST(sum(issue_count) AS bigint) AS issue_count,
               count(school_code) AS school_count
        FROM of_school
        GROUP BY rule, severity
        ORDER BY array_position(ARRAY['blocking', 'error', 'warning', 'review'], severity),
                 issue_count DESC, rule""",
        scope.parameters,
    )
