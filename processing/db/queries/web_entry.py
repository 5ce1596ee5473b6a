"""Entry for the pages: what a school owes, the form for it, its lists, and what was entered.

In: a scope, a language, the clock; the place (central, project) to which entries are sent: forms of
another, as one for training, ask nothing here. Out: rows as mappings, codes as they are stored.
A form's lists are those that Central gives to tablets, as they are mirrored, limited to one school
and one round.
"""

from collections.abc import Iterable
from datetime import date, datetime

import sqlalchemy as sa

from processing.db.queries import due
from processing.db.queries.rounds import LAST_DAY, LAST_MOMENT, owes_sql
from processing.db.queries.web_names import list_rows, name_sql, round_name_sql
from processing.db.queries.web_scope import Scope

STAGE = "send_entries"


def list_asked(
    connection: sa.Connection,
    place: tuple[str, int | None],
    language: str,
    school_code: str,
    form_ids: Iterable[str],
    now: datetime,
    today: date,
) -> list:
    """The rounds of these forms that the school owes and that are open, those due first."""
    rows = list_rows(
        connection,
        f"{_asked(language)} AND r.form_id = ANY(:form_ids) ORDER BY r.due_on, r.round_code",
        _placed(place)
        | {"school": school_code, "form_ids": list(form_ids), "now": now, "today": today},
    )
    return [row for row in rows if row["state"] == "open"]


def find_asked(
    connection: sa.Connection,
    place: tuple[str, int | None],
    language: str,
    school_code: str,
    round_code: str,
    now: datetime,
    today: date,
):
    """A round that the school owes, open or not; None where it owes none of that code.

    state: planned, open, closed. received_at: of a return that stands; is_waiting: entered and not
    landed yet; refused_id: of an entry that Central has refused. form_key: of the form, None where
    Central takes none.
    """
    rows = list_rows(
        connection,
        f"{_asked(language)} AND r.round_code = :round",
        _placed(place) | {"school": school_code, "round": round_code, "now": now, "today": today},
    )
    return rows[0] if rows else None


def find_xform(connection: sa.Connection, form_key: int) -> str | None:
    """The form's current version, as Central serves it."""
    return connection.execute(
        sa.text(
            "SELECT v.xform FROM raw.form f JOIN raw.form_version v"
            " ON v.form_key = f.form_key AND v.version = f.current_version"
            " WHERE f.form_key = :form_key"
        ),
        {"form_key": form_key},
    ).scalar_one_or_none()


def has_version(connection: sa.Connection, form_key: int, version: str) -> bool:
    """Was this version of the form ever published?"""
    return connection.execute(
        sa.text(
            "SELECT EXISTS (SELECT FROM raw.form_version"
            " WHERE form_key = :form_key AND version = :version)"
        ),
        {"form_key": form_key, "version": version},
    ).scalar_one()


def find_list(
    connection: sa.Connection, form_key: int, name: str, school_code: str, round_code: str
) -> tuple[list[str], list[dict]] | None:
    """(properties, rows) of a list of the form's project; None where it is not mirrored.

    Of a list that names schools or rounds, the rows of this school and this round alone.
    """
    held = connection.execute(sa.text(LIST_SQL), {"form_key": form_key, "name": name}).one_or_none()
    if held is None:
        return None
    limits = [
        f"AND data ->> '{key}' = :{key}"
        for key in ("school_code", "round_code") if key in held.properties
    ]  # fmt: skip
    rows = connection.execute(
        sa.text(f"{ENTITIES_SQL} {' '.join(limits)} ORDER BY label, uuid"),
        {"list_key": held.list_key, "school_code": school_code, "round_code": round_code},
    )
    found = [
        {"name": row.uuid, "label": row.label, "__version": row.version}
        | {key: row.data.get(key) or "" for key in held.properties}
        for row in rows
    ]
    return list(held.properties), found


def list_entries(
    connection: sa.Connection, scope: Scope, language: str, limit: int, offset: int
) -> list:
    """What was entered for schools of the scope: what Central refused first, then the newest."""
    return list_rows(
        connection,
        f"{_entries(scope, language)} ORDER BY ({STATE}) = 'refused' DESC, e.entered_at DESC,"
        " e.instance_id LIMIT :limit OFFSET :offset",
        {"limit": limit, "offset": offset} | scope.parameters,
    )


def find_entry(connection: sa.Connection, scope: Scope, language: str, instance_id: str):
    rows = list_rows(
        connection,
        f"{_entries(scope, language)} AND e.instance_id = :instance_id",
        {"instance_id": instance_id} | scope.parameters,
    )
    return rows[0] if rows else None


def find_refused_xml(
    connection: sa.Connection, instance_id: str, school_code: str, round_code: str
) -> bytes | None:
    """What was answered in an entry of this school and round, where Central has refused it."""
    xml = connection.execute(
        sa.text(
            "SELECT xml FROM ops.refused_entry WHERE instance_id = :id"
            " AND school_code = :school AND period = :round"
        ),
        {"id": instance_id, "school": school_code, "round": round_code},
    ).scalar_one_or_none()
    return None if xml is None else bytes(xml)


def list_answer_names(connection: sa.Connection, instance_id: str) -> list[str]:
    """The names of the files that the answers of an entry name, as far as they are kept here."""
    return _list_files(connection, instance_id, "answer")


def find_answer_file(connection: sa.Connection, instance_id: str, name: str) -> sa.Row | None:
    """(media_type, content) of a file of the answers."""
    return _find_file(connection, instance_id, "answer", name)


