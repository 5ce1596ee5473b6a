"""The homes of what tablets' lists say, beside schools: people of files, plans of visits, actions.

In: the codes that name a row, columns and values. Out: rows changed; 0: there is no such row (any
more), or it is not ours to change.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

# Property of the list `staff` -> column of emis.staff_member.
STAFF_COLUMNS = {
    "post": "post_code",
    "work": "work_code",
    "attachment": "attachment_code",
    "contract": "contract_code",
    "qualification": "qualification_code",
    "institution": "institution_code",
    "pedagogical": "has_pedagogical_training",
    "weekly_periods": "weekly_period_count",
}


def list_returned(connection: sa.Connection, codes: Iterable[str]) -> set[str]:
    """Of assignments, those of which a staff return says who it is."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT assignment_code FROM emis.staff WHERE assignment_code = ANY(:codes)"
        ),
        {"codes": list(codes)},
    )
    return set(rows.scalars())


def save_person(connection: sa.Connection, code: str, values: Mapping) -> int:
    """A person of a file, of whom no return speaks. values: by column, some of STAFF_COLUMNS."""
    columns = [column for column in STAFF_COLUMNS.values() if column in values]
    written = ", ".join(f"{column} = :{column}" for column in columns)
    return connection.execute(
        sa.text(
            f"UPDATE emis.staff_member m SET {written} WHERE assignment_code = :code"
            " AND instance_id IS NULL AND NOT EXISTS (SELECT FROM emis.staff f"
            "  WHERE f.assignment_code = m.assignment_code)"
        ),
        {"code": code} | {column: values[column] for column in columns},
    ).rowcount


def save_planned_date(
    connection: sa.Connection, supervisor: str, school: str, planned_date: str
) -> int:
    return connection.execute(
        sa.text(
            "UPDATE emis.visit_plan SET planned_date = CAST(nullif(:day, '') AS date)"
            " WHERE (supervisor_code, school_code) = (:supervisor, :school) AND is_planned"
        ),
        {"supervisor": supervisor, "school": school, "day": planned_date},
    ).rowcount


def add_action_change(
    connection: sa.Connection, code: str, column: str, value: str, name: str, now: datetime
) -> int:
    """column: what or due_date. It counts while the visit says what it says now."""
    if column not in ("what", "due_date"):
        raise ValueError(column)
    return connection.execute(
        sa.text(
            "INSERT INTO quality.action_change"
            " (action_code, property, reported, value, name, changed_at)"
            f" SELECT action_code, '{column}', {column}::text, nullif(:value, ''), :name, :now"
            " FROM emis.agreed_action WHERE action_code = :code"
        ),
        {"code": code, "value": value, "name": name, "now": now},
    ).rowcount


def forget_listed(
    connection: sa.Connection, central: str, project: int, name: str, code: str
) -> None:
    """What a list holds of this row is sent again with the next turn."""
    connection.execute(
        sa.text(
            "UPDATE ops.listed_entity SET content_hash = ''"
            " WHERE (central, project, list_name, code) = (:central, :project, :name, :code)"
        ),
        {"central": central, "project": project, "name": name, "code": code},
    )
