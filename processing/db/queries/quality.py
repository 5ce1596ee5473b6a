"""The catalogue of rules in the database, and issues as people see and settle them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from config.rules import Rule, load_rules

OPEN_STATES = ("open", "sent_back")
# What a person may do with an issue; only the rules themselves resolve one.
DECISIONS = {"open": ("sent_back", "waived"), "sent_back": ("open", "waived"), "waived": ("open",)}


@dataclass(frozen=True, order=True)
class FormColumn:
    """A text column of a survey table, as the form describes it. is_list: a select_multiple."""

    table: str
    column: str
    path: str
    is_repeat: bool
    is_list: bool
    is_personal: bool
    has_choices: bool


def save_rules(connection: sa.Connection, rules: Iterable[Rule] | None = None) -> int:
    """Bring quality.rule to `config/rules.toml`; a rule that is gone from it is made inactive."""
    rows = [_rule_row(rule) for rule in (load_rules().values() if rules is None else rules)]
    connection.execute(sa.text(SAVE_RULE_SQL), rows)
    connection.execute(
        sa.text("UPDATE quality.rule SET is_active = false WHERE NOT (rule = ANY(:rules))"),
        {"rules": [row["rule"] for row in rows]},
    )
    return len(rows)


def list_active_rules(connection: sa.Connection) -> set[str]:
    rows = connection.execute(sa.text("SELECT rule FROM quality.rule WHERE is_active"))
    return set(rows.scalars())


def save_rule_gaps(
    connection: sa.Connection,
    form_ids: list[str],
    gaps: Mapping[tuple[str, str], str],
    now: datetime,
) -> None:
    """Note which rules could not run over these forms; the others have run."""
    connection.execute(
        sa.text(
            "DELETE FROM quality.rule_gap g WHERE form_id = ANY(:forms) AND NOT EXISTS"
            " (SELECT FROM unnest(CAST(:gap_rules AS text[]), CAST(:gap_forms AS text[]))"
            "  AS gap (rule, form_id) WHERE (gap.rule, gap.form_id) = (g.rule, g.form_id))"
        ),
        {
            "forms": form_ids,
            "gap_rules": [rule for rule, _ in gaps],
            "gap_forms": [form_id for _, form_id in gaps],
        },
    )
    rows = [
        {"rule": rule, "form_id": form_id, "missing": missing, "now": now}
        for (rule, form_id), missing in sorted(gaps.items())
    ]
    if rows:
        connection.execute(sa.text(SAVE_GAP_SQL), rows)


SAVE_GAP_SQL = """
INSERT INTO quality.rule_gap AS g (rule, form_id, missing, since)
VALUES (:rule, :form_id, :missing, :now)
ON CONFLICT (rule, form_id) DO UPDATE SET missing = excluded.missing
WHERE g.missing <> excluded.missing
"""


def list_rule_gaps(connection: sa.Connection) -> list[sa.Row]:
    """(rule, form_id, missing, since) of rules that could not run over a form."""
    return connection.execute(
        sa.text("SELECT rule, form_id, missing, since FROM quality.rule_gap ORDER BY form_id, rule")
    ).all()


def list_form_columns(connection: sa.Connection, form_id: str) -> list[FormColumn]:
    """The columns that hold words or codes of a form, over all its versions."""
    rows = connection.execute(sa.text(FORM_COLUMNS_SQL), {"form_id": form_id})
    return [FormColumn(**row) for row in rows.mappings()]


def list_issues(
    connection: sa.Connection,
    school_codes: Iterable[str] | None = None,
    states: Iterable[str] = OPEN_STATES,
    limit: int = 200,
) -> list[sa.RowMapping]:
    """Issues with their rule's severity, the gravest and newest first; None: of every school."""
    codes = None if school_codes is None else list(school_codes)
    values = {"school_codes": codes, "states": list(states), "limit": limit}
    return list(connection.execute(sa.text(LIST_ISSUES_SQL), values).mappings())


def count_open_issues(
    connection: sa.Connection, directorate_code: str | None = None
) -> list[sa.RowMapping]:
    """rule, severity, issue_count, school_count of what is open, within a directorate or in all."""
    values = {"directorate_code": directorate_code}
    return list(connection.execute(sa.text(COUNT_OPEN_SQL), values).mappings())


def decide_issue(
    connection: sa.Connection, issue_id: int, state: str, actor: str, reason: str, now: datetime
) -> bool:
    """Send back, waive or take up again an issue, with a reason. False where its state forbids it.

    A waived blocking issue lets its return count: the caller marks the slice for `normalize`.
    """
    allowed = [before for before, after in DECISIONS.items() if state in after]
    values = {
        "issue_id": issue_id, "state": state, "allowed": allowed,
        "actor": actor, "reason": reason, "now": now,
    }  # fmt: skip
    return connection.execute(sa.text(DECIDE_SQL), values).scalar_one() == 1


