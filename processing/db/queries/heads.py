"""Who heads a school."""

from collections.abc import Iterable

import sqlalchemy as sa

from config.codes import read_codes
from processing.db.queries.entity_rows import STAFF_OF_NOW, WORKS_HERE, chosen_sql, now_sql

HEAD_JOBS = [code.code for code in read_codes("staff_job") if code.extra["is_head"] == "yes"]


def find_heads(connection: sa.Connection, codes: Iterable[str] | None = None) -> dict[str, str]:
    """School -> the name of its head: of these schools; None: of all.

    Who does a head's work as the staff on record say now, this year's return included, where it is
    one person; or whom a change of head names that was approved and is not older than the newest
    staff return.
    """
    chosen = None if codes is None else list(codes)
    rows = connection.execute(sa.text(HEADS_SQL), {"codes": chosen, "jobs": HEAD_JOBS})
    return {row.school_code: row.name for row in rows}


HEADS_SQL = f"""
WITH chosen AS (
  SELECT s.school_code FROM emis.school s WHERE s.is_open AND {chosen_sql("s.school_code")}
), listed AS (
  SELECT m.school_code, min(m.name) AS name
  {STAFF_OF_NOW} AND {chosen_sql("m.school_code")}
    AND {now_sql("work_code")} = ANY(:jobs) AND {WORKS_HERE}
  GROUP BY m.school_code HAVING count(*) = 1
), reported AS (
  SELECT DISTINCT ON (u.school_code) u.school_code,
    btrim(u.answers ->> 'new_head_new_head_name') AS name
  FROM chosen JOIN quality.school_update u USING (school_code)
  JOIN quality.update_decision d ON d.update_id = u.update_id
    AND d.decision = 'approved' AND d.outcome = 'applied'
  JOIN raw.submission w ON w.form_key = u.form_key AND w.instance_id = u.instance_id
    AND w.current_version_id = u.version_id AND coalesce(w.deleted_at, w.purged_at) IS NULL
  WHERE 'head' = ANY(u.kinds) AND btrim(u.answers ->> 'new_head_new_head_name') <> ''
    AND u.effective_date >= coalesce((
      SELECT max(r.reference_date) FROM emis.school_return c
      JOIN emis.round r ON r.round_code = c.period AND r.form_id = c.form_id
      WHERE c.school_code = u.school_code AND c.form_id = 'staff_return'), '-infinity')
  ORDER BY u.school_code, u.effective_date DESC, u.update_id DESC
)
SELECT school_code, coalesce(reported.name, listed.name) AS name
FROM listed FULL JOIN reported USING (school_code)
"""