def list_sheets(connection: sa.Connection, instance_id: str) -> list[str]:
    """The names of the photos of an entry's sheet."""
    return _list_files(connection, instance_id, "sheet")


def find_sheet(connection: sa.Connection, instance_id: str, name: str) -> sa.Row | None:
    """(media_type, content) of a photo."""
    return _find_file(connection, instance_id, "sheet", name)


def _list_files(connection: sa.Connection, instance_id: str, kind: str) -> list[str]:
    """Names in the order of their numbers: sheet-2 before sheet-10."""
    rows = connection.execute(
        sa.text(
            "SELECT name FROM ops.entry_file WHERE instance_id = :id AND kind = :kind"
            " ORDER BY length(name), name"
        ),
        {"id": instance_id, "kind": kind},
    )
    return list(rows.scalars())


def _find_file(connection: sa.Connection, instance_id: str, kind: str, name: str) -> sa.Row | None:
    return connection.execute(
        sa.text(
            "SELECT media_type, content FROM ops.entry_file"
            " WHERE instance_id = :id AND kind = :kind AND name = :name"
        ),
        {"id": instance_id, "kind": kind, "name": name},
    ).one_or_none()


def mark_entered(connection: sa.Connection, now: datetime) -> None:
    """The stage that sends entries has something to send."""
    due.add_mark(connection, STAGE, now)


def is_without_manager(connection: sa.Connection) -> bool:
    """Do entries wait here because no account may send them to Central?"""
    return due.is_without_manager(connection, STAGE)


LIST_SQL = """
SELECT l.list_key, l.properties FROM raw.form f
JOIN raw.entity_list l ON l.central = f.central AND l.project = f.project
WHERE f.form_key = :form_key AND l.name = :name AND NOT l.is_gone
"""

ENTITIES_SQL = """
SELECT uuid, label, version, data FROM raw.entity
WHERE list_key = :list_key AND deleted_at IS NULL AND gone_at IS NULL
"""

OF_PLACE = "g.form_id = r.form_id AND g.central = :central AND g.project = :project"

# The submission's own slice is the school and the round that it names.
RECEIVED_SQL = f"""
SELECT max(n.submission_date) FROM raw.submission n JOIN raw.form g USING (form_key)
WHERE {OF_PLACE} AND n.school_code = s.school_code AND n.period = r.round_code
  AND n.deleted_at IS NULL AND n.purged_at IS NULL AND n.review_state IS DISTINCT FROM 'rejected'
"""

WAITING_SQL = f"""
FROM ops.entry e JOIN raw.form g USING (form_key)
WHERE {OF_PLACE} AND e.school_code = s.school_code AND e.period = r.round_code
  AND e.withdrawn_at IS NULL AND NOT EXISTS (SELECT FROM raw.submission n
    WHERE n.form_key = e.form_key AND n.instance_id = e.instance_id)
"""

# One that was withdrawn at the moment in which Central took it has arrived all the same.
STATE = """CASE WHEN n.instance_id IS NOT NULL THEN 'landed'
  WHEN e.replaced_by IS NOT NULL THEN 'corrected'
  WHEN e.withdrawn_at IS NOT NULL THEN 'withdrawn'
  WHEN e.sent_at IS NOT NULL THEN 'sent'
  WHEN e.attempts > 0 THEN 'refused' ELSE 'waiting' END"""


def _placed(place: tuple[str, int | None]) -> dict:
    return dict(zip(("central", "project"), place, strict=True))


def _asked(language: str) -> str:
    return f"""
        SELECT r.round_code, r.form_id, {name_sql("r", language)} AS name, r.reference_date,
               r.due_on, {LAST_DAY} AS closes_on, form.form_key, form.version,
               CASE WHEN c.round_code IS NOT NULL OR {LAST_MOMENT} <= :now THEN 'closed'
                 WHEN :today < r.opens_on THEN 'planned' ELSE 'open' END AS state,
               ({RECEIVED_SQL}) AS received_at,
               EXISTS (SELECT {WAITING_SQL}) AS is_waiting,
               (SELECT e.instance_id {WAITING_SQL} AND e.sent_at IS NULL AND e.attempts > 0
                ORDER BY e.entered_at LIMIT 1) AS refused_id
        FROM emis.school s
        JOIN emis.round r ON {owes_sql("r", "s")}
        LEFT JOIN emis.round_closing c USING (round_code)
        LEFT JOIN LATERAL (
          SELECT g.form_key, g.current_version AS version FROM raw.form g
          JOIN raw.form_version v ON v.form_key = g.form_key AND v.version = g.current_version
          WHERE {OF_PLACE} AND g.state IN ('open', 'closing')
          ORDER BY g.form_created_at DESC LIMIT 1
        ) AS form ON true
        WHERE s.school_code = :school"""


def _entries(scope: Scope, language: str) -> str:
    return f"""
        SELECT e.instance_id, e.school_code, e.period, e.source_code, e.given_by, e.given_on,
               e.entered_by, e.entered_at, e.sent_at, e.attempts, e.reason,
               e.withdrawn_at, e.withdrawn_by, e.withdrawal_reason, e.replaced_by, f.form_id,
               {name_sql("school", language)} AS school_name,
               {round_name_sql("e", language)} AS round_name,
               {STATE} AS state
        FROM ops.entry e
        JOIN raw.form f USING (form_key)
        JOIN emis.school ON school.school_code = e.school_code
        LEFT JOIN emis.round ON round.round_code = e.period AND round.form_id = f.form_id
        LEFT JOIN raw.submission n
          ON n.form_key = e.form_key AND n.instance_id = e.instance_id
        WHERE ({scope.holds("school")})"""
