"""The life of issues: what the rules found now, against what was known before.

In: `submission_now` and `adjustment_now` (see `processing.db.queries.returns`), and the temporary
table `issue_found`.
Out: `quality.issue` and `quality.issue_event`. Promised: an issue is never deleted, each change
of its state is an event, and the same findings twice change nothing but `last_seen_at`.

| known as | found now | found with a reason in the return | not found now |
|---|---|---|---|
| – | open | waived | – |
| open | stays | waived | resolved |
| sent back, or taken up again by a person | stays | stays | resolved |
| resolved | open again | waived | stays |
| open, of a rule that could not run | – | – | stays |
| waived by the reason in the return | open again | stays, with the newest reason (1) | resolved |
| waived by a person | stays waived | stays waived | stays waived |

(1) Where a correction has changed the numbers, or another figure is held elsewhere than the reason
was given for, it is open again: the reason is of the numbers that stood then. A reason that was set
aside, so or by a person, is none from then on.

Issues of landing's rules are landing's: they only rest while their submission is withdrawn
(deleted, purged, rejected), and wake when it comes back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

ACTOR = "validate"
WITHDRAWN = "submission withdrawn"
# The actor where the form itself has asked for the reason, and the school has given it there.
IN_THE_RETURN = "school, in the return"
BLANKS = r"E' \t\r\n\u00a0'"
TAKEN_AWAY, CORRECTED_SINCE = "no reason given any more", "corrected since the reason was given"
HELD_SINCE = "another figure is held since the reason was given"


@dataclass(frozen=True)
class IssueChanges:
    """How many issues changed, and how many are open in the slices now."""

    opened: int
    reopened: int
    resolved: int
    open_now: int


def clear_found(connection: sa.Connection) -> None:
    """An empty `issue_found`, for the transaction."""
    connection.execute(sa.text(FOUND_TABLE_SQL))
    connection.execute(sa.text("TRUNCATE issue_found"))


def find_issues(
    connection: sa.Connection,
    rule: str,
    sources: str,
    select: str,
    parameters: Mapping,
    is_explained: bool = False,
) -> int:
    """Add what breaks the rule to `issue_found`; how many. One issue a subject of a submission.

    is_explained: the select has a column reason, what the return itself says why it is so.
    """
    sql = FIND_SQL.format(
        sources=f"WITH {sources}" if sources else "",
        select=select,
        reason=f"nullif(btrim(found.reason, {BLANKS}), '')" if is_explained else "NULL",
    )
    statement = sa.text(sql)
    known = {name: parameters[name] for name in statement.compile().params if name != "rule"}
    return connection.execute(statement, {"rule": rule, **known}).rowcount


def settle_issues(
    connection: sa.Connection,
    landing_rules: list[str],
    gaps: Mapping[tuple[str, str], str],
    now: datetime,
) -> IssueChanges:
    """Bring the issues of `submission_now` to what `issue_found` says.

    landing_rules: those whose issues are not found here, and so not resolved here either.
    gaps: (rule, form_id) of rules that could not run: nobody has looked, so nothing is resolved.
    """
    values = {"landing": landing_rules, "now": now, "actor": ACTOR, "withdrawn": WITHDRAWN}
    values |= {"in_the_return": IN_THE_RETURN, "taken_away": TAKEN_AWAY}
    values |= {"corrected_since": CORRECTED_SINCE, "held_since": HELD_SINCE}
    values |= {"gap_rules": [rule for rule, _ in gaps], "gap_forms": [form for _, form in gaps]}
    connection.execute(sa.text("ANALYZE issue_found"))

    def run(sql: str) -> int:
        return connection.execute(sa.text(sql), values).scalar_one()

    reopened = run(REOPEN_SQL) + run(WAKE_SQL) + run(ASK_AGAIN_SQL)
    resolved = run(RESOLVE_SQL) + run(WITHDRAW_SQL)
    run(TOUCH_SQL)
    opened = run(OPEN_SQL)
    run(RENEW_REASON_SQL)
    run(EXPLAIN_SQL)
    return IssueChanges(opened, reopened, resolved, open_now=run(COUNT_SQL))


FOUND_TABLE_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS issue_found (
  rule text NOT NULL,
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  subject text NOT NULL,
  arguments jsonb NOT NULL,
  reason text,
  PRIMARY KEY (form_key, instance_id, rule, subject)
) ON COMMIT DROP
"""

