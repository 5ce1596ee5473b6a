"""Who sends, and what was said: actors of a project, submitters of a form, comments."""

import datetime as dt

import orjson
import sqlalchemy as sa

# With the quarter of an hour between two looks of the timetable: within an hour.
COMMENTS_EVERY = dt.timedelta(minutes=45)


def save_actors(
    connection: sa.Connection,
    central: str,
    project: int,
    rows: list[dict],
    now: dt.datetime,
    *,
    are_app_users: bool = False,
) -> None:
    """Add or renew actors; one that is listed no more stays as it was last seen.

    rows: actor_id, kind, display_name, created_at, properties, is_revoked, last_used_at.
    """
    if not rows:
        return
    common = {"central": central, "project": project, "now": now, "is_app_user": are_app_users}
    connection.execute(
        sa.text(ACTOR_SQL),
        [common | row | {"properties": orjson.dumps(row["properties"]).decode()} for row in rows],
    )


# A list of submitters says nothing of rights: what the list of app users said of one stays.
ACTOR_SQL = """
INSERT INTO raw.actor AS a (central, project, actor_id, kind, display_name, properties, created_at,
  is_app_user, is_revoked, last_used_at, first_seen_at, seen_at)
VALUES (:central, :project, :actor_id, :kind, :display_name, CAST(:properties AS jsonb),
  :created_at, :is_app_user, :is_revoked, :last_used_at, :now, :now)
ON CONFLICT (central, project, actor_id) DO UPDATE
SET kind = excluded.kind, display_name = excluded.display_name, seen_at = excluded.seen_at,
  is_app_user = a.is_app_user OR excluded.is_app_user,
  properties = CASE WHEN excluded.is_app_user THEN excluded.properties ELSE a.properties END,
  is_revoked = CASE WHEN excluded.is_app_user THEN excluded.is_revoked ELSE a.is_revoked END,
  last_used_at = coalesce(excluded.last_used_at, a.last_used_at)
"""


def save_submitters(
    connection: sa.Connection, form_key: int, actor_ids: list[int], now: dt.datetime
) -> None:
    """These have sent to the form; none is ever taken away."""
    connection.execute(
        sa.text(
            "INSERT INTO raw.form_submitter (form_key, actor_id, first_seen_at)"
            " SELECT :form_key, actor_id, :now FROM unnest(CAST(:ids AS integer[])) AS t (actor_id)"
            " ON CONFLICT DO NOTHING"
        ),
        {"form_key": form_key, "ids": actor_ids, "now": now},
    )


def list_uncommented(
    connection: sa.Connection, central: str, project: int, limit: int, now: dt.datetime
) -> list[sa.Row]:
    """(form_key, instance_id) of submissions whose comments are worth a look now.

    Those with an open issue and those that wait for a correction (review state hasIssues), while
    their form is followed: each once in COMMENTS_EVERY.
    """
    return connection.execute(
        sa.text(UNCOMMENTED_SQL),
        {
            "central": central,
            "project": project,
            "limit": limit,
            "before": now - COMMENTS_EVERY,
        },
    ).all()


UNCOMMENTED_SQL = """
WITH talked_about AS (
  SELECT form_key, instance_id FROM quality.issue
  WHERE state IN ('open', 'sent_back') AND instance_id IS NOT NULL
  UNION SELECT form_key, instance_id FROM raw.submission WHERE review_state = 'hasIssues'
)
SELECT s.form_key, s.instance_id
FROM talked_about JOIN raw.submission s USING (form_key, instance_id)
  JOIN raw.form f USING (form_key) LEFT JOIN ops.comment_look l USING (form_key, instance_id)
WHERE f.central = :central AND f.project = :project AND f.state <> 'gone'
  AND s.deleted_at IS NULL AND s.purged_at IS NULL
  AND (l.looked_at IS NULL OR l.looked_at <= :before)
ORDER BY l.looked_at NULLS FIRST, s.submission_date DESC LIMIT :limit
"""


def save_comments(
    connection: sa.Connection,
    form_key: int,
    instance_id: str,
    rows: list[dict],
    now: dt.datetime,
) -> int:
    """Keep the comments of a submission; returns how many are new.

    rows: number, actor_id, actor_name, body, commented_at.
    """
    key = {"form_key": form_key, "instance_id": instance_id, "now": now}
    connection.execute(sa.text(LOOK_SQL), key)
    count = 0
    for row in rows:
        count += connection.execute(sa.text(COMMENT_SQL), key | row).rowcount
    return count


LOOK_SQL = """
INSERT INTO ops.comment_look (form_key, instance_id, looked_at)
VALUES (:form_key, :instance_id, :now)
ON CONFLICT (form_key, instance_id) DO UPDATE SET looked_at = excluded.looked_at
"""
COMMENT_SQL = """
INSERT INTO raw.comment (form_key, instance_id, number, actor_id, actor_name, body, commented_at,
  fetched_at)
VALUES (:form_key, :instance_id, :number, :actor_id, :actor_name, :body, :commented_at, :now)
ON CONFLICT (form_key, instance_id, commented_at, number) DO NOTHING
"""


def list_comments(connection: sa.Connection, form_key: int, instance_id: str) -> list[sa.Row]:
    """The comments on a submission as they were last read, oldest first."""
    return connection.execute(
        sa.text(
            "SELECT number, actor_id, actor_name, body, commented_at FROM raw.comment"
            " WHERE form_key = :form_key AND instance_id = :instance_id"
            " ORDER BY commented_at, number"
        ),
        {"form_key": form_key, "instance_id": instance_id},
    ).all()
