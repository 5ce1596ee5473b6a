"""The tables and views of schema `survey`: the one schema that the forms themselves shape.

Columns are added and widened to text, never dropped or narrowed. The worker owns these tables.
"""

from collections.abc import Iterable

import sqlalchemy as sa

ROOT_SYSTEM_COLUMNS = (
    ("_submission_date", "timestamptz NOT NULL"),
    ("_updated_at", "timestamptz"),
    ("_deleted_at", "timestamptz"),
    ("_review_state", "text"),
    ("_form_version", "text"),
    ("_school_code", "text"),
    ("_period", "text NOT NULL DEFAULT ''"),
    ("_is_verified", "boolean NOT NULL DEFAULT false"),
)
REPEAT_SYSTEM_COLUMNS = (
    ("_row_number", "integer NOT NULL"),
    ("_parent_row_number", "integer NOT NULL"),
    ("_position", "integer NOT NULL"),
)
KEY = ("form_key", "instance_id")


def quoted(name: str) -> str:
    """As an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def list_column_types(connection: sa.Connection, table: str) -> dict[str, str]:
    """SQL type of each column of survey.<table>; empty if there is no such table."""
    rows = connection.execute(
        sa.text(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped"
        ),
        {"table": f"survey.{quoted(table)}"},
    )
    return {row.attname: row.format_type for row in rows}


def create_table(connection: sa.Connection, table: str, *, is_root: bool, is_side: bool) -> None:
    """Create an empty survey table with its key and system columns."""
    if is_root:
        system, key = (() if is_side else ROOT_SYSTEM_COLUMNS), KEY
    else:
        system = REPEAT_SYSTEM_COLUMNS[:1] if is_side else REPEAT_SYSTEM_COLUMNS
        key = (*KEY, "_row_number")
    columns = [
        "form_key integer NOT NULL",
        "instance_id text NOT NULL",
        *(f"{name} {definition}" for name, definition in system),
        f"PRIMARY KEY ({', '.join(key)})",
    ]
    _run(connection, f"CREATE TABLE survey.{quoted(table)} ({', '.join(columns)})")
    _run(connection, f"GRANT SELECT ON survey.{quoted(table)} TO emis_web")
    if is_root and not is_side:
        _run(connection, f"CREATE INDEX ON survey.{quoted(table)} (_school_code, _period)")


def add_column(connection: sa.Connection, table: str, column: str, sql_type: str) -> None:
    """Add an empty column."""
    _run(connection, f"ALTER TABLE survey.{quoted(table)} ADD COLUMN {quoted(column)} {sql_type}")


def widen_column(connection: sa.Connection, table: str, column: str, sql_type: str) -> None:
    """Turn a column into text; arrays become their items joined by spaces."""
    name = quoted(column)
    text = f"array_to_string({name}, ' ')" if sql_type.endswith("[]") else f"CAST({name} AS text)"
    _run(
        connection,
        f"ALTER TABLE survey.{quoted(table)} ALTER COLUMN {name} TYPE text USING {text}",
    )


def create_view(
    connection: sa.Connection,
    name: str,
    table: str,
    columns: Iterable[tuple[str, str, bool]],
    root: str | None,
) -> None:
    """The readers' view survey_v.<name> over a logical table and its side tables.

    columns: (part, column, is_personal); personal answers show as '•••'.
    root: the submission's table for a repeat, so that only live rows show; None for the root.
    """
    columns = tuple(columns)
    others = [part for part in dict.fromkeys(part for part, _, _ in columns) if part != table]
    row_key = KEY if root is None else (*KEY, "_row_number")
    system = ROOT_SYSTEM_COLUMNS if root is None else REPEAT_SYSTEM_COLUMNS
    shown = [f"t.{key}" for key in KEY] + [f"t.{column}" for column, _ in system]
    aliases = {table: "t"} | {part: f"t{i}" for i, part in enumerate(others, start=2)}
    shown += [_shown(aliases[part], column, mask) for part, column, mask in columns]
    joins = "".join(
        f" LEFT JOIN survey.{quoted(part)} {aliases[part]} USING ({', '.join(row_key)})"
        for part in others
    )
    live = "t._deleted_at IS NULL"
    if root is not None:
        joins += f" JOIN survey.{quoted(root)} root USING ({', '.join(KEY)})"
        live = "root._deleted_at IS NULL"
    view = f"survey_v.{quoted(name)}"
    _run(
        connection,
        f"CREATE VIEW {view} AS SELECT {', '.join(shown)}"
        f" FROM survey.{quoted(table)} t{joins} WHERE {live}",
    )
    _run(connection, f"GRANT SELECT ON {view} TO emis_web, emis_reader")


def list_views(connection: sa.Connection, table: str) -> list[str]:
    """The readers' views of a logical table: `<table>` and, of a wide one, `<table>__view2` …"""
    rows = connection.execute(sa.text(VIEWS_SQL), {"table": table, "more": f"{table}__view"})
    return list(rows.scalars())