FIND_SQL = """
{sources}
INSERT INTO issue_found (rule, form_key, instance_id, subject, arguments, reason)
SELECT :rule, found.form_key, found.instance_id, left(found.subject, 300), found.arguments,
  {reason}
FROM ({select}) AS found
ON CONFLICT DO NOTHING
"""

MATCHES = """i.form_key = f.form_key AND i.instance_id = f.instance_id
    AND i.rule = f.rule AND i.subject = f.subject"""

# The event with which an issue came into its state says who has put it there.
CAME_SQL = """(SELECT e.{column} FROM quality.issue_event e
    WHERE e.issue_id = i.issue_id AND e.to_state = i.state ORDER BY e.at DESC LIMIT 1)"""
# The rule reads what was corrected, the reason is of what was sent: it speaks of other numbers.
IS_CORRECTED = """(f.arguments <> i.arguments AND EXISTS (SELECT FROM adjustment_now a
    WHERE a.form_key = i.form_key AND a.instance_id = i.instance_id))"""
# What is held elsewhere may change without the return; rules without it have neither.
IS_OTHER_HELD = "(f.arguments -> 'held' IS DISTINCT FROM i.arguments -> 'held')"
IS_SET_ASIDE = """EXISTS (SELECT FROM quality.issue_event o
    WHERE o.issue_id = i.issue_id AND o.to_state = 'open'
      AND (o.from_state = 'waived' AND o.reason IS DISTINCT FROM :taken_away
        OR o.reason = :held_since)
      AND f.reason = (SELECT e.reason FROM quality.issue_event e
        WHERE e.issue_id = i.issue_id AND e.to_state = 'waived' AND e.actor = :in_the_return
          AND e.at < o.at
        ORDER BY e.at DESC LIMIT 1))"""
IS_EXPLAINED = f"(i.state = 'waived' AND {CAME_SQL.format(column='actor')} = :in_the_return)"

OPEN_SQL = """
WITH opened AS (
  INSERT INTO quality.issue (rule, severity, form_key, form_id, instance_id, subject, arguments,
    school_code, period, first_seen_at, last_seen_at)
  SELECT f.rule, r.severity, f.form_key, s.form_id, f.instance_id, f.subject, f.arguments,
    s.school_code, s.period, :now, :now
  FROM issue_found f
  JOIN quality.rule r USING (rule)
  JOIN submission_now s USING (form_key, instance_id)
  ON CONFLICT (form_key, instance_id, rule, subject) DO NOTHING
  RETURNING issue_id
), told AS (
  INSERT INTO quality.issue_event (issue_id, at, from_state, to_state, actor)
  SELECT issue_id, :now, NULL, 'open', :actor FROM opened RETURNING 1
)
SELECT count(*) FROM told
"""

REOPEN_SQL = f"""
WITH reopened AS (
  UPDATE quality.issue i SET state = 'open', resolved_at = NULL
  FROM issue_found f
  WHERE {MATCHES} AND i.state = 'resolved'
  RETURNING i.issue_id, {IS_OTHER_HELD} AS is_other_held
), told AS (
  INSERT INTO quality.issue_event (issue_id, at, from_state, to_state, actor, reason)
  SELECT issue_id, :now, 'resolved', 'open', :actor,
    CASE WHEN is_other_held THEN :held_since ELSE 'found again' END
  FROM reopened
  RETURNING 1
)
SELECT count(*) FROM told
"""

# The row of a waived issue stays fresh too: the page shows what it was waived for as of today.
TOUCH_SQL = f"""
WITH touched AS (
  UPDATE quality.issue i
  SET last_seen_at = :now, arguments = f.arguments, severity = r.severity,
    school_code = s.school_code, period = s.period
  FROM issue_found f
  JOIN quality.rule r USING (rule)
  JOIN submission_now s USING (form_key, instance_id)
  WHERE {MATCHES}
  RETURNING 1
)
SELECT count(*) FROM touched
"""

