"""What is to be said at Central about a submission: decided here, sent by the jobs, remembered.

In: `submission_now` and `asked_now`. Out: rows of `quality.message`. Promised: a review state is
asked for once a version, an issue is told once a version; what a person decided at Central
(approved, rejected, or the state that they set over ours) is left alone. So our own review, which
comes back with the next pull as a change of the submission, changes nothing further.
"""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

HAS_ISSUES, APPROVED, REJECTED = "hasIssues", "approved", "rejected"
RECEIVED = ""
FIRST_RETRY_S = 60
LAST_RETRY_S = 24 * 3600


def add_reviews(connection: sa.Connection, now: datetime) -> int:
    """Ask for hasIssues where something is asked, and take it back where nothing is any more."""
    values = {"now": now, "has_issues": HAS_ISSUES}
    connection.execute(sa.text(CANCEL_SQL), values)
    return sum(
        connection.execute(sa.text(statement), values).rowcount
        for statement in (ADD_REVIEWS_SQL, TAKE_BACK_SQL)
    )


def list_untold(connection: sa.Connection) -> list[sa.RowMapping]:
    """Asked issues that no comment has told in this version, those of a submission together."""
    return list(connection.execute(sa.text(UNTOLD_SQL)).mappings())


def add_comment(
    connection: sa.Connection, place: tuple[int, str, str], body: str, issue_ids: Iterable[int],
    now: datetime,
) -> None:  # fmt: skip
    """place: form_key, instance_id, version_id of the submission. issue_ids: what it tells."""
    form_key, instance_id, version_id = place
    connection.execute(
        sa.text(ADD_COMMENT_SQL),
        {
            "form_key": form_key, "instance_id": instance_id, "version_id": version_id,
            "body": body, "issue_ids": list(issue_ids), "now": now,
        },
    )  # fmt: skip


def add_verdict(
    connection: sa.Connection, place: tuple[int, str, str], review_state: str, now: datetime
) -> None:
    """approved or rejected, as an officer answered a school update. place: as in `add_comment`."""
    _add_about_update(connection, "review", place, review_state, now)


def add_remark(
    connection: sa.Connection, place: tuple[int, str, str], body: str, now: datetime
) -> None:
    """What became of a school update, in the school's language."""
    _add_about_update(connection, "comment", place, body, now)


def _add_about_update(connection, kind: str, place: tuple, body: str, now: datetime) -> None:
    form_key, instance_id, version_id = place
    connection.execute(
        sa.text(ADD_ABOUT_UPDATE_SQL),
        {
            "kind": kind, "form_key": form_key, "instance_id": instance_id,
            "version_id": version_id, "body": body, "now": now,
        },
    )  # fmt: skip


def take_messages(
    connection: sa.Connection, central: str, project: int, limit: int, now: datetime
) -> list[sa.RowMapping]:
    """Messages to be sent now, held until the end of the transaction; the oldest first."""
    values = {"central": central, "project": project, "limit": limit, "now": now}
    return list(connection.execute(sa.text(TAKE_SQL), values).mappings())


def has_messages(connection: sa.Connection, central: str, project: int, now: datetime) -> bool:
    values = {"central": central, "project": project, "now": now}
    return connection.execute(sa.text(HAS_SQL), values).scalar_one()


def count_waiting(connection: sa.Connection) -> int:
    """Messages that have not been sent."""
    return connection.execute(
        sa.text("SELECT count(*) FROM quality.message WHERE outcome IS NULL")
    ).scalar_one()


def save_outcome(connection: sa.Connection, message_id: int, outcome: str, now: datetime) -> None:
    connection.execute(
        sa.text(
            "UPDATE quality.message SET outcome = :outcome, ended_at = :now, reason = NULL"
            " WHERE message_id = :message_id"
        ),
        {"message_id": message_id, "outcome": outcome, "now": now},
    )


def put_off(connection: sa.Connection, message_id: int, reason: str, now: datetime) -> None:
    """Try this one again later, a minute at first, a day at last; it holds up no other."""
    connection.execute(
        sa.text(PUT_OFF_SQL),
        {
            "message_id": message_id, "reason": reason[:500], "now": now,
            "first": FIRST_RETRY_S, "last": LAST_RETRY_S,
        },
    )  # fmt: skip


