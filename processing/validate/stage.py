"""The stage `validate`: every rule over the returns of the slices that are due.

In: slices, and what landing wrote. Out: issues, opened, reopened or resolved. Promised: a rule
whose form or columns do not exist yet is reported as not applicable, never an error; running
twice changes nothing; issues of other slices are not touched.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from config.rules import load_rules
from config.thresholds import load_thresholds
from processing.db.queries.instruments import EVERY_SOURCE, TABLES
from processing.db.queries.issues import clear_found, find_issues, settle_issues
from processing.db.queries.quality import list_active_rules, list_form_columns, save_rule_gaps
from processing.db.queries.returns import (
    ROOTS,
    Source,
    SurveyColumns,
    find_columns,
    list_form_ids,
    load_submissions,
    missing_columns,
    source_sql,
)
from processing.db.slices import Slice, load_slices
from processing.validate import rules as _rules  # registers every rule
from processing.validate.catalogue import EVERY_FORM, RULE_QUERIES, RuleQuery

assert _rules  # noqa: S101 - imported for what it registers


@dataclass(frozen=True)
class ValidateReport:
    """What changed. not_applicable: (rule, form_id) -> what it misses; rules that could not run."""

    submission_count: int
    issues_opened: int
    issues_reopened: int
    issues_resolved: int
    issues_open: int
    not_applicable: dict[tuple[str, str], str]


def validate_slices(
    connection: sa.Connection, slices: Iterable[Slice], now: datetime
) -> ValidateReport:
    """Run every active rule over the submissions of the slices, in the caller's transaction."""
    load_slices(connection, slices)
    submission_count = load_submissions(connection)
    clear_found(connection)
    form_ids = list_form_ids(connection)
    missed = dict(_run_rules(connection, form_ids))
    save_rule_gaps(connection, form_ids, missed, now)
    landing_rules = [name for name, rule in load_rules().items() if rule.origin == "landing"]
    changes = settle_issues(connection, landing_rules, missed, now)
    return ValidateReport(
        submission_count,
        changes.opened,
        changes.reopened,
        changes.resolved,
        changes.open_now,
        missed,
    )


def _run_rules(
    connection: sa.Connection, form_ids: list[str]
) -> Iterator[tuple[tuple[str, str], str]]:
    """Fill `issue_found`; yields what each rule that does not apply to a form is missing."""
    columns = find_columns(connection, TABLES)
    active = list_active_rules(connection)
    for form_id in form_ids:
        for query in RULE_QUERIES.values():
            if query.name not in active:
                continue
            if query.form_ids == EVERY_FORM:
                _run_for_any_form(connection, query, form_id)
            elif form_id in query.form_ids:
                yield from _run(connection, query, form_id, columns)


def _run_for_any_form(connection: sa.Connection, query: RuleQuery, form_id: str) -> None:
    select = query.select(list_form_columns(connection, form_id))
    find_issues(connection, query.name, "", select, {**load_thresholds(), "form_id": form_id})


def _run(
    connection: sa.Connection, query: RuleQuery, form_id: str, columns: SurveyColumns
) -> Iterator[tuple[tuple[str, str], str]]:
    sources = {name: _source(name, form_id) for name in query.reads}
    for name, wanted in query.reads.items():
        if missing := missing_columns(sources[name], wanted, columns):
            yield (query.name, form_id), ", ".join(missing)
            return
    if query.is_of_what_was_sent:
        columns = columns.as_reported
    expressions = ",\n".join(source_sql(source, columns) for source in sources.values())
    is_explained = load_rules()[query.name].explained_by is not None
    find_issues(
        connection, query.name, expressions, query.select(), load_thresholds(), is_explained
    )


def _source(name: str, form_id: str) -> Source:
    """A source by its name; `answer` is the root table of the form."""
    if name != "answer":
        return EVERY_SOURCE[name]
    root = ROOTS[form_id]
    return Source("answer", root.table, root.columns)