def _rule_row(rule: Rule) -> dict:
    return {
        "rule": rule.rule,
        "form_id": rule.form_id,
        "severity": rule.severity,
        "asks": rule.asks,
        "ar": rule.message.ar,
        "ckb": rule.message.ckb,
        "en": rule.message.en,
        "is_active": rule.is_active,
    }


SAVE_RULE_SQL = """
INSERT INTO quality.rule
  (rule, form_id, severity, asks, message_ar, message_ckb, message_en, is_active)
VALUES (:rule, :form_id, :severity, :asks, :ar, :ckb, :en, :is_active)
ON CONFLICT (rule) DO UPDATE SET form_id = EXCLUDED.form_id, severity = EXCLUDED.severity,
  asks = EXCLUDED.asks, message_ar = EXCLUDED.message_ar, message_ckb = EXCLUDED.message_ckb,
  message_en = EXCLUDED.message_en, is_active = EXCLUDED.is_active
"""

# A form id can stand for several forms over time; they share their survey tables.
FORM_COLUMNS_SQL = """
SELECT p.table_name AS "table", p.column_name AS "column", min(p.path) AS path,
  EXISTS (SELECT FROM pg_attribute r
    WHERE r.attrelid = a.attrelid AND r.attname = '_row_number') AS is_repeat,
  a.atttypid = 'text[]'::regtype AS is_list,
  bool_or(p.is_personal) AS is_personal,
  EXISTS (SELECT FROM raw.form_choice o JOIN raw.form f USING (form_key)
    WHERE f.form_id = :form_id AND o.path = min(p.path)) AS has_choices
FROM (
  SELECT ff.table_name, unnest(ff.column_names) AS column_name, ff.path, ff.is_personal
  FROM raw.form_field ff JOIN raw.form f USING (form_key)
  WHERE f.form_id = :form_id AND NOT ff.is_binary
    AND ff.kind NOT IN ('structure', 'repeat', 'geotrace', 'geoshape')
) p
JOIN pg_class c ON c.relname = p.table_name AND c.relnamespace = 'survey'::regnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = p.column_name AND NOT a.attisdropped
WHERE a.atttypid IN ('text'::regtype, 'text[]'::regtype)
GROUP BY p.table_name, p.column_name, a.attrelid, a.atttypid
ORDER BY p.table_name, p.column_name
"""

LIST_ISSUES_SQL = """
SELECT i.issue_id, i.rule, i.severity, i.form_id, i.instance_id, i.subject, i.arguments,
  i.school_code, i.period, i.state, i.first_seen_at, i.last_seen_at, i.resolved_at
FROM quality.issue i
WHERE i.state = ANY(CAST(:states AS text[]))
  AND (CAST(:school_codes AS text[]) IS NULL OR i.school_code = ANY(CAST(:school_codes AS text[])))
ORDER BY array_position(ARRAY['blocking', 'error', 'warning', 'review'], i.severity),
  i.first_seen_at DESC, i.issue_id
LIMIT :limit
"""

COUNT_OPEN_SQL = """
WITH RECURSIVE directorates AS (
  SELECT directorate_code FROM emis.directorate WHERE directorate_code = :directorate_code
  UNION
  SELECT d.directorate_code FROM emis.directorate d
  JOIN directorates above ON d.parent_code = above.directorate_code
)
SELECT i.rule, i.severity, count(*) AS issue_count, count(DISTINCT i.school_code) AS school_count
FROM quality.issue i
WHERE i.state IN ('open', 'sent_back')
  AND (CAST(:directorate_code AS text) IS NULL OR i.school_code IN (
    SELECT s.school_code FROM emis.school s JOIN directorates USING (directorate_code)))
GROUP BY i.rule, i.severity
ORDER BY array_position(ARRAY['blocking', 'error', 'warning', 'review'], i.severity), i.rule
"""

DECIDE_SQL = """
WITH before AS (
  SELECT issue_id, state FROM quality.issue WHERE issue_id = :issue_id
    AND state = ANY(CAST(:allowed AS text[])) FOR UPDATE
), decided AS (
  UPDATE quality.issue i SET state = :state FROM before b WHERE i.issue_id = b.issue_id
  RETURNING i.issue_id, b.state AS from_state
), told AS (
  INSERT INTO quality.issue_event (issue_id, at, from_state, to_state, actor, reason)
  SELECT issue_id, :now, from_state, :state, :actor, :reason FROM decided RETURNING 1
)
SELECT count(*) FROM told
"""