# The newest review of this version that was sent or is to be; none that was overtaken.
LAST_REVIEW = """
LEFT JOIN LATERAL (
  SELECT m.body, m.outcome FROM quality.message m
  WHERE m.form_key = n.form_key AND m.instance_id = n.instance_id
    AND m.version_id = s.current_version_id AND m.kind = 'review' AND m.about = 'issues'
    AND m.outcome IS DISTINCT FROM 'overtaken'
  ORDER BY m.message_id DESC LIMIT 1
) last ON true"""
IS_ASKED = """EXISTS (SELECT FROM asked_now a
    WHERE a.form_key = n.form_key AND a.instance_id = n.instance_id)"""
INSERT = """
INSERT INTO quality.message
  (kind, form_key, instance_id, version_id, body, made_at, not_before)"""

ADD_REVIEWS_SQL = f"""{INSERT}
SELECT 'review', n.form_key, n.instance_id, s.current_version_id, :has_issues, :now, :now
FROM submission_now n JOIN raw.submission s USING (form_key, instance_id) {LAST_REVIEW}
WHERE n.is_live AND {IS_ASKED}
  AND coalesce(s.review_state, 'received') IN ('received', 'edited')
  AND last.body IS DISTINCT FROM :has_issues
"""

TAKE_BACK_SQL = f"""{INSERT}
SELECT 'review', n.form_key, n.instance_id, s.current_version_id, '', :now, :now
FROM submission_now n JOIN raw.submission s USING (form_key, instance_id) {LAST_REVIEW}
WHERE n.is_live AND NOT {IS_ASKED}
  AND s.review_state = :has_issues AND last.body = :has_issues AND last.outcome IS NOT NULL
"""

# What was not sent before it was settled, or before a new version came, is not sent at all.
CANCEL_SQL = f"""
UPDATE quality.message m SET outcome = 'overtaken', ended_at = :now
FROM submission_now n JOIN raw.submission s USING (form_key, instance_id)
WHERE m.form_key = n.form_key AND m.instance_id = n.instance_id AND m.outcome IS NULL
  AND m.about = 'issues' AND (NOT n.is_live OR m.version_id <> s.current_version_id
    OR (NOT {IS_ASKED} AND (m.kind, m.body) <> ('review', ''))
    OR ({IS_ASKED} AND (m.kind, m.body) = ('review', '')))
"""

UNTOLD_SQL = """
SELECT a.form_key, a.instance_id, a.version_id, a.form_id, a.issue_id, i.rule, i.arguments,
  h.language_code
FROM asked_now a
JOIN quality.issue i USING (issue_id)
LEFT JOIN emis.school h ON h.school_code = a.school_code
WHERE NOT EXISTS (SELECT FROM quality.told_issue t JOIN quality.message m USING (message_id)
  WHERE t.issue_id = a.issue_id AND t.version_id = a.version_id
    AND m.outcome IS DISTINCT FROM 'overtaken')
ORDER BY a.form_key, a.instance_id,
  array_position(ARRAY['blocking', 'error', 'warning', 'review'], i.severity), i.subject, i.issue_id
"""

ADD_COMMENT_SQL = f"""
WITH added AS ({INSERT}
  VALUES ('comment', :form_key, :instance_id, :version_id, :body, :now, :now)
  RETURNING message_id
)
INSERT INTO quality.told_issue (issue_id, version_id, message_id)
SELECT issue_id, :version_id, message_id
FROM added, unnest(CAST(:issue_ids AS bigint[])) AS issue_id
ON CONFLICT (issue_id, version_id) DO UPDATE SET message_id = excluded.message_id
"""

ADD_ABOUT_UPDATE_SQL = """
INSERT INTO quality.message
  (kind, form_key, instance_id, version_id, body, made_at, not_before, about)
VALUES (:kind, :form_key, :instance_id, :version_id, :body, :now, :now, 'update')
"""

AT_CENTRAL = """
FROM quality.message m JOIN raw.form f USING (form_key)
WHERE m.outcome IS NULL AND m.not_before <= :now AND f.central = :central AND f.project = :project
  AND f.state <> 'gone'
"""

TAKE_SQL = f"""
SELECT m.message_id, m.kind, f.form_id, m.instance_id, m.version_id, m.body
{AT_CENTRAL}
ORDER BY m.not_before, m.message_id LIMIT :limit FOR UPDATE OF m SKIP LOCKED
"""

HAS_SQL = f"SELECT EXISTS (SELECT {AT_CENTRAL})"

PUT_OFF_SQL = """
UPDATE quality.message
SET attempts = attempts + 1, reason = :reason,
  not_before = CAST(:now AS timestamptz)
    + make_interval(secs => least(:last, :first * power(2, least(attempts, 12))))
WHERE message_id = :message_id
"""
