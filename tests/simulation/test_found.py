"""The simulation against the rules: sent, pulled, landed, validated on a real database.

What is planted is found by the rule that it names; what is sound breaks no blocking and no error
rule, whichever kind of school it comes from.
"""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bridge.simulation.faults import KINDS
from bridge.simulation.lists import default_rounds
from bridge.simulation.send import run_simulation
from bridge.simulation.survey import FORM_IDS
from processing.db.engine import open_engine
from processing.db.queries.registry import replace_registry
from processing.db.slices import Slice
from processing.jobs.catalogue import load_catalogue
from processing.jobs.pulling import pull_one
from processing.jobs.verifying import verify_some
from processing.validate import validate_slices
from tests.simulation.conftest import SCHOOLS, SEED

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FAULTS_PCT = 10


@pytest.fixture(scope="module")
def outcome(central, registry, database):
    """(summary of the sending, the report of validation, the issues as rows)."""
    settings = replace(
        database,
        central_url=central.central_url,
        central_project=central.central_project,
        central_email=central.central_email,
        central_password=central.central_password,
        central_manager_email=central.central_manager_email,
        central_manager_password=central.central_manager_password,
    )
    summary = run_simulation(settings, SCHOOLS, SEED, FAULTS_PCT)
    engine = open_engine(settings, "worker")
    with engine.begin() as connection:
        load_catalogue(connection)
        replace_registry(
            connection,
            buildings=registry.buildings,
            schools=registry.schools,
            rounds=default_rounds(2026),
            now=NOW,
        )
    slices: set[Slice] = set()
    for form_id in FORM_IDS:
        with engine.begin() as connection:
            slices |= pull_one(connection, settings, form_id, NOW).slices
        with engine.begin() as connection:
            verify_some(connection, settings, form_id, NOW)
    with engine.begin() as connection:
        report = validate_slices(connection, slices, NOW)
        issues = connection.execute(
            sa.text("SELECT rule, severity, instance_id, subject, arguments FROM quality.issue")
        ).all()
    engine.dispose()
    return summary, report, issues


def test_every_planted_fault_is_found(outcome):
    summary, _, issues = outcome
    found = summary.plan.found((issue.rule, issue.instance_id) for issue in issues)
    assert found == summary.planted
    assert sum(found.values()) == round(SCHOOLS * len(FORM_IDS) * FAULTS_PCT / 100)
    assert set(found) == set(KINDS)


def test_sound_submissions_break_no_blocking_and_no_error_rule(outcome):
    summary, _, issues = outcome
    carriers = {one for fault in summary.plan.faults for one in fault.instance_ids}
    unexpected = [
        (issue.rule, issue.subject, issue.arguments)
        for issue in issues
        if issue.severity in ("blocking", "error") and issue.instance_id not in carriers
    ]
    assert unexpected == []


def test_a_fault_that_is_not_blocking_brings_no_blocking_issue(outcome):
    """Else a school would be kept out of the figures for another fault than the one planted."""
    summary, _, issues = outcome
    severities = {issue.rule: issue.severity for issue in issues}
    harmless = {
        one
        for fault in summary.plan.faults
        if severities[fault.rule] != "blocking"
        for one in fault.instance_ids
    }
    blocking = [
        (issue.rule, issue.subject)
        for issue in issues
        if issue.severity == "blocking" and issue.instance_id in harmless
    ]
    assert blocking == []


def test_every_rule_could_run(outcome):
    assert outcome[1].not_applicable == {}


def test_few_sound_submissions_are_asked_about_at_all(outcome):
    """Warnings and reviews on true-looking schools stay below one in four."""
    summary, _, issues = outcome
    carriers = {one for fault in summary.plan.faults for one in fault.instance_ids}
    asked = Counter(issue.instance_id for issue in issues if issue.instance_id not in carriers)
    assert len(asked) < sum(summary.acknowledged.values()) / 4
