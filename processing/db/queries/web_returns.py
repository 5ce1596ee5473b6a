"""One return of a school for the pages: how it arrived, what corrects it, the form that it fills.

In: a scope, a language, ids. Out: rows as mappings, codes as they are stored.
"""

import sqlalchemy as sa

from processing.db.queries.web_names import list_rows, round_name_sql
from processing.db.queries.web_scope import Scope

# How a return `received` was entered, and the round that it is of.
ENTRY_AND_ROUND = """
        LEFT JOIN ops.entry AS entry ON entry.form_key = received.form_key
                                    AND entry.instance_id = received.instance_id
        LEFT JOIN emis.round ON round.round_code = received.period
                            AND round.form_id = received.form_id"""


def find_return(
    connection: sa.Connection, scope: Scope, language: str, school_code: str, instance_id: str
):
    """A return that the school's page lists; None for any other, and outside the scope.

    edit_count: how often it was edited since, on the tablet or at Central. edited_at: when last;
    None where it never was, or the edit has landed and its XML has not been read yet.
    """
    rows = list_rows(
        connection,
        f"""
        SELECT received.form_id, received.form_key, received.instance_id, received.period,
               received.received_at, received.review_state, received.has_blocking_issue,
               {round_name_sql("received", language)} AS round_name,
               round.reference_date, submission.form_version, submission.edits AS edit_count,
               version.version_created_at AS edited_at,
               entry.source_code, entry.entered_by
        FROM emis.school_return AS received
        JOIN emis.school ON school.school_code = received.school_code
        JOIN raw.submission USING (form_key, instance_id)
        LEFT JOIN raw.submission_version AS version
          ON version.form_key = submission.form_key
         AND version.instance_id = submission.instance_id
         AND version.version_id = submission.current_version_id
        {ENTRY_AND_ROUND}
        WHERE received.school_code = :school_code AND received.instance_id = :instance_id
          AND ({scope.holds("school")})
        ORDER BY received.received_at DESC LIMIT 1""",
        {"school_code": school_code, "instance_id": instance_id} | scope.parameters,
    )
    return rows[0] if rows else None


def find_version_xform(connection: sa.Connection, form_key: int, version: str | None) -> str | None:
    """The form as it was filled; its current version where that one is not kept."""
    return connection.execute(
        sa.text(
            "SELECT v.xform FROM raw.form f JOIN raw.form_version v USING (form_key)"
            " WHERE form_key = :form_key AND v.xform IS NOT NULL"
            " AND v.version IN (:version, f.current_version)"
            " ORDER BY v.version = :version DESC LIMIT 1"
        ),
        {"form_key": form_key, "version": version or ""},
    ).scalar_one_or_none()


def list_adjustments(connection: sa.Connection, form_key: int, instance_id: str) -> list:
    """Numbers that corrections have put in place of reported ones: of each question the newest."""
    return list_rows(
        connection,
        """
        SELECT DISTINCT ON (path, row_position) path, row_position, reported_value, value,
               adjusted_at
        FROM quality.adjustment
        WHERE form_key = :form_key AND instance_id = :instance_id
        ORDER BY path, row_position, adjustment_id DESC""",
        {"form_key": form_key, "instance_id": instance_id},
    )


def list_staff_sexes(connection: sa.Connection, school_code: str) -> dict[str, str]:
    """Assignment -> sex, of the people of a school whose sex is known: a return does not ask it."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (assignment_code) assignment_code, sex_code FROM emis.staff"
            " WHERE school_code = :school_code AND sex_code IS NOT NULL"
            " ORDER BY assignment_code, school_year DESC"
        ),
        {"school_code": school_code},
    )
    return dict(rows.all())
