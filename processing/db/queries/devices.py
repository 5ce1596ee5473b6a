"""Accounts of tablets: who holds one, which are to be made, and which are to be ended.

In: where (Central, project), holders, the clock. Out: rows of ops.device with what is known of the
holder. Promised: a holder has one current account at a time; nothing is deleted; no token is here.
"""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

Place = tuple[str, int]


def hold_lock(connection: sa.Connection) -> bool:
    """Until it is released nobody else makes or ends accounts; False where somebody does."""
    return connection.execute(
        sa.text("SELECT pg_try_advisory_lock(hashtext('emis devices'))")
    ).scalar_one()


def release_lock(connection: sa.Connection) -> None:
    connection.execute(sa.text("SELECT pg_advisory_unlock(hashtext('emis devices'))"))


def list_holders(
    connection: sa.Connection,
    *,
    directorate: str | None = None,
    school_codes: Iterable[str] | None = None,
    supervisor_code: str | None = None,
) -> list[sa.Row]:
    """Schools and supervisors of a directorate and the departments below it, or those named.

    Nothing given: all. kind, code, name_ar, name_ckb, name_en, language_code, directorate_code,
    building_code (None for supervisors), is_open, since (the day from which that is so).
    """
    values = {
        "directorate": directorate,
        "schools": None if school_codes is None else list(school_codes),
        "supervisor": supervisor_code,
    }
    return connection.execute(sa.text(HOLDERS_SQL), values).all()


_HOLDER = """
  SELECT 'school' AS kind, school_code AS code, name_ar, name_ckb, name_en, language_code,
    directorate_code, ministry_code, building_code, is_open, valid_from AS since
  FROM emis.school
  UNION ALL
  SELECT 'supervisor', supervisor_code, name_ar, name_ckb, name_en, language_code,
    directorate_code, NULL, NULL, is_active, NULL
  FROM emis.supervisor
"""
HOLDERS_SQL = f"""
SELECT h.* FROM ({_HOLDER}) h JOIN emis.directorate d USING (directorate_code)
WHERE (CAST(:directorate AS text) IS NULL OR :directorate IN (d.directorate_code, d.parent_code))
  AND (CAST(:schools AS text[]) IS NULL OR (h.kind = 'school' AND h.code = ANY(:schools)))
  AND (CAST(:supervisor AS text) IS NULL OR (h.kind = 'supervisor' AND h.code = :supervisor))
ORDER BY h.directorate_code, h.kind, h.code
"""


def directorate_exists(connection: sa.Connection, directorate: str) -> bool:
    """Is there a directorate of that code?"""
    return connection.execute(
        sa.text("SELECT EXISTS (SELECT FROM emis.directorate WHERE directorate_code = :code)"),
        {"code": directorate},
    ).scalar_one()


def order_devices(
    connection: sa.Connection, place: Place, holders: Iterable[tuple[str, str, str]], now: datetime
) -> int:
    """An account for each (kind, code, tablet) that has no current one; how many were ordered."""
    rows = list(holders)
    return connection.execute(
        sa.text(ORDER_SQL),
        _place(place)
        | {
            "kinds": [kind for kind, _, _ in rows],
            "codes": [code for _, code, _ in rows],
            "tablets": [tablet for _, _, tablet in rows],
            "now": now,
        },
    ).rowcount


ORDER_SQL = """
INSERT INTO ops.device (central, project, holder_kind, holder_code, serial, tablet, ordered_at)
SELECT :central, :project, g.kind, g.code, 1 + coalesce((
    SELECT max(serial) FROM ops.device d
    WHERE (d.central, d.project, d.holder_kind, d.holder_code)
      = (:central, :project, g.kind, g.code)), 0), g.tablet, :now
FROM unnest(CAST(:kinds AS text[]), CAST(:codes AS text[]), CAST(:tablets AS text[]))
  AS g (kind, code, tablet)
WHERE NOT EXISTS (
  SELECT FROM ops.device d
  WHERE (d.central, d.project, d.holder_kind, d.holder_code)
    = (:central, :project, g.kind, g.code) AND d.replaced_at IS NULL AND d.ended_at IS NULL)
"""


