"""Central and the mirror compared: what the mirror holds, and what came out."""

import datetime as dt

import orjson
import sqlalchemy as sa


def list_held(
    connection: sa.Connection, form_key: int, instance_ids: list[str] | None = None
) -> dict[str, sa.Row]:
    """What is mirrored of each submission that Central should have, by id; of these ids alone.

    Rows: odata_sha256, the system columns, is_verified, and version_count (XML that is here).
    """
    rows = connection.execute(
        sa.text(HELD_SQL), {"form_key": form_key, "ids": instance_ids, "all": instance_ids is None}
    )
    return {row.instance_id: row for row in rows}


HELD_SQL = """
SELECT instance_id, odata_sha256, submission_date, updated_at, deleted_at, review_state, edits,
  form_version, status, current_version_id, submitter_name, attachments_present,
  attachments_expected, verified_at IS NOT NULL AS is_verified, school_code, period,
  (SELECT count(*) FROM raw.submission_version v
   WHERE (v.form_key, v.instance_id) = (s.form_key, s.instance_id)) AS version_count
FROM raw.submission s
WHERE form_key = :form_key AND purged_at IS NULL AND (:all OR instance_id = ANY(:ids))
"""


def list_current_xml(
    connection: sa.Connection, form_key: int, instance_ids: list[str]
) -> dict[str, bytes]:
    """The XML of the current version, where it is here."""
    rows = connection.execute(
        sa.text(
            "SELECT instance_id, xml FROM raw.submission_version JOIN raw.submission"
            " USING (form_key, instance_id) WHERE form_key = :form_key"
            " AND instance_id = ANY(:ids) AND version_id = current_version_id"
        ),
        {"form_key": form_key, "ids": instance_ids},
    )
    return {instance_id: bytes(xml) for instance_id, xml in rows}


def count_unverified(connection: sa.Connection, form_key: int) -> int:
    """Live rows whose XML has not been compared yet."""
    return connection.execute(
        sa.text(
            "SELECT count(*) FROM raw.submission WHERE form_key = :form_key"
            " AND verified_at IS NULL AND purged_at IS NULL AND deleted_at IS NULL"
        ),
        {"form_key": form_key},
    ).scalar_one()


def forget_renderings(connection: sa.Connection, form_key: int, instance_ids: list[str]) -> None:
    """Let the next pull that reads these rows write them anew, whatever it believes of them."""
    connection.execute(
        sa.text(
            "UPDATE raw.submission SET odata_sha256 = '' WHERE form_key = :form_key"
            " AND instance_id = ANY(:ids)"
        ),
        {"form_key": form_key, "ids": instance_ids},
    )


def set_xml_aside(connection: sa.Connection, form_key: int, instance_ids: list[str]) -> None:
    """Let the XML of these be fetched anew; what was kept of them goes to raw.purged_version.

    Central never changes the XML of a version: another one is another submission, and a submission
    is another when it was sent at another moment (raw.set_versions_aside). The true moment comes
    back with the next reading.
    """
    connection.execute(
        sa.text(
            "UPDATE raw.submission SET submission_date = submission_date - interval '1 ms',"
            " odata_sha256 = '' WHERE form_key = :form_key AND instance_id = ANY(:ids)"
        ),
        {"form_key": form_key, "ids": instance_ids},
    )


def save_reconciliation(
    connection: sa.Connection,
    form_key: int,
    *,
    central_count: int,
    mirror_count: int,
    unverified_count: int,
    differences: dict[str, int],
    is_deep: bool,
    now: dt.datetime,
) -> None:
    """Keep when a form was compared, and what came out: rows that differ, by kind."""
    connection.execute(
        sa.text(SAVE_SQL),
        {
            "form_key": form_key,
            "central_count": central_count,
            "mirror_count": mirror_count,
            "unverified_count": unverified_count,
            "differences": orjson.dumps(differences).decode(),
            "difference_count": sum(differences.values()),
            "is_deep": is_deep,
            "now": now,
        },
    )


SAVE_SQL = """
UPDATE ops.sync_state SET reconciled_at = :now, central_count = :central_count,
  mirror_count = :mirror_count, unverified_count = :unverified_count, is_deep = :is_deep,
  difference_count = :difference_count, differences = CAST(:differences AS jsonb)
WHERE form_key = :form_key
"""