RESOLVE_SQL = f"""
WITH resolved AS (
  UPDATE quality.issue i SET state = 'resolved', resolved_at = :now
  FROM submission_now s, quality.issue o
  WHERE i.form_key = s.form_key AND i.instance_id = s.instance_id
    AND o.issue_id = i.issue_id
    AND s.is_live AND (i.state IN ('open', 'sent_back') OR {IS_EXPLAINED})
    AND NOT (i.rule = ANY(CAST(:landing AS text[])))
    AND NOT EXISTS (SELECT FROM issue_found f WHERE {MATCHES})
    AND NOT EXISTS (SELECT FROM unnest(CAST(:gap_rules AS text[]), CAST(:gap_forms AS text[]))
      AS gap (rule, form_id) WHERE (gap.rule, gap.form_id) = (i.rule, i.form_id))
  RETURNING i.issue_id, o.state AS from_state
), told AS (
  INSERT INTO quality.issue_event (issue_id, at, from_state, to_state, actor, reason)
  SELECT issue_id, :now, from_state, 'resolved', :actor, 'no longer found' FROM resolved
  RETURNING 1
)
SELECT count(*) FROM told
"""

WITHDRAW_SQL = f"""
WITH resolved AS (
  UPDATE quality.issue i SET state = 'resolved', resolved_at = :now
  FROM submission_now s, quality.issue o
  WHERE i.form_key = s.form_key AND i.instance_id = s.instance_id
    AND o.issue_id = i.issue_id
    AND NOT s.is_live AND (i.state IN ('open', 'sent_back') OR {IS_EXPLAINED})
  RETURNING i.issue_id, o.state AS from_state
), told AS (
  INSERT INTO quality.issue_event (issue_id, at, from_state, to_state, actor, reason)
  SELECT issue_id, :now, from_state, 'resolved', :actor, :withdrawn FROM resolved RETURNING 1
)
SELECT count(*) FROM told
"""

# Landing does not look again at a submission that is merely taken back into the count.
WAKE_SQL = """
WITH woken AS (
  UPDATE quality.issue i SET state = 'open', resolved_at = NULL
  FROM submission_now s
  WHERE i.form_key = s.form_key AND i.instance_id = s.instance_id
    AND s.is_live AND i.state = 'resolved' AND i.rule = ANY(CAST(:landing AS text[]))
    AND :withdrawn = (
      SELECT e.reason FROM quality.issue_event e WHERE e.issue_id = i.issue_id
      ORDER BY e.at DESC LIMIT 1)
  RETURNING i.issue_id
), told AS (
  INSERT INTO quality.issue_event (issue_id, at, from_state, to_state, actor, reason)
  SELECT issue_id, :now, 'resolved', 'open', :actor, 'submission back' FROM woken RETURNING 1
)
SELECT count(*) FROM told
"""

ASK_AGAIN_SQL = f"""
WITH asked AS (
  UPDATE quality.issue i SET state = 'open'
  FROM issue_found f
  WHERE {MATCHES} AND {IS_EXPLAINED}
    AND (f.reason IS NULL OR {IS_CORRECTED} OR {IS_OTHER_HELD})
  RETURNING i.issue_id, f.reason, {IS_OTHER_HELD} AS is_other_held
), told AS (
  INSERT INTO quality.issue_event (issue_id, at, from_state, to_state, actor, reason)
  SELECT issue_id, :now, 'waived', 'open', :actor,
    CASE WHEN reason IS NULL THEN :taken_away WHEN is_other_held THEN :held_since
      ELSE :corrected_since END
  FROM asked
  RETURNING 1
)
SELECT count(*) FROM told
"""

RENEW_REASON_SQL = f"""
WITH told AS (
  INSERT INTO quality.issue_event (issue_id, at, from_state, to_state, actor, reason)
  SELECT i.issue_id, :now, 'waived', 'waived', :in_the_return, f.reason
  FROM quality.issue i JOIN issue_found f ON {MATCHES}
  WHERE f.reason <> {CAME_SQL.format(column="reason")} AND {IS_EXPLAINED}
  RETURNING 1
)
SELECT count(*) FROM told
"""

EXPLAIN_SQL = f"""
WITH explained AS (
  UPDATE quality.issue i SET state = 'waived'
  FROM issue_found f
  WHERE {MATCHES} AND f.reason IS NOT NULL AND i.state = 'open'
    AND {CAME_SQL.format(column="actor")} = :actor AND NOT {IS_SET_ASIDE}
  RETURNING i.issue_id, f.reason
), told AS (
  INSERT INTO quality.issue_event (issue_id, at, from_state, to_state, actor, reason)
  SELECT issue_id, :now, 'open', 'waived', :in_the_return, reason FROM explained RETURNING 1
)
SELECT count(*) FROM told
"""

COUNT_SQL = """
SELECT count(*) FROM quality.issue i JOIN submission_now s USING (form_key, instance_id)
WHERE i.state IN ('open', 'sent_back')
"""