def move_devices(
    connection: sa.Connection, place: Place, holders: Iterable[tuple[str, str, str]]
) -> None:
    """Note the tablet of current accounts: schools begin to share one, or cease to."""
    rows = [
        _place(place) | {"kind": kind, "code": code, "tablet": tablet}
        for kind, code, tablet in holders
    ]
    if rows:
        connection.execute(sa.text(MOVE_SQL), rows)


MOVE_SQL = """
UPDATE ops.device SET tablet = :tablet
WHERE central = :central AND project = :project AND holder_kind = :kind AND holder_code = :code
  AND replaced_at IS NULL AND ended_at IS NULL AND tablet <> :tablet
"""


def list_devices(connection: sa.Connection, place: Place) -> list[sa.Row]:
    """Every account of the project that is not ended or still to be revoked, with its holder.

    is_current: neither replaced nor ended. Of a holder that the registry has lost the names are
    None and is_open is false. newest_form, newest_version, newest_id: what it sent last.
    """
    return connection.execute(sa.text(DEVICES_SQL), _place(place)).all()


DEVICES_SQL = f"""
SELECT d.*, h.name_ar, h.name_ckb, h.name_en, h.directorate_code, h.since,
  coalesce(h.language_code, 'ar') AS language_code, coalesce(h.is_open, false) AS is_open,
  d.replaced_at IS NULL AND d.ended_at IS NULL AS is_current,
  coalesce(u.parent_code, u.directorate_code, '') AS general_code,
  coalesce(h.ministry_code, u.ministry_code, '') AS ministry_code
FROM ops.device d
LEFT JOIN ({_HOLDER}) h ON h.kind = d.holder_kind AND h.code = d.holder_code
LEFT JOIN emis.directorate u ON u.directorate_code = h.directorate_code
WHERE d.central = :central AND d.project = :project AND d.revoked_at IS NULL
ORDER BY h.directorate_code, d.tablet, d.holder_kind, d.holder_code, d.serial
"""


def list_newest(connection: sa.Connection, place: Place, actor_ids: list[int]) -> dict:
    """actor_id -> (form_id, form_version, instance_id, submission_date) of what it sent last."""
    rows = connection.execute(sa.text(NEWEST_SQL), _place(place) | {"ids": actor_ids})
    return {row.submitter_id: row for row in rows}


NEWEST_SQL = """
SELECT DISTINCT ON (s.submitter_id) s.submitter_id, f.form_id, s.form_version, s.instance_id,
  s.submission_date
FROM raw.submission s JOIN raw.form f USING (form_key)
WHERE f.central = :central AND f.project = :project AND s.submitter_id = ANY(:ids)
ORDER BY s.submitter_id, s.submission_date DESC
"""


def save_issued(connection: sa.Connection, device_id: int, actor_id: int, now: datetime) -> None:
    """Central has made the account."""
    connection.execute(
        sa.text(
            "UPDATE ops.device SET actor_id = :actor_id, issued_at = coalesce(issued_at, :now)"
            " WHERE device_id = :id AND actor_id IS DISTINCT FROM :actor_id"
        ),
        {"id": device_id, "actor_id": actor_id, "now": now},
    )


def replace_device(connection: sa.Connection, device_id: int, now: datetime) -> None:
    """The holder gets another one; this one may go on sending."""
    connection.execute(
        sa.text("UPDATE ops.device SET replaced_at = :now WHERE device_id = :id"),
        {"id": device_id, "now": now},
    )


def end_devices(
    connection: sa.Connection, device_ids: Iterable[int], by: str, reason: str, now: datetime
) -> None:
    """These are to send no more. An entry is never changed."""
    connection.execute(
        sa.text(
            "UPDATE ops.device SET ended_at = :now, ended_by = :by, end_reason = :reason"
            " WHERE device_id = ANY(:ids) AND ended_at IS NULL"
        ),
        {"ids": list(device_ids), "by": by, "reason": reason, "now": now},
    )


def save_revoked(connection: sa.Connection, device_id: int, now: datetime) -> None:
    """Central has revoked it."""
    connection.execute(
        sa.text(
            "UPDATE ops.device SET revoked_at = :now WHERE device_id = :id AND revoked_at IS NULL"
        ),
        {"id": device_id, "now": now},
    )


def _place(place: Place) -> dict:
    return {"central": place[0], "project": place[1]}
