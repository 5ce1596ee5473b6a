"""Issues that landing itself finds: answers that their columns cannot hold as they stand."""

import datetime as dt

import orjson
import sqlalchemy as sa

LANDING_RULES = ("value_fits_its_type", "digits_are_western", "number_is_trimmed")
LANDING_ACTOR = "landing"


def open_landing_issues(
    connection: sa.Connection, form_key: int, found: list[dict], now: dt.datetime
) -> int:
    """Open or renew issues. found: dicts of instance_id, rule, subject, arguments.

    Returns how many were opened or reopened. A waived issue stays waived.
    """
    if not found:
        return 0
    connection.execute(sa.text(FOUND_TABLE_SQL))
    connection.execute(
        sa.text(
            "INSERT INTO misfit_found VALUES (:instance_id, :rule, :subject,"
            " CAST(:arguments AS jsonb)) ON CONFLICT DO NOTHING"
        ),
        [{**row, "arguments": orjson.dumps(row["arguments"]).decode()} for row in found],
    )
    return len(connection.execute(sa.text(OPEN_SQL), _times(form_key, now)).all())


def resolve_landing_issues(
    connection: sa.Connection,
    form_key: int,
    instance_ids: list[str],
    found: list[dict],
    now: dt.datetime,
) -> int:
    """Resolve this form's landing issues of `instance_ids` that are not among `found`.

    Not those of an earlier moment alone: landing may have opened one from what the feed shows in
    the very transaction that now looks at the XML.
    """
    values = {**_times(form_key, now), "ids": instance_ids, "rules": list(LANDING_RULES)}
    for name in ("instance_id", "rule", "subject"):
        values[f"found_{name}"] = [row[name] for row in found]
    rows = connection.execute(sa.text(RESOLVE_SQL), values)
    return len(rows.all())


def _times(form_key: int, now: dt.datetime) -> dict:
    return {"form_key": form_key, "now": now, "actor": LANDING_ACTOR}


FOUND_TABLE_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS misfit_found (
  instance_id text, rule text, subject text, arguments jsonb,
  PRIMARY KEY (instance_id, rule, subject)
) ON COMMIT DROP;
TRUNCATE misfit_found
"""

OPEN_SQL = """
WITH before AS (
  SELECT instance_id, rule, subject, state FROM quality.issue
  WHERE form_key = :form_key AND (instance_id, rule, subject)
    IN (SELECT instance_id, rule, subject FROM misfit_found)
), written AS (
  INSERT INTO quality.issue (rule, severity, form_key, form_id, instance_id, subject, arguments,
                             school_code, period, first_seen_at, last_seen_at)
  SELECT f.rule, r.severity, s.form_key, form.form_id, f.instance_id, f.subject, f.arguments,
         s.school_code, s.period, :now, :now
  FROM misfit_found f JOIN quality.rule r USING (rule)
    JOIN raw.submission s ON s.form_key = :form_key AND s.instance_id = f.instance_id
    JOIN raw.form form ON form.form_key = s.form_key
  ON CONFLICT (form_key, instance_id, rule, subject) DO UPDATE
  SET last_seen_at = :now, arguments = excluded.arguments, school_code = excluded.school_code,
      period = excluded.period, resolved_at = NULL,
      state = CASE issue.state WHEN 'resolved' THEN 'open' ELSE issue.state END
  RETURNING issue_id, instance_id, rule, subject, state
)
INSERT INTO quality.issue_event (issue_id, at, from_state, to_state, actor)
SELECT w.issue_id, :now, b.state, w.state, :actor
FROM written w LEFT JOIN before b USING (instance_id, rule, subject)
WHERE w.state IS DISTINCT FROM b.state
RETURNING issue_id
"""

RESOLVE_SQL = """
WITH gone AS (
  UPDATE quality.issue i SET state = 'resolved', resolved_at = :now
  FROM (SELECT issue_id, state FROM quality.issue
        WHERE form_key = :form_key AND instance_id = ANY(:ids) AND rule = ANY(:rules)
          AND state IN ('open', 'sent_back')
          AND (instance_id, rule, subject) NOT IN (
            SELECT * FROM unnest(CAST(:found_instance_id AS text[]), CAST(:found_rule AS text[]),
                                 CAST(:found_subject AS text[])))
        FOR UPDATE) old
  WHERE i.issue_id = old.issue_id RETURNING i.issue_id, old.state AS from_state
)
INSERT INTO quality.issue_event (issue_id, at, from_state, to_state, actor)
SELECT issue_id, :now, from_state, 'resolved', :actor FROM gone RETURNING issue_id
"""
