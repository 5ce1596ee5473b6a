"""Correction tasks: what schools are asked, about which screen, and which of it is on the tablet.

In: `submission_now` (see `processing.db.queries.returns`) with the issues of `quality`. Out: the
temporary tables `asked_now` (open issues that a school is asked about) and `school_now`, and
`quality.correction_task` with its issues and values. Promised: the issues of one screen of one
version are one task; of a school's tasks the gravest are open, at most `places` of them, and the
others wait; twice is the same as once.

| the task of a screen was | its issues now | becomes |
|---|---|---|
| – | open | waiting |
| waiting, open | the same | stays |
| open | others | opened anew, so that the tablet shows them |
| waiting, open | none is open | closed: settled |
| waiting, open | of another version, or the return is withdrawn | closed: overtaken |
| closed | open (found again) | waiting |
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa

from config.corrections import Screen
from config.rules import SEVERITIES
from processing.db.queries.returns import Source, SurveyColumns, find_source, source_sql

ASKED_LOCK = 0x41534B44  # "ASKD", with the number of a group of schools as the second key
LOCK_GROUPS = 64


def load_schools(connection: sa.Connection) -> None:
    """Fill `school_now`: the schools of the slices and of the tasks of their submissions.

    Waits until nobody else decides about these schools: two would fill the same places.
    """
    for statement in SCHOOL_TABLE_SQL, "TRUNCATE school_now", LOAD_SCHOOLS_SQL:
        connection.execute(sa.text(statement))
    connection.execute(sa.text(LOCK_SQL), {"key": ASKED_LOCK, "groups": LOCK_GROUPS})


def load_asked(connection: sa.Connection, screens: Iterable[tuple[str, str]]) -> None:
    """Fill `asked_now`. screens: (form_id, path) of the groups of questions that are screens."""
    forms, paths = zip(*sorted(screens), strict=True)
    connection.execute(sa.text(ASKED_TABLE_SQL))
    connection.execute(sa.text("TRUNCATE asked_now"))
    connection.execute(
        sa.text(LOAD_ASKED_SQL), {"screen_forms": list(forms), "screen_paths": list(paths)}
    )
    connection.execute(sa.text("ANALYZE asked_now"))


def close_tasks(connection: sa.Connection, now: datetime) -> int:
    """Close the tasks of `submission_now` that nobody has to answer any more."""
    return connection.execute(sa.text(CLOSE_SQL), {"now": now}).rowcount


def save_tasks(connection: sa.Connection) -> int:
    """A task for each screen with asked issues; those that are new or asked anew.

    Fills `task_changed`, the tasks whose issues are others than before.
    """
    for statement in CHANGED_TABLE_SQL, "TRUNCATE task_changed":
        connection.execute(sa.text(statement))
    count = connection.execute(sa.text(SAVE_TASKS_SQL), {"severities": list(SEVERITIES)}).rowcount
    connection.execute(sa.text(DROP_LINKS_SQL))
    connection.execute(sa.text(SAVE_LINKS_SQL))
    connection.execute(sa.text(REOPEN_SQL))
    return count


def save_values(
    connection: sa.Connection, screens: Iterable[Screen], columns: SurveyColumns
) -> None:
    """The numbers of the screens that `task_changed` asks about, as reported and as they count."""
    connection.execute(sa.text(DROP_VALUES_SQL))
    for screen in screens:
        if not screen.numbers:
            continue
        source = find_source(screen.form_id, screen.path)
        if source.table in columns.types:
            statement = _values_sql(screen, source, columns)
            values = {"form_id": screen.form_id, "screen": screen.path, "table": source.table}
            connection.execute(sa.text(statement), values)


def give_places(connection: sa.Connection, places: int, due_on: date, now: datetime) -> None:
    """Open a school's gravest tasks, as many as it has places, and let the others wait."""
    values = {"places": places, "severities": list(SEVERITIES), "due_on": due_on, "now": now}
    connection.execute(sa.text(GIVE_PLACES_SQL), values)


def _values_sql(screen: Screen, source: Source, columns: SurveyColumns) -> str:
    names = {number: source.column_of(f"{screen.path}/{number.path}") for number in screen.numbers}
    wanted = list(names.values())
    counted = source_sql(replace(source, name="counted"), columns, wanted)
    reported = source_sql(replace(source, name="reported"), columns.as_reported, wanted)
    listed = ",\n    ".join(
        f"({place}, '{screen.path}/{number.path}', '{column}', '{number.family}',"
        f" r.{column}, c.{column})"
        for place, (number, column) in enumerate(names.items(), start=1)
    )
    rows = "AND r._position = t.row_position AND c._position = r._position"
    return VALUES_SQL.format(
        counted=counted, reported=reported, listed=listed, rows=rows if source.is_repeat else ""
    )