VIEWS_SQL = """
SELECT viewname FROM pg_views
WHERE schemaname = 'survey_v' AND (viewname = :table
  OR starts_with(viewname, :more) AND substr(viewname, length(:more) + 1) ~ '^[0-9]+$')
"""


def drop_view(connection: sa.Connection, name: str) -> None:
    """Make way for a view of another shape."""
    _run(connection, f"DROP VIEW IF EXISTS survey_v.{quoted(name)}")


def drop_table(connection: sa.Connection, table: str) -> None:
    """For a rebuild from raw alone; its views go with it and are made anew."""
    _run(connection, f"DROP TABLE IF EXISTS survey.{quoted(table)} CASCADE")


def replace_choice_view(connection: sa.Connection) -> None:
    """survey_v.choice_label: what each code of a select question says, in each language."""
    _run(connection, CHOICE_VIEW_SQL)
    _run(connection, "GRANT SELECT ON survey_v.choice_label TO emis_web, emis_reader")


CHOICE_VIEW_SQL = """
CREATE OR REPLACE VIEW survey_v.choice_label AS
SELECT form_id, form_key, table_name, column_names[1] AS column_name, c.path, code, language, label
FROM raw.form_choice c JOIN raw.form_field f USING (form_key, path) JOIN raw.form USING (form_key)
"""


def delete_rows(connection: sa.Connection, table: str, form_key: int, ids: list[str]) -> None:
    """Remove the typed rows of these submissions, so that they can be written anew."""
    connection.execute(
        sa.text(
            f"DELETE FROM survey.{quoted(table)}"
            " WHERE form_key = :form_key AND instance_id = ANY(:ids)"
        ),
        {"form_key": form_key, "ids": ids},
    )


def mark_purged(connection: sa.Connection, root: str, form_key: int, ids: list[str], now) -> None:
    """Take purged submissions out of the readers' views."""
    connection.execute(
        sa.text(
            f"UPDATE survey.{quoted(root)} SET _deleted_at = coalesce(_deleted_at, :now)"
            " WHERE form_key = :form_key AND instance_id = ANY(:ids)"
        ),
        {"form_key": form_key, "ids": ids, "now": now},
    )


def mark_verified(connection: sa.Connection, root: str, form_key: int, ids: list[str]) -> None:
    """These typed rows agree with their XML."""
    connection.execute(
        sa.text(
            f"UPDATE survey.{quoted(root)} SET _is_verified = true"
            " WHERE form_key = :form_key AND instance_id = ANY(:ids)"
        ),
        {"form_key": form_key, "ids": ids},
    )


def _shown(alias: str, column: str, is_personal: bool) -> str:
    name = quoted(column)
    if not is_personal:
        return f"{alias}.{name}"
    return f"CASE WHEN {alias}.{name} IS NOT NULL THEN '•••' END AS {name}"


def _run(connection: sa.Connection, statement: str) -> None:
    # A name from a form may hold a colon or a percent sign: no parameters are looked for.
    with connection.connection.cursor() as cursor:
        cursor.execute(statement)
