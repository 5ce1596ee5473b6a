"""Fixtures for the stages: `warehouse`, and the specs that read as the specification."""

from collections.abc import Iterator

import pytest

from config.rules import load_rules, message
from config.settings import LANGUAGES
from processing.db.engine import open_engine
from processing.indicators import compute_indicators
from processing.normalize import normalize_slices
from processing.validate import validate_slices
from tests.warehouse.builder import NOW, YEAR, Warehouse


@pytest.fixture(scope="module")
def worker_engine(database) -> Iterator:
    engine = open_engine(database, role="worker")
    yield engine
    engine.dispose()


@pytest.fixture
def warehouse(worker_engine) -> Iterator[Warehouse]:
    """An empty country in a transaction that is rolled back."""
    with worker_engine.connect() as connection, connection.begin() as transaction:
        yield Warehouse(connection)
        transaction.rollback()


@pytest.fixture
def rule_spec(warehouse):
    """Send what the tables say, validate, and hold the issues of one rule against `expect`.

    expect: school -> subjects of its issues. Every issue must also speak in three languages.
    """

    def check(rule: str, expect: dict, schools: str, census: str = "", facility: str = "", **root):
        warehouse.add_schools(schools)
        if census:
            warehouse.send_census(census, **root)
        if facility:
            warehouse.send_facility(facility)
        validate_slices(warehouse.connection, warehouse.all_slices(), NOW)
        issues = warehouse.run(
            "SELECT coalesce(school_code, '') AS school, subject, arguments, severity"
            " FROM quality.issue WHERE rule = :rule AND state = 'open' ORDER BY 1, 2",
            rule=rule,
        )
        found: dict[str, list[str]] = {}
        for issue in issues:
            found.setdefault(issue.school, []).append(issue.subject)
            assert issue.severity == load_rules()[rule].severity
            for language in LANGUAGES:
                assert "?" not in message(rule, language, issue.arguments).replace("؟", "")
        assert found == expect
        return [issue.arguments for issue in issues]

    return check


@pytest.fixture
def indicator_spec(warehouse):
    """Send what the tables say, go through the stages, and compare with `expect`.

    expect: indicator, or "indicator level=primary", or "indicator @G1" for another unit than the
    nation -> (numerator, denominator); None: the unit has no value.
    """

    def check(expect: dict, schools: str, census: str = "", facility: str = ""):
        warehouse.add_schools(schools)
        if census:
            warehouse.send_census(census)
        if facility:
            warehouse.send_facility(facility)
        slices = warehouse.all_slices()
        validate_slices(warehouse.connection, slices, NOW)
        normalize_slices(warehouse.connection, slices, NOW)
        compute_indicators(warehouse.connection, [YEAR], None, NOW)
        found = {name: _value(warehouse, name) for name in expect}
        assert found == expect, found

    return check


def _value(warehouse: Warehouse, name: str):
    unit, breakdown = "IQ", ""
    indicator, *rest = name.split()
    for word in rest:
        if word.startswith("@"):
            unit = word[1:]
        else:
            breakdown = word
    rows = warehouse.run(
        "SELECT numerator, denominator FROM stats.indicator_value"
        " WHERE indicator = :indicator AND unit_code = :unit AND breakdown = :breakdown",
        indicator=indicator,
        unit=unit,
        breakdown=breakdown,
    )
    assert len(rows) <= 1
    return (int(rows[0][0]), int(rows[0][1])) if rows else None