SCHOOL_TABLE_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS school_now (school_code text PRIMARY KEY) ON COMMIT DROP
"""

LOAD_SCHOOLS_SQL = """
INSERT INTO school_now
SELECT school_code FROM slice_now WHERE school_code <> ''
UNION SELECT school_code FROM submission_now WHERE school_code IS NOT NULL
UNION SELECT t.school_code FROM quality.correction_task t
  JOIN submission_now n USING (form_key, instance_id) WHERE t.state <> 'closed'
"""

# Always in the same order, so that no two wait for each other.
LOCK_SQL = """
SELECT pg_advisory_xact_lock(:key, school_group) FROM (
  SELECT DISTINCT abs(hashtext(school_code) % :groups) AS school_group FROM school_now ORDER BY 1
) ordered
"""

ASKED_TABLE_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS asked_now (
  issue_id bigint PRIMARY KEY,
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  version_id text NOT NULL,
  form_id text NOT NULL,
  school_code text,
  period text NOT NULL,
  screen text NOT NULL,
  row_position integer NOT NULL,
  severity text NOT NULL,
  asks text NOT NULL,
  first_seen_at timestamptz NOT NULL
) ON COMMIT DROP
"""

# `/grades[2]/girls` is a screen; `/grades[2]/flow/girls_repeaters` and `/rooms[2]` lie on one.
LOAD_ASKED_SQL = r"""
INSERT INTO asked_now
SELECT i.issue_id, i.form_key, i.instance_id, s.current_version_id, i.form_id, n.school_code,
  n.period, p.screen, coalesce(substring(i.subject FROM '\[(\d+)\]')::integer, 0), i.severity,
  q.asks, i.first_seen_at
FROM quality.issue i
JOIN submission_now n USING (form_key, instance_id)
JOIN raw.submission s USING (form_key, instance_id)
JOIN quality.rule q ON q.rule = i.rule,
LATERAL (SELECT regexp_replace(i.subject, '\[\d+\]', '', 'g') AS path) plain,
LATERAL (SELECT CASE WHEN (i.form_id, plain.path) IN (
      SELECT * FROM unnest(CAST(:screen_forms AS text[]), CAST(:screen_paths AS text[])))
    THEN plain.path
    ELSE coalesce(nullif(regexp_replace(plain.path, '/[^/]*$', ''), ''), '/') END AS screen) p
WHERE n.is_live AND i.state IN ('open', 'sent_back') AND q.asks <> 'nobody'
"""

SAME_SCREEN = """(t.form_key, t.instance_id, t.version_id, t.screen, t.row_position)
    = (a.form_key, a.instance_id, a.version_id, a.screen, a.row_position)"""

CLOSE_SQL = f"""
UPDATE quality.correction_task t
SET state = 'closed', closed_at = :now,
  closed_how = CASE WHEN n.is_live AND s.current_version_id = t.version_id
    AND n.school_code = t.school_code THEN 'settled' ELSE 'overtaken' END
FROM submission_now n JOIN raw.submission s USING (form_key, instance_id)
WHERE n.form_key = t.form_key AND n.instance_id = t.instance_id AND t.state <> 'closed'
  AND NOT EXISTS (SELECT FROM asked_now a
    WHERE {SAME_SCREEN} AND a.school_code = t.school_code)
"""

