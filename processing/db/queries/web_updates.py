"""What the pages of school updates need beside the updates: names, and directorates to choose."""

import sqlalchemy as sa

from processing.db.queries.web_names import list_rows, name_sql, unit_order
from processing.db.queries.web_scope import SUBTREE_SQL, Scope


def find_area_name(connection: sa.Connection, language: str, area_code: str | None) -> str | None:
    return _find_name(connection, "area", language, area_code)


def find_directorate_name(connection: sa.Connection, language: str, code: str | None) -> str | None:
    return _find_name(connection, "directorate", language, code)


def list_departments(
    connection: sa.Connection, scope: Scope, language: str, ministry_code: str | None
) -> list:
    """Directorates of the scope that a school may belong to, by name; of one ministry if named."""
    held = {"nation": "true", "directorate": f"directorate_code IN ({SUBTREE_SQL})"}
    rows = list_rows(
        connection,
        f"""
        SELECT directorate.directorate_code, directorate_level = 'general' AS is_general,
               {name_sql("directorate", language)} AS name
        FROM emis.directorate
        WHERE ({held.get(scope.level, "false")}) AND valid_to IS NULL
          AND coalesce(:ministry_code, ministry_code) = ministry_code""",
        {"ministry_code": ministry_code} | scope.parameters,
    )
    return sorted(
        rows, key=lambda row: (not row["is_general"], *unit_order(row, "directorate_code"))
    )


def _find_name(connection: sa.Connection, table: str, language: str, code: str | None):
    return connection.execute(
        sa.text(f"SELECT {name_sql(table, language)} FROM emis.{table} WHERE {table}_code = :code"),
        {"code": code},
    ).scalar_one_or_none()
