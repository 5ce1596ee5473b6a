"""What a school's worksheet shows: the school, the round, and the figures of its return before."""

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa

from processing.db.queries.rounds import LAST_DAY, owes_sql
from processing.db.queries.survey import list_column_types, quoted


def find_school(connection: sa.Connection, school_code: str) -> sa.Row | None:
    """An open school: its names in three languages, language and ministry; None otherwise."""
    return connection.execute(
        sa.text(
            "SELECT school_code, name_ar, coalesce(name_ckb, name_ar) AS name_ckb,"
            " coalesce(name_en, name_ar) AS name_en, language_code, ministry_code"
            " FROM emis.school WHERE school_code = :code AND is_open"
        ),
        {"code": school_code},
    ).one_or_none()


def list_rounds(connection: sa.Connection, form_id: str, school_code: str) -> list[sa.Row]:
    """The rounds of a form that the school owes, the newest first."""
    return connection.execute(
        sa.text(
            "SELECT r.round_code, r.name_ar, r.name_ckb, r.name_en, r.reference_date,"
            f" {LAST_DAY} AS closes_on"
            " FROM emis.round r LEFT JOIN emis.round_closing c USING (round_code)"
            " JOIN emis.school s ON s.school_code = :code"
            f" WHERE r.form_id = :form_id AND {owes_sql('r', 's')}"
            " ORDER BY r.reference_date DESC, r.round_code"
        ),
        {"form_id": form_id, "code": school_code},
    ).all()


def find_earlier_return(
    connection: sa.Connection, form_id: str, table: str, school_code: str, before: dt.date
) -> sa.Row | None:
    """(form_key, instance_id, reference_date) of the school's newest return of an earlier round.

    table: the form's own table in `survey`. Rejected returns and deleted ones do not count.
    """
    if not list_column_types(connection, table):
        return None
    return connection.execute(
        sa.text(
            f"SELECT s.form_key, s.instance_id, r.reference_date FROM survey.{quoted(table)} s"
            " JOIN emis.round r ON r.round_code = s._period AND r.form_id = :form_id"
            " WHERE s._school_code = :code AND s._deleted_at IS NULL"
            " AND s._review_state IS DISTINCT FROM 'rejected' AND r.reference_date < :before"
            " ORDER BY r.reference_date DESC, s._submission_date DESC LIMIT 1"
        ),
        {"form_id": form_id, "code": school_code, "before": before},
    ).one_or_none()


def list_answers(
    connection: sa.Connection, table: str, columns: Iterable[str], form_key: int, instance_id: str
) -> list[tuple]:
    """These columns of each row that a return has in a survey table, in the order of the form."""
    is_repeat = "_row_number" in list_column_types(connection, table)
    order = "_row_number" if is_repeat else "instance_id"
    names = ", ".join(quoted(name) for name in columns)
    rows = connection.execute(
        sa.text(
            f"SELECT {names.replace(':', chr(92) + ':')} FROM survey.{quoted(table)}"
            f" WHERE form_key = :form_key AND instance_id = :instance_id ORDER BY {order}"
        ),
        {"form_key": form_key, "instance_id": instance_id},
    )
    return [tuple(row) for row in rows]
