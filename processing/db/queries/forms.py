"""Forms as Central describes them, and where their fields lie in `survey`."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa


@dataclass(frozen=True)
class FormRow:
    """A form that is mirrored; form_key stands for its long key everywhere else."""

    form_key: int
    central: str
    project: int
    form_id: str
    form_created_at: dt.datetime
    name: str | None
    state: str
    current_version: str | None


FORM_COLUMNS = "form_key, central, project, form_id, form_created_at, name, state, current_version"


def find_form(
    connection: sa.Connection, central: str, project: int, form_id: str, form_created_at: str
) -> FormRow | None:
    """The form with this key, or None before its first schema has landed."""
    found = connection.execute(
        sa.text(
            f"SELECT {FORM_COLUMNS} FROM raw.form WHERE central = :central AND project = :project"
            " AND form_id = :form_id AND form_created_at = CAST(:created AS timestamptz)"
        ),
        {"central": central, "project": project, "form_id": form_id, "created": form_created_at},
    ).one_or_none()
    return FormRow(*found) if found else None


def get_form(connection: sa.Connection, form_key: int) -> FormRow:
    """The form of this form_key; NoResultFound if there is none."""
    statement = sa.text(f"SELECT {FORM_COLUMNS} FROM raw.form WHERE form_key = :form_key")
    return FormRow(*connection.execute(statement, {"form_key": form_key}).one())


def list_forms(connection: sa.Connection, central: str | None = None) -> list[FormRow]:
    """Every mirrored form; of a form id last the one that Central has, else the newest."""
    rows = connection.execute(
        sa.text(
            f"SELECT {FORM_COLUMNS} FROM raw.form"
            " WHERE CAST(:central AS text) IS NULL OR central = :central"
            " ORDER BY form_id, state <> 'gone', form_created_at"
        ),
        {"central": central},
    )
    return [FormRow(*row) for row in rows]


def save_form(
    connection: sa.Connection,
    central: str,
    project: int,
    form_id: str,
    form_created_at: str,
    *,
    name: str,
    state: str,
    version: str,
    schema_hash: str,
    now: dt.datetime,
) -> int:
    """Insert or renew a form; returns its form_key."""
    return connection.execute(
        sa.text(SAVE_FORM_SQL),
        {
            "central": central,
            "project": project,
            "form_id": form_id,
            "created": form_created_at,
            "name": name,
            "state": state,
            "version": version,
            "hash": schema_hash,
            "now": now,
        },
    ).scalar_one()


SAVE_FORM_SQL = """
INSERT INTO raw.form (central, project, form_id, form_created_at, name, state, current_version,
                      schema_hash, first_seen_at)
VALUES (:central, :project, :form_id, :created, :name, :state, :version, :hash, :now)
ON CONFLICT (central, project, form_id, form_created_at) DO UPDATE
SET name = excluded.name, state = excluded.state, current_version = excluded.current_version,
    schema_hash = excluded.schema_hash