CHANGED_TABLE_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS task_changed (task_id bigint NOT NULL) ON COMMIT DROP
"""

SAVE_TASKS_SQL = """
WITH saved AS (
INSERT INTO quality.correction_task AS t (task_code, form_key, form_id, instance_id, version_id,
  screen, row_position, school_code, period, severity, first_seen_at)
SELECT left(md5(concat_ws('|', f.central, f.project, f.form_id, f.form_created_at, a.instance_id,
    a.version_id, a.screen, a.row_position)), 12),
  a.form_key, a.form_id, a.instance_id, a.version_id, a.screen, a.row_position, a.school_code,
  a.period,
  (CAST(:severities AS text[]))[min(array_position(CAST(:severities AS text[]), a.severity))],
  min(a.first_seen_at)
FROM asked_now a JOIN raw.form f USING (form_key)
WHERE a.school_code IS NOT NULL
GROUP BY f.central, f.project, f.form_id, f.form_created_at, a.form_key, a.form_id, a.instance_id,
  a.version_id, a.screen, a.row_position, a.school_code, a.period
ON CONFLICT (form_key, instance_id, version_id, screen, row_position) DO UPDATE
SET severity = excluded.severity, school_code = excluded.school_code, period = excluded.period,
  state = CASE t.state WHEN 'closed' THEN 'waiting' ELSE t.state END,
  closed_at = NULL, closed_how = NULL
WHERE t.state = 'closed' OR t.severity <> excluded.severity
RETURNING task_id
)
INSERT INTO task_changed SELECT task_id FROM saved
"""

DROP_LINKS_SQL = f"""
WITH dropped AS (
  DELETE FROM quality.task_issue l USING quality.correction_task t, submission_now n
  WHERE l.task_id = t.task_id AND t.form_key = n.form_key AND t.instance_id = n.instance_id
    AND t.state <> 'closed'
    AND NOT EXISTS (SELECT FROM asked_now a WHERE {SAME_SCREEN} AND a.issue_id = l.issue_id)
  RETURNING l.task_id
)
INSERT INTO task_changed SELECT DISTINCT task_id FROM dropped
"""

# since_opening: an answer to what stood on the tablet before does not speak of this issue.
SAVE_LINKS_SQL = f"""
WITH added AS (
  INSERT INTO quality.task_issue (task_id, issue_id, since_opening)
  SELECT t.task_id, a.issue_id, t.opening + 1
  FROM asked_now a JOIN quality.correction_task t ON {SAME_SCREEN}
  ON CONFLICT DO NOTHING
  RETURNING task_id
)
INSERT INTO task_changed SELECT DISTINCT task_id FROM added
"""

REOPEN_SQL = """
UPDATE quality.correction_task t SET opening = opening + 1
WHERE state = 'open' AND task_id IN (SELECT task_id FROM task_changed)
"""

DROP_VALUES_SQL = """
DELETE FROM quality.task_value WHERE task_id IN (SELECT task_id FROM task_changed)
"""

VALUES_SQL = """
WITH {counted}, {reported}
INSERT INTO quality.task_value (task_id, position, path, table_name, column_name, reported_value,
  value)
SELECT task_id, row_number() OVER (PARTITION BY task_id ORDER BY place), path, :table,
  column_name, reported, counted
FROM (
  SELECT t.task_id, v.*,
    bool_or(v.reported IS NOT NULL) OVER (PARTITION BY t.task_id, v.family) AS has_family,
    bool_or(v.reported IS NOT NULL) OVER (PARTITION BY t.task_id) AS has_any
  FROM quality.correction_task t
  JOIN reported r USING (form_key, instance_id)
  JOIN counted c USING (form_key, instance_id),
  LATERAL (VALUES
    {listed}
  ) AS v(place, path, column_name, family, reported, counted)
  WHERE t.form_id = :form_id AND t.screen = :screen {rows}
    AND t.task_id IN (SELECT task_id FROM task_changed)
    AND EXISTS (SELECT FROM quality.task_issue l JOIN asked_now a USING (issue_id)
      WHERE l.task_id = t.task_id AND a.asks = 'value')
) numbered
WHERE has_family OR NOT has_any
"""

# An open task keeps its place before a waiting one that is as grave; its day stays.
GIVE_PLACES_SQL = """
WITH placed AS (
  SELECT t.task_id, t.state, row_number() OVER (
      PARTITION BY t.school_code
      ORDER BY array_position(CAST(:severities AS text[]), t.severity), t.state = 'open' DESC,
        t.first_seen_at, t.task_id
    ) <= :places AS has_place
  FROM quality.correction_task t JOIN school_now USING (school_code)
  WHERE t.state <> 'closed'
)
UPDATE quality.correction_task t
SET state = CASE WHEN p.has_place THEN 'open' ELSE 'waiting' END,
  opening = t.opening + p.has_place::integer,
  opened_at = CASE WHEN p.has_place THEN CAST(:now AS timestamptz) ELSE t.opened_at END,
  due_on = CASE WHEN p.has_place THEN CAST(:due_on AS date) ELSE t.due_on END
FROM placed p
WHERE p.task_id = t.task_id AND p.has_place <> (t.state = 'open')
"""