RETURNING form_key
"""


def save_gone(connection: sa.Connection, form_key: int) -> None:
    """Central no longer has this form; what was mirrored of it stays."""
    connection.execute(
        sa.text("UPDATE raw.form SET state = 'gone' WHERE form_key = :form_key"),
        {"form_key": form_key},
    )


def save_others_gone(connection: sa.Connection, form_key: int) -> list[sa.Row]:
    """Central has one form of an id at a time: the others are gone. (form_key, state before)."""
    return connection.execute(sa.text(OTHERS_GONE_SQL), {"form_key": form_key}).all()


OTHERS_GONE_SQL = """
WITH others AS (
  SELECT other.form_key, other.state
  FROM raw.form JOIN raw.form AS other USING (central, project, form_id)
  WHERE form.form_key = :form_key AND other.form_key <> form.form_key AND other.state <> 'gone'
)
UPDATE raw.form SET state = 'gone' FROM others WHERE form.form_key = others.form_key
RETURNING form.form_key, others.state
"""


def save_version(
    connection: sa.Connection,
    form_key: int,
    version: str,
    version_hash: str,
    published_at: str | None,
    xform: str,
) -> None:
    """Keep a published version with its XForm."""
    connection.execute(
        sa.text(
            "INSERT INTO raw.form_version (form_key, version, hash, published_at, xform)"
            " VALUES (:form_key, :version, :hash, :published_at, :xform)"
            " ON CONFLICT (form_key, version) DO UPDATE SET hash = excluded.hash,"
            " published_at = excluded.published_at, xform = excluded.xform"
        ),
        {
            "form_key": form_key,
            "version": version,
            "hash": version_hash,
            "published_at": published_at,
            "xform": xform,
        },
    )


def list_placements(connection: sa.Connection, form_id: str, form_key: int) -> list[sa.Row]:
    """Where the questions and repeats of a form id lie: (path, table_name, column_names).

    One place a path: that of the form with this key, else that of the newest form of the id.
    """
    return connection.execute(
        sa.text(
            "SELECT DISTINCT ON (path) path, table_name, column_names FROM raw.form_field"
            " JOIN raw.form USING (form_key) WHERE form_id = :form_id AND kind <> 'structure'"
            " ORDER BY path, form_key = :form_key DESC, is_current DESC, form_key DESC"
        ),
        {"form_id": form_id, "form_key": form_key},
    ).all()


def list_places(connection: sa.Connection, form_id: str) -> list[sa.Row]:
    """Every place that any form of an id has: (path, kind, table_name, column_names, is_personal).

    In the order of the newest form; what it does not ask comes last.
    """
    return connection.execute(sa.text(PLACES_SQL), {"form_id": form_id}).all()


PLACES_SQL = """
SELECT path, kind, table_name, column_names, is_personal FROM (
  SELECT DISTINCT ON (table_name, column_names) form_field.* FROM raw.form_field
    JOIN raw.form USING (form_key)
  WHERE form_id = :form_id AND kind <> 'structure'
  ORDER BY table_name, column_names, is_current DESC, form_key DESC) place
ORDER BY is_current DESC, form_key DESC, position, path
"""


def list_fields_ever(connection: sa.Connection, form_key: int) -> list[sa.Row]:
    """Every field that any version has had: the published one's in its order, then the others."""
    return connection.execute(
        sa.text(
            "SELECT path, kind, is_binary, is_select_multiple, is_personal FROM raw.form_field"
            " WHERE form_key = :form_key AND path <> ''"
            " ORDER BY is_current DESC, position, path"
        ),
        {"form_key": form_key},
    ).all()


def list_tables_of_others(connection: sa.Connection, form_id: str) -> set[str]:
    """The survey tables that belong to other form ids."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT table_name FROM raw.form_field JOIN raw.form USING (form_key)"
            " WHERE form_id <> :form_id"
        ),
        {"form_id": form_id},
    )
    return set(rows.scalars())


def replace_fields(connection: sa.Connection, form_key: int, rows: Iterable[dict]) -> None:
    """Make `rows` the current fields; those of earlier versions stay, marked as not current."""
    connection.execute(
        sa.text("UPDATE raw.form_field SET is_current = false WHERE form_key = :form_key"),
        {"form_key": form_key},
    )
    connection.execute(sa.text(SAVE_FIELD_SQL), [{"form_key": form_key, **row} for row in rows])


SAVE_FIELD_SQL = """
INSERT INTO raw.form_field (form_key, path, position, kind, is_binary, is_select_multiple,
                            is_personal, is_current, table_name, column_names)
VALUES (:form_key, :path, :position, :kind, :is_binary, :is_select_multiple,
        :is_personal, true, :table_name, :column_names)
ON CONFLICT (form_key, path) DO UPDATE
SET position = excluded.position, kind = excluded.kind, is_binary = excluded.is_binary,
    is_select_multiple = excluded.is_select_multiple, is_personal = excluded.is_personal,
    is_current = true, table_name = excluded.table_name, column_names = excluded.column_names
"""


def save_choices(connection: sa.Connection, form_key: int, rows: list[dict]) -> None:
    """Add or renew choice labels (path, code, language, label); others stay, as not current."""
    connection.execute(
        sa.text("UPDATE raw.form_choice SET is_current = false WHERE form_key = :form_key"),
        {"form_key": form_key},
    )
    if not rows:
        return
    connection.execute(
        sa.text(
            "INSERT INTO raw.form_choice (form_key, path, code, language, label)"
            " VALUES (:form_key, :path, :code, :language, :label)"
            " ON CONFLICT (form_key, path, code, language) DO UPDATE"
            " SET label = excluded.label, is_current = true"
        ),
        [{"form_key": form_key, **row} for row in rows],
    )
